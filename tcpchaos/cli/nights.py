"""What nights need around them: documents of others read strictly, and progress told while they last."""

import sys
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from math import inf
from pathlib import Path
from typing import TYPE_CHECKING

import click

from tcpchaos.cli.group import Mistake
from tcpchaos.cli.input import MOST_DOCUMENT_OCTETS, octets_of
from tcpchaos.cli.output import console

if TYPE_CHECKING:
    from tcpchaos.corpus.replay import Kept, Replay, Target
    from tcpchaos.report.document import Document, Nightly
    from tcpchaos.search.expedition import Expedition


def read_document(file: Path) -> "Document":
    """Return the document in a file, or on standard input where it is called -; raises Mistake where it is none."""
    import msgspec

    from tcpchaos.report.document import decode

    try:
        return decode(octets_of(file, MOST_DOCUMENT_OCTETS))
    except msgspec.ValidationError as error:
        raise Mistake(f"{file}: no document that this version of tcpchaos knows: {error}") from None
    except msgspec.DecodeError as error:
        raise Mistake(f"{file}: not a JSON document: {error}") from None


def read_nightly(file: Path) -> "Nightly":
    """Return the night in a file; raises Mistake where it is none."""
    from tcpchaos.report.document import Nightly

    document = read_document(file)
    if not isinstance(document, Nightly):
        raise Mistake(f"{file}: expected what `tcpchaos nightly --json` printed, this is a document of another kind")
    return document


class Watch:
    """Tells on stderr how a night goes: on a terminal in a line that stands still, elsewhere line by line."""

    def __init__(self, *, quiet: bool) -> None:
        self._quiet = quiet
        self._stack = ExitStack()
        self._tell: Callable[[str], object] = _print

    def __enter__(self) -> "Watch":
        if self._quiet:
            self._tell = str
        elif sys.stderr.isatty():
            self._tell = self._stack.enter_context(console(stderr=True).status("getting ready")).update
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    def replay(
        self, cases: "Sequence[Kept]", target: "Target", *, times: int, within_s: float = inf
    ) -> "tuple[list[Replay], bool]":
        """Replay cases so often; return what came of those for which there was time, and whether somebody ended it."""
        import trio

        from tcpchaos.cli.replaying import Replaying

        if not cases:
            return [], False
        replaying = Replaying(cases, target, times, within_s=within_s)
        replaying.tell = self._tell
        trio.run(replaying.play)
        return replaying.done, replaying.interrupted

    def turn(self, name: str, left_s: float, expedition: "Expedition") -> None:
        """Tell that a strategy has its turn."""
        campaign = expedition.campaign
        cells = len(campaign.coverage.cells)
        self._tell(
            f"{name} searches for {expedition.time_s or 0.0:.0f} s of {left_s:.0f}; until now {campaign.trials:,}"
            f" plans, {cells:,} cells, {len(campaign.ledger.bugs)} found"
        )


def _print(text: str) -> None:
    click.echo(text, err=True)
