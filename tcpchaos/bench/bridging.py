"""How fast traffic passes `tcpchaos bridge` that no plan concerns, beside the kernel's own bridge in the same run.

One stream between two kernels that leave runs of segments to cards, as kernels do between containers. In its way stands
the bridge with ten rules for another port; the bridge that is idle; the kernel's bridge.
"""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from enum import StrEnum
from statistics import median
from typing import Final

from tcpchaos.backends.lab import Lab, open_lab
from tcpchaos.bench.measure import stream
from tcpchaos.bench.middle import TEN_RULES, heard, program, tool
from tcpchaos.bench.record import Record, at_least, beside
from tcpchaos.bench.stand_in import READY
from tcpchaos.report.document import Bench, Figure

# The bar: whoever leaves the bridge in place while nobody needs it should hardly notice.
LEAST_OF_BRIDGE: Final = 0.5
# A sender that paces itself would show how it does so. This one every kernel has, and allows in a namespace.
_UNPACED: Final = {"net.ipv4.tcp_congestion_control": "reno"}
_JOINED: Final = b"are joined"
_OTHER_PORT: Final = "7"
_BAR: Final = "Mbit/s through `tcpchaos bridge` ({}) to those of the kernel's bridge"
_BITS_IN_MEGABITS: Final = 8 / 1_000_000

Tell = Callable[[str], object]


class Way(StrEnum):
    """What the stream passes."""

    OTHERS = "ten rules for another port"
    IDLE = "no rules, --idle"
    KERNEL = "kernel's bridge"


_OURS: Final = (Way.OTHERS, Way.IDLE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Scale:
    """How long, in seconds, and how often it is measured."""

    rounds: int = 5
    seconds: float = 1.5


QUICK: Final = Scale(rounds=1, seconds=0.2)


async def bridging(scale: Scale, tell: Tell) -> Bench:
    """Measure all three ways so many times, in alternation, and hold ours to the bar. Broken where there is no lab."""
    record = Record()
    speeds: dict[Way, list[float]] = {way: [] for way in Way}
    for number in range(1, scale.rounds + 1):
        for way in Way:
            tell(f"round {number} of {scale.rounds}: {way}")
            speeds[way].append(await _speed(way, scale.seconds))
    figures = [
        Figure(
            what="bulk transfer outside any plan",
            of=way,
            unit="Mbit/s",
            value=median(speeds[way]),
            samples=tuple(speeds[way]),
            beside=(beside(Way.KERNEL, speeds[way], speeds[Way.KERNEL]),),
        )
        for way in _OURS
    ]
    return record.document(
        quick=scale.seconds < Scale().seconds,
        rounds=scale.rounds,
        plan=TEN_RULES,
        figures=figures,
        bars=[at_least(_BAR.format(each.of), each.beside[0].ratio, LEAST_OF_BRIDGE) for each in figures],
    )


async def _speed(way: Way, seconds: float) -> float:
    async with open_lab(sysctls=_UNPACED, offloads=True) as lab, _standing(lab, way):
        return (await stream(lab, seconds))["octets_per_s"] * _BITS_IN_MEGABITS


@asynccontextmanager
async def _standing(lab: Lab, way: Way) -> AsyncIterator[None]:
    if way is Way.KERNEL:
        argv, environment = program("stand_in", "bridge")
        async with lab.run_between(argv, env=environment) as stand_in:
            await heard(stand_in, READY)
            yield
        return
    rules = [word for rule in TEN_RULES for word in ("--fault", rule)]
    argv, environment = tool(
        "bridge", "client", "server", *(("--idle",) if way is Way.IDLE else ("--port", _OTHER_PORT, *rules))
    )
    async with lab.run_between(argv, env=environment) as bridge:
        await heard(bridge, _JOINED, errors=True)
        yield
