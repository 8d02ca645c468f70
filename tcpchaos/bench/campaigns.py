"""How many cases a campaign plays in a second, beside the same cases played one after the other in the same run.

The handshake campaign, between two kernels and between simulated endpoints: most of a case is waiting there, for a
kernel's timers or for one of several processors, and a campaign waits for many at once.
"""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import count
from statistics import median
from typing import Final, Literal

import trio

from tcpchaos.bench.record import Record, at_least, beside
from tcpchaos.corpus.project import builtin
from tcpchaos.report.document import Bench, Figure
from tcpchaos.run import RunConfig, run, run_simulated
from tcpchaos.search.drawing import draw
from tcpchaos.search.fuzzing import Setup, fuzz
from tcpchaos.search.trials import Batch, Trial
from tcpchaos.search.worker import SCALE

STRATEGY: Final = "handshake"
# A night has room for some million cases, and a pull request for some thousand.
LEAST_IN_LAB: Final = 100.0
LEAST_SIMULATED: Final = 1_500.0
_UNIT: Final = "cases/s"
_ONE_BY_ONE: Final = "one after the other"

Backend = Literal["lab", "sim"]
Tell = Callable[[str], object]


@dataclass(frozen=True, slots=True, kw_only=True)
class Scale:
    """How long and how often it is measured."""

    rounds: int = 3
    seconds: float = 15.0


QUICK: Final = Scale(rounds=1, seconds=2.0)
_NAMES: Final[dict[Backend, str]] = {"lab": "between two kernels", "sim": "between simulated endpoints"}


async def campaigns(scale: Scale, tell: Tell) -> Bench:
    """Measure both kinds of campaign so many times, and hold them to their bars. Broken where there is no lab."""
    record = Record()
    figures = [await _measure(backend, scale, tell) for backend in _NAMES]
    limits = (LEAST_IN_LAB, LEAST_SIMULATED)
    return record.document(
        quick=scale.seconds < Scale().seconds,
        rounds=scale.rounds,
        figures=figures,
        bars=[at_least(each.what, each.value, limit, _UNIT) for each, limit in zip(figures, limits, strict=True)],
    )


async def _measure(backend: Backend, scale: Scale, tell: Tell) -> Figure:
    ours: list[float] = []
    theirs: list[float] = []
    for number in range(scale.rounds):
        tell(f"round {number + 1} of {scale.rounds}: a campaign {_NAMES[backend]}")
        ours.append(await _campaign(backend, number, scale.seconds))
        tell(f"round {number + 1} of {scale.rounds}: {_NAMES[backend]}, {_ONE_BY_ONE}")
        theirs.append(await _one_by_one(backend, number, scale.seconds))
    other = beside(_ONE_BY_ONE, ours, theirs)
    what = f"the {STRATEGY} campaign {_NAMES[backend]}"
    return Figure(what=what, of="tcpchaos fuzz", unit=_UNIT, value=median(ours), samples=tuple(ours), beside=(other,))


async def _campaign(backend: Backend, seed: int, seconds: float) -> float:
    setup = Setup(
        strategies=((STRATEGY, _file()),),
        usual=RunConfig(backend=backend),
        workloads=(STRATEGY,),
        seed=seed,
        time_s=seconds,
    )
    expedition = (await fuzz(setup)).expedition
    return expedition.campaign.trials / expedition.took_s


async def _one_by_one(backend: Backend, seed: int, seconds: float) -> float:
    trials = _trials(seed)
    played, began = 0, time.monotonic()
    while (took := time.monotonic() - began) < seconds:
        plan = next(trials).parsed()
        config = RunConfig(plan=plan, play=STRATEGY, scale=SCALE, backend=backend, tracing=False)
        if backend == "sim":
            await trio.to_thread.run_sync(run_simulated, config)
        else:
            await run(config)
        played += 1
    return played / took


def _trials(seed: int) -> Iterator[Trial]:
    for number in count():
        yield from draw(Batch(file=_file(), seed=seed, number=number, workloads=(STRATEGY,)))


def _file() -> str:
    return str(builtin().strategies / f"{STRATEGY}.py")
