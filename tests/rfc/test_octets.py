"""Octets that arrived and octets in flight agree with a model that remembers each of them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tcpchaos.rfc import octets
from tcpchaos.rfc.octets import Flight, Received
from tcpchaos.trace import Side
from tcpchaos.wire.captured import parse_captured
from tests.transcript import segment

spans = st.tuples(st.integers(0, 40), st.integers(0, 12)).map(lambda span: (span[0], span[0] + span[1]))


@given(st.lists(spans, max_size=12), spans)
def test_received_is_a_set_of_octets(arrivals: list[tuple[int, int]], asked: tuple[int, int]) -> None:
    received = Received(5)
    octets = set(range(5))
    for left, right in arrivals:
        received.add(left, right)
        octets |= set(range(left, right))
    nxt = next(i for i in range(100) if i not in octets)
    assert received.nxt == nxt
    assert {i for left, right in received.islands for i in range(left, right)} == {i for i in octets if i > nxt}
    assert received.holds(*asked) == (set(range(*asked)) <= octets or asked[1] <= nxt) or asked[0] == asked[1]


@given(st.lists(spans, max_size=8), spans, st.integers(0, 60))
def test_flight_remembers_what_was_sent_first(sent: list[tuple[int, int]], again: tuple[int, int], acked: int) -> None:
    stream = bytes(range(100))
    flight = Flight()
    octets: set[int] = set()
    for left, right in sent:
        flight.insert(
            left, segment(Side.CLIENT, f". 1:{1 + right - left}({right - left}) ack 1 {stream[left:right]!r}")
        )
        octets |= set(range(left, right))
    left, right = again
    assert flight.difference(left, stream[left:right]) is None
    wrong = bytes(octet ^ 0xFF for octet in stream[left:right])
    assert flight.difference(left, wrong) == min((i for i in range(left, right) if i in octets), default=None)
    assert flight.holds(left, right) == (set(range(left, right)) <= octets)
    assert [flight.octet(i) for i in range(100)] == [stream[i] if i in octets else None for i in range(100)]
    flight.acknowledge(acked)
    assert {flight.octet(i) for i in octets if i < acked} <= {None, *stream[:acked]}
    assert all(end > acked for _, end, _ in list(flight)[:1])
    assert flight.holds(max(left, acked), right) == (set(range(max(left, acked), right)) <= octets)


def test_islands_beyond_the_most_that_are_remembered_are_told_of(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(octets, "MOST_ISLANDS", 2)
    received = Received(0)
    for left in (10, 20, 30):
        assert not received.crowded
        received.add(left, left + 5)
    assert received.crowded
    assert received.islands == [(10, 15), (20, 25)]
    received.add(15, 20)
    assert received.islands == [(10, 25)]
    assert received.ends_at(25)
    assert not received.ends_at(15)


def test_flight_forgets_first_what_was_sent_first(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(octets, "MOST_PIECES", 256)
    flight = Flight()
    packet = segment(Side.CLIENT, ". 1:2(1) ack 1")
    for position in range(10_000):
        flight.append(position, packet)
    assert len(flight) <= 512
    assert flight.holds(9_999, 10_000)
    assert not flight.holds(0, 1)
    assert flight.weight_octets < 1024 * 1024


def test_a_far_leap_makes_flight_forget(monkeypatch: pytest.MonkeyPatch) -> None:
    flight = Flight()
    packet = segment(Side.CLIENT, ". 1:2(1) ack 1")
    flight.append(0, packet)
    flight.insert(octets.MOST_FLIGHT_OCTETS + 1, packet)
    assert not flight.holds(0, 1)


def test_of_a_segment_that_was_captured_in_part_only_that_part_is_remembered() -> None:
    whole = segment(Side.CLIENT, '. 1:6(5) ack 1 "hello"')
    flight = Flight()
    flight.append(0, parse_captured(whole.octets[:-2], 2))

    assert flight.holds(0, 3)
    assert not flight.holds(0, 4)
    assert flight.difference(0, b"help!") is None
    flight.append(5, parse_captured(whole.octets[:-5], 5))
    assert [span[:2] for span in flight] == [(0, 3)]
