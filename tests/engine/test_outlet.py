"""What leaves, in which order, and who is told: states that are entered, injections behind, and the trace."""

import pytest

from tcpchaos.engine.outlet import ENTRIES_AT_MOST, NOTES_AT_MOST
from tcpchaos.trace import Side
from tests.engine.playbook import World

SYN = "S 0:0(0) win 9"
SYN_ACK = "S. 0:0(0) ack 1 win 9"
ACK = ". 1:1(0) ack 1 win 9"
DATA = "P. 1:5(4) ack 1 win 9"


def test_what_an_entered_state_calls_for_goes_right_behind_the_segment() -> None:
    w = World("on server=syn-received: inject to server rst seq=rcv.nxt+1")
    assert w.client(SYN) == [f"server < {SYN}", "server < R 2:2(0) win 9"]
    assert w.server(SYN_ACK) == [f"client < {SYN_ACK}"]
    assert w.client(ACK) == [f"server < {ACK}"]
    assert w.engine.deeds == (1,)


def test_a_state_that_a_sent_segment_shows_is_answered_at_once() -> None:
    w = World("on client=syn-sent: inject to server ack seq=client.iss ack=0")
    assert w.client(SYN) == ["server < . 0:0(0) ack 3 win 9", f"server < {SYN}"]  # 0 on the wire


def test_a_state_can_be_entered_again_on_another_connection_and_only_there() -> None:
    w = World("on client=established: inject to client rst seq=rcv.nxt+1")
    assert sum("R" in line for line in w.handshake()) == 1
    assert not any("R" in line for line in w.client(DATA) + w.client(DATA))
    w.ports = (40001, 80)
    assert sum("R" in line for line in w.handshake()) == 1
    assert w.engine.deeds == (2,)


def test_entries_are_counted_by_connection() -> None:
    w = World("on client=established #2: inject to client rst\non client=established conn#2: inject to client ack")
    w.handshake()
    assert w.engine.deeds == (0, 0)
    w.ports = (40001, 80)
    w.handshake()
    assert w.engine.deeds == (0, 1)


def test_it_may_be_done_later() -> None:
    w = World("on client=established after 5ms: inject to client rst, blackhole client")
    w.handshake()
    assert w.client(DATA) == [f"server < {DATA}"]
    assert w.engine.due() == 5_000
    assert w.wait(5_000) == ["client < R 1:1(0) win 1000"]
    assert w.client(DATA) == []


def test_a_state_can_close_a_way() -> None:
    w = World("on server=syn-received: blackhole server for 1s")
    assert w.client(SYN) == [f"server < {SYN}"]
    assert w.deeds() == [("blackhole server for 1s",)]
    assert w.server(SYN_ACK) == []
    w.wait(1_000_000)
    assert w.server(SYN_ACK) == [f"client < {SYN_ACK}"]


def test_a_segment_that_fills_the_last_hole_before_a_fin_may_enter_a_state_unseen() -> None:
    w = World("on server=close-wait: inject to client ack, blackhole client")
    w.handshake()
    w.client("P. 1:3(2) ack 1 win 9")
    w.client("F. 5:5(0) ack 1 win 9")
    assert w.client("P. 3:5(2) ack 1 win 9") == ["server < P. 3:5(2) ack 1 win 9", "client < . 1:1(0) ack 6 win 1000"]
    assert w.client("P. 3:5(2) ack 1 win 9") == []


def test_an_injection_goes_behind_the_segment_that_it_hangs_on() -> None:
    w = World("client data#1: inject to server rst seq=rcv.nxt")
    w.handshake()
    assert w.client(DATA) == [f"server < {DATA}", "server < R 5:5(0) win 9"]


def test_what_asks_for_something_unknown_is_noted_and_not_done() -> None:
    w = World("client syn#1: drop, inject to client syn-ack\nclient syn#1: seq=irs\nclient syn: ack=ts.recent")
    assert w.client(SYN) == [f"server < {SYN}"]
    assert w.engine.deeds == (0, 0, 0)
    assert w.engine.notes == (
        "client syn#1: drop, inject to client syn-ack: nothing is known of the client's rcv.nxt yet",
        "client syn#1: seq=irs: nothing is known of the server's irs yet",
        "client syn: ack=ts.recent: nothing is known of the server's ts.recent yet",
    )


def test_an_endpoint_that_has_sent_nothing_has_nothing_to_be_quoted() -> None:
    w = World("client syn#1: inject to server icmp port-unreachable")
    assert w.client(SYN) == [f"server < {SYN}"]
    assert w.engine.notes == (
        "inject to server icmp port-unreachable: the server has sent nothing that could be quoted",
    )


