"""From the rows of a ladder to the steps of a page: what was sent at the left, what became of it at the right.

A page has room to show both forms of an edited segment side by side, so that what departs and arrives at the same time
is one step here. What the proxy kept for a while is tied together by a thread along the lane in the middle.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final, NamedTuple

from tcpchaos.report.document import Found
from tcpchaos.report.rows import NAMES, Fold, Kind, Row, deeds, edits, fold, rows
from tcpchaos.report.selection import Selection, Story
from tcpchaos.report.texts import counted, milliseconds, octets, roughly
from tcpchaos.rfc.states import NO_CONNECTION, OPENING, State

PAUSE_US: Final = 20_000  # a silence that a reader should notice: ten times what a busy machine takes to answer
THREADS: Final = 5  # side by side; more segments than that on their way are drawn over each other


class Piece(NamedTuple):
    """A piece of a segment's text: whether its other form has it not, and whether it is of the options."""

    text: str
    edited: bool
    option: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrival:
    """A segment as it was delivered, at its frame."""

    frame: int
    pieces: Sequence[Piece]


@dataclass(frozen=True, slots=True, kw_only=True)
class Thread:
    """What ties a segment's departure to its arrival, at one step: it begins, passes or ends there."""

    place: int
    part: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One step of a ladder: `sent` is empty where what arrives departed earlier, or was injected.

    `deeds` is what the proxy did, `late` how long it kept what arrives here and `origin` at which frame that was sent.
    `phases` are the endpoints' bands, `states` those of their states that change here, empty where they don't.
    """

    kind: str
    frame: int
    at: str
    pause: str
    sender: str
    receiver: str
    sent: Sequence[Piece]
    arrivals: Sequence[Arrival]
    origin: int
    late: str
    deeds: Sequence[str]
    kernel: str
    phases: tuple[str, str]
    states: tuple[str, str]
    threads: Sequence[Thread]
    findings: Sequence[Found]


@dataclass(frozen=True, slots=True, kw_only=True)
class Folded:
    """Steps that are folded away, none where there is no room for them, and what there was in them."""

    steps: Sequence[Step]
    said: str
    frame: int


def phase(state: str) -> str:
    """Return which part of its life a connection is in: none, opening, open, closing or waiting."""
    if state in NO_CONNECTION:
        return "none"
    if state in OPENING:
        return "opening"
    return {State.ESTABLISHED: "open", State.TIME_WAIT: "waiting"}.get(State(state), "closing")


def steps(story: Story, selection: Selection, *, limit: int, room: int) -> list[Step | Folded]:
    """Return the steps of one connection: about `limit` of them shown, and up to `room` of the rest folded away."""
    made = rows(story.events, story.findings)
    told = _Teller(made, selection)
    result: list[Step | Folded] = []
    for part in _runs(fold(made, limit, selection.gap_after, selection.unkept)):
        if isinstance(part, Fold):
            kept = list(told.steps(part.rows)) if len(part.rows) <= room else []
            room -= len(kept)
            frame = part.rows[0].frame if part.rows else 0
            result.append(Folded(steps=kept, said=_said(part), frame=frame))
        else:
            result += told.steps(part)
    return result


def _runs(folded: Sequence[Row | Fold]) -> Iterator[list[Row] | Fold]:
    run: list[Row] = []
    for each in folded:
        if isinstance(each, Row):
            run.append(each)
            continue
        if run:
            yield run
            run = []
        yield each
    if run:
        yield run


def _said(part: Fold) -> str:
    said = []
    if part.rows:
        said.append(f"{counted(len(part.rows), 'segment')}, {octets(sum(row.octets for row in part.rows))}")
    for kind in (Kind.DROP, Kind.DEPART, Kind.CHANGE, Kind.INJECT):
        if number := sum(row.kind is kind for row in part.rows):
            said.append(f"{number} {kind.value}")
    if part.unkept:
        said.append(f"{counted(part.unkept, 'event')} of which no trace was kept")
    return ", ".join(said)


class _Teller:
    """Tells the rows of one ladder as steps, knowing what is on its way at each of them."""

    def __init__(self, made: Sequence[Row], selection: Selection) -> None:
        self._authors = selection.authors
        self._departed = {row.frame: row for row in made}
        self._threads = _threads(made)
        self._before: dict[int, int] = {}
        for row, after in pairwise(made):
            self._before[after.frame] = row.at_us

    def steps(self, run: Sequence[Row]) -> Iterator[Step]:
        """Yield the steps of rows that follow each other."""
        at = 0
        while at < len(run):
            row = run[at]
            at += 1
            arrivals: list[Row] = []
            if row.kind is Kind.CHANGE:
                while at < len(run) and run[at].origin == row.frame and run[at].at_us == row.at_us:
                    arrivals.append(run[at])
                    at += 1
            yield self._step(row, arrivals)

    def _step(self, row: Row, arrivals: Sequence[Row]) -> Step:
        all_rows = (row, *arrivals)
        sent: Sequence[Piece] = _pieces(row.segment, row.segment)
        arrived: list[Arrival] = []
        if row.kind in (Kind.ARRIVE, Kind.COPY, Kind.INJECT):
            sent = []
            arrived = [Arrival(frame=row.frame, pieces=_pieces(row.original, row.segment))]
        elif arrivals:
            sent = _pieces(arrivals[0].segment, row.segment)
            arrived = [Arrival(frame=each.frame, pieces=_pieces(row.segment, each.segment)) for each in arrivals]
        departed = self._departed.get(row.origin)
        late = row.at_us - departed.at_us if departed is not None and row.kind is not Kind.INJECT else 0
        silence = row.at_us - self._before.get(row.frame, row.at_us)
        changed = [any(each.changed[side] for each in all_rows) for side in (0, 1)]
        last = all_rows[-1]
        return Step(
            kind=row.kind.name.lower(),
            frame=row.frame,
            at=milliseconds(row.at_us),
            pause=roughly(silence) if silence >= PAUSE_US else "",
            sender=NAMES[row.sender],
            receiver=NAMES[1 - row.sender],
            sent=sent,
            arrivals=arrived,
            origin=row.origin,
            late=roughly(late) if late else "",
            deeds=deeds(row, self._authors) if row.kind not in (Kind.ARRIVE, Kind.COPY) else [],
            kernel="; ".join(each.kernel for each in all_rows if each.kernel),
            phases=(phase(last.states[0]), phase(last.states[1])),
            states=(last.states[0] if changed[0] else "", last.states[1] if changed[1] else ""),
            threads=list(dict.fromkeys(thread for each in all_rows for thread in self._threads.get(each.frame, ()))),
            findings=[finding for each in all_rows for finding in each.findings],
        )


def _pieces(other: str, segment: str) -> list[Piece]:
    pieces: list[Piece] = []
    for text, edited in edits(other, segment) if other != segment else [(segment, False)]:
        head, bracket, options = text.partition("<") if not (pieces and pieces[-1].option) else ("", "", text)
        pieces += [Piece(part, edited, option) for part, option in ((head, False), (bracket + options, True)) if part]
    return pieces


def _threads(made: Sequence[Row]) -> dict[int, list[Thread]]:
    """Return for each row the threads along the middle lane: from where a segment was kept to where it last arrived."""
    ends: dict[int, int] = {}
    kept = {row.frame for row in made if row.kind in (Kind.DEPART, Kind.CHANGE)}
    departures = {row.frame: row.at_us for row in made}
    for row in made:
        if row.kind is Kind.ARRIVE and row.origin in kept and row.at_us != departures[row.origin]:
            ends[row.origin] = row.frame
    underway: dict[int, int] = {}  # by the frame of the departure, the place
    threads: dict[int, list[Thread]] = {}
    for row in made:
        here = [Thread(place=place, part="pass") for frame, place in underway.items() if ends[frame] != row.frame]
        if ends.get(row.origin) == row.frame and row.origin in underway:
            here.append(Thread(place=underway.pop(row.origin), part="end"))
        if row.frame in ends:
            free = [place for place in range(THREADS) if place not in underway.values()]
            underway[row.frame] = free[0] if free else THREADS - 1
            here.append(Thread(place=underway[row.frame], part="start"))
        if here:
            threads[row.frame] = here
    return threads
