"""A case that is not as it expects, for whoever reads a log: what it is, what was expected, and what happened."""

import io
from collections.abc import Iterator

from rich.console import Console

from tcpchaos.corpus.replay import Replay
from tcpchaos.report.replayed import telling
from tcpchaos.report.terminal import show
from tcpchaos.report.texts import wrap


def failure(replay: Replay, *, width: int) -> str:
    """Return the whole story of a replay in lines of `width` columns: title, plan, expectation, ladder and verdict."""
    return "\n".join(line.rstrip() for line in _lines(replay, width))


def _lines(replay: Replay, width: int) -> Iterator[str]:
    case = replay.kept.case
    yield from wrap(f"{replay.status}: {case.title}", width)
    for word, texts in (
        ("about", [case.about] if case.about else []),
        ("plan", case.plan),
        ("workload", [case.workload]),
        ("expected", [str(case.expect)]),
        ("found", [replay.reason]),
        ("idle", replay.idle),
        ("file", [str(replay.kept.file)]),
    ):
        for text in texts:
            for piece in wrap(text, width - 12):
                yield f"  {word:<10}{piece}"
                word = ""
    run = telling(replay)
    if run is not None:
        yield ""
        out = io.StringIO()
        show(Console(file=out, width=width, color_system=None, highlight=False, markup=False, emoji=False), run)
        yield from out.getvalue().splitlines()
