"""Strategies of rules and of whole plans, put together from the other building blocks."""

from collections.abc import Sequence
from dataclasses import replace
from functools import cache
from typing import Final

from hypothesis import strategies as st
from hypothesis.errors import InvalidArgument

from tcpchaos.plan import (
    ALWAYS_PPM,
    STATES,
    Action,
    Coalesce,
    Corrupt,
    Deed,
    Kind,
    Plan,
    Rule,
    Selector,
    Split,
    StateRule,
    Truncate,
    parse,
)
from tcpchaos.plan.actions import MAX_TIME_US
from tcpchaos.plan.model import MAX_SEED
from tcpchaos.search.blocks import arguments
from tcpchaos.search.blocks.actions import every_action_list, every_deed
from tcpchaos.search.blocks.arguments import Choices
from tcpchaos.search.blocks.selectors import every_selector, ordinals
from tcpchaos.trace import Side

Done = Action | tuple[Action, ...]

_MOST_RULES: Final = 64  # more than a person reads, and than a campaign can draw at any speed
_ALWAYS: Final = st.just(ALWAYS_PPM)
_AT_ONCE: Final = st.just(0)
_SOMETIMES_PPM: Final = st.just(ALWAYS_PPM) | st.integers(1, ALWAYS_PPM)


def rules(
    selectors: st.SearchStrategy[Selector] | None = None,
    *actions: st.SearchStrategy[Done],
    chance_ppm: Choices[int] = ALWAYS_PPM,
) -> st.SearchStrategy[Rule]:
    """Draw rules, each with what it selects and what it does: `rules(selectors("any data"), delays(50_000))`.

    Where several strategies of actions are given, one of them is drawn, the first being the mildest. `chance_ppm` is in
    parts per million. What needs a payload is done to data where what is drawn has none. Without arguments, every rule
    of the notation is drawn.
    """
    if selectors is None:
        return every_rule()
    arguments.strategies("rules()", "what it selects or does", (selectors, *actions))
    if not actions:
        raise InvalidArgument('rules(): what is to be done? Give a strategy of actions, such as actions("drop")')
    read = arguments.whole(1, ALWAYS_PPM)
    chances = _ALWAYS if chance_ppm == ALWAYS_PPM else arguments.choices("rules()", "chance_ppm", chance_ppm, read)
    return st.one_of([_rule(selectors, done, chances) for done in actions])


def state_rules(
    entries: st.SearchStrategy[StateRule] | None = None,
    *deeds: st.SearchStrategy[Deed] | st.SearchStrategy[tuple[Deed, ...]],
    after_us: Choices[int] = 0,
) -> st.SearchStrategy[StateRule]:
    """Draw rules for states that are entered: `state_rules(entries("client=established"), injections("rst"))`.

    Where several strategies of deeds are given, one of them is drawn. `after_us` is how long after the state was
    entered it is done; where it is 0, when the entry says. Without arguments, every such rule is drawn.
    """
    if entries is None:
        return every_state_rule()
    arguments.strategies("state_rules()", "the entries or deeds", (entries, *deeds))
    if not deeds:
        raise InvalidArgument('state_rules(): what is to be done? Give a strategy of deeds, such as injections("rst")')
    read = arguments.whole(0, MAX_TIME_US)
    times = _AT_ONCE if after_us == 0 else arguments.choices("state_rules()", "after_us", after_us, read)
    return st.one_of([_state_rule(entries, done, times) for done in deeds])


