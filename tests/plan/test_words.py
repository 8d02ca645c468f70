"""The smallest words: each value has one way to be written."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tcpchaos.plan.cursor import Cursor
from tcpchaos.plan.values import flags, octets, percent, rate, time
from tcpchaos.plan.words import FLAG_NAMES, IP_FLAG_NAMES, bits, bits_a_second, chance, duration, hexadecimal, quote


@pytest.mark.parametrize(
    ("us", "printed"), [(1, "1us"), (1_500, "1500us"), (50_000, "50ms"), (1_500_000, "1500ms"), (3_000_000, "3s")]
)
def test_a_duration_takes_the_largest_unit_that_keeps_it_whole(us: int, printed: str) -> None:
    assert duration(us) == printed


@pytest.mark.parametrize(
    ("ppm", "printed"), [(1, "0.0001%"), (5_000, "0.5%"), (100_000, "10%"), (123_456, "12.3456%"), (1_000_000, "100%")]
)
def test_a_probability_is_percent_without_idle_zeros(ppm: int, printed: str) -> None:
    assert chance(ppm) == printed


def test_flags_are_names() -> None:
    assert bits(0b0001_0010, FLAG_NAMES) == "syn|ack"
    assert bits(0, FLAG_NAMES) == "none"
    assert bits(0b110, IP_FLAG_NAMES) == "df|evil"


@pytest.mark.parametrize(
    ("payload", "printed"),
    [
        (b"GET /\r\n", '"GET /\\r\\n"'),
        (b'a "b" \\', '"a \\"b\\" \\\\"'),
        (b"ab\xff", '"ab\\xff"'),
        (b"\x00\x01a", "0x000161"),
        (b"", '""'),
    ],
)
def test_octets_are_a_string_where_half_of_them_can_be_read(payload: bytes, printed: str) -> None:
    assert quote(payload) == printed


def reader(text: str) -> Cursor:
    return Cursor(text, line=1, name="plan")


@given(st.binary(max_size=64))
def test_octets_read_back(payload: bytes) -> None:
    assert octets(reader(quote(payload)), "") == payload
    if payload:
        assert octets(reader(hexadecimal(payload)), "") == payload


@given(st.integers(1, 2_000_000_000))
def test_rates_read_back(count: int) -> None:
    assert rate(reader(bits_a_second(count)), "") == count


@given(st.integers(0, 3_600_000_000))
def test_durations_read_back(us: int) -> None:
    assert time(reader(duration(us)), "") == us


@given(st.integers(1, 1_000_000))
def test_probabilities_read_back(ppm: int) -> None:
    assert percent(reader(chance(ppm))) == ppm


@given(st.integers(0, 255))
def test_flags_read_back(value: int) -> None:
    assert flags(reader(bits(value, FLAG_NAMES)), FLAG_NAMES) == value
