"""IP packets whole: nothing is lost, and what is cut into fragments can be put together again."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from tcpchaos.wire import SYN, Packet, WireError, build, fragment, parse
from tcpchaos.wire.checksum import internet
from tcpchaos.wire.ip import Extension, IPv4, IPv6, decode_ip, extension, fragment_header

CLIENT, SERVER = b"\x0a\0\0\1", b"\x0a\0\0\2"
CLIENT6, SERVER6 = bytes(15) + b"\1", bytes(15) + b"\2"


def together(fragments: list[bytes]) -> bytes:
    """Put fragments together as a receiver does, whatever their order: RFC 791, 3.2 and RFC 8200, 4.5."""
    packets = [decode_ip(octets) for octets in fragments]
    if isinstance(packets[0], IPv4):
        ipv4 = sorted([p for p in packets if isinstance(p, IPv4)], key=lambda p: p.fragment_offset)
        body = bytearray()
        for part in ipv4:
            assert part.fragment_offset * 8 == len(body)
            assert bool(part.flags & 1) == (part is not ipv4[-1])
            body += part.payload
        return replace(ipv4[0], flags=ipv4[0].flags & ~1, payload=bytes(body)).encode()
    ipv6 = sorted([p for p in packets if isinstance(p, IPv6)], key=lambda p: p.extensions[-1].body[1:3])
    body = bytearray()
    for part6 in ipv6:
        header = part6.extensions[-1]
        where = int.from_bytes(header.body[1:3], "big")
        assert (header.kind, where >> 3) == (44, len(body) // 8)
        assert bool(where & 1) == (part6 is not ipv6[-1])
        body += part6.payload
    return replace(ipv6[0], extensions=ipv6[0].extensions[:-1], payload=bytes(body)).encode()


def test_an_ipv4_packet_with_everything() -> None:
    packet = IPv4(
        src=CLIENT, dst=SERVER, protocol=17, payload=b"x", options=b"\x94\x04\0\0", flags=1, fragment_offset=3
    )
    octets = packet.encode()
    assert octets[:10].hex() == "46000019" + "0000" + "2003" + "4011"
    assert octets[12:].hex() == "0a0000010a000002" + "94040000" + "78"
    assert internet(octets[:24]) == 0
    assert decode_ip(octets) == packet
    assert decode_ip(octets + b"pad") == replace(packet, trailer=b"pad")


def test_an_ipv6_packet_with_everything() -> None:
    packet = IPv6(
        src=CLIENT6,
        dst=SERVER6,
        protocol=17,
        payload=b"x",
        extensions=(
            extension(0, b"\x01\x04"),
            extension(60, bytes(10)),
            fragment_header(offset=0, more=True, identification=9),
        ),
        traffic_class=0xB9,
        flow_label=0xABCDE,
    )
    octets = packet.encode()
    assert octets[:8].hex() == "6b9abcde" + "0021" + "00" + "40"
    assert octets[40:].hex() == "3c00010400000000" + "2c01" + "00" * 14 + "1100000100000009" + "78"
    assert decode_ip(octets) == packet


def test_a_number_stands_where_something_else_would_be_right() -> None:
    packet = IPv4(src=CLIENT, dst=SERVER, payload=b"abc", header_words=4, length=9, checksum=0)
    octets = packet.encode()
    assert (octets[0], octets[2:4], octets[10:12]) == (0x44, b"\0\x09", b"\0\0")
    assert decode_ip(octets).encode() == octets
    assert IPv6(src=CLIENT6, dst=SERVER6, length=7).encode()[4:6] == b"\0\x07"


@given(st.binary(max_size=100).map(lambda octets: b"\x45" + octets) | st.binary(max_size=100))
@example(b"\x4f" + bytes(30))
@example(b"\x60" + bytes(5) + b"\x2c" + bytes(60))
def test_any_octets_come_back_or_are_refused(octets: bytes) -> None:
    try:
        packet = decode_ip(octets)
    except WireError:
        assert len(octets) < 40 or octets[0] >> 4 not in (4, 6)
    else:
        assert packet.encode() == octets


@given(st.data())
@settings(max_examples=200)
def test_broken_packets_come_back(packets: st.SearchStrategy[Packet], data: st.DataObject) -> None:
    octets = bytearray(data.draw(packets).octets)
    for _ in range(data.draw(st.integers(0, 4))):
        octets[data.draw(st.integers(1, min(len(octets), 60) - 1))] = data.draw(st.integers(0, 255))
    cut = bytes(octets[: data.draw(st.integers(40, len(octets)))])
    assert decode_ip(cut).encode() == cut


@pytest.mark.parametrize("octets", [b"", b"\x45" * 19, b"\x60" * 39, b"\x55" * 60, bytes(60)])
def test_what_is_no_packet_is_refused(octets: bytes) -> None:
    with pytest.raises(WireError):
        decode_ip(octets)


@pytest.mark.parametrize(
    "packet",
    [
        IPv4(src=b"", dst=SERVER),
        IPv4(src=CLIENT, dst=SERVER, tos=256),
        IPv4(src=CLIENT, dst=SERVER, flags=8),
        IPv4(src=CLIENT, dst=SERVER, fragment_offset=0x2000),
        IPv4(src=CLIENT, dst=SERVER, options=bytes(44)),
        IPv4(src=CLIENT, dst=SERVER, payload=bytes(65530)),
        IPv6(src=CLIENT, dst=SERVER6),
        IPv6(src=CLIENT6, dst=SERVER6, flow_label=1 << 20),
        IPv6(src=CLIENT6, dst=SERVER6, traffic_class=-1),
        IPv6(src=CLIENT6, dst=SERVER6, hop_limit=256),
        IPv6(src=CLIENT6, dst=SERVER6, protocol=256),
        IPv6(src=CLIENT6, dst=SERVER6, payload=bytes(65536)),
    ],
)
def test_a_value_that_does_not_fit_is_refused(packet: IPv4 | IPv6) -> None:
    with pytest.raises(WireError):
        packet.encode()


def test_extension_headers_that_do_not_fit_are_refused() -> None:
    with pytest.raises(WireError):
        extension(0, bytes(2048))
    with pytest.raises(WireError):
        fragment_header(offset=1 << 13, more=False, identification=0)
    with pytest.raises(WireError):
        fragment_header(offset=0, more=False, identification=-1)


@given(st.data(), st.integers(60, 400))
def test_fragments_are_short_and_make_the_packet_again(
    packets: st.SearchStrategy[Packet], data: st.DataObject, size: int
) -> None:
    packet = data.draw(packets)
    try:
        fragments = fragment(packet.octets, size)
    except WireError:
        assert size < packet.tcp_at + 8 + 8
        return
    if packet.end <= size:
        assert fragments == [packet.octets]
        return
    assert all(len(octets) <= size for octets in fragments)
    shuffled = data.draw(st.permutations(fragments))
    whole = parse(together(list(shuffled)))
    assert whole.octets[whole.tcp_at :] == packet.octets[packet.tcp_at : packet.end]
    if packet.ip_checksum_ok:
        assert whole.octets == packet.octets[: packet.end]
    for octets in fragments:
        with pytest.raises(WireError):
            parse(octets)


def test_a_fragment_can_be_cut_again() -> None:
    packet = build(src=CLIENT, dst=SERVER, sport=1, dport=2, seq=0, flags=SYN, payload=bytes(range(200)), ip_id=7)
    first, *rest = fragment(packet.octets, 120)
    assert together([*fragment(first, 60), *rest]) == packet.octets


def test_later_fragments_carry_only_the_options_that_are_copied() -> None:
    record_route, router_alert = b"\x07\x07\x04\0\0\0\0", b"\x94\x04\0\0"
    packet = IPv4(src=CLIENT, dst=SERVER, payload=bytes(100), options=record_route + b"\x01" + router_alert)
    first, second, *_ = [decode_ip(octets) for octets in fragment(packet.encode(), 80)]
    assert isinstance(first, IPv4)
    assert isinstance(second, IPv4)
    assert first.options == packet.options
    assert second.options == router_alert


def test_an_identification_can_be_given() -> None:
    octets = build(src=CLIENT, dst=SERVER, sport=1, dport=2, seq=0, flags=SYN, payload=bytes(100), ip_id=7).octets
    assert {octets[4:6] for octets in fragment(octets, 60)} == {b"\0\x07"}
    assert {octets[4:6] for octets in fragment(octets, 60, identification=9)} == {b"\0\x09"}
    octets6 = build(src=CLIENT6, dst=SERVER6, sport=1, dport=2, seq=0, flags=SYN, payload=bytes(100)).octets
    assert {octets[44:48] for octets in fragment(octets6, 80, identification=9)} == {b"\0\0\0\x09"}


def test_ipv6_is_cut_behind_what_routers_read() -> None:
    headers = (extension(60, b""), extension(43, b"\0\0"), extension(60, bytes(6)))
    packet = IPv6(src=CLIENT6, dst=SERVER6, extensions=headers, payload=bytes(100))
    for octets in fragment(packet.encode(), 120):
        part = decode_ip(octets)
        assert isinstance(part, IPv6)
        assert [header.kind for header in part.extensions][:3] == [60, 43, 44]


def test_no_room_for_eight_octets_is_refused() -> None:
    octets = build(src=CLIENT, dst=SERVER, sport=1, dport=2, seq=0, flags=SYN).octets
    with pytest.raises(WireError):
        fragment(octets, 27)
    assert len(fragment(octets, 28)) == 3


@given(st.data())
@settings(max_examples=40)
def test_scapy_puts_our_fragments_together(lawful_packets: st.SearchStrategy[Packet], data: st.DataObject) -> None:
    from scapy.layers.inet import IP, defragment
    from scapy.layers.inet6 import IPv6 as ScapyIPv6
    from scapy.layers.inet6 import defragment6
    from scapy.plist import PacketList

    packet = data.draw(lawful_packets)
    fragments = fragment(packet.octets, 80)
    if len(fragments) == 1:
        return
    theirs: Any
    if packet.version == 4:
        theirs = defragment(PacketList([IP(octets) for octets in fragments]))[0]
    else:
        theirs = defragment6(PacketList([ScapyIPv6(octets) for octets in fragments]))
    assert bytes(theirs)[packet.tcp_at :] == packet.octets[packet.tcp_at :]


def test_an_extension_is_filled_up() -> None:
    assert extension(0, b"") == Extension(kind=0, body=bytes(7))
    assert extension(0, bytes(7)) == Extension(kind=0, body=b"\x01" + bytes(14))