def plans(
    *rules: st.SearchStrategy[Rule] | st.SearchStrategy[StateRule],
    min_size: int = 0,
    max_size: int = 3,
    scenes: str | Plan | Sequence[str | Plan] = "",
    seeds: Choices[int] = 0,
) -> st.SearchStrategy[Plan]:
    """Draw plans of `min_size` to `max_size` rules, each from one of these strategies, the mildest first.

    `scenes` are plans in the notation, the simplest first, one of which stands before what is drawn: it brings the
    endpoints to where the rest is of interest. `seeds` matter to rules with a probability. Without rules, every plan is
    drawn.
    """
    if not rules:
        return every_plan()
    arguments.strategies("plans()", "the rules", rules)
    if not 0 <= min_size <= max_size <= _MOST_RULES or max_size == 0:
        raise InvalidArgument(
            f"plans(): {min_size} to {max_size} rules: write up to {_MOST_RULES}, the smaller number first"
        )
    one: st.SearchStrategy[Rule | StateRule] = st.one_of(rules) if len(rules) > 1 else rules[0]
    # Few rules more often than many, and none but seldom: one draw, where a list would take one more for each element.
    sizes = [size for size in range(min_size, max_size + 1) for _ in range(max_size - size + 2 if size else 1)]
    count = arguments.among(sizes)
    settings = arguments.values("plans()", "scenes", scenes, _scene)
    scene = arguments.among(settings)
    chosen = arguments.choices("plans()", "seeds", seeds, arguments.whole(0, MAX_SEED))

    # Hypothesis prints strategies, and hundreds of parts of plans in full fill screens: of this one it prints the name.
    @st.composite
    def campaign(draw: st.DrawFn) -> Plan:
        before = settings[0] if len(settings) == 1 else draw(scene)
        drawn = [draw(one) for _ in range(draw(count))]
        return Plan((*before.rules, *drawn), seed=(0 if seeds == 0 else draw(chosen)) or before.seed)

    return campaign()


# In these two, functions that draw take the place of tuples, maps and strategies of a single value, each of which costs
# Hypothesis as much as a choice does; a campaign lives on how many plans it can draw in a second.


def _rule(
    selectors: st.SearchStrategy[Selector], actions: st.SearchStrategy[Done], chances: st.SearchStrategy[int]
) -> st.SearchStrategy[Rule]:
    @st.composite
    def rule(draw: st.DrawFn) -> Rule:
        select, done = draw(selectors), draw(actions)
        chance_ppm = ALWAYS_PPM if chances is _ALWAYS else draw(chances)
        return _possible(select, done if isinstance(done, tuple) else (done,), chance_ppm)

    return rule()


def _state_rule(
    entries: st.SearchStrategy[StateRule],
    deeds: st.SearchStrategy[Deed] | st.SearchStrategy[tuple[Deed, ...]],
    times: st.SearchStrategy[int],
) -> st.SearchStrategy[StateRule]:
    @st.composite
    def state_rule(draw: st.DrawFn) -> StateRule:
        entry, done = draw(entries), draw(deeds)
        after_us = 0 if times is _AT_ONCE else draw(times)
        actions = done if isinstance(done, tuple) else (done,)
        return replace(entry, actions=actions, after_us=after_us or entry.after_us)

    return state_rule()


@cache
def every_rule() -> st.SearchStrategy[Rule]:
    """Draw every rule for segments that the notation can say."""
    return st.builds(_possible, every_selector(), every_action_list(), _SOMETIMES_PPM)


@cache
def every_state_rule() -> st.SearchStrategy[StateRule]:
    """Draw every rule for states that the notation can say."""
    return st.builds(
        StateRule,
        side=st.sampled_from(Side),
        state=st.sampled_from(STATES),
        nth=st.none() | ordinals(),
        connection=st.none() | ordinals(),
        after_us=st.just(0) | st.integers(1, MAX_TIME_US),
        actions=st.lists(every_deed(segment=False), min_size=1, max_size=3).map(tuple),
        chance_ppm=_SOMETIMES_PPM,
    )


@cache
def every_plan() -> st.SearchStrategy[Plan]:
    """Draw every plan that the notation can say, of up to four rules."""
    several = st.lists(every_rule() | every_state_rule(), max_size=4).map(tuple)
    return st.builds(Plan, several, seed=st.just(0) | st.integers(0, MAX_SEED))


def _possible(select: Selector, actions: tuple[Action, ...], chance_ppm: int) -> Rule:
    """Return the rule; where it needs a payload and its selector has none, it is about all data instead."""
    if select.sizes[1] == 0 and any(isinstance(action, Split | Coalesce | Truncate | Corrupt) for action in actions):
        select = replace(select, kind=Kind.DATA, flags=None, lengths=())
    return Rule(select=select, actions=actions, chance_ppm=chance_ppm)


def _scene(given: object) -> Plan:
    if isinstance(given, Plan):
        return given
    if not isinstance(given, str):
        raise ValueError(f"{given!r} is not a plan: write its lines, such as client syn: remove wscale")
    return parse(given, name="plans(): scenes")
