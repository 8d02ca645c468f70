"""A judged capture as a document."""

import struct
from pathlib import Path

from tcpchaos.backends.capture import judge
from tcpchaos.report.capture import checked
from tcpchaos.report.document import Check, decode, encode
from tcpchaos.report.pcapng import CaptureSink
from tcpchaos.trace import Event, Side
from tcpchaos.wire import ACK, FIN, RST, SYN, Packet, build

ISS, IRS = 0xFFFFFFF0, 0xFFFFFFFE
CLIENT, SERVER = b"\x0a\x09\0\1", b"\x0a\x09\0\2"
STAMPS = b"\1\1\x08\x0a" + bytes(8)


def segment(side: Side, seq: int, flags: int, ack: int = 0, options: bytes = b"") -> Packet:
    src, dst, sport, dport = (CLIENT, SERVER, 40312, 80) if side is Side.CLIENT else (SERVER, CLIENT, 80, 40312)
    return build(
        src=src,
        dst=dst,
        sport=sport,
        dport=dport,
        seq=seq & 0xFFFFFFFF,
        ack=ack & 0xFFFFFFFF,
        flags=flags,
        window=64240,
        options=options,
    )


OPENING = (
    segment(Side.CLIENT, ISS, SYN),
    segment(Side.SERVER, IRS, SYN | ACK, ISS + 1),
    segment(Side.CLIENT, ISS + 1, ACK, IRS + 1),
)


def check(path: Path, *packets: Packet) -> Check:
    """What becomes of a capture of these packets, made in one place."""
    lead = struct.Struct("<IIII").pack
    records = (lead(0, number, packet.end, packet.end) + packet.octets for number, packet in enumerate(packets))
    path.write_bytes(struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 65535, 101) + b"".join(records))
    return checked(judge(path), str(path))


def test_an_honest_handshake_passes(tmp_path: Path) -> None:
    document = check(tmp_path / "a.pcap", *OPENING)

    assert document.outcome == "pass"
    assert (
        document.sentence == "Nothing in 3 segments of 1 connection breaks a rule that can be decided from one place."
    )
    assert (document.format, document.packets.read, document.packets.judged) == ("pcap", 3, 3)
    assert document.undecided
    assert decode(encode(document)) == document


def test_frames_are_numbered_as_in_the_file(tmp_path: Path) -> None:
    document = check(tmp_path / "a.pcap", *OPENING)

    assert [(event.frame, event.what) for event in document.trace.events] == [
        (frame, what) for frame in (1, 2, 3) for what in ("sent", "delivered")
    ]


def test_what_is_surely_illegal_is_a_violation(tmp_path: Path) -> None:
    document = check(tmp_path / "a.pcap", *OPENING, segment(Side.CLIENT, ISS + 1, FIN, 0))

    assert document.outcome == "violation"
    assert document.findings[0].blame == "client"
    assert document.findings[0].frame == 4
    assert document.sentence.startswith(f"The client broke {document.findings[0].rule} at #4")


def test_what_may_have_passed_elsewhere_is_only_suspected(tmp_path: Path) -> None:
    document = check(tmp_path / "a.pcap", *OPENING, segment(Side.SERVER, IRS + 1, ACK, ISS + 1, STAMPS))

    assert document.outcome == "undetermined"
    assert document.findings == ()
    assert [finding.rule for finding in document.suspected] == ["OP-22"]
    assert "1 thing would be if nothing passed elsewhere" in document.sentence


def test_a_capture_of_our_own_is_judged_from_both_sides(tmp_path: Path) -> None:
    path = tmp_path / "a.pcapng"
    syn, reset = OPENING[0], segment(Side.SERVER, IRS, RST | ACK, ISS + 1)
    with CaptureSink(path, began_us=0, version="0.1.0") as sink:
        sink(Event(1, 0, Side.CLIENT, False, syn, 1, 0, (), ("", "")))
        sink(Event(2, 0, Side.CLIENT, True, reset, 1, 0, ("inject to client rst",), ("", "")))

    document = checked(judge(path), str(path))

    assert (document.vantage, document.faults) == ("both", "lethal")
    assert document.sentence == "Nothing in 2 segments of 1 connection breaks a rule."
    assert [(event.endpoint, event.what, event.deeds) for event in document.trace.events] == [
        ("client", "sent", ()),
        ("client", "delivered", ("inject to client rst",)),
    ]
