"""A run in which nothing is done to any segment, before faults are blamed for what fails anyway."""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Final

from tcpchaos.backends.host import Broken
from tcpchaos.plan import Plan
from tcpchaos.run.config import RunConfig, RunResult
from tcpchaos.trace import Side

# What fails once may have failed for a busy machine; but who has waited for all of its time has waited long enough.
TRIES: Final = 2
MOST_SHOWN: Final = 120  # characters of what came instead


async def play_unharmed(play: Callable[[RunConfig], Awaitable[RunResult]], config: RunConfig) -> None:
    """Have this played without any fault. Broken where the client fails even then."""
    for _ in range(TRIES):
        result = await play(replace(config, plan=Plan()))
        client = result.applications[Side.CLIENT]
        if client.ok:
            return
        if result.timed_out:
            break
    words = " ".join(client.output.split())
    shown = words if len(words) <= MOST_SHOWN else f"{words[: MOST_SHOWN - 1]}…"
    came = f"; there came: {shown}" if shown else ""
    raise Broken(
        f"without any fault, {client.what} fails against {config.theirs}: {client.ended}{came}",
        "see `tcpchaos run` with the same options",
    )
