"""pcap and pcapng, whole, cut short, damaged, and not captures at all."""

import contextlib
import gzip
import io
import struct
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scapy.utils import RawPcapNgWriter, RawPcapWriter

from tcpchaos.backends.capture.files import MOST_BLOCK, MOST_OCTETS, CaptureError, CaptureFile, Record

FRAMES = [b"one", b"two!", b"", b"four" * 400]


def read(octets: bytes, tmp_path: Path) -> tuple[list[Record], str | None]:
    path = tmp_path / "capture"
    path.write_bytes(octets)
    with CaptureFile(path) as capture:
        return list(capture), capture.damage


def pcap(*frames: bytes, magic: int = 0xA1B2C3D4, order: str = "<", link: int = 1, units: int = 500) -> bytes:
    records = (struct.pack(order + "IIII", 7, units, len(frame), len(frame) + 1) + frame for frame in frames)
    return struct.pack(order + "IHHiIII", magic, 2, 4, 0, 0, 65535, link) + b"".join(records)


def block(kind: int, body: bytes, order: str = "<") -> bytes:
    body += bytes(-len(body) % 4)
    size = struct.pack(order + "I", len(body) + 12)
    return struct.pack(order + "I", kind) + size + body + size


def section(order: str = "<") -> bytes:
    return block(0x0A0D0D0A, struct.pack(order + "IHHq", 0x1A2B3C4D, 1, 0, -1), order)


def interface(link: int = 1, options: bytes = b"", order: str = "<", snap: int = 0) -> bytes:
    return block(1, struct.pack(order + "HHI", link, 0, snap) + options, order)


def packet(frame: bytes, units: int = 0, index: int = 0, order: str = "<") -> bytes:
    lead = struct.pack(order + "IIIII", index, units >> 32, units & 0xFFFFFFFF, len(frame), len(frame))
    return block(6, lead + frame, order)


def option(kind: int, value: bytes, order: str = "<") -> bytes:
    return struct.pack(order + "HH", kind, len(value)) + value + bytes(-len(value) % 4)


@pytest.mark.parametrize("order", ["<", ">"])
def test_pcap_with_microseconds(tmp_path: Path, order: str) -> None:
    records, damage = read(pcap(*FRAMES, order=order), tmp_path)

    assert damage is None
    assert [record.octets for record in records] == FRAMES
    assert records[0] == Record(1, 7_000_500_000, 1, b"one", 4)


@pytest.mark.parametrize("order", ["<", ">"])
def test_pcap_with_nanoseconds(tmp_path: Path, order: str) -> None:
    records, _ = read(pcap(b"one", magic=0xA1B23C4D, order=order), tmp_path)

    assert records[0].at_ns == 7_000_000_500


def test_the_upper_bits_of_the_link_type_are_not_part_of_it(tmp_path: Path) -> None:
    records, _ = read(pcap(b"one", link=0x24000001), tmp_path)

    assert records[0].link == 1


def test_pcap_as_scapy_writes_it(tmp_path: Path) -> None:
    path = tmp_path / "scapy.pcap"
    with RawPcapWriter(str(path), linktype=101) as writer:
        writer.write_header(None)
        for frame in FRAMES:
            writer._write_packet(frame, linktype=101, sec=1, usec=2)

    with CaptureFile(path) as capture:
        records = list(capture)

    assert [record.octets for record in records] == FRAMES
    assert {(record.link, record.at_ns) for record in records} == {(101, 1_000_002_000)}


def test_pcapng_as_scapy_writes_it(tmp_path: Path) -> None:
    path = tmp_path / "scapy.pcapng"
    with RawPcapNgWriter(str(path)) as writer:
        writer.write_header(None)
        for frame in FRAMES:
            writer._write_packet(frame, linktype=1, sec=1, usec=2, comments=[b"a comment"])

    with CaptureFile(path) as capture:
        assert [record.octets for record in capture] == FRAMES


@pytest.mark.parametrize("order", ["<", ">"])
def test_pcapng_of_either_byte_order(tmp_path: Path, order: str) -> None:
    octets = section(order) + interface(113, order=order) + packet(b"one", 5_000_000_001, order=order)

    records, damage = read(octets, tmp_path)

    assert damage is None
    assert records == [Record(1, 5_000_000_001_000, 113, b"one", 3, heard_at=1)]


def test_interfaces_tell_the_units_of_their_stamps(tmp_path: Path) -> None:
    nano = interface(1, option(9, b"\x09") + option(14, struct.pack("<q", 100)))
    binary = interface(101, option(9, b"\x8a"))
    octets = section() + nano + binary + packet(b"one", 5) + packet(b"two", 1024, index=1)

    records, _ = read(octets, tmp_path)

    assert [(record.link, record.at_ns) for record in records] == [(1, 100_000_000_005), (101, 1_000_000_000)]


def test_a_new_section_brings_its_own_interfaces_and_byte_order(tmp_path: Path) -> None:
    octets = section() + interface(1) + packet(b"one") + section(">") + interface(101, order=">")
    octets += packet(b"two", order=">")

    records, damage = read(octets, tmp_path)

    assert damage is None
    assert [(record.number, record.link, record.heard_at) for record in records] == [(1, 1, 1), (2, 101, 2)]


