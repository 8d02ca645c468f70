"""Packets that are not all there, or that no network card has finished, and whatever octets someone hands us."""

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tcpchaos.wire import ACK, FIN, Packet, WireError, build, parse
from tcpchaos.wire.captured import as_right, headers_only, parse_captured, with_ip_checksum

V4 = (b"\x0a\x09\0\1", b"\x0a\x09\0\2")
V6 = (b"\xfd" + bytes(14) + b"\1", b"\xfd" + bytes(14) + b"\2")
ISS = 0xFFFFFFF0


def octets(addresses: tuple[bytes, bytes] = V4, payload: bytes = b"hello, world", flags: int = ACK) -> bytes:
    src, dst = addresses
    return build(src=src, dst=dst, sport=1, dport=2, seq=ISS, ack=1, flags=flags, payload=payload).octets


@pytest.mark.parametrize("addresses", [V4, V6])
def test_what_is_whole_is_what_parse_says(addresses: tuple[bytes, bytes]) -> None:
    assert parse_captured(octets(addresses)) == parse(octets(addresses))


@pytest.mark.parametrize("addresses", [V4, V6])
@pytest.mark.parametrize("kept", [12, 5, 0])
def test_what_is_cut_short_keeps_its_length(addresses: tuple[bytes, bytes], kept: int) -> None:
    whole = octets(addresses, flags=FIN | ACK)
    packet = parse_captured(whole[: len(whole) - 12 + kept], 12 - kept)

    assert (packet.size, packet.length, packet.end) == (12, 13, len(whole))
    assert packet.payload == b"hello, world"[:kept]
    assert packet.checksum_ok


@pytest.mark.parametrize("addresses", [V4, V6])
@pytest.mark.parametrize("kept", [12, 5, 0])
def test_parse_reads_what_lacks_its_end_in_one_go(addresses: tuple[bytes, bytes], kept: int) -> None:
    whole = octets(addresses, flags=FIN | ACK)
    cut = whole[: len(whole) - 12 + kept]
    packet, long_way = parse(cut, 12 - kept), parse_captured(cut, 12 - kept)

    assert packet == long_way
    assert (packet.size, packet.length, packet.end) == (long_way.size, long_way.length, long_way.end)


def test_a_header_that_is_cut_short_is_no_packet() -> None:
    with pytest.raises(WireError):
        parse_captured(octets()[:39], 13)
    with pytest.raises(WireError, match="not all there"):
        parse(octets()[:32] + b"\x80" + octets()[33:40], 12)


def test_a_length_that_has_no_room_in_its_header_is_that_of_the_octets() -> None:
    """What Linux hands to a network card, and to a capture, where large segments are allowed (BIG TCP)."""
    large = octets(payload=bytes(60_000))
    large = large[:2] + b"\0\0" + large[4:] + bytes(40_000)
    packet = parse_captured(large)
    assert (packet.size, len(packet.payload), packet.ip_checksum_ok) == (100_000, 100_000, True)
    packet = parse_captured(large[:100], len(large) - 100)
    assert (packet.size, len(packet.payload)) == (100_000, 60)

    plain = octets(V6, bytes(60_000))
    jumbo = plain[:4] + b"\0\0\0" + plain[7:40] + b"\6\0\xc2\x04" + (100_028).to_bytes(4, "big")
    packet = parse_captured(jumbo + plain[40:] + bytes(40_000))
    assert (packet.size, len(packet.payload), packet.dport) == (100_000, 100_000, 2)


def test_a_length_of_zero_tells_nothing_where_ethernet_filled_the_packet_up() -> None:
    padded = octets(payload=b"")[:2] + b"\0\0" + octets(payload=b"")[4:] + bytes(6)
    with pytest.raises(WireError):
        parse_captured(padded)


@given(
    start=st.sampled_from([b"", octets(), octets(V6), octets()[:2] + b"\0\0", octets(V6)[:4] + b"\0\0\0"]),
    more=st.binary(max_size=80),
    cut=st.integers(0, 80),
    missing=st.integers(0, 2**32),
)
def test_any_octets_are_a_packet_or_a_wire_error(start: bytes, more: bytes, cut: int, missing: int) -> None:
    with contextlib.suppress(WireError):
        packet = parse_captured((start + more)[cut:], missing)
        assert packet.data_at <= len(packet.octets)
        assert len(packet.payload) <= packet.size


def test_checksums_can_be_taken_as_right_or_filled_in() -> None:
    wrong = parse(octets()[:36] + b"\0\1" + octets()[38:])
    assert not wrong.checksum_ok
    assert as_right(parse(wrong.octets)).checksum_ok
    assert with_ip_checksum(parse(octets()[:10] + b"\0\0" + octets()[12:])) == parse(octets())


def test_without_its_payload_a_packet_is_as_long_as_before() -> None:
    packet = headers_only(parse(octets()))
    assert (packet.size, packet.payload, packet.length) == (12, b"", 12)


def test_a_packet_without_its_payload_differs_in_nothing_else() -> None:
    packet = parse(octets())
    short = headers_only(packet)
    names = [name for name in Packet.__slots__ if name != "octets"]
    assert [getattr(short, name) for name in names] == [getattr(packet, name) for name in names]
