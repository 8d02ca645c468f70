"""Trials are drawn here, a batch at a time: by Hypothesis, from a strategy of plans, and by a seed.

One example of Hypothesis's is many plans, since most of what an example costs it costs once.
"""

from collections.abc import Sequence
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
from tcpchaos.search.campaign import BATCH
from tcpchaos.search.files import Strategy, load
from tcpchaos.search.guidance import Origin, changed
from tcpchaos.search.trials import Trial

_IN_ONE_EXAMPLE: Final = 20

Drawn = tuple[str, Plan]


def batch_seed(seed: int, number: int) -> int:
    """Return the seed of a batch of a campaign: batches of one campaign, or of its shards, are strangers."""
    return int.from_bytes(sha256(f"{seed}/{number}".encode()).digest()[:8], "big")


@lru_cache(maxsize=64)
def loaded(file: str) -> Strategy:
    """Load a strategy file once. Raises what `load` raises."""
    return load(Path(file))


def draw(
    file: str,
    *,
    seed: int,
    number: int,
    size: int = BATCH,
    pool: Sequence[Origin] = (),
    workloads: Sequence[str] = (),
) -> list[Trial]:
    """Draw batch `number` of a campaign with this seed from a strategy file; half of it from the pool, if there is one.

    A batch has up to `size` trials. `workloads` take the place of the strategy's own, or choose among what it
    enumerates.
    No two of its trials are the same. Raises what `load` raises.
    """
    strategy = loaded(file)
    if strategy.cells is not None:
        return _cells(strategy, number, size, workloads)
    drawing: st.SearchStrategy[Drawn] = st.tuples(st.sampled_from(workloads or strategy.workloads), strategy.plans)
    if pool:
        drawing |= changed([(workload, _parsed(plan)) for workload, plan in pool], strategy.plans)
    found: dict[tuple[str, str], None] = {}

    @seeded(batch_seed(seed, number))
    @settings(
        max_examples=1 + ceil(size / _IN_ONE_EXAMPLE),  # the first is the simplest plan, so many times
        phases=[Phase.generate],
        database=None,
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(st.lists(drawing, min_size=_IN_ONE_EXAMPLE, max_size=_IN_ONE_EXAMPLE))
    def collect(several: list[Drawn]) -> None:
        found.update({(workload, str(bounded(plan))): None for workload, plan in several})

    collect()
    return [
        Trial(number=number * size + place, strategy=strategy.name, workload=workload, plan=tuple(plan.splitlines()))
        for place, (workload, plan) in enumerate(list(found)[:size])
    ]


def _cells(strategy: Strategy, number: int, size: int, workloads: Sequence[str]) -> list[Trial]:
    """Return batch `number` of what a strategy enumerates, under these workloads if any; nothing behind its end."""
    assert strategy.cells is not None
    first = number * size
    wanted = (cell for cell in strategy.cells() if not workloads or cell.workload in workloads)
    inside = islice(wanted, first, first + size)
    return [Trial.of(cell, number=first + place, strategy=strategy.name) for place, cell in enumerate(inside)]


@lru_cache(maxsize=4096)
def _parsed(plan: str) -> Plan:
    return parse(plan)