def test_packets_that_the_links_cannot_carry() -> None:
    w = World('client data#1: add <TS val 1 ecr 1>\nclient data#2: inject to client data "0123456789"', mtu=46)
    w.handshake()
    assert w.client(DATA) == [f"server < {DATA}"]
    assert w.client(DATA) == [f"server < {DATA}"]
    assert w.engine.notes == (
        "add <TS val 1 ecr 1>: 56 octets are more than the MTU of 46",
        'inject to client data "0123456789": 50 octets are more than the MTU of 46',
    )


def test_rules_that_wake_each_other_come_to_an_end() -> None:
    plan = "on server=syn-received: inject to server rst\non server=listen: inject to server syn seq=client.iss"
    w = World(plan)
    lines = w.client(SYN)
    assert len(lines) <= ENTRIES_AT_MOST + 1


def test_notes_are_for_a_person_to_read() -> None:
    w = World("")
    for number in range(1000):
        w.engine._outlet.note(str(number))
    assert len(w.engine.notes) == NOTES_AT_MOST


def test_with_other_ports_it_belongs_to_another_connection() -> None:
    w = World("client data#1: dport=81")
    w.handshake()
    w.client(DATA)
    assert [event.connection for event in w.events()[-2:]] == [1, 2]


def test_a_first_fragment_is_no_segment() -> None:
    w = World("client data#1: ip-flags=mf")
    w.handshake()
    w.client(DATA)
    server = w.oracle.connections[0].endpoint(Side.SERVER)
    assert server.rcv_nxt == 2**32 - 5 + 1
    w.client(DATA)
    assert server.rcv_nxt == 2**32 - 5 + 5


def test_the_trace_tells_who_did_what() -> None:
    w = World("client data#1: duplicate, inject to server ack\non server=syn-received: inject to client icmp code=1")
    w.handshake()
    w.client(DATA)
    assert [event.frame for event in w.events()] == list(range(1, 12))
    assert [(event.side, event.delivered, event.origin, event.deeds) for event in w.events()] == [
        (Side.CLIENT, False, 0, ()),
        (Side.SERVER, True, 1, ()),
        (Side.CLIENT, True, 0, ("inject to client icmp code=1",)),
        (Side.SERVER, False, 0, ()),
        (Side.CLIENT, True, 4, ()),
        (Side.CLIENT, False, 0, ()),
        (Side.SERVER, True, 6, ()),
        (Side.CLIENT, False, 0, ("duplicate", "inject to server ack")),
        (Side.SERVER, True, 8, ("duplicate",)),
        (Side.SERVER, True, 8, ("duplicate",)),
        (Side.SERVER, True, 0, ("inject to server ack",)),
    ]
    assert [event.states for event in w.events()[:7]] == [
        ("SYN-SENT", "CLOSED"),
        ("SYN-SENT", "SYN-RECEIVED"),
        ("SYN-SENT", "SYN-RECEIVED"),
        ("SYN-SENT", "SYN-RECEIVED"),
        ("ESTABLISHED", "SYN-RECEIVED"),
        ("ESTABLISHED", "SYN-RECEIVED"),
        ("ESTABLISHED", "ESTABLISHED"),
    ]


@pytest.mark.parametrize(
    ("error", "faults"),
    [
        ("port-unreachable", "lethal"),
        ("prohibited", "lethal"),
        ("host-unreachable", "survivable"),  # it may pass: an open connection lives on
        ("too-big mtu=576", "survivable"),
        ("port-unreachable seq=snd.nxt+1000000", "survivable"),  # about what was never sent
    ],
)
def test_an_icmp_error_is_an_event_and_may_end_the_connection(error: str, faults: str) -> None:
    w = World(f"client data#1: inject to client icmp {error}")
    w.handshake()
    w.client(DATA)
    event = w.events()[-1]
    assert (event.side, event.delivered, event.origin) == (Side.CLIENT, True, 0)
    assert event.octets == event.icmp
    assert event.packet.size == 4
    assert w.oracle.verdict().faults == faults


@pytest.mark.parametrize(("seq", "faults"), [("", "lethal"), (" seq=snd.nxt+9", "survivable")])
def test_any_icmp_error_may_end_what_is_being_opened(seq: str, faults: str) -> None:
    w = World(f"client syn#1: inject to client icmp host-unreachable{seq}")
    w.client(SYN)
    assert w.oracle.verdict().faults == faults


def test_an_application_may_be_told_of_a_soft_error_before_it_takes_over_its_connection() -> None:
    w = World("client ack#1: inject to client icmp host-unreachable")
    w.handshake()
    assert w.oracle.verdict().faults == "lethal"
