"""Guidance: of what was drawn, that is played first which says most that is new; and what showed something new is drawn
from again, with a change.

Hypothesis draws the same few words again and again, and most broken endpoints need one certain deed in one certain
place. What a plan says is read off its text; how it is changed is drawn by Hypothesis like everything else. So the same
seed draws and plays the same plans.
"""

import re
from collections import Counter, deque
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from typing import Final

from hypothesis import strategies as st

from tcpchaos.plan import Nth, Plan, Rule, StateRule
from tcpchaos.search.trials import Trial

MOST_WAITING: Final = 60  # trials of a reserve: three batches
MOST_KEPT: Final = 256  # plans in a pool: what was new long ago has had its turn
MOST_RULES: Final = 8  # of a plan that is made from others
MOST_ORDINAL: Final = 20

Origin = tuple[str, str]  # workload, plan in the notation
Word = tuple[str, ...]

_ORDINALS: Final = re.compile(r"#[0-9-]+")
_NUMBER: Final = re.compile(r"\d+")
_BETWEEN_DEEDS: Final = re.compile(r", (?![^<]*>)")


class Said:
    """What the plans of a campaign have said so far, and how often."""

    def __init__(self) -> None:
        self._times: Counter[Word] = Counter()

    def news(self, words: Iterable[Word]) -> float:
        """Return how much of this is new: 1 for each word that nobody has said, less the more often it was said."""
        times = self._times
        return sum(1 / (1 + times[word]) for word in words)

    def say(self, words: Iterable[Word]) -> None:
        """Note that a plan has said this."""
        self._times.update(words)


class Reserve:
    """What was drawn from one strategy and has not been played yet, the latest last."""

    def __init__(self) -> None:
        self._waiting: deque[tuple[Trial, tuple[Word, ...]]] = deque(maxlen=MOST_WAITING)

    def add(self, trials: Iterable[Trial]) -> None:
        """Keep trials; where there are too many, those that were drawn first are forgotten."""
        self._waiting.extend((trial, words(trial)) for trial in trials)

    def __bool__(self) -> bool:
        """Whether any trial waits."""
        return bool(self._waiting)

    def take(self, number: int, said: Said) -> Iterator[Trial]:
        """Yield up to so many trials, each of them the one that says most that is new when it is its turn."""
        for _ in range(min(number, len(self._waiting))):
            best = max(self._waiting, key=lambda each: said.news(each[1]))
            self._waiting.remove(best)
            said.say(best[1])
            yield best[0]


def words(trial: Trial) -> tuple[Word, ...]:
    """Return what a plan says: each deed, where it is done, and of whose segments each of its words is said.

    Ordinals are left out, and of numbers only the magnitude counts: what is done to the third segment is said already
    by what is done to the second.
    """
    found: set[Word] = set()
    for line in trial.plan:
        where, _, deeds = line.partition(": ")
        where = _ORDINALS.sub("", where)
        who = where.partition(" ")[0]
        for deed in _BETWEEN_DEEDS.split(_NUMBER.sub(_magnitude, deeds)):
            found |= {(deed,), (where, deed)}
            found |= {(who, "says", word) for word in deed.split()}
    return tuple(sorted(found))  # in an order that is the same in every process: figures are summed up in it


def _magnitude(number: re.Match[str]) -> str:
    """Return 0 and 1 as they are, and of a larger number how large it is."""
    text = number.group()
    return text if text in ("0", "1") else "9" * len(text)


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
