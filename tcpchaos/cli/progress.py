"""A line on stderr while a run lasts: what is going on, and that something is."""

import sys
from typing import Final

import trio

from tcpchaos.run import RunConfig, RunResult, run
from tcpchaos.run.session import one_error
from tcpchaos.trace import Trace

_LOOK_S: Final = 0.1


async def watched(config: RunConfig, trace: Trace, show: bool) -> RunResult:
    """Run, and show progress on stderr if that is a terminal and `show` is wanted."""
    if not show or not sys.stderr.isatty():
        return await run(config, trace=trace)
    with one_error():
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
