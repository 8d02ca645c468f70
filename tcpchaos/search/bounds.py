"""Chaos that comes to an end: a campaign has every rule of a plan do its work on the first segments only.

A connection on which the same thing happens for ever tells nothing: it neither recovers nor dies before everybody's
patience is at its end. Once the chaos is over, what is owed can be asked for.
"""

from dataclasses import replace
from typing import Final

from tcpchaos.plan import ALWAYS_PPM, Action, Blackhole, Deed, Inject, InjectIcmp, Nth, Plan, Rule, StateRule
from tcpchaos.plan.selectors import MAX_COUNT

# Segments that a rule is done to: so many retransmissions still come within some seconds.
ENOUGH: Final = 4
# The same for a rule that is done only now and then.
ENOUGH_BY_CHANCE: Final = 40
ENOUGH_US: Final = 3_000_000  # of a dead path


def bounded(plan: Plan) -> Plan:
    """Return the plan with an end to every rule that has none."""
    return replace(plan, rules=tuple(_bounded(rule) for rule in plan.rules))


def _bounded(rule: Rule | StateRule) -> Rule | StateRule:
    actions = tuple(_short(action) for action in rule.actions)
    if isinstance(rule, StateRule):
        return replace(rule, actions=tuple(action for action in actions if isinstance(action, Deed)))
    enough = ENOUGH if rule.chance_ppm == ALWAYS_PPM else ENOUGH_BY_CHANCE
    nth = rule.select.nth or Nth(first=1)
    if nth.last is None or (nth.last - nth.first) // nth.every >= enough:
        last = min(nth.first + (enough - 1) * nth.every, MAX_COUNT)
        if all(isinstance(action, Inject | InjectIcmp) for action in actions):
            last = nth.first  # what it forges does not depend on whom it meets
        nth = Nth(first=nth.first, last=last, every=1 if last == nth.first else nth.every)
    return replace(rule, actions=actions, select=replace(rule.select, nth=nth))


def _short(action: Action) -> Action:
    if isinstance(action, Blackhole) and (action.for_us is None or action.for_us > ENOUGH_US):
        return replace(action, for_us=ENOUGH_US)
    return action
