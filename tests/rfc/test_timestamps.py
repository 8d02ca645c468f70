"""An endpoint's clock, its echoes and its TS.Recent, across the wrap of the clock."""

import pytest

from tcpchaos.rfc.timestamps import Timestamps
from tcpchaos.trace import Side
from tests.transcript import segment

WRAP = 2**32


def test_the_clock_goes_on_across_its_wrap() -> None:
    known = Timestamps()
    known.sent(segment(Side.CLIENT, f". 1:1(0) ack 1 <TS val {WRAP - 1} ecr 7>"), 10)
    known.sent(segment(Side.CLIENT, ". 1:1(0) ack 1 <TS val 1 ecr 7>"), 20)
    assert (known.value, known.value_at_us, known.agreed) == (WRAP + 1, 20, True)
    known.sent(segment(Side.CLIENT, f". 1:1(0) ack 1 <TS val {WRAP - 1} ecr 7>"), 30)
    assert (known.value, known.value_at_us) == (WRAP + 1, 20)


def test_a_syn_agrees_on_nothing_and_the_clock_of_a_syn_ack_may_be_a_cookie() -> None:
    known = Timestamps()
    known.sent(segment(Side.CLIENT, "S 0:0(0) <TS val 5 ecr 0>"), 0)
    assert (known.agreed, known.value) == (False, 5)
    known.sent(segment(Side.CLIENT, "S. 0:0(0) ack 1 <TS val 63 ecr 9>"), 0)
    assert (known.agreed, known.value) == (True, 5)


def test_an_echo_counts_only_if_it_was_delivered() -> None:
    known = Timestamps()
    known.sent(segment(Side.CLIENT, ". 1:1(0) ack 1 <TS val 1 ecr 99>"), 0)
    assert known.echoed is None
    known.delivered(segment(Side.SERVER, ". 1:1(0) ack 1 <TS val 50 ecr 1>"), in_order=True)
    known.sent(segment(Side.CLIENT, ". 1:1(0) ack 1 <TS val 1 ecr 99>"), 0)
    assert known.echoed is None
    known.sent(segment(Side.CLIENT, ". 1:1(0) ack 1 <TS val 1 ecr 50>"), 0)
    assert known.echoed == 50


def test_only_what_is_in_order_becomes_ts_recent() -> None:
    known = Timestamps()
    known.delivered(segment(Side.SERVER, ". 1:1(0) ack 1 <TS val 50 ecr 1>"), in_order=True)
    known.delivered(segment(Side.SERVER, ". 9:9(0) ack 1 <TS val 60 ecr 1>"), in_order=False)
    assert (known.recent, known.newest) == (50, 60)


@pytest.mark.parametrize(("value", "past"), [(50, False), (49, False), (48, True), (51, False)])
def test_paws_forgives_one_tick(value: int, past: bool) -> None:
    known = Timestamps()
    known.delivered(segment(Side.SERVER, ". 1:1(0) ack 1 <TS val 50 ecr 1>"), in_order=True)
    known.sent(segment(Side.CLIENT, ". 1:1(0) ack 1 <TS val 1 ecr 50>"), 0)
    assert known.is_past(segment(Side.SERVER, f". 1:1(0) ack 1 <TS val {value} ecr 1>")) is past


def test_of_two_timestamps_half_a_circle_apart_neither_is_past() -> None:
    known = Timestamps()
    known.delivered(segment(Side.SERVER, ". 1:1(0) ack 1 <TS val 50 ecr 1>"), in_order=True)
    known.sent(segment(Side.CLIENT, ". 1:1(0) ack 1 <TS val 1 ecr 50>"), 0)
    half, less, more = (segment(Side.SERVER, f". 1:1(0) ack 1 <TS val {50 + 2**31 + by} ecr 1>") for by in (0, -1, 5))
    assert [known.is_past(each) for each in (half, less, more)] == [False, False, True]
    known.delivered(segment(Side.SERVER, ". 1:1(0) ack 1 <TS val 55 ecr 1>"), in_order=True)
    assert not known.is_past(more)  # if that was taken in


def test_nothing_is_past_for_who_last_heard_a_timestamp_of_0() -> None:
    known = Timestamps()
    known.delivered(segment(Side.SERVER, "S. 0:0(0) ack 1 <TS val 0 ecr 5>"), in_order=True)
    known.sent(segment(Side.CLIENT, ". 1:1(0) ack 1 <TS val 6 ecr 0>"), 0)
    assert not known.is_past(segment(Side.SERVER, f". 1:1(0) ack 1 <TS val {WRAP - 1000} ecr 6>"))
