"""Packets that nobody sent look as the peer's do, and say what the plan says."""

import pytest

from tcpchaos.engine.forge import expressions, receivers
from tcpchaos.plan import Inject, InjectIcmp, parse
from tcpchaos.trace import Side
from tcpchaos.wire import parse as parse_packet
from tests.engine.playbook import ISS, World


def injected(action: str, *, version: int = 4) -> list[str]:
    """Return what is injected behind the client's first data segment."""
    world = World(f"client data#1: {action}", version=version)
    world.handshake()
    passed, *more = world.client("P. 1:5(4) ack 1 win 900")
    assert passed == "server < P. 1:5(4) ack 1 win 900"
    assert not world.engine.notes
    return more


@pytest.mark.parametrize(
    ("action", "expected"),
    [
        ("inject to server rst", "server < R 5:5(0) win 900"),
        ("inject to client rst", "client < R 1:1(0) win 1000"),
        ("inject to server rst seq=rcv.nxt+1", "server < R 6:6(0) win 900"),
        ("inject to client ack", "client < . 1:1(0) ack 5 win 1000"),
        ('inject to client data "hi" window=7', "client < P. 1:3(2) ack 5 win 7"),
        ("inject to client fin ack=peer.rcv.nxt-1", "client < F. 1:1(0) ack 4 win 1000"),
        ("inject to server syn seq=seg.seq <mss 5,sackOK>", "server < S 1:1(0) win 900 <mss 5,sackOK,eol,eol>"),
        ("inject to client ack checksum=0x1234", "client < . 1:1(0) ack 5 win 1000 checksum 0x1234"),
        ("inject to client ack reserved=3 urgent=4", "client < . 1:1(0) ack 5 win 1000 urg 4 reserved 3"),
        ("inject to client icmp port-unreachable", "client < icmp type 3 code 3"),
        ("inject to client icmp code=200", "client < icmp type 3 code 200"),
    ],
)
def test_a_forged_packet(action: str, expected: str) -> None:
    assert injected(action) == [expected]


def test_both_get_one_each_with_numbers_of_their_own() -> None:
    assert injected("inject to both syn seq=rcv.nxt ack=snd.nxt") == [
        "client < S 1:1(0) win 1000",  # whose acknowledgment is 0 on the wire, beyond the wrap
        "server < S 5:5(0) ack 1 win 900",
    ]


@pytest.mark.parametrize("version", [4, 6])
def test_it_looks_as_if_the_peer_had_sent_it(version: int) -> None:
    world = World(
        "client data#1: inject to client rst ttl=9 tos=4 ip-id=7 ip-flags=df ip-checksum=bad", version=version
    )
    world.handshake()
    world.engine.receive(Side.CLIENT, world.packet(Side.CLIENT, "P. 1:5(4) ack 1 win 9"), 0)
    packet = parse_packet(world.engine.take()[1].octets)
    assert (packet.src, packet.dst) == (world.addresses[1], world.addresses[0])
    assert (packet.sport, packet.dport) == (80, 40000)
    assert (packet.ttl, packet.tos, packet.checksum_ok) == (9, 4, True)
    assert packet.ip_checksum_ok is (version == 6)


def test_before_the_peer_has_spoken_its_addresses_are_known_from_the_other_side() -> None:
    world = World("client syn#1: drop, inject to client rst seq=0 ack=snd.nxt")
    world.engine.receive(Side.CLIENT, world.packet(Side.CLIENT, "S 0:0(0) win 9"), 0)
    (command,) = world.engine.take()
    packet = parse_packet(command.octets)
    assert (packet.src, packet.dst, packet.sport, packet.dport) == (*world.addresses[::-1], 80, 40000)
    assert (packet.seq, packet.ack, packet.window) == (0, (ISS[0] + 1) % 2**32, 65535)


@pytest.mark.parametrize(("version", "number"), [(4, "type 3 code 2"), (6, "type 4 code 1")])
def test_names_of_errors_mean_the_same_in_both_families(version: int, number: str) -> None:
    assert injected("inject to client icmp protocol-unreachable", version=version) == [f"client < icmp {number}"]


def test_an_error_quotes_what_its_receiver_sent_last() -> None:
    world = World("client data#1: inject to client icmp too-big mtu=600 seq=snd.una")
    world.handshake()
    world.engine.receive(Side.CLIENT, world.packet(Side.CLIENT, "P. 1:5(4) ack 1 win 9"), 0)
    octets = world.engine.take()[1].octets
    assert int.from_bytes(octets[24:28], "big") == 600
    assert parse_packet(octets[28:]) == world.packet(Side.CLIENT, "P. 1:5(4) ack 1 win 9")


def test_what_is_asked() -> None:
    (rule,) = parse("client data: inject to both ack <sack rcv.nxt:snd.una>, inject to client icmp too-big mtu=9").rules
    segment, icmp = rule.actions
    assert isinstance(segment, Inject)
    assert isinstance(icmp, InjectIcmp)
    assert receivers(segment) == (Side.CLIENT, Side.SERVER)
    assert [str(expr) for expr in expressions(segment)] == ["rcv.nxt", "peer.rcv.nxt", "rcv.nxt", "snd.una"]
    assert expressions(icmp) == ()
