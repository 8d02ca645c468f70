"""Which segments a rule is about."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tcpchaos.plan import STATES, Comparison, Kind, Length, Nth, Selector, Sending, When
from tcpchaos.plan.selectors import who, whom
from tcpchaos.search import ordinals, selectors
from tcpchaos.trace import Side
from tcpchaos.wire import ACK, FIN, PSH, RST, SYN


def test_states_are_those_of_the_rfc_in_lower_case() -> None:
    assert len(STATES) == 11
    assert {"closed", "syn-received", "fin-wait-1", "time-wait"} < set(STATES)


@pytest.mark.parametrize(
    ("nth", "printed", "chosen"),
    [
        (Nth(first=3, last=3), "#3", [3]),
        (Nth(first=2, last=5), "#2-5", [2, 3, 4, 5]),
        (Nth(first=7), "#7-", [7, 8, 9, 10]),
        (Nth(first=2, last=9, every=3), "#2-9/3", [2, 5, 8]),
        (Nth(first=1, every=4), "#1-/4", [1, 5, 9]),
    ],
)
def test_ordinals_choose(nth: Nth, printed: str, chosen: list[int]) -> None:
    assert str(nth) == printed
    assert [ordinal for ordinal in range(1, 11) if ordinal in nth] == chosen


@given(ordinals(), st.integers(1, 10**10))
def test_an_ordinal_that_is_over_chooses_nothing_more(nth: Nth, ordinal: int) -> None:
    if nth.over(ordinal):
        assert ordinal not in nth
        assert ordinal + nth.every not in nth


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"first": 0}, "begins at 1"),
        ({"first": 1, "every": 0}, "begins at 1"),
        ({"first": 5, "last": 2}, "#2-5"),
        ({"first": 5, "last": 5, "every": 2}, "write #5"),
    ],
)
def test_ordinals_that_choose_nothing_are_refused(wrong: dict[str, int], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        Nth(**wrong)


@pytest.mark.parametrize(
    ("comparison", "fits"), [(Comparison.EQUAL, [5]), (Comparison.LESS, [3, 4]), (Comparison.MORE, [6, 7])]
)
def test_lengths_compare(comparison: Comparison, fits: list[int]) -> None:
    length = Length(comparison=comparison, octets=5)
    assert [size for size in range(3, 8) if length.holds(size)] == fits


@pytest.mark.parametrize(
    ("flags", "kinds"),
    [
        (SYN, {Kind.SYN}),
        (SYN | ACK, {Kind.SYN_ACK}),
        (ACK, {Kind.ACK}),
        (PSH | ACK, {Kind.ACK}),
        (FIN | ACK, {Kind.FIN}),
        (RST, {Kind.RST}),
        (RST | ACK, {Kind.RST}),
        (SYN | FIN | RST, {Kind.SYN, Kind.FIN, Kind.RST}),
        (0, set()),
    ],
)
def test_flags_say_which_kinds_a_segment_can_be(flags: int, kinds: set[Kind]) -> None:
    assert {kind for kind in Kind if kind.flagged(flags)} == kinds | {Kind.DATA, Kind.ANY}


def test_a_selector_prints_in_one_order() -> None:
    select = Selector(
        who=Side.CLIENT,
        kind=Kind.DATA,
        nth=Nth(first=2, last=2),
        flags=PSH | ACK,
        sending=Sending.AGAIN,
        has=(b"GET ", b"\x00"),
        lengths=(Length(comparison=Comparison.MORE, octets=10),),
        when=(When(side=Side.SERVER, states=("close-wait", "last-ack")),),
        connection=Nth(first=1, last=3),
    )
    assert str(select) == (
        'client data#2 flags=psh|ack again has "GET " has 0x00 len>10 when server=close-wait|last-ack conn#1-3'
    )
    assert str(Selector()) == "any any"
    assert (who(None), whom(None)) == ("any", "both")


@given(selectors())
def test_every_selector_can_select_some_length(select: Selector) -> None:
    shortest, longest = select.sizes
    assert shortest <= longest
    assert all(length.holds(shortest) and length.holds(longest) for length in select.lengths)


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"flags": 256}, "eight bits"),
        ({"kind": Kind.SYN, "flags": ACK}, "no syn has exactly these flags"),
        ({"has": (b"",)}, "leave it out"),
        ({"kind": Kind.ACK, "has": (b"x",)}, "no ack has such a payload"),
        (
            {
                "lengths": (
                    Length(comparison=Comparison.MORE, octets=9),
                    Length(comparison=Comparison.LESS, octets=10),
                )
            },
            "contradicts",
        ),
        ({"has": (b"hello",), "lengths": (Length(comparison=Comparison.EQUAL, octets=4),)}, "contradicts"),
        (
            {"when": (When(side=Side.CLIENT, states=("closed",)), When(side=Side.CLIENT, states=("listen",)))},
            "one state at a time",
        ),
    ],
)
def test_what_no_segment_is_can_not_be_selected(wrong: dict[str, object], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        Selector(**wrong)  # type: ignore[arg-type]


def test_states_are_known_and_named_once() -> None:
    with pytest.raises(ValueError, match="SYN-SENT is not a state"):
        When(side=Side.CLIENT, states=("SYN-SENT",))
    for states in ((), ("closed", "closed")):
        with pytest.raises(ValueError, match="once"):
            When(side=Side.CLIENT, states=states)


def test_lengths_are_those_of_packets() -> None:
    with pytest.raises(ValueError, match="0 to 65535"):
        Length(comparison=Comparison.EQUAL, octets=65536)
    with pytest.raises(ValueError, match="len=0"):
        Length(comparison=Comparison.LESS, octets=0)
