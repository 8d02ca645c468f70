"""Small things that every report says the same way."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tcpchaos.report.texts import counted, milliseconds, octets, roughly, seconds, times, wrap


@pytest.mark.parametrize(
    ("number", "text"),
    [
        (0, "0 octets"),
        (1, "1 octet"),
        (9_999, "9,999 octets"),
        (10_000, "10.0 kB"),
        (999_900, "999.9 kB"),
        (1_500_000, "1.5 MB"),
        (2_000_000_000, "2.0 GB"),
        (5_000_000_000_000, "5000.0 GB"),
    ],
)
def test_octets(number: int, text: str) -> None:
    assert octets(number) == text


def test_counts_and_times() -> None:
    assert [counted(number, "segment") for number in (0, 1, 1200)] == ["0 segments", "1 segment", "1,200 segments"]
    assert [times(number) for number in (0, 1, 2, 3, 1200)] == ["never", "once", "twice", "3 times", "1,200 times"]


def test_times_on_the_wire() -> None:
    assert [milliseconds(at_us) for at_us in (0, 7, 1_001, 60_000_123)] == ["0.000", "0.007", "1.001", "60000.123"]
    assert [seconds(at_us) for at_us in (999_999, 1_000_000, 2_234_111)] == ["999.999 ms", "1.00 s", "2.23 s"]


def test_wrapping_breaks_where_it_may() -> None:
    assert wrap("one two three", 7) == ["one two", "three"]
    assert wrap("<mss 1460,nop,wscale 7>", 14, between=",") == ["<mss 1460,nop,", "wscale 7>"]
    assert wrap("unbreakable", 4) == ["unbr", "eaka", "ble"]
    assert wrap("linux/a-case-0123abcd", 16) == ["linux/a-case-", "0123abcd"]
    assert wrap("a-bcdefghijk", 8) == ["a-bcdefg", "hijk"]
    assert wrap("", 4) == []


@given(text=st.text(alphabet="ab ,-/"), room=st.integers(min_value=1, max_value=12))
def test_wrapping_loses_nothing_and_never_overflows(text: str, room: int) -> None:
    pieces = wrap(text, room)

    assert all(len(piece) <= room for piece in pieces)
    assert "".join(pieces).replace(" ", "") == text.replace(" ", "")


def test_roughly_is_for_pictures() -> None:
    assert [roughly(us) for us in (1_940, 9_999, 216_407, 999_999, 1_330_000)] == [
        "1.9 ms",
        "10.0 ms",
        "216 ms",
        "1000 ms",
        "1.33 s",
    ]
