"""Traces, connections and findings as parts of documents."""

from collections.abc import Iterable

import pytest
from msgspec.structs import replace

from tcpchaos.oracle import Oracle
from tcpchaos.report.compose import Numbers, blamed, counts, deviations, found, links, seens
from tcpchaos.report.document import Position
from tcpchaos.trace import Event, Side, Trace
from tcpchaos.wire import ACK, PSH, SYN, Packet, build

ISS, IRS = 0xFFFFFFF0, 0xFFFFFFFE
CLIENT, SERVER = b"\x0a\x09\0\1", b"\x0a\x09\0\2"


def client(seq: int, flags: int, ack: int = 0, payload: bytes = b"", options: bytes = b"") -> Packet:
    return build(
        src=CLIENT,
        dst=SERVER,
        sport=40312,
        dport=80,
        seq=seq & 0xFFFFFFFF,
        ack=ack & 0xFFFFFFFF,
        flags=flags,
        payload=payload,
        options=options,
    )


def server(seq: int, flags: int, ack: int = 0, payload: bytes = b"", options: bytes = b"") -> Packet:
    return build(
        src=SERVER,
        dst=CLIENT,
        sport=80,
        dport=40312,
        seq=seq & 0xFFFFFFFF,
        ack=ack & 0xFFFFFFFF,
        flags=flags,
        payload=payload,
        options=options,
    )


def seen(packets: Iterable[tuple[Side, Packet]]) -> tuple[Oracle, Trace]:
    """What an oracle and a trace know when these packets have passed."""
    oracle, trace = Oracle(), Trace()
    frame = 1
    for side, packet in packets:
        connection = oracle.connection(side, packet)
        oracle.passed(connection, side, packet, frame * 100, frame)
        for offset, at in ((0, side), (1, side.peer)):
            origin = frame if offset else 0
            event = Event(
                frame + offset, frame * 100, at, bool(offset), packet, connection.number, origin, (), connection.states
            )
            trace.add(event)
        frame += 2
    return oracle, trace


HANDSHAKE = (
    (Side.CLIENT, client(ISS, SYN)),
    (Side.SERVER, server(IRS, SYN | ACK, ISS + 1)),
    (Side.CLIENT, client(ISS + 1, ACK, IRS + 1)),
    (Side.CLIENT, client(ISS + 1, ACK | PSH, IRS + 1, b"x" * 20)),
    (Side.SERVER, server(IRS + 1, ACK, ISS + 21)),
)


def test_sequence_numbers_are_relative_across_the_wrap() -> None:
    oracle, trace = seen(HANDSHAKE)

    events = seens(trace, Numbers(oracle.connections)).events

    assert [event.segment for event in events[::2]] == [
        "S 0:0(0) win 65535",
        "S. 0:0(0) ack 1 win 65535",
        ". 1:1(0) ack 1 win 65535",
        "P. 1:21(20) ack 1 win 65535",
        ". 1:1(0) ack 21 win 65535",
    ]
    assert [event.segment for event in events[1::2]] == [event.segment for event in events[::2]]


def test_without_a_handshake_the_first_octet_seen_is_octet_1() -> None:
    oracle, trace = seen(HANDSHAKE[3:])

    events = seens(trace, Numbers(oracle.connections)).events

    assert [event.segment for event in events[::2]] == ["P. 1:21(20) ack 1 win 65535", ". 1:1(0) ack 21 win 65535"]


def test_positions_stand_in_the_streams_of_both() -> None:
    acked = server(IRS + 1, ACK, ISS + 21)
    oracle, trace = seen([*HANDSHAKE[:3], (Side.CLIENT, client(ISS + 1, ACK | PSH, IRS + 1, b"x" * 20))])
    trace.add(Event(9, 900, Side.CLIENT, True, acked, 1, 0, (), ("ESTABLISHED", "ESTABLISHED")))

    positions = [event.position for event in seens(trace, Numbers(oracle.connections)).events]

    assert positions[0] == Position(seq=0, end=1, ack=None, edge=None, sacked=())
    assert positions[2] == Position(seq=0, end=1, ack=1, edge=65536, sacked=())
    assert positions[6] == Position(seq=1, end=21, ack=1, edge=65536, sacked=())
    assert positions[8] == Position(seq=1, end=1, ack=21, edge=65556, sacked=())


def test_a_position_goes_on_past_the_wrap_and_an_edit_does_not_mislead_it() -> None:
    oracle, trace = seen(HANDSHAKE[:3])
    states = ("ESTABLISHED", "ESTABLISHED")
    far = [client(ISS + 1 + number * 2**30, ACK, IRS + 1, b"x") for number in range(6)]
    for number, packet in enumerate(far):
        trace.add(Event(10 + 2 * number, 900, Side.CLIENT, False, packet, 1, 0, (), states))
        edited = client(packet.seq + 2**31 - 1, ACK, IRS + 1, b"x")
        trace.add(Event(11 + 2 * number, 900, Side.SERVER, True, edited, 1, 10 + 2 * number, (), states))

    events = seens(trace, Numbers(oracle.connections)).events[6:]

    assert [event.position.seq for event in events[::2] if event.position] == [1 + n * 2**30 for n in range(6)]


