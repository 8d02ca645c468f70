from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.errors import InvalidArgument

from tcpchaos.plan import Plan, PlanError, Rule, StateRule, parse
from tcpchaos.search import (
    actions,
    delays,
    edits,
    entries,
    injections,
    plans,
    rules,
    selectors,
    seqs,
    state_rules,
)
from tests.search.blocks.minima import sample, smallest

SEGMENTS = selectors("client syn", "server syn-ack", "client data", nth=(1, 2))
SOME = plans(
    rules(SEGMENTS, actions("delay 50ms", "drop", "duplicate"), edits("seq", "ack", by=(1, -1, 1000))),
    rules(SEGMENTS, injections("rst", "syn", to=("client", "server"), seq=seqs())),
    state_rules(
        entries("client=established", "server=close-wait"), injections("fin", to="client"), after_us=(0, 10_000)
    ),
)


def text(plan: Plan) -> str:
    return "; ".join(str(plan).splitlines())


MINIMA: tuple[tuple[str, Callable[[str], bool]], ...] = (
    ("", lambda plan: True),
    ("client syn#1: delay 50ms", lambda plan: ":" in plan),
    ("client syn#1: drop", lambda plan: "drop" in plan),
    ("client syn#1: duplicate", lambda plan: "duplicate" in plan),
    ("server syn-ack#1: delay 50ms", lambda plan: "server syn-ack" in plan),
    ("client data#1: drop", lambda plan: "client data" in plan and "drop" in plan),
    ("client syn#2: delay 50ms", lambda plan: "#2" in plan),
    ("client syn#1: seq+=1", lambda plan: "+=" in plan),
    ("client syn#1: ack-=1", lambda plan: "ack-=" in plan),
    ("client syn#1: inject to client rst seq=rcv.nxt", lambda plan: "inject to client rst" in plan),
    ("client syn#1: inject to client syn seq=rcv.nxt", lambda plan: " syn seq" in plan),
    ("client syn#1: inject to client rst seq=rcv.nxt+1", lambda plan: "seq=rcv.nxt+1" in plan.split()),
    ("on client=established: inject to client fin", lambda plan: "on client" in plan),
    ("on server=close-wait: inject to client fin", lambda plan: "on server" in plan),
    ("on client=established after 10ms: inject to client fin", lambda plan: "after 10ms" in plan),
    ("client syn#1: delay 50ms; client syn#1: delay 50ms", lambda plan: ";" in plan),
    ("client syn#1: drop; client syn#1: duplicate", lambda plan: "drop; " in plan and plan.endswith("duplicate")),
)


@pytest.mark.parametrize(("minimum", "holds"), MINIMA, ids=[minimum or "nothing" for minimum, _ in MINIMA])
def test_plans_shrink_to_the_least_that_matters(minimum: str, holds: Callable[[str], bool]) -> None:
    assert text(smallest(SOME, lambda plan: holds(text(plan)))) == minimum


@given(plans())
def test_every_plan_is_notation(plan: Plan) -> None:
    assert parse(str(plan)) == plan


def test_every_construct_is_drawn() -> None:
    drawn = sample(plans(), 60)
    found = [rule for plan in drawn for rule in plan.rules]

    assert any(plan.seed for plan in drawn)
    assert {type(rule) for rule in found} == {Rule, StateRule}
    assert any(rule.chance_ppm < 1_000_000 for rule in found)
    states = [rule for rule in found if isinstance(rule, StateRule)]
    for part in ("nth", "connection", "after_us"):
        assert any(getattr(rule, part) for rule in states), part


def test_as_many_rules_are_drawn_as_are_asked_for() -> None:
    one = rules(selectors("any data"), actions("drop"))

    assert {len(each.rules) for each in sample(plans(one, min_size=2, max_size=5), 30)} == {2, 3, 4, 5}


def test_a_scene_stands_before_what_is_drawn() -> None:
    drawn = plans(
        rules(selectors("any data"), actions("drop")),
        scenes=("", "client syn: remove wscale", "seed 5\nany any: delay 150ms 50%"),
        min_size=1,
    )

    assert text(smallest(drawn)) == "any data: drop"
    assert text(smallest(drawn, lambda plan: "wscale" in str(plan))) == "client syn: remove wscale; any data: drop"
    assert smallest(drawn, lambda plan: plan.seed > 0).seed == 5


def test_what_needs_a_payload_is_done_to_data() -> None:
    drawn = plans(rules(selectors("client ack#2", "client any len=0"), actions("truncate 5")), min_size=1, max_size=1)

    assert {text(plan) for plan in sample(drawn)} == {"client data#2: truncate 5", "client data: truncate 5"}


def test_chances_come_with_seeds() -> None:
    drawn = plans(rules(selectors("any data"), actions("drop"), chance_ppm=(10_000, 500_000)), seeds=st.integers(0, 9))

    assert text(smallest(drawn, lambda plan: plan.seed > 3 and bool(plan.rules))) == "seed 4; any data: drop 1%"


def test_an_entry_says_when_where_the_rule_does_not() -> None:
    late = state_rules(entries("client=established after 10ms"), injections("rst", to="client"))

    assert str(smallest(late)) == "on client=established after 10ms: inject to client rst"


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        (lambda: rules(selectors("any data")), r"rules\(\): what is to be done"),
        (lambda: rules(selectors("any data"), "drop"), r"'drop' is not a strategy"),  # type: ignore[arg-type]
        (lambda: rules(selectors("any data"), delays(5), chance_ppm=0), r"rules\(\): chance_ppm: 0"),
        (lambda: state_rules(entries()), r"state_rules\(\): what is to be done"),
        (lambda: plans("client syn: drop"), r"plans\(\): the rules: 'client syn: drop' is not a strategy"),  # type: ignore[arg-type]
        (lambda: plans(rules(), min_size=3, max_size=2), r"plans\(\): 3 to 2 rules"),
        (lambda: plans(rules(), max_size=65), r"plans\(\): 0 to 65 rules"),
        (lambda: plans(rules(), scenes=(7,)), r"plans\(\): scenes: 7 is not a plan"),  # type: ignore[arg-type]
        (lambda: plans(rules(), seeds=-1), r"plans\(\): seeds: -1"),
    ],
)
def test_arguments_are_checked(wrong: Callable[[], object], says: str) -> None:
    with pytest.raises(InvalidArgument, match=says):
        wrong()


def test_a_scene_that_is_no_plan_is_shown_as_any_other() -> None:
    with pytest.raises(PlanError, match=r"plans\(\): scenes, line 1, column 8: sny is not a kind of segment"):
        plans(rules(), scenes="client sny: drop")


def test_a_strategy_of_plans_prints_on_a_line() -> None:
    assert len(repr(SOME)) < 100
