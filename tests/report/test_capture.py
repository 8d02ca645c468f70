"""A judged capture as a document."""

from pathlib import Path

from tcpchaos.backends.capture import judge
from tcpchaos.report.capture import checked
from tcpchaos.report.document import Check, decode, encode
from tcpchaos.report.pcapng import CaptureSink
from tcpchaos.trace import Event, Side
from tcpchaos.wire import ACK, FIN, SYN, Packet, build

ISS, IRS = 0xFFFFFFF0, 0xFFFFFFFE
CLIENT, SERVER = b"\x0a\x09\0\1", b"\x0a\x09\0\2"


def segment(side: Side, seq: int, flags: int, ack: int = 0) -> Packet:
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
    )


OPENING = (
    segment(Side.CLIENT, ISS, SYN),
    segment(Side.SERVER, IRS, SYN | ACK, ISS + 1),
    segment(Side.CLIENT, ISS + 1, ACK, IRS + 1),
)


def check(path: Path, *packets: Packet) -> Check:
    """What becomes of a capture of these packets, made in one place."""
    with CaptureSink(path, began_us=0, version="0.1.0") as sink:
        for number, packet in enumerate(packets):
            sink(Event(number, number * 1000, Side.CLIENT, False, packet, 1, 0, (), ("", "")))
    return checked(judge(path), str(path))


def test_an_honest_handshake_passes(tmp_path: Path) -> None:
    document = check(tmp_path / "a.pcapng", *OPENING)

    assert document.outcome == "pass"
    assert (
        document.sentence == "Nothing in 3 segments of 1 connection breaks a rule that can be decided from one place."
    )
    assert (document.format, document.packets.read, document.packets.judged) == ("pcapng", 3, 3)
    assert document.undecided
    assert decode(encode(document)) == document


def test_frames_are_numbered_as_in_the_file(tmp_path: Path) -> None:
    document = check(tmp_path / "a.pcapng", *OPENING)

    assert [(event.frame, event.what) for event in document.trace.events] == [
        (frame, what) for frame in (1, 2, 3) for what in ("sent", "delivered")
    ]


def test_what_is_surely_illegal_is_a_violation(tmp_path: Path) -> None:
    document = check(tmp_path / "a.pcapng", *OPENING, segment(Side.CLIENT, ISS + 1, FIN, 0))

    assert document.outcome == "violation"
    assert document.findings[0].blame == "client"
    assert document.findings[0].frame == 4
    assert document.sentence.startswith(f"The client broke {document.findings[0].rule} at #4")


def test_what_may_have_passed_elsewhere_is_only_suspected(tmp_path: Path) -> None:
    document = check(tmp_path / "a.pcapng", *OPENING, segment(Side.SERVER, IRS + 1, ACK, ISS + 500))

    assert document.outcome == "undetermined"
    assert document.findings == ()
    assert [finding.rule for finding in document.suspected] == ["SA-02"]
    assert "1 thing would be if nothing passed elsewhere" in document.sentence
