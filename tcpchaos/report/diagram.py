"""RFC 9293's figure 5, drawn from the table of states that judges: as text, and as lines for whoever draws pictures.

Only where things stand is decided here. Which arrows there are and what they are called is read from `ARROWS`; the
tests see to it that each of them has its way on the paper, and each way its arrow. Places are columns and rows of text.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from types import MappingProxyType
from typing import Final

from tcpchaos.report.document import Seen
from tcpchaos.report.texts import wrap
from tcpchaos.rfc.states import ARROWS, NO_CONNECTION, OPENING, Cause, State

COLUMNS: Final = 80
ROWS: Final = 33
# Resets lead out of nearly every state: they are tags at the boxes, since as arrows they would hide all others.
RESETS: Final = frozenset({Cause.SEND_RST, Cause.RECEIVE_RST})

Point = tuple[int, int]
Arrow = tuple[State, State]
_S = State


@dataclass(frozen=True, slots=True, kw_only=True)
class Box:
    """A state and the columns and rows of its frame; CLOSED has two, one for the beginning and one for the end."""

    state: State
    left: int
    top: int
    right: int
    bottom: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """An arrow as it is drawn, along `points`, and its name at the place where that begins."""

    arrow: Arrow
    points: Sequence[Point]
    said: str
    at: Point


_CENTRES: Final = MappingProxyType(
    {
        _S.LISTEN: (12, 1),
        _S.CLOSED: (64, 1),
        _S.SYN_RECEIVED: (12, 8),
        _S.SYN_SENT: (64, 8),
        _S.ESTABLISHED: (39, 13),
        _S.FIN_WAIT_1: (12, 18),
        _S.CLOSE_WAIT: (64, 18),
        _S.FIN_WAIT_2: (12, 25),
        _S.CLOSING: (39, 25),
        _S.LAST_ACK: (64, 25),
        _S.TIME_WAIT: (39, 31),
    }
)
_END: Final = (64, 31)

# For each arrow its corners and where its name stands.
_WAYS: Final[Mapping[Arrow, tuple[Sequence[Point], Point]]] = MappingProxyType(
    {
        (_S.CLOSED, _S.SYN_SENT): (((66, 2), (66, 7)), (68, 4)),
        (_S.LISTEN, _S.SYN_SENT): (((17, 1), (52, 1), (52, 4), (61, 4), (61, 7)), (31, 0)),
        (_S.LISTEN, _S.SYN_RECEIVED): (((12, 2), (12, 7)), (14, 4)),
        (_S.SYN_SENT, _S.SYN_RECEIVED): (((59, 8), (20, 8)), (35, 7)),
        (_S.SYN_SENT, _S.ESTABLISHED): (((64, 9), (64, 13), (46, 13)), (66, 11)),
        (_S.SYN_RECEIVED, _S.ESTABLISHED): (((15, 9), (15, 13), (32, 13)), (17, 12)),
        (_S.SYN_RECEIVED, _S.FIN_WAIT_1): (((8, 9), (8, 17)), (0, 13)),
        (_S.SYN_RECEIVED, _S.CLOSE_WAIT): (((18, 9), (18, 10), (54, 10), (54, 15), (61, 15), (61, 17)), (35, 9)),
        (_S.ESTABLISHED, _S.FIN_WAIT_1): (((36, 14), (36, 18), (19, 18)), (24, 17)),
        (_S.ESTABLISHED, _S.CLOSE_WAIT): (((42, 14), (42, 18), (58, 18)), (45, 17)),
        (_S.CLOSE_WAIT, _S.LAST_ACK): (((64, 19), (64, 24)), (66, 21)),
        (_S.FIN_WAIT_1, _S.CLOSING): (((16, 19), (16, 21), (39, 21), (39, 24)), (24, 20)),
        (_S.FIN_WAIT_1, _S.FIN_WAIT_2): (((9, 19), (9, 24)), (11, 22)),
        (_S.FIN_WAIT_2, _S.TIME_WAIT): (((12, 26), (12, 31), (33, 31)), (19, 30)),
        (_S.CLOSING, _S.TIME_WAIT): (((39, 26), (39, 30)), (41, 28)),
        (_S.LAST_ACK, _S.CLOSED): (((64, 26), (64, 30)), (66, 28)),
        (_S.TIME_WAIT, _S.CLOSED): (((45, 31), (60, 31)), (49, 30)),
    }
)


def boxes() -> Iterator[Box]:
    """Yield the boxes: one for each state, and CLOSED a second time at the end."""
    for state, (x, y) in (*_CENTRES.items(), (_S.CLOSED, _END)):
        left = x - (len(state) + 3) // 2
        yield Box(state=state, left=left, top=y - 1, right=left + len(state) + 3, bottom=y + 1)


def ways() -> Iterator[Way]:
    """Yield the arrows, but for resets."""
    for arrow, causes in _causes().items():
        if causes - RESETS:
            points, at = _WAYS[arrow]
            said = " or ".join(cause.value for cause in Cause if cause in causes - RESETS)
            yield Way(arrow=arrow, points=points, said=said, at=at)


def resets() -> dict[State, str]:
    """Return for each state that a reset ends where that leads."""
    targets: dict[State, list[State]] = {}
    for (before, cause), after in ARROWS.items():
        if cause in RESETS:
            targets.setdefault(before, []).extend(state for state in after if state not in targets.get(before, ()))
    return {state: " or ".join(after) for state, after in targets.items()}


def _causes() -> dict[Arrow, frozenset[Cause]]:
    found: dict[Arrow, frozenset[Cause]] = {}
    for (before, cause), targets in ARROWS.items():
        for after in targets:
            found[before, after] = found.get((before, after), frozenset()) | {cause}
    return found


def taken(events: Iterable[Seen], side: int) -> frozenset[Arrow]:
    """Return the arrows that an endpoint took, as far as its likeliest states tell.

    Where it was seen to move further than one arrow leads, it took the shortest way; where none leads, it took none:
    then it was not the endpoint that moved but the observer who learned better.
    """
    # A segment's acknowledgment counts before its FIN does (section 3.10.7.4).
    arrows = sorted(_causes().items(), key=lambda item: Cause.RECEIVE_ACK_OF_FIN not in item[1])
    ordered = [arrow for arrow, _ in arrows]
    found: set[Arrow] = set()
    before: State | None = None
    for event in events:
        after = State(event.states[side])
        if before is None:
            before = State.CLOSED if after in OPENING else after
        if after is not before:
            # Whoever listens looks closed to an observer until it answers.
            starts = (State.CLOSED, State.LISTEN) if before in NO_CONNECTION else (before,)
            found.update(pairwise(_shortest(starts, after, ordered)))
        before = after
    return frozenset(found)


def _shortest(starts: Iterable[State], after: State, arrows: Iterable[Arrow]) -> tuple[State, ...]:
    ways: list[tuple[State, ...]] = [(start,) for start in starts]
    seen = set(starts)
    for way in ways:
        for start, end in arrows:
            if start is way[-1] and end is after:
                return (*way, end)
            if start is way[-1] and end not in seen:
                seen.add(end)
                ways.append((*way, end))
    return ()


_UP, _DOWN, _LEFT, _RIGHT = 1, 2, 4, 8
_LINES: Final = {
    _UP | _DOWN: "│", _LEFT | _RIGHT: "─", _DOWN | _RIGHT: "┌", _DOWN | _LEFT: "┐", _UP | _RIGHT: "└",
    _UP | _LEFT: "┘", _UP | _DOWN | _LEFT | _RIGHT: "┼", _LEFT | _RIGHT | _DOWN: "┬", _LEFT | _RIGHT | _UP: "┴",
    _UP | _DOWN | _RIGHT: "├", _UP | _DOWN | _LEFT: "┤",
}  # fmt: skip
_HEADS: Final = {(0, 1): "▼", (0, -1): "▲", (1, 0): "▶", (-1, 0): "◀"}
_ASCII: Final = str.maketrans("│─┌┐└┘┼┬┴├┤▼▲▶◀", "|-+++++++++v^><")


def text(*, unicode: bool = True) -> Iterator[str]:
    """Yield the lines of the figure, none wider than 80 columns, and below it where resets lead."""
    links: dict[Point, int] = {}
    written: dict[Point, str] = {}
    for box in boxes():
        corners = ((box.left, box.top), (box.right, box.top), (box.right, box.bottom), (box.left, box.bottom))
        _draw(links, (*corners, corners[0]))
        _write(written, (box.left + 2, box.top + 1), box.state)
    frames = frozenset(links)
    for way in ways():
        _draw(links, way.points, frames)
        *_, before, (x, y) = way.points
        dx, dy = ((x > before[0]) - (x < before[0]), (y > before[1]) - (y < before[1]))
        written[x - dx, y - dy] = _HEADS[dx, dy]
        _write(written, way.at, way.said)
    for y in range(ROWS):
        line = "".join(written.get((x, y)) or _LINES.get(links.get((x, y), 0), " ") for x in range(COLUMNS))
        yield _plain(line, unicode)
    yield ""
    yield "A RST, sent or received, leads"
    ends: dict[str, list[str]] = {}
    for state, after in resets().items():
        ends.setdefault(after, []).append(state)
    for after, states in ends.items():
        for number, piece in enumerate(wrap(f"to {after} from {', '.join(states)}", COLUMNS - 4)):
            yield f"  {'  ' if number else ''}{piece}"


def _plain(line: str, unicode: bool) -> str:
    return (line if unicode else line.translate(_ASCII)).rstrip()


def _write(written: dict[Point, str], at: Point, said: str) -> None:
    written.update({(at[0] + number, at[1]): character for number, character in enumerate(said)})


def _draw(links: dict[Point, int], points: Sequence[Point], frames: Collection[Point] = ()) -> None:
    """Draw a line through points, each of which has a row or a column in common with the one before; touch no frame."""
    for (x, y), (end_x, end_y) in pairwise(points):
        dx, dy = (end_x > x) - (end_x < x), (end_y > y) - (end_y < y)
        there, back = (_RIGHT, _LEFT) if dx > 0 else (_LEFT, _RIGHT) if dx else (_DOWN, _UP) if dy > 0 else (_UP, _DOWN)
        while (x, y) != (end_x, end_y):
            links[x, y] = links.get((x, y), 0) | there
            x, y = x + dx, y + dy
            if (x, y) not in frames:
                links[x, y] = links.get((x, y), 0) | back
