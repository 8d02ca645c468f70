"""Shrinking: few rules, then simple ones, whatever order the answers come in."""

from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tcpchaos.plan import Plan, parse
from tcpchaos.search import plans
from tcpchaos.search.shrinking import AT_ONCE, MOST_WAVES, Shrinker, complexity, simpler_rules


def shrunk(plan: Plan, shows: Callable[[str], bool]) -> tuple[str, Shrinker]:
    shrinker = Shrinker(plan)
    while wave := shrinker.wave():
        shrinker.tell([shows(str(each)) for each in wave])
    return str(shrinker.plan), shrinker


def test_two_rules_of_forty_that_matter_are_left_and_made_simple() -> None:
    lines = [f"any data#{number}: delay {number}ms" for number in range(5, 43)]
    lines.insert(7, "client syn#3-9 when server=listen: duplicate 5 after 20ms, window=7")
    lines.insert(29, 'on server=established #2 after 30ms: inject to client flags=rst|ack "hello" seq=rcv.nxt+70')

    found, shrinker = shrunk(parse("seed 9\n" + "\n".join(lines)), lambda plan: "dup" in plan and "inject" in plan)

    assert found == "any any: duplicate\non server=established: inject to client syn"
    assert shrinker.waves < 40


@pytest.mark.parametrize(
    ("plan", "matters", "smallest"),
    [
        ("client syn#1: drop\nany data: delay 5ms", "", ""),
        ("client syn#1: drop\nany data: delay 5ms", "syn", "any syn: drop"),
        ("client data#7: delay 50ms 30%", "delay", "any any: delay 1us"),
        ("client data#2-9/3: window=77, seq+=1000", "seq", "any any: seq=0"),
        ("seed 77\nany data: drop 10%", "drop", "any any: drop"),
        ("client data#1: corrupt 12 0xffff, checksum=bad", "corrupt", "any any: corrupt 0 0x78"),
    ],
)
def test_what_does_not_matter_goes(plan: str, matters: str, smallest: str) -> None:
    found, _ = shrunk(parse(plan), lambda each: matters in each)
    assert found == smallest


@settings(max_examples=30)
@given(plans(), st.randoms(use_true_random=False))
def test_whatever_is_answered_it_ends_and_every_candidate_is_a_smaller_plan(plan: Plan, answers: object) -> None:
    shrinker = Shrinker(plan)
    while wave := shrinker.wave():
        assert len(wave) <= max(AT_ONCE, len(plan.rules) + 1)
        for each in wave:
            assert parse(str(each)) == each
            assert complexity(each) < complexity(shrinker.plan)
        shrinker.tell([answers.random() < 0.3 for _ in wave])  # type: ignore[attr-defined]
    assert shrinker.waves <= MOST_WAVES


@given(plans())
def test_a_simpler_rule_is_another_one(plan: Plan) -> None:
    for rule in plan.rules:
        assert all(simpler != rule for simpler in simpler_rules(rule))
