"""The oracle over captures: who is the client, what can't be judged, what is refused."""

import struct
from pathlib import Path

import pytest

from tcpchaos.backends.capture import CaptureError, judge
from tcpchaos.backends.capture.bench import KEPT_OCTETS
from tcpchaos.report.pcapng import CaptureSink
from tcpchaos.trace import Event, Side
from tcpchaos.wire import ACK, FIN, SYN, Packet, build

ISS, IRS = 0xFFFFFFF0, 0xFFFFFFFE
LOW, HIGH = 80, 40312


def segment(sport: int, dport: int, seq: int, flags: int, ack: int = 0, payload: bytes = b"") -> Packet:
    src, dst = (b"\x0a\x09\0\1", b"\x0a\x09\0\2") if sport == HIGH else (b"\x0a\x09\0\2", b"\x0a\x09\0\1")
    return build(
        src=src,
        dst=dst,
        sport=sport,
        dport=dport,
        seq=seq & 0xFFFFFFFF,
        ack=ack & 0xFFFFFFFF,
        flags=flags,
        payload=payload,
    )


OPENING = (
    segment(HIGH, LOW, ISS, SYN),
    segment(LOW, HIGH, IRS, SYN | ACK, ISS + 1),
    segment(HIGH, LOW, ISS + 1, ACK, IRS + 1),
    segment(HIGH, LOW, ISS + 1, ACK, IRS + 1, b"GET / HTTP/1.0\r\n\r\n"),
)


def write(path: Path, *packets: Packet | bytes, link: int = 101, snap: int = 65535, step_us: int = 100) -> Path:
    records = []
    for number, packet in enumerate(packets):
        octets = packet if isinstance(packet, bytes) else packet.octets
        lead = struct.pack("<IIII", 1, number * step_us % 1_000_000, min(len(octets), snap), len(octets))
        records.append(lead + octets[:snap])
    path.write_bytes(struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, snap, link) + b"".join(records))
    return path


def test_each_packet_was_sent_and_delivered_at_once(tmp_path: Path) -> None:
    judged = judge(write(tmp_path / "a.pcap", *OPENING))

    assert judged.verdict.outcome == "pass"
    assert [(event.frame, event.at_us, event.side, event.delivered) for event in judged.trace][:4] == [
        (1, 0, Side.CLIENT, False),
        (1, 0, Side.SERVER, True),
        (2, 100, Side.SERVER, False),
        (2, 100, Side.CLIENT, True),
    ]


def test_the_client_is_who_sent_the_syn_even_from_a_low_port(tmp_path: Path) -> None:
    judged = judge(write(tmp_path / "a.pcap", segment(LOW, HIGH, ISS, SYN)))

    assert judged.connections[0].ports == (LOW, HIGH)


def test_a_capture_may_begin_with_the_answer(tmp_path: Path) -> None:
    judged = judge(write(tmp_path / "a.pcap", *OPENING[1:]))

    assert judged.connections[0].ports == (HIGH, LOW)


@pytest.mark.parametrize("first", [segment(HIGH, LOW, ISS, ACK), segment(LOW, HIGH, IRS, ACK)])
def test_without_a_syn_the_higher_port_is_the_client_and_that_is_said(tmp_path: Path, first: Packet) -> None:
    judged = judge(write(tmp_path / "a.pcap", first))

    assert judged.connections[0].ports == (HIGH, LOW)
    assert "Of 1 connection without a SYN, the end with the higher port is taken for the client." in judged.notes


def test_stamps_that_go_back_do_not_turn_the_clock_back(tmp_path: Path) -> None:
    judged = judge(write(tmp_path / "a.pcap", *OPENING, step_us=400_000))

    times = [event.at_us for event in judged.trace]
    assert times == sorted(times)


def test_of_payloads_cut_short_only_what_is_there_is_compared_and_that_is_said(tmp_path: Path) -> None:
    again = segment(HIGH, LOW, ISS + 1, ACK, IRS + 1, b"GET / HTTP/1.0\r\nX: ")
    other = segment(HIGH, LOW, ISS + 1, ACK, IRS + 1, b"GET /x HTTP/1.0\r\n: ")

    def outcome(packet: Packet, snap: int) -> str:
        return judge(write(tmp_path / "a.pcap", *OPENING, packet, snap=snap)).verdict.outcome

    assert [outcome(again, 60), outcome(again, 56)] == ["violation", "pass"]
    assert [outcome(other, 46), outcome(other, 45), outcome(other, 40)] == ["violation", "pass", "pass"]
    cut = judge(write(tmp_path / "a.pcap", *OPENING, again, snap=40))
    assert cut.counts.truncated == 2
    assert "2 packets were cut short by the snap length" in cut.undecided[-1]


