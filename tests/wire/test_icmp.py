"""ICMP errors quote the packet that they are about, go to its sender, and are what scapy reads them to be."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tcpchaos.wire import ACK, PSH, Packet, WireError, build, icmp
from tcpchaos.wire.checksum import internet, pseudo_header
from tcpchaos.wire.ip import IPv4, IPv6, decode_ip

CLIENT, ROUTER, SERVER = (bytes((10, 0, 0, host)) for host in (1, 2, 3))
CLIENT6, ROUTER6, SERVER6 = (bytes(15) + bytes((host,)) for host in (1, 2, 3))


def data(src: bytes = CLIENT, dst: bytes = SERVER, size: int = 5) -> Packet:
    return build(src=src, dst=dst, sport=40000, dport=80, seq=2**32 - 2, flags=PSH, payload=bytes(size))


def head(octets: bytes) -> tuple[int, int, int]:
    """Type, code and second word, after it was checked that the rest is right."""
    ip = decode_ip(octets)
    assert ip.length is None
    message = ip.payload
    if isinstance(ip, IPv4):
        assert (ip.protocol, ip.checksum) == (1, None)
        assert internet(message) == 0
    else:
        assert ip.protocol == 58
        assert internet(pseudo_header(ip.src + ip.dst, len(message), 58) + message) == 0
    return message[0], message[1], int.from_bytes(message[4:8], "big")


def test_it_goes_from_the_destination_or_a_router_to_the_sender() -> None:
    packet = data()
    ip = decode_ip(icmp.unreachable(packet, code="host"))
    assert (ip.src, ip.dst, ip.payload[8:]) == (SERVER, CLIENT, packet.octets)
    assert decode_ip(icmp.unreachable(packet, code="host", source=ROUTER)).src == ROUTER
    ip = decode_ip(icmp.too_big(data(CLIENT6, SERVER6), mtu=1280, source=ROUTER6))
    assert isinstance(ip, IPv6)
    assert (ip.src, ip.dst) == (ROUTER6, CLIENT6)


def test_the_errors_of_ipv4() -> None:
    packet = data()
    assert head(icmp.unreachable(packet, code="port")) == (3, 3, 0)
    assert head(icmp.unreachable(packet, code=13)) == (3, 13, 0)
    assert head(icmp.unreachable(packet, code="fragmentation-needed", mtu=576)) == (3, 4, 576)
    assert head(icmp.too_big(packet, mtu=576)) == (3, 4, 576)
    assert head(icmp.time_exceeded(packet, code=1)) == (11, 1, 0)
    assert head(icmp.parameter_problem(packet, pointer=20)) == (12, 0, 20 << 24)
    assert head(icmp.source_quench(packet)) == (4, 0, 0)


def test_the_errors_of_ipv6() -> None:
    packet = data(CLIENT6, SERVER6)
    assert head(icmp.unreachable(packet, code="port")) == (1, 4, 0)
    assert head(icmp.unreachable(packet, code="admin")) == (1, 1, 0)
    assert head(icmp.too_big(packet, mtu=1280)) == (2, 0, 1280)
    assert head(icmp.time_exceeded(packet)) == (3, 0, 0)
    assert head(icmp.parameter_problem(packet, pointer=6, code=1)) == (4, 1, 6)


@pytest.mark.parametrize(("src", "dst", "most"), [(CLIENT, SERVER, 576), (CLIENT6, SERVER6, 1280)])
def test_a_long_packet_is_quoted_as_far_as_everyone_can_receive(src: bytes, dst: bytes, most: int) -> None:
    assert len(icmp.unreachable(data(src, dst, 1400), code=0)) == most


@given(st.data())
def test_any_packet_can_be_quoted(packets: st.SearchStrategy[Packet], data: st.DataObject) -> None:
    packet = data.draw(packets)
    octets = icmp.unreachable(packet, code="port")
    head(octets)
    quoted = decode_ip(octets).payload[8:]
    assert packet.octets[: packet.end].startswith(quoted)


@pytest.mark.parametrize(
    "make",
    [
        lambda: icmp.unreachable(data(), code="prot"),
        lambda: icmp.unreachable(data(), code=256),
        lambda: icmp.unreachable(data(), code=0, source=ROUTER6),
        lambda: icmp.too_big(data(), mtu=-1),
        lambda: icmp.parameter_problem(data(), pointer=256),
        lambda: icmp.source_quench(data(CLIENT6, SERVER6)),
    ],
)
def test_what_does_not_fit_is_refused(make: Any) -> None:
    with pytest.raises(WireError):
        make()


def test_scapy_reads_the_same() -> None:
    from scapy.layers.inet import ICMP, IP, TCPerror
    from scapy.layers.inet6 import ICMPv6PacketTooBig, IPv6

    theirs = IP(icmp.too_big(data(), mtu=1400))
    assert (theirs[ICMP].type, theirs[ICMP].code, theirs[ICMP].nexthopmtu) == (3, 4, 1400)
    assert theirs[TCPerror].seq == 2**32 - 2
    theirs = IPv6(icmp.too_big(data(CLIENT6, SERVER6), mtu=1400))
    assert theirs[ICMPv6PacketTooBig].mtu == 1400


@pytest.mark.parametrize(
    ("octets", "text"),
    [
        (icmp.unreachable(data(), code="port"), "icmp unreachable port"),
        (icmp.unreachable(data(), code=200), "icmp unreachable code 200"),
        (icmp.unreachable(data(CLIENT6, SERVER6), code="host"), "icmp unreachable host"),
        (icmp.too_big(data(), mtu=1400), "icmp too-big mtu 1400"),
        (icmp.too_big(data(CLIENT6, SERVER6), mtu=1280), "icmp too-big mtu 1280"),
        (icmp.time_exceeded(data()), "icmp type 11 code 0"),
    ],
)
def test_an_error_is_described(octets: bytes, text: str) -> None:
    assert icmp.describe(octets) == text


@pytest.mark.parametrize("version", [4, 6])
def test_whom_an_error_is_about(version: int) -> None:
    addresses = (bytes([10, 0, 0, 1]), bytes([10, 0, 0, 2])) if version == 4 else (bytes(15) + b"\1", bytes(15) + b"\2")
    packet = build(src=addresses[0], dst=addresses[1], sport=5, dport=80, seq=1, flags=ACK, payload=b"octets")
    hard = icmp.unreachable(packet, code="port")
    assert icmp.quoted_flow(hard) == (packet.key, True)
    assert icmp.quoted_flow(icmp.too_big(packet, mtu=1280)) == (packet.key, False)
    assert icmp.quoted_flow(icmp.time_exceeded(packet, source=addresses[1])) == (packet.key, True)
    at = 20 if version == 4 else 40
    assert icmp.quoted_flow(hard[: at + 8 + at + 4]) == (packet.key, True)
    assert icmp.quoted_flow(hard[: at + 8 + at + 3]) is None
    assert icmp.quoted_flow(hard[:at]) is None
    echo = hard[:at] + bytes([8 if version == 4 else 128]) + hard[at + 1 :]
    assert icmp.quoted_flow(echo) is None
    assert icmp.quoted_flow(packet.octets) is None


def test_soft_errors_say_that_the_way_may_be_open_again() -> None:
    for packet in (data(), data(CLIENT6, SERVER6)):
        soft = [icmp.unreachable(packet, code=code) for code in ("net", "host")] + [icmp.time_exceeded(packet)]
        assert all(map(icmp.is_soft, soft))
        assert not any(map(icmp.is_soft, (icmp.unreachable(packet, code="port"), icmp.too_big(packet, mtu=1280))))
    assert icmp.is_soft(icmp.unreachable(data(), code="source-route"))
