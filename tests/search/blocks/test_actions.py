import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.errors import InvalidArgument

from tcpchaos.plan import Action, Corrupt, Deed, Delay, PlanError, Rule, Selector, parse_rule
from tcpchaos.search import (
    actions,
    blackholes,
    corruptions,
    deeds,
    delays,
    duplicates,
    holds,
    rates,
    splits,
    truncations,
)
from tcpchaos.search.blocks.actions import every_change, every_wait
from tests.search.blocks.minima import sample, smallest

NUMBERED = (
    (delays(st.integers(1, 2_000_000)), "delay 1us"),
    (delays((50_000, 1_000)), "delay 50ms"),
    (rates((10_000_000, 64_000)), "rate 10mbit"),
    (rates(64_000, queue=(None, 20)), "rate 64kbit"),
    (duplicates(st.integers(1, 9), after_us=(0, 10_000)), "duplicate"),
    (holds(st.integers(1, 9)), "hold 1"),
    (splits(st.integers(1, 1_000)), "split 1"),
    (splits(5, every=True), "split every 5"),
    (truncations(st.integers(0, 1_000)), "truncate 0"),
    (corruptions(st.integers(0, 1_000)), "corrupt 0 0xff"),
    (corruptions(0, xor=(b"\1", b"\2")), "corrupt 0 0x01"),
    (blackholes((100_000, 2_000_000), who=("client", None)), "blackhole client for 100ms"),
)


@pytest.mark.parametrize(("strategy", "minimum"), NUMBERED, ids=[text for _, text in NUMBERED])
def test_each_shrinks_to_the_mildest(strategy: st.SearchStrategy[Action], minimum: str) -> None:
    assert str(smallest(strategy)) == minimum


def test_a_number_that_matters_shrinks_to_where_it_begins_to() -> None:
    long = smallest(delays(st.integers(1, 2_000_000)), lambda found: found.us >= 200_000)

    assert str(long) == "delay 200ms"


def test_actions_are_drawn_from_what_is_said_with_several_in_a_rule() -> None:
    drawn = actions("delay 50ms", "drop", "corrupt 0 0xff, checksum=bad", Delay(us=7))

    assert {", ".join(map(str, each)) for each in sample(drawn)} == {
        "delay 50ms",
        "drop",
        "corrupt 0 0xff, checksum=bad",
        "delay 7us",
    }
    assert smallest(drawn, lambda found: len(found) > 1)[0] == Corrupt(at=0, xor=b"\xff")


def test_deeds_are_those_that_need_no_segment() -> None:
    assert str(smallest(deeds("inject to client rst", "heal both"))[0]) == "inject to client rst"
    with pytest.raises(PlanError, match="no segment is here"):
        deeds("drop")


@given(actions())
def test_every_list_of_actions_is_notation_that_one_rule_can_do(found: tuple[Action, ...]) -> None:
    rule = Rule(select=Selector(), actions=found)

    assert parse_rule(str(rule)) == rule


@given(deeds())
def test_every_deed_is_notation_where_no_segment_is(found: tuple[Deed, ...]) -> None:
    text = f"on client=established: {', '.join(map(str, found))}"

    assert str(parse_rule(text)) == text


def test_every_construct_is_drawn() -> None:
    drawn = {type(action).__name__ for found in sample(actions(), 400) for action in found}

    assert drawn == {kind.__name__ for kind in Action.__args__}


def test_changes_and_waits_are_told_apart() -> None:
    assert not {type(each) for each in sample(every_change())} & {type(each) for each in sample(every_wait())}


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        (lambda: delays(0), r"delays\(\): us: 0 is not a whole number from 1 to 3600000000"),
        (lambda: rates(999), r"rates\(\): bits: 999 is not a whole number from 1000"),
        (lambda: rates(1_000, queue=0), r"rates\(\): queue: 0 is not a whole number from 1 to"),
        (lambda: delays("50ms"), r"delays\(\): us: '50ms'"),  # type: ignore[arg-type]
        (lambda: duplicates(1_001), r"duplicates\(\): copies: 1001"),
        (lambda: holds(()), r"holds\(\): segments is empty"),
        (lambda: splits(0), r"splits\(\): at: 0"),
        (lambda: truncations(-1), r"truncations\(\): to: -1"),
        (lambda: corruptions(0, xor=b"\0"), r"corruptions\(\): xor: b'\\x00' changes nothing"),
        (lambda: blackholes(5, who="me"), r"blackholes\(\): who: 'me' is not an endpoint"),
    ],
)
def test_arguments_are_checked(wrong: object, says: str) -> None:
    with pytest.raises(InvalidArgument, match=says):
        wrong()  # type: ignore[operator]
