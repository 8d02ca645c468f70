import pytest
from hypothesis import strategies as st
from hypothesis.errors import InvalidArgument

from tcpchaos.plan import Delay, Drop, Inject, PlanError, Selector, StateRule
from tcpchaos.plan.expr import Variable, number, variable
from tcpchaos.search.blocks import arguments
from tcpchaos.trace import Side
from tcpchaos.wire import RST
from tests.search.blocks.minima import sample, smallest


def test_a_value_alone_is_the_only_choice() -> None:
    assert sample(arguments.choices("holds()", "segments", 3, arguments.whole(1, 9))) == [3]


def test_several_values_shrink_to_the_first() -> None:
    several = arguments.choices("holds()", "segments", (5, 2, 9), arguments.whole(1, 9))

    assert smallest(several) == 5
    assert sorted(set(sample(several))) == [2, 5, 9]


def test_a_strategy_is_taken_as_it_is_and_what_it_draws_is_read() -> None:
    assert smallest(arguments.choices("b()", "who", st.sampled_from(["server"]), arguments.side)) is Side.SERVER


@pytest.mark.parametrize(
    ("given", "says"),
    [
        (0, r"holds\(\): segments: 0 is not a whole number from 1 to 9"),
        ("three", r"holds\(\): segments: 'three' is not a whole number"),
        (True, r"holds\(\): segments: True is not"),
        ((1, 10), r"holds\(\): segments: 10 is not"),
        ((), r"holds\(\): segments is empty: give one value or more, the simplest first"),
    ],
)
def test_what_is_not_understood_is_told_at_once(given: object, says: str) -> None:
    with pytest.raises(InvalidArgument, match=says):
        arguments.choices("holds()", "segments", given, arguments.whole(1, 9))


def test_an_endpoint_goes_by_its_name() -> None:
    assert [arguments.side(name) for name in ("client", Side.SERVER, None, "both")] == [*Side, None, None]
    with pytest.raises(ValueError, match="'clinet' is not an endpoint: write client, server or None"):
        arguments.side("clinet")


def test_parts_of_rules_are_read_in_the_notation() -> None:
    assert str(arguments.selector("client data#2 again")) == "client data#2 again"
    assert arguments.actions("delay 50ms") == (Delay(us=50_000),)
    assert [str(each) for each in arguments.actions("corrupt 0 0xff, checksum=bad")] == [
        "corrupt 0 0xff",
        "checksum=bad",
    ]
    assert arguments.deeds("inject to client rst") == (Inject(to=Side.CLIENT, flags=RST),)
    assert str(arguments.entry("client=established after 10ms")).startswith("on client=established after 10ms:")
    assert arguments.number("rcv.nxt+1") == variable(Variable.RCV_NXT, 1)
    assert arguments.number(7) == number(7)


def test_parts_of_rules_may_be_what_they_are() -> None:
    assert arguments.selector(Selector()) == Selector()
    assert arguments.actions(Drop()) == (Drop(),)
    assert arguments.number(number(7)) == number(7)
    entry = arguments.entry("client=established")
    assert isinstance(entry, StateRule)


def test_an_error_in_the_notation_points_into_the_part_and_not_into_the_rule_around_it() -> None:
    with pytest.raises(PlanError) as caught:
        arguments.actions("delya 50ms")

    assert (caught.value.column, caught.value.suggestion) == (1, "delay")
    assert str(caught.value).splitlines()[1:3] == ["    delya 50ms", "    ^^^^^"]
    assert str(caught.value).startswith("'delya 50ms' is not what a rule does")


def test_what_is_no_part_of_a_rule_is_refused() -> None:
    with pytest.raises(ValueError, match="7 is not what a rule selects"):
        arguments.selector(7)
    with pytest.raises(PlanError, match="no segment is here"):
        arguments.selector("on client=established")
    with pytest.raises(PlanError, match="more than belongs here"):
        arguments.number("1 2")
    with pytest.raises(ValueError, match="None is not a number"):
        arguments.number(None)


def test_only_strategies_are_strategies() -> None:
    arguments.strategies("rules()", "the actions", (st.none(),))
    with pytest.raises(InvalidArgument, match=r"rules\(\): the actions: 'drop' is not a strategy"):
        arguments.strategies("rules()", "the actions", ("drop",))
