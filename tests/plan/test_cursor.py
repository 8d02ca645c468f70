"""A place in a line, piece by piece."""

import pytest

from tcpchaos.plan import PlanError
from tcpchaos.plan.cursor import MAX_LINE, WORD, Cursor


def at(text: str) -> Cursor:
    return Cursor(text, line=4, name="plan")


def test_pieces_come_after_blanks_and_leave_the_rest() -> None:
    cursor = at("  syn-ack \t#1:drop")
    assert cursor.take(WORD) == "syn-ack"
    assert not cursor.symbol(":")
    assert cursor.symbol("#")
    assert cursor.number("a number", "1") == 1
    cursor.expect(":", "")
    assert not cursor.keyword("dro")
    assert cursor.keyword("drop")
    assert cursor.over


@pytest.mark.parametrize(("text", "over"), [("", True), ("  # x", True), ("#x", True), ("x", False), ("x#", False)])
def test_a_comment_begins_at_the_start_or_after_a_blank(text: str, over: bool) -> None:
    assert at(text).over is over
    cursor = at("x" + text)
    cursor.take(WORD)
    if text.startswith("#"):
        assert not cursor.over


@pytest.mark.parametrize(("text", "number"), [("7", 7), ("007", 7), ("0x1F", 31), ("4294967295", 2**32 - 1)])
def test_numbers_are_decimal_or_hexadecimal(text: str, number: int) -> None:
    assert at(text).number("a number", "7") == number


@pytest.mark.parametrize("text", ["", "x", "7x", "7%", "7.5", "0x", "-7", "9" * 5_000, "0x" + "9" * 5_000])
def test_what_is_no_number_is_an_error(text: str) -> None:
    with pytest.raises(PlanError, match="expected a number: 7"):
        at(text).number("a number", "7")


def test_a_choice_is_one_of_the_words_and_an_error_stands_before_it() -> None:
    assert at("fin").choice({"fin": 1, "rst": 2}, "a flag") == 1
    cursor = at("  fim")
    with pytest.raises(PlanError) as caught:
        cursor.choice({"fin": 1, "rst": 2}, "a flag", example="fin|rst")
    assert (caught.value.line, caught.value.column, caught.value.width) == (4, 3, 3)
    assert caught.value.problem == "fim is not a flag"
    assert caught.value.expected == "fin or rst: fin|rst"
    assert caught.value.suggestion == "fin"


def test_what_the_model_refuses_is_an_error_at_the_piece() -> None:
    cursor = at("port 70000")
    with pytest.raises(PlanError, match="too large") as caught, cursor.blame(5):
        raise ValueError("too large")
    assert (caught.value.column, caught.value.width) == (6, 5)


def test_an_error_of_the_plan_passes_as_it_is() -> None:
    cursor = at("x")
    inner = cursor.error("first")
    with pytest.raises(PlanError) as caught, cursor.blame(0):
        raise inner
    assert caught.value is inner


def test_a_line_has_an_end() -> None:
    at("x" * MAX_LINE)
    with pytest.raises(PlanError, match="at most"):
        at("x" * (MAX_LINE + 1))
