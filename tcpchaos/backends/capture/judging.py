"""The oracle over a capture: each packet was both sent and delivered at the one place where somebody listened.

What was lost behind that place, or arrived there and went no further, can't be known, so the oracle is told that it has
one vantage point and says less than it would of a run.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Final

from tcpchaos.backends.capture.files import CaptureError, CaptureFile
from tcpchaos.backends.capture.links import NAMES
from tcpchaos.backends.capture.packets import Counts, packet_of
from tcpchaos.oracle import Connection, Oracle, Verdict
from tcpchaos.trace import Event, Side, Trace
from tcpchaos.wire import ACK, SYN, Packet

# Sentences about what one place can't show; they stand in every report on a capture.
UNDECIDED: Final = (
    "Whether a segment seen here reached the other side: one lost or changed behind this point looks like any other.",
    "Whether an endpoint failed to answer, or its answer was lost before it came here.",
    "What the applications wrote and read.",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """A capture and what the oracle says of it; frames are the numbers of the packets in the file."""

    format: str
    counts: Counts
    verdict: Verdict
    trace: Trace
    connections: tuple[Connection, ...]
    undecided: tuple[str, ...]
    notes: tuple[str, ...]


def judge(path: Path | str, *, stack: str | None = None) -> Judged:
    """Read a capture file and let the oracle judge what is in it.

    Raises OSError where the file can't be read and CaptureError where nothing in it can be judged.
    """
    blank = _any_truncated(path)
    counts = Counts()
    bench = _Bench(stack)
    with CaptureFile(path) as capture:
        start_ns: int | None = None
        at_us = 0
        for record in capture:
            packet = packet_of(record, counts, blank=blank)
            start_ns = record.at_ns if start_ns is None else start_ns
            at_us = max(at_us, (record.at_ns - start_ns) // 1000)  # the oracle's clock never goes back
            if packet is not None:
                bench.show(packet, at_us, record.number)
        _refuse_nothing(capture, counts)
        verdict = bench.oracle.verdict(finished=True)
        return Judged(
            format=capture.format,
            counts=counts,
            verdict=verdict,
            trace=bench.trace,
            connections=tuple(bench.connections.values()),
            undecided=(*UNDECIDED, *_blanked(counts, blank)),
            notes=(*_notes(capture, counts), *bench.notes()),
        )


class _Bench:
    """The oracle, and who is whose client."""

    def __init__(self, stack: str | None) -> None:
        self.oracle = Oracle(stack=stack, vantage="one")
        self.trace = Trace()
        self.connections: dict[int, Connection] = {}
        self._guessed = 0
        self._sides: dict[bytes, Side] = {}

    def show(self, packet: Packet, at_us: int, frame: int) -> None:
        side = self._sides.get(packet.key)
        if side is None:
            side = self._sides[packet.key] = _sender(packet)
            self._sides[packet.reverse_key] = side.peer
        connection = self.oracle.connection(side, packet)
        if connection.number not in self.connections:
            self.connections[connection.number] = connection
            self._guessed += not packet.flags & SYN
        self.oracle.sent(connection, side, packet, at_us, frame)
        between = connection.states
        self.trace.add(Event(frame, at_us, side, False, packet, connection.number, 0, (), between))
        self.oracle.delivered(connection, side.peer, packet, at_us, frame, intact=True)
        self.trace.add(Event(frame, at_us, side.peer, True, packet, connection.number, frame, (), connection.states))

    def notes(self) -> tuple[str, ...]:
        """Say what had to be guessed."""
        if not self._guessed:
            return ()
        count = f"{self._guessed:,} connection{'' if self._guessed == 1 else 's'}"
        return (f"Of {count} without a SYN, the end with the higher port is taken for the client.",)


def _sender(packet: Packet) -> Side:
    """Tell which side sends the first packet seen of a flow: who sends a SYN is the client, else the higher port."""
    if packet.flags & SYN:
        return Side.SERVER if packet.flags & ACK else Side.CLIENT
    return Side.CLIENT if packet.sport >= packet.dport else Side.SERVER


def _any_truncated(path: Path | str) -> bool:
    """Tell whether any packet was kept in part only: then no payload is compared with any other."""
    with CaptureFile(path) as capture:
        return any(record.original > len(record.octets) for record in capture)


def _refuse_nothing(capture: CaptureFile, counts: Counts) -> None:
    if counts.judged:
        return
    if capture.damage and not counts.read:
        raise CaptureError(f"nothing can be read: {capture.damage}")
    if not counts.read:
        raise CaptureError("the capture has no packets")
    if counts.strange_links and not counts.links:
        known = ", ".join(sorted(set(NAMES.values())))
        raise CaptureError(f"link type {min(counts.strange_links)} is not one that is understood: {known}")
    raise CaptureError(f"no TCP segment among its {counts.read:,} packets can be judged")


def _blanked(counts: Counts, blank: bool) -> tuple[str, ...]:
    if not blank:
        return ()
    return (
        f"Whether the octets sent again are the same: {counts.truncated:,} packets were cut short by the snap length, "
        "so no payload was compared.",
    )


def _notes(capture: CaptureFile, counts: Counts) -> tuple[str, ...]:
    notes = []
    if capture.damage:
        notes.append(f"Not the whole capture: {capture.damage}. What came before was judged.")
    if counts.unfinished:
        notes.append(
            f"{counts.unfinished:,} segments were captured before the network card finished their checksums "
            "(checksum offload): taken as right."
        )
    if counts.fragments:
        notes.append(f"{counts.fragments:,} IP fragments were not put together and not judged.")
    if counts.unreadable:
        notes.append(f"{counts.unreadable:,} packets could not be read and were not judged.")
    return tuple(notes)
