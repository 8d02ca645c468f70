"""The oracle over a capture: read it, show the oracle what can be shown, and say what it was and what was missing."""

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from tcpchaos.backends.capture.bench import INBOUND, OUTBOUND, SIDES, Bench, BothSides, OnePlace
from tcpchaos.backends.capture.files import CaptureError, CaptureFile
from tcpchaos.backends.capture.links import NAMES
from tcpchaos.backends.capture.packets import Counts, packet_of
from tcpchaos.oracle import Connection, Verdict
from tcpchaos.trace import Trace

SEGMENT_SIZE_RULE: Final = "OP-02"


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """A capture and what the oracle says of it; frames are the numbers of the packets in the file.

    `both_sides` tells whether both sides of the proxy were in it.
    """

    format: str
    both_sides: bool
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
    blank, ours = _look(path)
    counts = Counts()
    bench: Bench = OnePlace(stack) if ours is None else BothSides(stack or ours)
    with CaptureFile(path) as capture:
        start_ns: int | None = None
        at_us = 0
        for record in capture:
            packet = packet_of(record, counts, blank=blank)
            start_ns = record.at_ns if start_ns is None else start_ns
            at_us = max(at_us, (record.at_ns - start_ns) // 1000)  # the oracle's clock never goes back
            if packet is not None:
                bench.show(record, packet, at_us)
        _refuse_nothing(capture, counts)
        verdict = bench.oracle.verdict(finished=True)
        return Judged(
            format=capture.format,
            both_sides=ours is not None,
            counts=counts,
            verdict=_without_offload(verdict) if counts.unfinished else verdict,
            trace=bench.trace,
            connections=tuple(bench.oracle.connections),
            undecided=(*bench.undecided, *_blanked(counts, blank)),
            notes=(*_notes(capture, counts), *bench.notes()),
        )


def _look(path: Path | str) -> tuple[bool, str | None]:
    """Tell whether payloads can't be compared, because some were cut; and the stack, where tcpchaos wrote the file."""
    truncated, sides = False, True
    with CaptureFile(path) as capture:
        for record in capture:
            truncated = truncated or record.original > len(record.octets)
            sides = sides and record.interface in SIDES and record.direction in (INBOUND, OUTBOUND)
        return truncated, capture.system if sides and capture.application.startswith("tcpchaos ") else None


def _without_offload(verdict: Verdict) -> Verdict:
    """Return the verdict without suspicions about the size of segments, which a network card cuts or puts together."""
    undecided = tuple(finding for finding in verdict.undecided if finding.rule != SEGMENT_SIZE_RULE)
    outcome = verdict.outcome
    if verdict.undecided and not undecided and outcome == "undetermined":
        outcome = "pass"
    return replace(verdict, undecided=undecided, outcome=outcome)


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
    why = ": their headers are cut off by the snap length" if counts.truncated == counts.read else ""
    raise CaptureError(f"no TCP segment among its {counts.read:,} packets can be judged{why}")


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
