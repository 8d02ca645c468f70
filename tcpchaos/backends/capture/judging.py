"""The oracle over a capture: read it, show the oracle what can be shown, and say what it was and what was missing."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from tcpchaos.backends.capture.bench import INBOUND, OUTBOUND, SIDES, Bench, BothSides, OnePlace
from tcpchaos.backends.capture.files import CaptureError, CaptureFile, Record
from tcpchaos.backends.capture.links import NAMES
from tcpchaos.backends.capture.packets import Counts, packet_of
from tcpchaos.oracle import Connection, Verdict
from tcpchaos.trace import Trace

# Objects made, and collections of younger ones, before garbage is looked for. What is made for a connection is kept for
# long and in thousands, and looking through it at Python's own pace takes a quarter of the time.
_COLLECT_AFTER: Final = (50_000, 20, 20)


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """A capture and what the oracle says of it; frames are the numbers of the packets in the file.

    `both_sides` tells whether both sides of the proxy were in it; `damage` where the file is torn, None where it is
    whole. `connections` are those that were kept of the `seen`.
    """

    format: str
    both_sides: bool
    counts: Counts
    verdict: Verdict
    trace: Trace
    connections: tuple[Connection, ...]
    seen: int
    damage: str | None
    undecided: tuple[str, ...]
    notes: tuple[str, ...]


def judge(path: Path | str, *, stack: str | None = None) -> Judged:
    """Read a capture file and let the oracle judge what is in it.

    Raises OSError where the file can't be read and CaptureError where nothing in it can be judged.
    """
    counts = Counts()
    bench: Bench | None = None
    with collected_seldom(), CaptureFile(path) as capture:
        start_ns: int | None = None
        ours = False
        for record in capture:
            if bench is None:
                ours = _is_ours(capture, record)
                bench = BothSides(stack or capture.system) if ours else OnePlace(stack)
                show = bench.show
                start_ns = record.at_ns
            assert start_ns is not None
            found = packet_of(record, counts, as_it_is=ours)
            if found is not None and not show(record, found[0], (record.at_ns - start_ns) // 1000, found[1]):
                counts.elsewhere += 1
                counts.judged -= 1
        _refuse_nothing(capture, counts)
    assert bench is not None
    return Judged(
        format=capture.format,
        both_sides=ours,
        counts=counts,
        verdict=bench.oracle.verdict(finished=True),
        trace=bench.trace,
        connections=bench.oracle.connections,
        seen=bench.oracle.seen,
        damage=capture.damage,
        undecided=(*bench.undecided, *_cut(counts)),
        notes=(*_notes(capture, counts), *bench.notes()),
    )


@contextmanager
def collected_seldom() -> Iterator[None]:
    """Look for garbage seldom, where thousands of connections are kept and hardly anything is thrown away."""
    before = gc.get_threshold()
    gc.set_threshold(*_COLLECT_AFTER)
    try:
        yield
    finally:
        gc.set_threshold(*before)


def _is_ours(capture: CaptureFile, first: Record) -> bool:
    """Tell whether tcpchaos wrote the file, with both sides of the proxy in it."""
    both = first.interface in SIDES and first.direction in (INBOUND, OUTBOUND)
    return both and capture.application.startswith("tcpchaos ")


def _refuse_nothing(capture: CaptureFile, counts: Counts) -> None:
    if counts.judged:
        return
    if capture.damage and not counts.read:
        raise CaptureError(f"nothing can be read: {capture.damage}")
    if not counts.read:
        raise CaptureError("the capture has no packets")
    if counts.strange_links and not counts.links:
        known = ", ".join(sorted(set(NAMES.values())))
        strange = min(counts.strange_links)
        raise CaptureError(
            f"link type {strange}, said at octet {capture.links[strange]:,} of the file, is not one that is understood:"
            f" {known}"
        )
    raise CaptureError(f"no TCP segment among its {counts.read:,} packets can be judged{_why_none(counts)}")


def _why_none(counts: Counts) -> str:
    if counts.damaged:
        return f": {counts.damaged:,} have wrong checksums"
    if counts.fragments:
        return f": {counts.fragments:,} are fragments"
    return f": {counts.unreadable:,} are cut off inside their headers" if counts.unreadable else ""


def _cut(counts: Counts) -> tuple[str, ...]:
    if not counts.truncated:
        return ()
    return (
        f"Whether octets that were not captured are the same when they are sent again: {counts.truncated:,} packets "
        "were cut short by the snap length.",
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
    if counts.damaged:
        notes.append(
            f"{counts.damaged:,} segments have wrong checksums and were not judged: damaged on their way, or captured "
            "before the network card wrote them."
        )
    if counts.elsewhere:
        notes.append(f"{counts.elsewhere:,} segments were captured in a second place too, and judged once.")
    if counts.fragments:
        notes.append(f"{counts.fragments:,} IP fragments were not put together and not judged.")
    strange = sum(counts.strange_links.values())
    for link, count in sorted(counts.strange_links.items()):
        notes.append(f"{count:,} packets are of link type {link}, which is not understood.")
    if counts.unreadable > strange:
        notes.append(f"{counts.unreadable - strange:,} packets could not be read and were not judged.")
    return tuple(notes)
