"""A stream's sequence numbers over time, in the manner of tcptrace: sent, delivered, acknowledged, and the window.

Time runs to the right and leaves out long silences, each marked with its length; numbers run upwards. Places along the
time axis are in hundredths of its length and those along the other in pixels, so that a page can stretch the picture
without stretching what is written in it.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Final

from tcpchaos.report.document import Endpoint, Found, Seen
from tcpchaos.report.texts import roughly

HEIGHT: Final = 240
HEADROOM: Final = 8  # pixels above the highest number
BREAK: Final = 4.0  # hundredths that a silence takes
SHORTEST: Final = 2.0  # hundredths that anything between two silences takes
BREAKS: Final = 6
LONG: Final = 4  # a silence that takes more than this part of the time is left out,
SILENCE_US: Final = 5_000  # if it is longer than what a busy machine takes to answer
MARKED: Final = 600  # segments that are drawn in all detail and named when pointed at; of more, that would be noise
NEAR: Final = 3  # how many times the height of what was sent the window may take before it is left out
NARROW: Final = 290  # pixels of a picture on a telephone of 400
LETTER, GAP = 6.0, 6.0  # pixels of a letter on an axis, and between two texts
OUTERMOST: Final = 90  # hundredths from which on a text ends at its mark, as the template has it
LEAST_MARK: Final = 3.0  # pixels of a segment that is a single octet

Places = Callable[[int], float]


@dataclass(frozen=True, slots=True, kw_only=True)
class Bar:
    """A segment: where it stands, what it is (sent, resent, delivered, forged, sacked), how to say so, or nothing."""

    kind: str
    frame: int
    x: float
    top: float
    bottom: float
    lost: bool
    said: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Tick:
    """A mark on an axis."""

    at: float
    text: str

    @property
    def left(self) -> float:
        """Where its text begins on the time axis of a telephone."""
        return self.at - self._width * (1 if self.at > OUTERMOST else 0.5)

    @property
    def right(self) -> float:
        """Where its text ends there."""
        return self.at + self._width * (0 if self.at > OUTERMOST else 0.5)

    @property
    def _width(self) -> float:
        return (len(self.text) * LETTER + GAP) * 100 / NARROW


@dataclass(frozen=True, slots=True, kw_only=True)
class Ring:
    """What stands around a segment with which a rule was broken."""

    frame: int
    rule: str
    x: float
    y: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Plot:
    """The picture of one direction; `steps` of a staircase are points (hundredths, pixels), corners included."""

    sender: Endpoint
    receiver: Endpoint
    bars: Sequence[Bar]
    acknowledged: Sequence[tuple[float, float]]
    window: Sequence[tuple[float, float]]
    above: str
    times: Sequence[Tick]
    breaks: Sequence[Tick]
    numbers: Sequence[Tick]
    rings: Sequence[Ring]
    said: str


class _Axis:
    """Where moments stand, in hundredths: what is between two long silences is drawn to one scale."""

    def __init__(self, moments: Sequence[int]) -> None:
        times = sorted(set(moments))
        rest = times[-1] - times[0]
        silences: set[int] = set()  # by the moment before
        for before, after in sorted(pairwise(times), key=lambda pair: pair[0] - pair[1])[:BREAKS]:
            if (after - before) * LONG <= rest or after - before < SILENCE_US:
                break
            silences.add(before)
            rest -= after - before
        self.bursts: list[tuple[int, int]] = []
        began = times[0]
        for before, after in pairwise(times):
            if before in silences:
                self.bursts.append((began, before))
                began = after
        self.bursts.append((began, times[-1]))
        room = 100 - BREAK * (len(self.bursts) - 1) - SHORTEST * len(self.bursts)
        self._starts: list[float] = []
        self._scale = room / rest if rest else 0.0
        at = 0.0
        for start, end in self.bursts:
            self._starts.append(at)
            at += SHORTEST + (end - start) * self._scale + BREAK

    def __call__(self, moment: int) -> float:
        """Return where a moment stands."""
        at = max(number for number, (start, _) in enumerate(self.bursts) if start <= max(moment, self.bursts[0][0]))
        start, end = self.bursts[at]
        return round(self._starts[at] + SHORTEST / 2 + (min(moment, end) - start) * self._scale, 2)

    def ticks(self) -> Iterator[Tick]:
        """Yield the marks that have room: round times, or where something begins after a silence."""
        if len(self.bursts) > 1:
            until = -100.0
            for start, _ in self.bursts:
                tick = Tick(at=self(start), text=roughly(start))
                if tick.left >= until:
                    until = tick.right
                    yield tick
            return
        ((start, end),) = self.bursts
        ticks = [Tick(at=self(number), text=roughly(number)) for number in round_numbers(start, end, 5)]
        while any(before.right > after.left for before, after in pairwise(ticks)):
            ticks = ticks[1::2]
        yield from ticks

    def breaks(self) -> Iterator[Tick]:
        """Yield the silences that are left out, and how long they are."""
        for (_, before), (after, _) in pairwise(self.bursts):
            middle = (self(before) + self(after)) / 2
            yield Tick(at=round(middle, 2), text=roughly(after - before))


def plot(events: Sequence[Seen], findings: Sequence[Found], sender: Endpoint) -> Plot | None:
    """Return the picture of what `sender` sent to its peer on one connection, None where it sent no data."""
    receiver: Endpoint = "server" if sender == "client" else "client"
    sent = [each for each in events if each.endpoint == sender and each.what == "sent" and _length(each)]
    got = [each for each in events if each.endpoint == receiver and each.what == "delivered" and _length(each)]
    heard = [
        each
        for each in events
        if each.endpoint == sender and each.what == "delivered" and each.position and each.position.ack is not None
    ]
    if not any(each.octets for each in sent):
        return None
    axis = _Axis([each.at_us for each in (*sent, *got, *heard)])
    height, above = _height(sent, heard)
    low, high = height

    def y(number: int) -> float:
        inside = min(max(number, low), high)
        return round(HEIGHT - (inside - low) * (HEIGHT - HEADROOM) / (high - low), 1)

    bars = [*_bars(sent, got, axis, y), *_sacked(heard, axis, y)]
    end = axis(max(each.at_us for each in (*sent, *got, *heard)))
    places = {each.frame: (axis(each.at_us), y(_ack(each))) for each in heard}
    places |= {each.origin: places[each.frame] for each in heard}
    places |= {bar.frame: (bar.x, (bar.top + bar.bottom) / 2) for bar in bars}
    last = max((each.position.ack or 0 for each in heard if each.position), default=0)
    return Plot(
        sender=sender,
        receiver=receiver,
        bars=bars if len(bars) <= MARKED else [replace(bar, said="") for bar in bars if bar.kind != "delivered"],
        acknowledged=_stairs([(axis(each.at_us), y(_ack(each))) for each in heard], end),
        window=[] if above else _stairs([(axis(each.at_us), y(_edge(each))) for each in heard if _edge(each)], end),
        above=above,
        times=list(axis.ticks()),
        breaks=list(axis.breaks()),
        numbers=[Tick(at=y(number), text=f"{number:,}") for number in round_numbers(low, high, 4)],
        rings=[
            Ring(frame=each.frame, rule=each.rule, x=places[each.frame][0], y=places[each.frame][1])
            for each in findings
            if each.frame in places
        ],
        said=f"{sender} to {receiver}: {len(sent)} segments with sequence numbers up to {max(map(_end, sent)):,} sent,"
        f" {len(got)} delivered, {last:,} acknowledged",
    )


def _length(event: Seen) -> int:
    return 0 if event.position is None else event.position.end - event.position.seq


def _end(event: Seen) -> int:
    return 0 if event.position is None else event.position.end


def _ack(event: Seen) -> int:
    return 0 if event.position is None else event.position.ack or 0


def _edge(event: Seen) -> int:
    return 0 if event.position is None else event.position.edge or 0


def _height(sent: Sequence[Seen], heard: Sequence[Seen]) -> tuple[tuple[int, int], str]:
    """Return the lowest and the highest number drawn, and what is said of a window that is far above."""
    low = min(each.position.seq for each in sent if each.position)
    high = max(max(map(_end, sent)), low + 1)
    edges = [edge for each in heard if (edge := _edge(each)) > 0]
    if edges and max(edges) - low <= NEAR * (high - low):
        return (low, max(high, *edges)), ""
    return (low, high), f"{min(edges):,}" if edges else ""


def _bars(sent: Sequence[Seen], got: Sequence[Seen], axis: _Axis, y: Places) -> Iterator[Bar]:
    arrived = {each.origin for each in got}
    for each in got:
        kind = "delivered" if each.origin else "forged"
        yield _bar(each, kind, axis, y, said=f"#{each.frame} {kind} at {roughly(each.at_us)}: {each.segment}")
    reached = 0
    for each in sent:
        again = _end(each) <= reached
        reached = max(reached, _end(each))
        lost = each.frame not in arrived
        kind = "resent" if again else "sent"
        what = f"#{each.frame} sent{' again' if again else ''} at {roughly(each.at_us)}{', lost' if lost else ''}"
        yield _bar(each, kind, axis, y, lost=lost, said=f"{what}: {each.segment}")


def _bar(each: Seen, kind: str, axis: _Axis, y: Places, *, said: str, lost: bool = False) -> Bar:
    bottom, top = y(0 if each.position is None else each.position.seq), y(_end(each))
    if bottom - top < LEAST_MARK:
        middle = min(max((bottom + top) / 2, LEAST_MARK / 2), HEIGHT - LEAST_MARK / 2)
        bottom, top = round(middle + LEAST_MARK / 2, 1), round(middle - LEAST_MARK / 2, 1)
    return Bar(kind=kind, frame=each.frame, x=axis(each.at_us), top=top, bottom=bottom, lost=lost, said=said)


def _sacked(heard: Sequence[Seen], axis: _Axis, y: Places) -> Iterator[Bar]:
    for each in heard:
        for left, right in each.position.sacked if each.position else ():
            said = f"#{each.frame} acknowledges {left:,} to {right:,} selectively"
            yield Bar(
                kind="sacked", frame=each.frame, x=axis(each.at_us), top=y(right), bottom=y(left), lost=False, said=said
            )


def _stairs(points: Sequence[tuple[float, float]], end: float) -> list[tuple[float, float]]:
    """Return the corners of a staircase through points, up to the end of the axis."""
    corners: list[tuple[float, float]] = []
    for x, height in points:
        if corners and corners[-1][1] == height:
            continue
        if corners:
            corners.append((x, corners[-1][1]))
        corners.append((x, height))
    if corners and corners[-1][0] != end:
        corners.append((end, corners[-1][1]))
    return corners


def round_numbers(low: int, high: int, about: int) -> Iterator[int]:
    """Yield about so many round numbers from the lowest to the highest."""
    rough = max((high - low) / about, 1)
    size = 10 ** (len(str(int(rough))) - 1)
    step = next(size * factor for factor in (1, 2, 5, 10) if size * factor >= rough)
    yield from range(-(-low // step) * step, high + 1, step)