def test_a_segment_with_a_wrong_checksum_is_counted_and_nothing_rests_on_it(tmp_path: Path) -> None:
    damaged = segment(LOW, HIGH, IRS + 1, SYN | ACK | FIN, ISS + 1).replace(checksum=7)
    judged = judge(write(tmp_path / "a.pcap", *OPENING, damaged))

    assert (judged.verdict.outcome, judged.verdict.undecided, judged.counts.damaged) == ("pass", (), 1)
    assert judged.notes[0].startswith("1 segments have wrong checksums")


def test_a_packet_that_was_heard_in_two_places_is_judged_in_the_first(tmp_path: Path) -> None:
    def cooked(packet: Packet, interface: int, kind: int) -> bytes:
        return b"\x08\0\0\0" + struct.pack("!IHB", interface, 1, kind) + bytes(9) + packet.octets

    rewritten = segment(HIGH, LOW, ISS + 1, ACK, IRS + 1, b"PUT / HTTP/1.0\r\n\r\n")
    frames = [cooked(packet, interface, 4 * (interface > 2)) for packet in OPENING for interface in (2, 3)]
    judged = judge(write(tmp_path / "a.pcap", *frames, cooked(rewritten, 3, 4), link=276))

    assert (judged.verdict.outcome, judged.counts.judged, judged.counts.elsewhere) == ("pass", 4, 5)
    assert judged.trace.seen == 2 * len(OPENING)


def test_stray_packets_of_others_in_a_capture_of_ours_are_left_out(tmp_path: Path) -> None:
    path = tmp_path / "a.pcapng"
    with CaptureSink(path, began_us=0, version="0.1.0") as sink:
        sink(Event(1, 0, Side.CLIENT, False, OPENING[0], 1, 0, (), ("", "")))
    other = struct.pack("<IIHHi", 1, 20, 101, 0, 0) + struct.pack("<I", 20)
    lead = struct.pack("<IIIII", 2, 0, 0, OPENING[0].end, OPENING[0].end)
    size = 12 + len(lead) + OPENING[0].end
    stray = struct.pack("<II", 6, size) + lead + OPENING[0].octets + struct.pack("<I", size)
    path.write_bytes(path.read_bytes() + other + stray)

    judged = judge(path)
    assert (judged.both_sides, judged.counts.elsewhere, judged.trace.seen) == (True, 1, 1)


def test_a_long_packet_is_kept_without_its_payload(tmp_path: Path) -> None:
    long = segment(HIGH, LOW, ISS + 1, ACK, IRS + 1, bytes(KEPT_OCTETS))
    judged = judge(write(tmp_path / "a.pcap", *OPENING[:3], long))

    *_, last = judged.trace
    assert (last.packet.size, len(last.packet.octets)) == (KEPT_OCTETS, last.packet.data_at)


def test_what_is_cut_short_is_judged_as_far_as_it_goes(tmp_path: Path) -> None:
    path = write(tmp_path / "a.pcap", *OPENING)
    path.write_bytes(path.read_bytes()[:-3])

    judged = judge(path)

    assert judged.counts.judged == 3
    assert judged.notes[0].startswith("Not the whole capture: the file is cut short inside a packet")


@pytest.mark.parametrize(
    ("packets", "link", "told"),
    [
        ((), 101, "the capture has no packets"),
        ((b"\x45" + bytes(8) + b"\x11" + bytes(20),), 101, "no TCP segment among its 1 packets can be judged$"),
        (
            (OPENING[0],),
            147,
            "link type 147, said at octet 20 of the file, is not one that is understood: BSD loopback",
        ),
        ((OPENING[0].replace(checksum=7),), 101, "can be judged: 1 have wrong checksums"),
        ((OPENING[0].octets[:38],), 101, "can be judged: 1 are cut off inside their headers"),
    ],
)
def test_where_there_is_nothing_to_judge_the_reason_is_told(
    tmp_path: Path, packets: tuple[Packet, ...], link: int, told: str
) -> None:
    with pytest.raises(CaptureError, match=told):
        judge(write(tmp_path / "a.pcap", *packets, link=link))


def test_a_file_that_is_cut_before_its_first_packet_ends(tmp_path: Path) -> None:
    path = write(tmp_path / "a.pcap", OPENING[0])
    path.write_bytes(path.read_bytes()[:-1])

    with pytest.raises(CaptureError, match="nothing can be read: the file is cut short inside a packet"):
        judge(path)


def test_what_was_left_out_is_counted_and_told(tmp_path: Path) -> None:
    fragment = b"\x45" + bytes(5) + b"\x20\0\x40\x06" + bytes(30)
    unreadable = b"\x45" + bytes(8) + b"\x06" + bytes(10)

    judged = judge(write(tmp_path / "a.pcap", *OPENING, fragment, unreadable))

    assert (judged.counts.fragments, judged.counts.unreadable) == (1, 1)
    assert len(judged.notes) == 2