def test_simple_and_old_packet_blocks(tmp_path: Path) -> None:
    simple = block(3, struct.pack("<I", 100) + b"cut at 8")
    old = block(2, struct.pack("<HHIIII", 0, 0, 0, 9, 3, 3) + b"old")

    records, damage = read(section() + interface(1, snap=8) + old + simple, tmp_path)

    assert damage is None
    assert records == [Record(1, 9000, 1, b"old", 3, heard_at=1), Record(2, 9000, 1, b"cut at 8", 100, heard_at=1)]


def test_blocks_that_are_not_understood_are_skipped(tmp_path: Path) -> None:
    records, damage = read(
        section() + block(5, b"statistics") + interface() + block(99, b"x") + packet(b"one"), tmp_path
    )

    assert damage is None
    assert len(records) == 1


@pytest.mark.parametrize(
    ("cut", "told"),
    [(1, "inside a packet"), (len(FRAMES[3]) + 1, "inside the header of a packet")],
)
def test_a_pcap_that_is_cut_short_keeps_what_came_before(tmp_path: Path, cut: int, told: str) -> None:
    records, damage = read(pcap(*FRAMES)[:-cut], tmp_path)

    assert len(records) == 3
    assert damage is not None
    assert told in damage


@given(cut=st.integers(min_value=1))
def test_a_pcapng_cut_anywhere_gives_what_was_whole(tmp_path_factory: pytest.TempPathFactory, cut: int) -> None:
    head = section() + interface()
    whole = head + packet(b"one") + packet(b"two")
    part = whole[: len(whole) - cut % (len(whole) - len(head))]

    records, damage = read(part, tmp_path_factory.mktemp("cut"))

    assert [record.octets for record in records] == [b"one", b"two"][: len(records)]
    assert (damage is None) == (len(part) in (len(head), len(head) + len(packet(b"one")), len(whole)))


@given(octets=st.binary(max_size=200), start=st.sampled_from([b"", section(), section() + interface(), pcap()]))
def test_any_octets_are_read_or_refused(tmp_path_factory: pytest.TempPathFactory, octets: bytes, start: bytes) -> None:
    with contextlib.suppress(CaptureError):
        read(start + octets, tmp_path_factory.mktemp("any"))


@pytest.mark.parametrize(
    ("octets", "told"),
    [
        (b"", "the file is empty"),
        (b"#!/bin/sh\n", "neither a pcap nor a pcapng file"),
        (b"\x1f\x8b\x08\0", "what gzip has packed is cut short or damaged"),
        (b"\x28\xb5\x2f\xfd", "unzstd"),
        (pcap()[:10], "ends inside its first header"),
        (section()[:10], "first block is damaged or cut short"),
        (struct.pack("<II", 0x0A0D0D0A, 28) + b"no magic here" * 2, "first block is damaged"),
    ],
)
def test_what_is_no_capture_is_refused_with_its_reason(tmp_path: Path, octets: bytes, told: str) -> None:
    with pytest.raises(CaptureError, match=told):
        read(octets, tmp_path)


def test_a_length_that_cannot_be_is_damage_and_is_never_read(tmp_path: Path) -> None:
    lead = struct.pack("<IIII", 0, 0, MOST_OCTETS + 1, MOST_OCTETS + 1)
    assert read(pcap(b"one") + lead, tmp_path)[1] == "a packet claims 262,145 octets, at octet 43 of the file"

    lead = struct.pack("<II", 6, MOST_BLOCK + 1)
    damage = read(section() + interface() + lead, tmp_path)[1]
    assert damage is not None
    assert damage.startswith("a block claims a length of 16,777,217 octets")


def test_where_the_link_type_is_said(tmp_path: Path) -> None:
    path = tmp_path / "capture"
    for octets, links in (
        (pcap(b"one", link=147), {147: 20}),
        (section() + interface() + interface(99), {1: 28, 99: 48}),
    ):
        path.write_bytes(octets)
        with CaptureFile(path) as capture:
            list(capture)
            assert capture.links == links


def test_what_gzip_has_packed_is_read(tmp_path: Path) -> None:
    packed = gzip.compress(pcap(*FRAMES))

    assert [record.octets for record in read(packed, tmp_path)[0]] == FRAMES
    assert read(packed, tmp_path)[1] is None
    damage = read(packed[:-9], tmp_path)[1]
    assert damage is not None
    assert damage.startswith("what gzip has packed is cut short or damaged")


def test_the_standard_input_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(pcap(*FRAMES))))
    with CaptureFile("-") as capture:
        assert [record.octets for record in capture] == FRAMES

    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(gzip.compress(pcap()))))
    with pytest.raises(CaptureError, match="gunzip"):
        CaptureFile("-")


def test_more_interfaces_than_anyone_has_are_damage(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tcpchaos.backends.capture.files.MOST_INTERFACES", 2)
    damage = read(section() + interface() * 3, tmp_path)[1]
    assert damage == "a section claims more than 2 interfaces, at octet 68 of the file"


def test_a_packet_of_an_interface_that_was_never_described_is_damage(tmp_path: Path) -> None:
    records, damage = read(section() + interface() + packet(b"one") + packet(b"two", index=1), tmp_path)

    assert len(records) == 1
    assert damage is not None
    assert damage.startswith("a packet's block contradicts itself")
