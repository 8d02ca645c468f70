"""What is made up is framed as the flow's own packets are; what is not chosen is nobody's business."""

from typing import Any

import pytest

from tcpchaos.backends.bridge import framing
from tcpchaos.backends.bridge.flows import ALL, flows
from tcpchaos.backends.bridge.framing import Wayside
from tcpchaos.backends.bridge.virtio import DONE, OCTETS
from tcpchaos.trace import Side
from tcpchaos.wire import ACK, icmp, options, parse
from tcpchaos.wire import build as built
from tests.runs import run

A, B = bytes([10, 0, 0, 1]), bytes([10, 0, 0, 2])
A6, B6 = bytes.fromhex("20010db8" + "00" * 11 + "01"), bytes.fromhex("20010db8" + "00" * 11 + "02")
MAC_A, MAC_B, MAC_R = b"\x02aaaaa", b"\x02bbbbb", b"\x02rrrrr"
IPV4, IPV6, TAG = b"\x08\x00", b"\x86\xdd", b"\x81\x00\x00\x07"
FORTH, BACK = DONE + MAC_B + MAC_A, DONE + MAC_A + MAC_B


def build(src: bytes = A, dst: bytes = B, sport: int = 5, dport: int = 80, **more: Any) -> bytes:
    return built(src=src, dst=dst, sport=sport, dport=dport, seq=0xFFFFFFFF, flags=ACK, **more).octets


@pytest.mark.parametrize("kind", [IPV4, TAG + IPV4])
def test_a_chosen_segment_is_found_behind_its_tags(kind: bytes) -> None:
    octets = build()
    packet = Wayside(flows(ports=[80])).packet(Side.CLIENT, FORTH + kind + octets)
    assert packet == parse(octets)


@pytest.mark.parametrize(
    "frame",
    [
        FORTH + b"\x08\x06" + bytes(28),
        FORTH + IPV4 + build(dport=81),
        FORTH + IPV6 + build(A6, B6, dport=81),
        FORTH + IPV4 + build()[:9] + b"\x11" + build()[10:],
        FORTH + IPV4 + build()[:30],
        FORTH + IPV4 + b"\x45",
        FORTH + IPV4,
        FORTH + TAG,
        DONE,
    ],
)
def test_all_else_is_left_alone(frame: bytes) -> None:
    assert Wayside(flows(ports=[80])).packet(Side.CLIENT, frame) is None


def test_a_header_is_that_of_the_way_and_follows_it() -> None:
    wayside = Wayside(ALL)
    wayside.packet(Side.CLIENT, FORTH + TAG + IPV4 + build())
    assert wayside.header(Side.SERVER, build()) == FORTH + TAG + IPV4
    # Of the answer nothing was seen yet.
    answer = build(B, A, 80, 5)
    assert wayside.header(Side.CLIENT, answer) == BACK + TAG + IPV4
    wayside.packet(Side.SERVER, DONE + MAC_A + MAC_R + TAG + IPV4 + answer)
    assert wayside.header(Side.CLIENT, answer) == DONE + MAC_A + MAC_R + TAG + IPV4
    wayside.packet(Side.CLIENT, DONE + MAC_R + MAC_A + TAG + IPV4 + build())
    assert wayside.header(Side.SERVER, build()) == DONE + MAC_R + MAC_A + TAG + IPV4


def test_a_segment_with_other_ports_and_an_icmp_error_go_between_the_same_hosts() -> None:
    wayside = Wayside(ALL)
    wayside.packet(Side.CLIENT, FORTH + TAG + IPV4 + build())
    wayside.packet(Side.CLIENT, DONE + MAC_B + MAC_R + IPV6 + build(A6, B6))
    assert wayside.header(Side.SERVER, build(sport=6)) == FORTH + TAG + IPV4
    assert wayside.header(Side.CLIENT, build(B, A, 80, 6)) == BACK + TAG + IPV4
    error = icmp.unreachable(parse(build()), code="port")
    assert wayside.header(Side.CLIENT, error) == BACK + TAG + IPV4
    error = icmp.unreachable(parse(build(A6, B6)), code="port")
    assert wayside.header(Side.CLIENT, error) == DONE + MAC_R + MAC_B + IPV6
    # From a router of which nobody knows anything.
    error = icmp.unreachable(parse(build()), code="host", source=bytes([10, 9, 9, 9]))
    assert wayside.header(Side.CLIENT, error)[OCTETS : OCTETS + 6] in (MAC_A, MAC_R)