def test_windows_are_scaled_as_agreed_and_not_at_all_where_that_was_not_heard() -> None:
    scaled = bytes((3, 3, 7, 1))
    shaken = [
        (Side.CLIENT, client(ISS, SYN, options=scaled)),
        (Side.SERVER, server(IRS, SYN | ACK, ISS + 1, options=scaled)),
        (Side.CLIENT, client(ISS + 1, ACK, IRS + 1)),
    ]
    heard, trace = seen(shaken)
    assert [event.position and event.position.edge for event in seens(trace, Numbers(heard.connections)).events] == [
        *(None, None),
        *(1 + 65535,) * 2,
        *(1 + (65535 << 7),) * 2,
    ]
    unheard, trace = seen(shaken[2:])
    assert [event.position and event.position.edge for event in seens(trace, Numbers(unheard.connections)).events] == [
        None,
        None,
    ]


def test_events_say_who_what_and_whether_it_was_edited() -> None:
    oracle, trace = seen(HANDSHAKE[:1])
    edited = client(ISS, SYN).replace(window=1)
    trace.add(Event(3, 300, Side.SERVER, True, edited, 1, 1, ("window=1",), ("SYN-SENT", "SYN-RECEIVED")))

    first, second, third = seens(trace, Numbers(oracle.connections)).events

    assert (first.endpoint, first.what, first.origin, first.edited) == ("client", "sent", 0, False)
    assert (second.endpoint, second.what, second.origin, second.edited) == ("server", "delivered", 1, False)
    assert (third.edited, third.deeds) == (True, ("window=1",))
    assert third.states == ("SYN-SENT", "SYN-RECEIVED")
    assert {type(state) for state in first.states} == {str}


def test_links_know_their_ends() -> None:
    oracle, trace = seen(HANDSHAKE)

    (link,) = links(oracle.connections, trace)

    assert (link.client.address, link.client.port, link.client.iss) == ("10.9.0.1", 40312, ISS)
    assert (link.server.address, link.server.port, link.server.iss) == ("10.9.0.2", 80, IRS)
    assert link.client.state == "ESTABLISHED"
    assert link.client.state in link.client.states


@pytest.mark.parametrize("first", [Side.CLIENT, Side.SERVER])
def test_the_client_is_the_client_whoever_is_seen_first(first: Side) -> None:
    packet = client(ISS, ACK) if first is Side.CLIENT else server(IRS, ACK)
    oracle, trace = seen([(first, packet)])

    (link,) = links(oracle.connections, trace)

    assert (link.client.port, link.server.port) == (40312, 80)


def test_a_connection_of_which_the_trace_kept_nothing_has_no_addresses() -> None:
    oracle, _ = seen(HANDSHAKE)

    (link,) = links(oracle.connections, Trace())

    assert (link.client.address, link.client.port) == ("", 0)


def test_findings_become_a_sentence() -> None:
    oracle, _ = seen([*HANDSHAKE, (Side.SERVER, server(IRS + 1, ACK, ISS + 500))])

    findings = [found(finding) for finding in oracle.verdict().findings]

    assert findings[0].rule == "SA-02"
    assert findings[0].blame == "server"
    assert blamed(findings[:1]) == ("The server broke SA-02 at #11: no octet is acknowledged that was never delivered.")
    assert blamed(findings[:1] * 3).endswith("delivered. And 2 more findings.")


def test_a_finding_about_a_segment_brings_it_along() -> None:
    oracle, trace = seen([*HANDSHAKE, (Side.SERVER, server(IRS + 1, ACK, ISS + 500))])
    [finding] = [each for each in oracle.verdict().findings if each.rule == "SA-02"]

    assert found(finding, seens(trace, Numbers(oracle.connections)).events).segment == ". 1:1(0) ack 500 win 65535"
    assert found(finding).segment == ""


def test_deviations_are_counted_by_their_name() -> None:
    oracle, _ = seen([*HANDSHAKE, (Side.SERVER, server(IRS + 1, ACK, ISS + 500))])
    finding = found(oracle.verdict().findings[0])
    twice = replace(finding, known="linux-old-ack", times=2)

    assert deviations([finding, twice, replace(twice, times=1)]) == {"linux-old-ack": 3}
    assert counts(finding)
    assert not counts(twice)
    assert not counts(replace(finding, excused="a reset that must be accepted was delivered to the client at #12"))
    assert not counts(replace(finding, tier="remark"))
