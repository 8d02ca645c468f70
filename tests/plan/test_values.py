"""Values as they stand in a plan."""

from collections.abc import Callable

import pytest
from hypothesis import given

from tcpchaos.plan import Expr, Nth, PlanError, Term, Variable, Whose
from tcpchaos.plan.cursor import Cursor
from tcpchaos.plan.values import MAX_TERMS, expression, flags, has_octets, nth, octets, percent, rate, state, time
from tcpchaos.plan.words import FLAG_NAMES, IP_FLAG_NAMES
from tcpchaos.search import expressions, ordinals


def at(text: str) -> Cursor:
    return Cursor(text, line=1, name="plan")


@given(expressions())
def test_expressions_read_back(expr: Expr) -> None:
    cursor = at(f"{expr} next")
    assert expression(cursor, "1") == expr
    assert cursor.keyword("next")


@given(ordinals())
def test_ordinals_read_back(ordinal: Nth) -> None:
    assert nth(at(str(ordinal))) == ordinal


def test_numbers_of_a_sum_are_added_up() -> None:
    found = expression(at("1 + rcv.nxt - 0x10 - peer.iss"), "1")
    assert found == Expr(
        terms=(Term(variable=Variable.RCV_NXT), Term(variable=Variable.ISS, whose=Whose.PEER, negative=True)),
        offset=-15,
    )


def test_a_tight_sum_ends_before_a_blank() -> None:
    cursor = at("iss-1 -irs")
    assert str(expression(cursor, "1", tight=True)) == "iss-1"
    assert str(expression(cursor, "1")) == "-irs"


def test_a_sum_has_an_end() -> None:
    assert len(expression(at("+".join(["iss"] * MAX_TERMS)), "1").terms) == MAX_TERMS
    with pytest.raises(PlanError, match="at most 16"):
        expression(at("+".join(["iss"] * (MAX_TERMS + 1))), "1")


@pytest.mark.parametrize(
    ("text", "value"), [("S.", 0x12), (".", 0x10), ("none", 0), ("syn|ack", 0x12), ("cwr | ece", 0xC0), ("SS", 0x02)]
)
def test_flags_are_names_or_letters(text: str, value: int) -> None:
    assert flags(at(text), FLAG_NAMES) == value


def test_letters_are_only_those_of_tcp() -> None:
    assert flags(at("df|mf"), IP_FLAG_NAMES) == 3
    with pytest.raises(PlanError, match="S is not a flag"):
        flags(at("S"), IP_FLAG_NAMES)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ('"a b"', b"a b"),
        ('"\\x00\\n\\r\\t\\0\\"\\\\"', b'\x00\n\r\t\x00"\\'),
        ('"é"', "é".encode()),
        ("0xFF00", b"\xff\x00"),
    ],
)
def test_octets_are_a_string_or_hexadecimal(text: str, value: bytes) -> None:
    assert has_octets(at(text))
    assert octets(at(text), "") == value


def test_there_may_be_nothing() -> None:
    assert nth(at("x")) is None
    assert nth(at("# a comment")) is None
    assert percent(at("10")) is None
    assert not has_octets(at("seq=1"))


@pytest.mark.parametrize(
    ("read", "text", "said"),
    [
        (lambda cursor: time(cursor, "1s"), "5", "5 is not a time with its unit"),
        (lambda cursor: time(cursor, "1s"), "-5ms", "not negative"),
        (lambda cursor: rate(cursor, "1mbit"), "1Mbit", "1Mbit is not a rate with its unit"),
        (lambda cursor: rate(cursor, "1mbit"), "1.5mbit", "a whole number of bit, kbit, mbit or gbit: 1mbit"),
        (lambda cursor: octets(cursor, ""), "0xabc", "two hexadecimal digits"),
        (lambda cursor: octets(cursor, ""), '"abc', "no end"),
        (lambda cursor: octets(cursor, ""), '"\\q"', "escape"),
        (lambda cursor: octets(cursor, ""), '"\ud800"', "half a character"),
        (lambda cursor: expression(cursor, "1"), "snd.nxy", "did you mean snd.nxt"),
        (lambda cursor: expression(cursor, "1"), "peer.seg.seq", "not a variable"),
        (nth, "#x", "not an ordinal"),
        (nth, "#1-/x", "not a step"),
        (nth, "#5-2", "#2-5"),
        (state, "ESTABLISHED", "did you mean established"),
        (lambda cursor: flags(cursor, FLAG_NAMES), "syn|", "a flag is missing"),
    ],
)
def test_what_is_no_value_is_an_error(read: Callable[[Cursor], object], text: str, said: str) -> None:
    with pytest.raises(PlanError) as caught:
        read(at(text))
    assert said in str(caught.value)
