"""Frames of real captures: unfinished checksums, packets cut short, fragments, and what isn't TCP."""

import pytest

from tcpchaos.backends.capture.files import Record
from tcpchaos.backends.capture.links import ETHERNET, RAW
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


def read(octets: bytes, original: int = 0, *, as_it_is: bool = False) -> tuple[Packet | None, Counts]:
    """The packet of a record, and what was counted."""
    counts = Counts()
    found = packet_of(record(octets, original), counts, as_it_is=as_it_is)
    return found and found[0], counts


def test_a_whole_segment_is_judged_as_it_is() -> None:
    packet, counts = read(data().octets)

    assert packet == data()
    assert (counts.read, counts.judged) == (1, 1)


@pytest.mark.parametrize("addresses", [V4, V6])
@pytest.mark.parametrize("payload", [b"hello, world", bytes(9000)])
def test_a_checksum_left_to_the_network_card_is_taken_as_right(addresses: tuple[bytes, bytes], payload: bytes) -> None:
    right = data(addresses, payload)
    sum_so_far = residue(pseudo_header(b"".join(addresses), right.end - right.tcp_at, 6))

    packet, counts = read(data(addresses, payload, checksum=sum_so_far).octets)

    assert packet is not None
    assert (packet.payload, packet.checksum_ok) == (payload, True)
    assert counts.unfinished == 1


def test_an_ip_checksum_left_to_the_network_card_is_filled_in() -> None:
    octets = data().octets
    packet, _ = read(octets[:10] + b"\0\0" + octets[12:])

    assert packet is not None
    assert packet.ip_checksum_ok
    assert packet == data()


@pytest.mark.parametrize("at", [10, 36])
def test_nothing_is_believed_of_a_segment_with_a_wrong_checksum(at: int) -> None:
    octets = data().octets
    damaged = octets[:at] + b"\x12\x34" + octets[at + 2 :]
    packet, counts = read(damaged)

    assert (packet, counts.judged, counts.damaged) == (None, 0, 1)
    packet, counts = read(damaged, as_it_is=True)
    assert packet is not None
    assert (packet.octets, counts.judged) == (damaged, 1)


@pytest.mark.parametrize("addresses", [V4, V6])
def test_a_segment_cut_short_has_its_length_and_the_octets_that_there_are(addresses: tuple[bytes, bytes]) -> None:
    whole = data(addresses)
    packet, counts = read(whole.octets[:-5], len(whole.octets))

    assert packet is not None
    assert (packet.payload, packet.size, packet.seq, packet.checksum_ok) == (b"hello, ", 12, ISS, True)
    assert counts.truncated == 1


def test_a_header_cut_short_is_unreadable() -> None:
    syn = build(src=V4[0], dst=V4[1], sport=1, dport=2, seq=ISS, flags=SYN, options=b"\x02\x04\x05\xb4")

    for size in (42, 30):
        packet, counts = read(syn.octets[:size], len(syn.octets))
        assert (packet, counts.unreadable) == (None, 1)


def test_a_length_of_zero_is_what_segmentation_offload_leaves() -> None:
    octets = data().octets
    packet, _ = read(octets[:2] + b"\0\0" + octets[4:])

    assert packet is not None
    assert packet.payload == b"hello, world"


def test_where_it_was_heard_is_told() -> None:
    frame = bytes(12) + b"\x81\0\0\5\x08\0" + data().octets

    assert packet_of(record(frame, link=ETHERNET), Counts()) == (data(), b"\0\5")


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
    packet, counts = read(octets)

    assert packet is None
    assert getattr(counts, count) == 1
    assert counts.judged == 0


def test_a_strange_link_type_is_remembered() -> None:
    counts = Counts()

    assert packet_of(record(b"?", link=147), counts) is None
    assert counts.strange_links == {147: 1}
