"""The log of this machine's kernel while something lasts: what it says of itself, and nothing that others write there.

There is one log for all namespaces, and mostly only root may read it.
"""

import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from types import TracebackType
from typing import Final

KERNEL_LOG: Final = "/dev/kmsg"
_RECORD_OCTETS: Final = 8192  # the kernel gives one record at a time, and none is longer
_OF_THE_KERNEL: Final = 0  # the facility; what programs write there has another


class KernelLog:
    """The kernel's log from now on. OSError where this user may not read it, or there is none."""

    def __init__(self, path: str = KERNEL_LOG) -> None:
        self._descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
        try:
            os.lseek(self._descriptor, 0, os.SEEK_END)
        except OSError:
            os.close(self._descriptor)
            raise

    def close(self) -> None:
        """Let go of it."""
        os.close(self._descriptor)

    def __enter__(self) -> "KernelLog":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()

    def lines(self) -> list[str]:
        """Return what the kernel has said since the last call, or since the beginning."""
        found: list[str] = []
        while True:
            try:
                record = os.read(self._descriptor, _RECORD_OCTETS)
            except BlockingIOError:
                return found
            except BrokenPipeError:
                continue  # it wrote faster than this was read, and the oldest records are gone
            if not record:
                return found
            line = _message(record)
            if line is not None:
                found.append(line)


@contextmanager
def listening(stacks: Iterable[str]) -> Iterator[KernelLog | None]:
    """Have the log at hand in the block, None where none of these stacks is a kernel or nobody may read it."""
    try:
        log = KernelLog() if any(stack.startswith("linux") for stack in stacks) else None
    except OSError:
        log = None
    if log is None:
        yield None
        return
    with log:
        yield log


def _message(record: bytes) -> str | None:
    """Return the message of a record, None where the kernel did not write it."""
    head, _, rest = record.decode(errors="replace").partition(";")
    level = head.partition(",")[0]
    if not level.isdecimal() or int(level) >> 3 != _OF_THE_KERNEL:
        return None
    return rest.partition("\n")[0]
