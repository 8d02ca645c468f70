"""Frames of real captures: unfinished checksums, packets cut short, fragments, and what isn't TCP."""

import pytest

from tcpchaos.backends.capture.files import Record
from tcpchaos.backends.capture.links import RAW
from tcpchaos.backends.capture.packets import Counts, packet_of
from tcpchaos.wire import ACK, SYN, Packet, build
from tcpchaos.wire.checksum import pseudo_header, residue

V4 = (b"\x0a\x09\0\1", b"\x0a\x09\0\2")
V6 = (b"\xfd" + bytes(14) + b"\1", b"\xfd" + bytes(14) + b"\2")
ISS = 0xFFFFFFF0


def data(addresses: tuple[bytes, bytes] = V4, payload: bytes = b"hello, world", checksum: int | None = None) -> Packet:
    src, dst = addresses
    return build(src=src, dst=dst, sport=1, dport=2, seq=ISS, ack=1, flags=ACK, payload=payload, checksum=checksum)


def record(octets: bytes, original: int = 0, link: int = RAW) -> Record:
    return Record(1, 0, link, octets, original or len(octets))


def test_a_whole_segment_is_judged_as_it_is() -> None:
    counts = Counts()

    assert packet_of(record(data().octets), counts) == data()
    assert (counts.read, counts.judged) == (1, 1)


@pytest.mark.parametrize("addresses", [V4, V6])
def test_a_checksum_left_to_the_network_card_is_finished(addresses: tuple[bytes, bytes]) -> None:
    right = data(addresses)
    sum_so_far = residue(pseudo_header(b"".join(addresses), right.end - right.tcp_at, 6))
    counts = Counts()

    packet = packet_of(record(data(addresses, checksum=sum_so_far).octets), counts)

    assert packet == right
    assert counts.unfinished == 1


def test_a_wrong_checksum_stays_wrong() -> None:
    counts = Counts()

    packet = packet_of(record(data(checksum=0x1234).octets), counts)

    assert packet is not None
    assert not packet.checksum_ok
    assert counts.unfinished == 0


@pytest.mark.parametrize("addresses", [V4, V6])
def test_a_payload_cut_short_becomes_zeros_of_the_same_length(addresses: tuple[bytes, bytes]) -> None:
    whole = data(addresses)
    counts = Counts()

    packet = packet_of(record(whole.octets[:-5], len(whole.octets)), counts, blank=True)

    assert packet is not None
    assert (packet.payload, packet.seq, packet.checksum_ok) == (bytes(12), ISS, True)
    assert counts.truncated == 1


def test_blank_payloads_of_whole_segments_look_the_same() -> None:
    cut = packet_of(record(data().octets[:-5], len(data().octets)), Counts(), blank=True)

    assert packet_of(record(data().octets), Counts(), blank=True) == cut


def test_a_wrong_checksum_is_still_wrong_over_a_blank_payload() -> None:
    packet = packet_of(record(data(checksum=0x1234).octets), Counts(), blank=True)

    assert packet is not None
    assert packet.payload == bytes(12)
    assert not packet.checksum_ok


def test_a_header_cut_short_is_unreadable() -> None:
    syn = build(src=V4[0], dst=V4[1], sport=1, dport=2, seq=ISS, flags=SYN, options=b"\x02\x04\x05\xb4")
    counts = Counts()

    assert packet_of(record(syn.octets[:42], len(syn.octets)), counts, blank=True) is None
    assert packet_of(record(syn.octets[:30], len(syn.octets)), counts, blank=True) is None
    assert counts.unreadable == 2


def test_a_length_of_zero_is_what_segmentation_offload_leaves() -> None:
    octets = data().octets

    packet = packet_of(record(octets[:2] + b"\0\0" + octets[4:]), Counts())

    assert packet is not None
    assert packet.payload == b"hello, world"


@pytest.mark.parametrize(
    ("octets", "count"),
    [
        (b"\x45" + bytes(8) + b"\x11" + bytes(18), "not_tcp"),
        (b"\x45" + bytes(3), "not_tcp"),
        (b"\x60" + bytes(5) + b"\x3a\x40" + bytes(40), "not_tcp"),
        (b"\x45" + bytes(5) + b"\x20\0\x40\x06" + bytes(30), "fragments"),
        (b"\x60" + bytes(5) + b"\x2c\x40" + bytes(40), "fragments"),
        (b"\x45" + bytes(8) + b"\x06" + bytes(10), "unreadable"),
    ],
)
def test_what_cannot_be_judged_is_counted(octets: bytes, count: str) -> None:
    counts = Counts()

    assert packet_of(record(octets), counts) is None
    assert getattr(counts, count) == 1
    assert counts.judged == 0


def test_a_strange_link_type_is_remembered() -> None:
    counts = Counts()

    assert packet_of(record(b"?", link=147), counts) is None
    assert counts.strange_links == {147}
