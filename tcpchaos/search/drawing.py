"""Trials are drawn here, a batch at a time: by Hypothesis, from a strategy of plans, and by a seed.

One example of Hypothesis's is many plans, since most of what an example costs it costs once.
"""

from functools import lru_cache
from hashlib import sha256
from itertools import islice
from math import ceil
from pathlib import Path
from typing import Final

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import seed as seeded
from hypothesis import strategies as st

from tcpchaos.plan import Plan, parse
from tcpchaos.search.bounds import bounded
from tcpchaos.search.files import Strategy, load
from tcpchaos.search.guidance import changed
from tcpchaos.search.trials import Batch, Trial

_IN_ONE_EXAMPLE: Final = 20

Drawn = tuple[str, Plan]


def batch_seed(seed: int, number: int) -> int:
    """Return the seed of a batch of a campaign: batches of one campaign, or of its shards, are strangers."""
    return int.from_bytes(sha256(f"{seed}/{number}".encode()).digest()[:8], "big")


@lru_cache(maxsize=64)
def loaded(file: str) -> Strategy:
    """Load a strategy file once. Raises what `load` raises."""
    return load(Path(file))


def draw(batch: Batch) -> list[Trial]:
    """Draw a batch, no two of whose trials are the same. Raises what `load` raises."""
    strategy = loaded(batch.file)
    trials = _drawn(strategy, batch) if strategy.cells is None else _cells(strategy, batch)
    return trials[: batch.most or None]


def _drawn(strategy: Strategy, batch: Batch) -> list[Trial]:
    """Return what Hypothesis draws from a strategy's plans, and from the pool."""
    workloads = batch.workloads or strategy.workloads
    drawing: st.SearchStrategy[Drawn] = st.tuples(st.sampled_from(workloads), strategy.plans)
    if batch.pool:
        drawing |= changed([(workload, _parsed(plan)) for workload, plan in batch.pool], strategy.plans)
    found: dict[tuple[str, str], None] = {}

    @seeded(batch_seed(batch.seed, batch.number))
    @settings(
        max_examples=1 + ceil(batch.size / _IN_ONE_EXAMPLE),  # the first is the simplest plan, so many times
        phases=[Phase.generate],
        database=None,
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(st.lists(drawing, min_size=_IN_ONE_EXAMPLE, max_size=_IN_ONE_EXAMPLE))
    def collect(several: list[Drawn]) -> None:
        found.update({(workload, str(bounded(plan))): None for workload, plan in several})

    collect()
    first = batch.number * batch.size
    return [
        Trial(number=first + place, strategy=strategy.name, workload=workload, plan=tuple(plan.splitlines()))
        for place, (workload, plan) in enumerate(list(found)[: batch.size])
    ]


def _cells(strategy: Strategy, batch: Batch) -> list[Trial]:
    """Return a batch of what a strategy enumerates, under its workloads if any; nothing behind its end."""
    assert strategy.cells is not None
    first = batch.number * batch.size
    wanted = (cell for cell in strategy.cells() if not batch.workloads or cell.workload in batch.workloads)
    inside = islice(wanted, first, first + batch.size)
    return [Trial.of(cell, number=first + place, strategy=strategy.name) for place, cell in enumerate(inside)]


@lru_cache(maxsize=4096)
def _parsed(plan: str) -> Plan:
    return parse(plan)
