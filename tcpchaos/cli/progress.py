"""A line on stderr while a run lasts, or flows are watched: what is going on, and that something is."""

import sys
from typing import Final

import trio

from tcpchaos.run import RunConfig, RunResult, run
from tcpchaos.run.live import Figures, Live, LiveResult
from tcpchaos.trace import Trace

_LOOK_S: Final = 0.1
_FIGURES_S: Final = 0.5


async def watched(config: RunConfig, trace: Trace, show: bool) -> RunResult:
    """Run, and show progress on stderr if that is a terminal and `show` is wanted."""
    if not show or not sys.stderr.isatty():
        return await run(config, trace=trace)
    async with trio.open_nursery() as nursery:
        nursery.start_soon(_tell, config, trace)
        result = await run(config, trace=trace)
        nursery.cancel_scope.cancel()
    return result


async def _tell(config: RunConfig, trace: Trace) -> None:
    from tcpchaos.cli.output import console

    what = str(config.play)
    began = trio.current_time()
    with console(stderr=True).status("getting ready") as status:
        while True:
            await trio.sleep(_LOOK_S)
            if trace.seen:
                status.update(f"{what}: {trace.seen:,} events, {trio.current_time() - began:.1f} s")


async def accompanied(live: Live, what: str, show: bool) -> LiveResult:
    """Watch flows, and show figures on stderr if that is a terminal and `show` is wanted."""
    if not show or not sys.stderr.isatty():
        return await live.run()
    async with trio.open_nursery() as nursery:
        nursery.start_soon(_tell_figures, live, what)
        result = await live.run()
        nursery.cancel_scope.cancel()
    return result


async def _tell_figures(live: Live, what: str) -> None:
    from tcpchaos.cli.output import console

    with console(stderr=True).status("getting ready") as status:
        while True:
            await trio.sleep(_FIGURES_S)
            status.update(f"{what}: {figures_text(live.figures())}")


def figures_text(figures: Figures) -> str:
    """Return how far a watch over flows is, in a line."""
    from tcpchaos.report.texts import counted

    return ", ".join(
        (
            f"{figures.took_us / 1_000_000:.0f} s",
            counted(figures.segments, "segment"),
            f"{counted(figures.connections, 'connection')} ({figures.open_now:,} open)",
            counted(figures.fired, "fault"),
            counted(figures.findings, "violation"),
        )
    )
