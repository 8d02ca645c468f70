"""Shrinking: the smallest plan that still shows the same, found by trying many smaller ones side by side.

Sans-IO: candidates come out, and whether each still shows it goes in. First whole rules go, in chunks that get smaller;
then each rule gets simpler, a step at a time. What is told of a candidate may be wrong now and then, where a failure is
flaky: then the plan ends up larger than it need be, but never without what it shows.
"""

import dataclasses
from collections.abc import Iterator, Sequence
from dataclasses import fields, is_dataclass, replace
from enum import Enum
from itertools import islice
from typing import Any, Final

from tcpchaos.plan import ALWAYS_PPM, Nth, Plan, Rule, StateRule

AT_ONCE: Final = 16  # candidates in a wave: what a lab plays side by side without anyone waiting
MOST_WAVES: Final = 60

AnyRule = Rule | StateRule
_Span = tuple[int, int]
# A plan, and which one span of rules it is without.
_Candidate = tuple[Plan, _Span | None]


class Shrinker:
    """Makes a plan smaller; `plan` is the smallest one that showed it so far.

    Ask for `wave`, find out which of these plans show the same, and `tell` it; until a wave is empty.
    """

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self.waves = 0
        self.tried = 0
        self._chunk = max(1, len(plan.rules) // 2)
        self._removing = bool(plan.rules)
        self._together: list[_Span] = []  # chunks of which each alone can go
        self._refused: set[str] = set()
        self._wave: list[_Candidate] = []

    def wave(self) -> list[Plan]:
        """Return the plans to try next, none where there are no smaller ones left."""
        self._wave = []
        if self.waves < MOST_WAVES:
            while self._removing and not self._wave:
                self._wave = self._without_chunks()
            if not self._wave:
                self._wave.extend((plan, None) for plan in islice(self._simpler(), AT_ONCE))
        self.waves += bool(self._wave)
        self.tried += len(self._wave)
        return [plan for plan, _ in self._wave]

    def tell(self, shows: Sequence[bool]) -> None:
        """Take what was found of the last wave, in its order."""
        good = [each for each, shown in zip(self._wave, shows, strict=True) if shown]
        self._refused |= {str(plan) for (plan, _), shown in zip(self._wave, shows, strict=True) if not shown}
        if self._removing:
            self._told_of_chunks(good)
        elif good:
            self.plan = good[0][0]

    def _without_chunks(self) -> list[_Candidate]:
        rules = self.plan.rules
        if len(self._together) > 1:
            return [(self._without(self._together), None)]
        if not rules:
            self._removing = False
            return []
        spans = [(at, min(at + self._chunk, len(rules))) for at in range(0, len(rules), self._chunk)]
        without: list[_Candidate] = [(self._without([span]), span) for span in spans]
        if not self.waves:
            without.insert(0, (replace(self.plan, rules=(), seed=0), None))  # some need no fault at all
        found = [(plan, span) for plan, span in without if str(plan) not in self._refused]
        if not found:
            self._finer()
        return found

    def _told_of_chunks(self, good: list[_Candidate]) -> None:
        if len(self._together) > 1:
            # Each alone may go: all together, or else half of them.
            if good:
                self._together, self.plan = [], good[0][0]
                self._chunk = max(1, min(self._chunk, len(self.plan.rules) // 2))
            else:
                self._together = self._together[: len(self._together) // 2]
                if len(self._together) == 1:
                    self.plan, self._together = self._without(self._together), []
            return
        spans = [span for _, span in good if span is not None]
        if good and good[0][1] is None:
            self.plan, self._removing = good[0][0], False
        elif len(spans) == 1:
            self.plan = good[0][0]
        elif spans:
            self._together = spans
        else:
            self._finer()

    def _finer(self) -> None:
        if self._chunk == 1:
            self._removing = False
        self._chunk = max(1, self._chunk // 2)

    def _without(self, spans: Sequence[_Span]) -> Plan:
        gone = {at for begin, end in spans for at in range(begin, end)}
        return replace(self.plan, rules=tuple(rule for at, rule in enumerate(self.plan.rules) if at not in gone))

    def _simpler(self) -> Iterator[Plan]:
        """Yield plans with one rule a step simpler, the largest steps first, that have not been tried."""
        rules = self.plan.rules
        size = complexity(self.plan)
        found = {
            str(plan): plan
            for at, rule in enumerate(rules)
            for simpler in simpler_rules(rule)
            if complexity(plan := replace(self.plan, rules=(*rules[:at], simpler, *rules[at + 1 :]))) < size
        }
        if self.plan.seed:
            plain = replace(self.plan, seed=0)
            found[str(plain)] = plain
        yield from sorted((plan for text, plan in found.items() if text not in self._refused), key=complexity)


def complexity(plan: Plan) -> tuple[int, int, int, int, str]:
    """Return what is to become small: rules, things done, letters, numbers; two different plans are never equal."""
    text = str(plan)
    things = sum(len(rule.actions) for rule in plan.rules)
    return len(plan.rules), things, len(text), sum(_magnitudes(plan)), text


def simpler_rules(rule: AnyRule) -> Iterator[AnyRule]:
    """Yield rules that are one step simpler, in any way that the notation knows."""
    yield from _simpler_parts(rule)


def _simpler(value: Any, default: Any) -> Iterator[Any]:
    """Yield simpler values in the place of one, each valid for its type alone."""
    if default is not dataclasses.MISSING and value != default:
        yield default
    if value is None or isinstance(value, bool | Enum | str):
        return
    if isinstance(value, int):
        yield from _smaller(value)
    elif isinstance(value, bytes):
        yield from (value[: len(value) // 2], value[:-1], b"x" * len(value)) if value else ()
    elif isinstance(value, tuple):
        for at, item in enumerate(value):
            yield (*value[:at], *value[at + 1 :])
            for simpler in _simpler(item, dataclasses.MISSING):
                yield (*value[:at], simpler, *value[at + 1 :])
    elif isinstance(value, Nth):
        yield Nth(first=1, last=1)
        yield from (Nth(first=number, last=number) for number in {value.first, *_smaller(value.first)} if number > 0)
    elif is_dataclass(value) and not isinstance(value, type):
        yield from _simpler_parts(value)


def _simpler_parts(whole: Any) -> Iterator[Any]:
    for field in fields(whole):
        value = getattr(whole, field.name)
        default = field.default
        if field.name == "chance_ppm":
            simpler: Iterator[Any] = iter((ALWAYS_PPM,))
        else:
            simpler = _simpler(value, default)
        for each in simpler:
            if each != value:
                try:
                    yield replace(whole, **{field.name: each})
                except (ValueError, TypeError):  # what the notation has no words for
                    continue


def _smaller(number: int) -> Iterator[int]:
    sign = -1 if number < 0 else 1
    for each in dict.fromkeys((0, 1, sign, number // 10 if number > 0 else -(-number // 10), number - sign)):
        if abs(each) < abs(number):
            yield each


def _magnitudes(value: Any) -> Iterator[int]:
    if isinstance(value, int) and not isinstance(value, Enum):
        yield abs(value)
    elif isinstance(value, tuple):
        for item in value:
            yield from _magnitudes(item)
    elif is_dataclass(value) and not isinstance(value, type):
        for field in fields(value):
            yield from _magnitudes(getattr(value, field.name))