def test_a_flow_that_comes_by_a_second_time_passes() -> None:
    wayside = Wayside(ALL)
    assert wayside.packet(Side.CLIENT, FORTH + TAG + IPV4 + build()) is not None
    assert wayside.packet(Side.SERVER, FORTH + b"\x81\x00\x00\x08" + IPV4 + build()) is None
    assert wayside.packet(Side.CLIENT, FORTH + b"\x81\x00\x00\x08" + IPV4 + build()) is None
    assert wayside.packet(Side.SERVER, FORTH + TAG + IPV4 + build()) is None
    assert wayside.packet(Side.CLIENT, FORTH + TAG + IPV4 + build()) is not None


def test_no_more_is_remembered_than_so_many_ways(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(framing, "MOST_WAYS", 10)
    wayside = Wayside(ALL)
    for port in range(1, 200):
        assert wayside.packet(Side.CLIENT, FORTH + IPV4 + build(sport=port)) is not None
        assert len(wayside._ways) <= 10
    assert wayside.header(Side.SERVER, build(sport=199)) == FORTH + IPV4
    assert wayside.header(Side.SERVER, build(sport=1)) == FORTH + IPV4


@pytest.mark.parametrize(("kind", "addresses"), [(IPV4, (A, B)), (IPV6, (A6, B6))])
def test_icmp_errors_pass_and_are_told(kind: bytes, addresses: tuple[bytes, bytes]) -> None:
    told: list[tuple[Side, bytes, bool]] = []
    wayside = Wayside(flows(ports=[80]))
    packet = parse(build(*addresses))
    error = icmp.unreachable(packet, code="port")
    assert wayside.packet(Side.SERVER, BACK + kind + error) is None
    wayside.warn = lambda to, key, fatal: told.append((to, key, fatal))
    assert wayside.packet(Side.SERVER, BACK + kind + error) is None
    assert wayside.packet(Side.SERVER, BACK + kind + icmp.too_big(packet, mtu=1280)) is None
    for end in range(0, len(error), 7):
        wayside.packet(Side.SERVER, BACK + kind + error[:end])
    assert told[:2] == [(Side.CLIENT, packet.key, True), (Side.CLIENT, packet.key, False)]
    assert set(told) == set(told[:2])


def test_only_what_may_be_chosen_is_wanted_in_segments() -> None:
    wayside = Wayside(flows(ports=[80]))
    behind = build(options=options.encode([options.nop()]), payload=bytes(3000))
    for octets in (behind, build(A6, B6, payload=bytes(3000)), b"\x46" + build()[1:]):
        assert wayside.wants(FORTH + (IPV4 if octets[0] >> 4 == 4 else IPV6) + octets)
    for octets in (build(dport=81), build(A6, B6, dport=81), build()[:9] + b"\x11" + build()[10:]):
        assert not wayside.wants(FORTH + (IPV4 if octets[0] >> 4 == 4 else IPV6) + octets)
    assert not wayside.wants(FORTH + b"\x08\x06" + bytes(28))


def test_what_is_not_finished_is_nobodys_packet() -> None:
    assert (
        Wayside(ALL).packet(Side.CLIENT, run(bytes(3000), 1448, src=A, dst=B, sport=5, dport=80, seq=1, flags=ACK))
        is None
    )


def test_a_wayside_that_rests_follows_whom_it_has_followed() -> None:
    """And hears the answer of a flow of which it has only heard the question."""
    wayside = Wayside(flows(ports=[80]))
    assert wayside.packet(Side.CLIENT, FORTH + IPV4 + build()) is not None
    wayside.rest(True)
    assert wayside.packet(Side.CLIENT, FORTH + IPV4 + build()) is not None
    assert wayside.packet(Side.SERVER, BACK + IPV4 + build(B, A, 80, 5)) is not None
    for other in (build(sport=6), build(A6, B6)):
        kind = IPV4 if other[0] >> 4 == 4 else IPV6
        assert wayside.packet(Side.CLIENT, FORTH + kind + other) is None
        assert not wayside.wants(FORTH + kind + other)
        wayside.rest(False)
        assert wayside.wants(FORTH + kind + other)
        assert wayside.packet(Side.CLIENT, FORTH + kind + other) is not None
        wayside.rest(True)
    assert wayside.packet(Side.CLIENT, FORTH + IPV4 + build(dport=81)) is None
