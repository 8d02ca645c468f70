"""A connection as its endpoints sent it, put together from what somebody heard of it: the ground on which faults show.

The engine counts segments as they were sent. Whoever listens behind the fault hears them in another order, twice or
not at all: so each direction is kept here as the list of what its endpoint must have sent, lost ones included, and what
was done to each, in the words of a plan.
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import groupby
from typing import Final

from tcpchaos.plan import Kind, PlanError, parse
from tcpchaos.plan.words import duration
from tcpchaos.seq import unwrap
from tcpchaos.trace import Side
from tcpchaos.wire import Packet

# What comes so soon after something else came at once; for what comes later, the time between is told.
AT_ONCE_US: Final = 2_000
# What a segment is called, the most telling first.
_NAMES: Final = (Kind.RST, Kind.SYN_ACK, Kind.SYN, Kind.FIN, Kind.DATA, Kind.ACK)


@dataclass(slots=True, kw_only=True, eq=False)
class Sent:
    """A segment that an endpoint sent, or must have sent: then there is no `packet`.

    `actions` are what was done to it, `copies_us` how long after it copies of it came; `frame` is where that shows.
    `start` and `end` are positions of its stream.
    """

    frame: int
    at_us: int
    packet: Packet | None
    start: int
    end: int
    actions: list[str] = field(default_factory=list)
    copies_us: list[int] = field(default_factory=list)

    @property
    def deeds(self) -> tuple[str, ...]:
        """All that was done to it, in the words of a plan."""
        if not self.copies_us:
            return tuple(self.actions)
        count = len(self.copies_us)
        late_us = max(self.copies_us) // count
        after = f" after {duration(late_us // 1000 * 1000)}" if late_us > AT_ONCE_US else ""
        return (*self.actions, f"duplicate{f' {count}' if count > 1 else ''}{after}")

    @property
    def kinds(self) -> set[Kind]:
        """Every kind that it is, as plans select it; what was lost unheard was data."""
        packet = self.packet
        if packet is None:
            return {Kind.DATA}
        found: set[Kind] = {kind for kind in _NAMES if kind not in (Kind.DATA, Kind.ACK) and kind.flagged(packet.flags)}
        if packet.size:
            found.add(Kind.DATA)
        elif Kind.ACK.flagged(packet.flags):
            found.add(Kind.ACK)
        return found

    @property
    def name(self) -> Kind:
        """What it is called."""
        return next((kind for kind in _NAMES if kind in self.kinds), Kind.ANY)


class Direction:
    """What one endpoint sent, in its order."""

    def __init__(self, side: Side) -> None:
        self.side = side
        self.sent: list[Sent] = []
        self.nxt: int | None = None  # the position after the last octet heard
        self.acked = 0  # the position up to which the peer was heard to have received
        self.base = 0

    def position(self, number: int) -> int:
        """Return where in the stream a sequence number stands; the first one heard is where it begins."""
        if self.nxt is None:
            self.base = self.nxt = number
        return unwrap(number, self.nxt)

    def sighting(self, packet: Packet, frame: int, at_us: int) -> Sent:
        """Return a segment that was heard, with its place in the stream; it is not in the list yet."""
        start = self.position(packet.seq)
        return Sent(frame=frame, at_us=at_us, packet=packet, start=start, end=start + packet.length)

    def append(self, sent: Sent) -> None:
        """Put a segment behind all others."""
        self.sent.append(sent)
        assert self.nxt is not None
        self.nxt = max(self.nxt, sent.end)

    def insert_before(self, later: Sent, *earlier: Sent) -> None:
        """Put segments where they must have been sent: before one that was heard first."""
        at = self.sent.index(later)
        self.sent[at:at] = earlier

    def last_with(self, start: int) -> Sent | None:
        """Return the latest segment that begins at this position and takes up any of the stream."""
        return next((sent for sent in reversed(self.sent) if sent.start == start and sent.end > start), None)

    def since(self, earlier: Sent) -> list[Sent]:
        """Return what was sent after this segment."""
        return self.sent[self.sent.index(earlier) + 1 :]

    def named(self) -> Iterator[tuple[Sent, Kind, int]]:
        """Yield each segment with its name and how manieth of that name it is, as the engine counts."""
        counts: Counter[Kind] = Counter()
        for sent in self.sent:
            counts.update(sent.kinds)
            yield sent, sent.name, counts[sent.name]

    def rules(self) -> Iterator[tuple[int, str]]:
        """Yield a rule for whatever was done to each segment, with the frame at which it shows."""
        touched = [each for each in self.named() if each[0].deeds]
        # Ordinals that follow each other and were treated alike are one rule.
        for (name, actions, _), group in groupby(
            enumerate(touched), lambda each: (each[1][1], each[1][0].deeds, each[1][2] - each[0])
        ):
            members = [member for _, member in group]
            first, last = members[0][2], members[-1][2]
            ordinal = f"#{first}" if first == last else f"#{first}-{last}"
            for line in _lines(f"{self.side} {name}{ordinal}", actions):
                yield members[0][0].frame, line


def _lines(who: str, actions: tuple[str, ...]) -> Iterator[str]:
    """Yield one rule that does it all, or where they clash one rule for each."""
    together = f"{who}: {', '.join(actions)}"
    try:
        yield str(parse(together))
    except PlanError:
        yield from (f"{who}: {action}" for action in actions)
