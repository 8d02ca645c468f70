"""How fast traffic passes `tcpchaos bridge` that no plan concerns, beside the kernel's own bridge in the same run.

One stream between two kernels that leave runs of segments to cards, as kernels do between containers. In its way stands
the bridge with ten rules for another port; the bridge that is idle; the kernel's bridge.
"""

import os
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from enum import StrEnum
from statistics import median
from typing import Final

from tcpchaos import __version__
from tcpchaos.backends.lab import Lab, open_lab
from tcpchaos.bench.comparison import beside, machine
from tcpchaos.bench.measure import stream
from tcpchaos.bench.middle import TEN_RULES, heard, program, tool
from tcpchaos.bench.stand_in import READY
from tcpchaos.report.document import Bar, Bench, Figure

# The bar: whoever leaves the bridge in place while nobody needs it should hardly notice.
LEAST_OF_BRIDGE: Final = 0.5
# A sender that paces itself would show how it does so. This one every kernel has, and allows in a namespace.
_UNPACED: Final = {"net.ipv4.tcp_congestion_control": "reno"}
_JOINED: Final = b"are joined"
_OTHER_PORT: Final = "7"
_US_PER_S: Final = 1_000_000
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
    load, began = os.getloadavg()[0], time.monotonic()
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
    ratios = {figure.of: figure.beside[0].ratio for figure in figures}
    return Bench(
        version=__version__,
        machine=machine(load),
        quick=scale.seconds < Scale().seconds,
        rounds=scale.rounds,
        took_us=int((time.monotonic() - began) * _US_PER_S),
        plan=TEN_RULES,
        figures=tuple(figures),
        bars=tuple(
            Bar(
                bar=f"Mbit/s through `tcpchaos bridge` ({way}) to those of the kernel's bridge",
                figure=ratio,
                at="least",
                limit=LEAST_OF_BRIDGE,
                unit="",
                met=ratio >= LEAST_OF_BRIDGE,
            )
            for way, ratio in ratios.items()
        ),
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
