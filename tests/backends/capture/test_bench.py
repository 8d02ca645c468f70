"""What the oracle is told of a capture, made in one place or on both sides of the proxy."""

from tcpchaos.backends.capture.bench import INBOUND, OUTBOUND, SHUFFLED_US, BothSides, OnePlace
from tcpchaos.backends.capture.files import Record
from tcpchaos.trace import Event, Trace
from tcpchaos.wire import ACK, SYN, Packet, build

ISS, IRS = 0xFFFFFFF0, 0xFFFFFFFE
SYN_PACKET = build(src=b"\x0a\x09\0\1", dst=b"\x0a\x09\0\2", sport=40312, dport=80, seq=ISS, flags=SYN)
ANSWER = build(src=b"\x0a\x09\0\2", dst=b"\x0a\x09\0\1", sport=80, dport=40312, seq=IRS, ack=ISS + 1, flags=SYN | ACK)


def heard(at_us: int, packet: Packet) -> Record:
    return Record(at_us, at_us * 1000, 101, packet.octets, packet.end)


def record(number: int, packet: Packet, interface: str = "", direction: int = 0, *comments: str) -> Record:
    return Record(number, number, 101, packet.octets, packet.end, interface, direction, comments)


def told(trace: Trace) -> list[tuple[int, str, str, int, tuple[str, ...]]]:
    def line(event: Event) -> tuple[int, str, str, int, tuple[str, ...]]:
        return event.frame, str(event.side), "delivered" if event.delivered else "sent", event.origin, event.deeds

    return [line(event) for event in trace]


def test_in_one_place_a_packet_is_sent_and_delivered_at_once() -> None:
    bench = OnePlace(None)

    bench.show(record(7, SYN_PACKET), SYN_PACKET, 0)
    bench.show(record(9, ANSWER), ANSWER, 10)

    assert told(bench.trace) == [
        (7, "client", "sent", 0, ()),
        (7, "server", "delivered", 7, ()),
        (9, "server", "sent", 0, ()),
        (9, "client", "delivered", 9, ()),
    ]
    assert bench.oracle.verdict().faults == "none"
    assert bench.notes() == ()


def test_on_both_sides_what_came_in_was_sent_and_what_went_out_was_delivered() -> None:
    bench = BothSides(None)

    bench.show(record(1, SYN_PACKET, "client", INBOUND), SYN_PACKET, 0)
    bench.show(record(2, SYN_PACKET, "server", OUTBOUND), SYN_PACKET, 0)

    assert told(bench.trace) == [(1, "client", "sent", 0, ()), (2, "server", "delivered", 1, ())]
    assert bench.oracle.verdict().faults == "none"


def test_a_lost_packet_is_a_fault_that_must_be_survived() -> None:
    bench = BothSides(None)

    bench.show(record(1, SYN_PACKET, "client", INBOUND, "tcpchaos #1: drop"), SYN_PACKET, 0)

    assert told(bench.trace) == [(1, "client", "sent", 0, ("drop",))]
    assert bench.oracle.verdict().faults == "survivable"


def test_an_edited_packet_is_known_by_the_comment_that_was_left_on_it() -> None:
    bench = BothSides(None)
    edited = SYN_PACKET.replace(window=1)

    bench.show(record(1, SYN_PACKET, "client", INBOUND, "tcpchaos #1: window=1"), SYN_PACKET, 0)
    bench.show(record(2, edited, "server", OUTBOUND, "a comment", "tcpchaos #2 of #1: window=1"), edited, 0)

    assert told(bench.trace) == [(1, "client", "sent", 0, ("window=1",)), (2, "server", "delivered", 1, ("window=1",))]
    assert bench.oracle.verdict().faults != "none"


def test_an_injected_packet_has_no_origin() -> None:
    bench = BothSides(None)

    bench.show(record(1, SYN_PACKET, "client", INBOUND), SYN_PACKET, 0)
    bench.show(record(2, ANSWER, "client", OUTBOUND, "tcpchaos #2: inject to client syn-ack"), ANSWER, 0)

    assert told(bench.trace)[1] == (2, "client", "delivered", 0, ("inject to client syn-ack",))


def test_what_is_not_in_its_order_is_compared_with_nothing() -> None:
    bench = OnePlace(None)
    for at_us, packet in ((0, SYN_PACKET), (SHUFFLED_US, ANSWER), (0, SYN_PACKET)):
        bench.show(heard(at_us, packet), packet, at_us)
    assert bench.oracle.connections[0].whole

    bench.show(heard(SHUFFLED_US + 1, ANSWER), ANSWER, SHUFFLED_US + 1)
    bench.show(heard(0, SYN_PACKET), SYN_PACKET, 0)
    assert not bench.oracle.connections[0].whole
    assert bench.notes() == ("The packets are not in their order: 1 time, a connection was taken up anew.",)


def test_each_direction_counts_where_it_was_heard_first() -> None:
    bench = OnePlace(None)

    assert bench.show(record(1, SYN_PACKET), SYN_PACKET, 0, b"in")
    assert not bench.show(record(2, SYN_PACKET), SYN_PACKET, 0, b"out")
    assert bench.show(record(3, ANSWER), ANSWER, 0, b"out")
    assert not bench.show(record(4, ANSWER)._replace(heard_at=1), ANSWER, 0, b"out")
