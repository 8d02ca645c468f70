"""What is to be seen of a campaign while it lasts: on a terminal a few lines that stand still, elsewhere one at times.

Progress is read from the campaign four times a second; it costs the search nothing that could be measured.
"""

import sys
from typing import TYPE_CHECKING, Final

import trio

from tcpchaos.report.texts import counted
from tcpchaos.run.session import one_error
from tcpchaos.search.expedition import Expedition
from tcpchaos.search.fuzzing import Came, Setup, fuzz

if TYPE_CHECKING:
    from rich.table import Table

LOOK_S: Final = 0.25
LINE_S: Final = 5.0  # between two plain lines


async def watched(setup: Setup, show: bool) -> Came:
    """Lead a campaign, with its progress on stderr if that is wanted."""
    if not show:
        return await fuzz(setup)
    led: list[Expedition] = []
    with one_error():
        async with trio.open_nursery() as nursery:
            nursery.start_soon(_draw if sys.stderr.isatty() else _tell, led)
            came = await fuzz(setup, watch=led.append)
            nursery.cancel_scope.cancel()
    return came


async def _draw(led: list[Expedition]) -> None:
    from rich.live import Live

    from tcpchaos.cli.output import console

    with Live(console=console(stderr=True), auto_refresh=False, transient=True) as live:
        while True:
            await trio.sleep(LOOK_S)
            if led:
                live.update(picture(led[0]), refresh=True)


async def _tell(led: list[Expedition]) -> None:
    while True:
        await trio.sleep(LINE_S)
        if led:
            print(line(led[0]), file=sys.stderr, flush=True)


def line(expedition: Expedition) -> str:
    """Return how it stands, in one line."""
    campaign = expedition.campaign
    seconds = expedition.seconds
    left = expedition.left_s
    parts = [
        expedition.stage,
        counted(campaign.trials, "case"),
        f"{campaign.trials / seconds:,.0f}/s" if seconds else "",
        counted(len(campaign.coverage.cells), "cell"),
        f"{len(campaign.ledger.bugs)} found",
        "" if left is None else f"{left:.0f} s left",
    ]
    return ", ".join(filter(None, parts))


def picture(expedition: Expedition) -> "Table":
    """Return how it stands, as a few lines that stand still."""
    from rich.table import Table

    campaign = expedition.campaign
    table = Table.grid(padding=(0, 2))
    table.add_row("fuzz", line(expedition))
    table.add_row("", _growth(campaign.coverage.growth, campaign.trials))
    for found in campaign.ledger.found.values():
        looked_into = found.status in ("confirmed", "shrunk")
        plan = "; ".join(str(found.plan).splitlines() if looked_into else found.trial.plan) or "without any fault"
        table.add_row(found.status, f"{found.culprit.rule} {found.culprit.blame}: {plan}", style="red")
    return table


_BARS: Final = " ▁▂▃▄▅▆▇█"
_COLUMNS: Final = 40


def _growth(growth: list[tuple[int, int]], trials: int) -> str:
    """Return how coverage grew, as a row of bars from the first trial to the last."""
    if not growth or not trials:
        return ""
    most, columns, at, reached = growth[-1][1], [], 0, 0
    for column in range(1, _COLUMNS + 1):
        while at < len(growth) and growth[at][0] * _COLUMNS <= column * trials:
            reached = growth[at][1]
            at += 1
        columns.append(_BARS[reached * (len(_BARS) - 1) // most])
    return "".join(columns)
