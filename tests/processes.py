"""The processes that a process has started and that are still there."""

from pathlib import Path


def children(process: int | str = "self") -> set[int]:
    """Return the ids of those that any thread of a process has started; none where it has ended."""
    return {int(pid) for each in Path(f"/proc/{process}/task").glob("*/children") for pid in each.read_text().split()}
