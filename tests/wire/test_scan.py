"""The cursor over a line of notation knows where it stands when something is wrong."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tcpchaos.wire import TextError
from tcpchaos.wire.scan import Scanner


def test_it_moves_over_words_numbers_octets_and_marks() -> None:
    scanner = Scanner("  Win 0x10 -3,  0xdead beef > ")
    assert scanner.peek() == "win"
    assert scanner.word() == "win"
    assert scanner.number("a window", 65535) == 16
    assert scanner.number("a distance", 5, -5) == -3
    assert scanner.mark(",")
    assert not scanner.mark(",")
    assert scanner.octets() == b"\xde\xad"
    assert scanner.octets() == b"\xbe\xef"
    assert not scanner.done()
    scanner.need(">")
    assert scanner.done()
    assert scanner.word() is None


def test_it_stays_between_its_bounds() -> None:
    scanner = Scanner("abc 12345", at=4, end=6)
    assert scanner.number("a number", 99) == 12
    assert scanner.done()


@pytest.mark.parametrize("text", ["", "x", "70000", "-1", "1x", "007", "9" * 5000, "0x", "0x" + "f" * 5000, "\u0663"])
def test_what_is_no_number_in_range_is_an_error(text: str) -> None:
    with pytest.raises(TextError) as caught:
        Scanner("  " + text).number("a window", 65535)
    assert caught.value.at == 2
    assert caught.value.expected == "a window, 0 to 65535"


def test_an_error_names_the_nearest_word() -> None:
    error = Scanner("ack sny").error("a kind", ["syn", "fin"], at=4)
    assert (error.at, error.found, error.expected, error.nearest) == (4, "sny", "a kind", "syn")
    assert str(error) == "at offset 4: expected a kind, not 'sny' (did you mean 'syn'?)"
    assert str(Scanner("").error("a kind")) == "at offset 0: expected a kind, not 'the end'"


def test_what_is_needed_and_missing_is_an_error() -> None:
    with pytest.raises(TextError, match="expected ':'"):
        Scanner(" ;").need(":")


@given(st.text(max_size=20))
def test_any_text_is_a_number_or_an_error(text: str) -> None:
    try:
        value = Scanner(text).number("a number", 1 << 40, -(1 << 40))
    except TextError as error:
        where = error.at
    else:
        where = 0
        assert abs(value) <= 1 << 40
    assert 0 <= where <= len(text)
