"""Octets that arrived and octets in flight agree with a model that remembers each of them."""

from hypothesis import given
from hypothesis import strategies as st

from tcpchaos.rfc.octets import Flight, Received
from tcpchaos.trace import Side
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
    flight.acknowledge(acked)
    assert all(end > acked for _, end, _ in list(flight)[:1])
    assert flight.holds(max(left, acked), right) == (set(range(max(left, acked), right)) <= octets)
