"""Guidance: plans that showed something new are drawn from again, with a change.

How a plan is changed is drawn by Hypothesis like everything else, so that the same seed draws the same plans from the
same pool.
"""

from collections import deque
from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from hypothesis import strategies as st

from tcpchaos.plan import Nth, Plan, Rule, StateRule

MOST_KEPT: Final = 256  # plans in a pool: what was new long ago has had its turn
MOST_RULES: Final = 8  # of a plan that is made from others
MOST_ORDINAL: Final = 20

Origin = tuple[str, str]  # workload, plan in the notation


class Pool:
    """The plans that showed something new, the latest last."""

    def __init__(self) -> None:
        self._plans: deque[Origin] = deque(maxlen=MOST_KEPT)

    def add(self, workload: str, plan: str, new: int) -> None:
        """Keep a plan that covered so many new cells; the more there were, the likelier it is drawn from."""
        if plan:
            self._plans.extend([(workload, plan)] * min(new, 3))

    def plans(self) -> tuple[Origin, ...]:
        """Return what is kept now."""
        return tuple(self._plans)


def changed(pool: Sequence[tuple[str, Plan]], fresh: st.SearchStrategy[Plan]) -> st.SearchStrategy[tuple[str, Plan]]:
    """Draw a plan of the pool, and its workload, with a change: a rule more, less, another, or at another time."""
    which, how = st.integers(0, len(pool) - 1), st.integers(0, 4)
    where, ordinal = st.integers(0, MOST_RULES - 1), st.integers(1, MOST_ORDINAL)

    def change(drawn: tuple[int, int, int, int, Plan]) -> tuple[str, Plan]:
        workload, base = pool[drawn[0]]
        return workload, _changed(base, *drawn[1:])

    return st.tuples(which, how, where, ordinal, fresh).map(change)


def _changed(base: Plan, how: int, where: int, ordinal: int, other: Plan) -> Plan:
    rules = base.rules
    at = where % len(rules) if rules else 0
    if how == 1 and len(rules) > 1:
        rules = (*rules[:at], *rules[at + 1 :])
    elif how == 2 and rules and other.rules:
        rules = (*rules[:at], *other.rules[:1], *rules[at + 1 :])
    elif how == 3 and rules:
        rules = (*rules[:at], _another_time(rules[at], ordinal), *rules[at + 1 :])
    else:
        rules = (*rules, *other.rules)
    return Plan(rules[-MOST_RULES:], seed=base.seed)


def _another_time(rule: Rule | StateRule, ordinal: int) -> Rule | StateRule:
    nth = Nth(first=ordinal, last=ordinal)
    if isinstance(rule, StateRule):
        return replace(rule, after_us=0 if rule.after_us else ordinal * 10_000)
    return replace(rule, select=replace(rule.select, nth=nth))
