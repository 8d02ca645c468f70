"""What a watch over flows shows while it lasts: a line that changes on a terminal, plain lines for everyone else."""

import sys
from collections.abc import Awaitable, Callable, Sequence
from contextlib import ExitStack
from types import TracebackType
from typing import TYPE_CHECKING, Final, Self

import click
import trio

from tcpchaos.run.live import Figures, Live, LiveResult
from tcpchaos.run.session import one_error

if TYPE_CHECKING:
    from rich.status import Status

    from tcpchaos.oracle import Finding

_LOOK_S: Final = 0.5
# Between two lines of figures where nobody sees them change.
LINE_S: Final = 10.0
# Findings that are told one by one while the watch lasts; the verdict has the rest.
FINDINGS_TOLD: Final = 20
_US_PER_S: Final = 1_000_000

Tell = Callable[[str], None]
# What goes on beside a watch, and tells of it, until it is cancelled.
Companion = Callable[[Live, Tell], Awaitable[None]]


class Display:
    """A context manager; `who` stands before each line. With `show` false nothing is shown."""

    def __init__(self, who: str, *, show: bool) -> None:
        self._who = who
        self._show = show
        self._status: Status | None = None
        self._stack = ExitStack()
        self._findings_told = 0

    def __enter__(self) -> Self:
        if self._show and sys.stderr.isatty():
            from tcpchaos.cli.output import console

            self._status = self._stack.enter_context(console(stderr=True).status("getting ready"))
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._stack.close()

    def tell(self, text: str) -> None:
        """Show a sentence for good."""
        if self._status is not None:
            self._status.console.print(f"{self._who}: {text}", soft_wrap=True)
        elif self._show:
            click.echo(f"{self._who}: {text}", err=True)

    async def follow(self, live: Live, what: str) -> None:
        """Show how a watch stands, until cancelled."""
        before = live.figures()
        line_s = 0.0
        while True:
            await trio.sleep(_LOOK_S)
            for finding in live.news():
                if finding.counts:
                    self._tell_finding(finding)
            line_s += _LOOK_S
            if self._status is not None:
                now = live.figures()
                self._status.update(f"{what}: {figures_text(now, before)}")
                before = now
            elif line_s >= LINE_S:
                now = live.figures()
                if now.segments != before.segments:
                    self.tell(figures_text(now, before))
                before, line_s = now, 0.0

    def _tell_finding(self, finding: "Finding") -> None:
        self._findings_told += 1
        if self._findings_told > FINDINGS_TOLD:
            return
        who = f"the {finding.blame}" if finding.blame is not None else "nobody in particular"
        self.tell(
            f"{finding.rule}: {who}, connection {finding.connection}, #{finding.frame}: "
            f"{finding.observed}, not {finding.expected}"
        )
        if self._findings_told == FINDINGS_TOLD:
            self.tell("further findings stand in the verdict")


async def accompanied(live: Live, what: str, display: Display, companions: Sequence[Companion] = ()) -> LiveResult:
    """Watch over flows, show how the watch stands, and let the companions do their part."""
    with one_error():
        async with trio.open_nursery() as nursery:
            nursery.start_soon(display.follow, live, what)
            for companion in companions:
                nursery.start_soon(companion, live, display.tell)
            result = await live.run()
            nursery.cancel_scope.cancel()
    return result


def figures_text(now: Figures, before: Figures) -> str:
    """Return how a watch stands, in a line; what is said of a second is since the figures before."""
    from tcpchaos.report.texts import counted

    took_us = max(now.took_us - before.took_us, 1)
    rate = (now.segments - before.segments) * _US_PER_S // took_us
    return ", ".join(
        (
            f"{now.took_us // _US_PER_S} s",
            f"{counted(now.segments, 'segment')} ({rate:,} a second)",
            f"{counted(now.connections, 'connection')} ({now.open_now:,} open)",
            counted(now.fired, "fault"),
            counted(now.findings, "violation"),
        )
    )
