"""The diagram of states in pixels: boxes, ways with round corners, and who took which."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Final

from tcpchaos.report.diagram import COLUMNS, ROWS, Arrow, Box, Point, boxes, resets, ways
from tcpchaos.rfc.states import State

COLUMN: Final = 9.0
ROW: Final = 16.0
CORNER: Final = 7.0
MARGIN: Final = 3.0  # for the lines at the edge

WIDTH: Final = COLUMNS * COLUMN
HEIGHT: Final = ROWS * ROW


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """A state's box, the endpoints that were in it, where a reset leads from it, and which of them that ended."""

    name: str
    x: float
    y: float
    width: float
    height: float
    reset: str
    by: Sequence[str]
    reset_by: Sequence[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """An arrow: what to draw, its name and where that stands, and the endpoints that took it."""

    path: str
    said: str
    x: float
    y: float
    by: Sequence[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """The diagram, with the arrows that two endpoints took."""

    width: float
    height: float
    frames: Sequence[Frame]
    lines: Sequence[Line]
    said: str


def figure(client: Collection[Arrow] = (), server: Collection[Arrow] = ()) -> Figure:
    """Return the diagram with the arrows that the client and the server of a connection took."""
    taken = {"client": client, "server": server}
    drawn = {way.arrow for way in ways()}
    ends = resets()
    frames = []
    for box in boxes():
        x, y = _place((box.left, box.top))
        right, bottom = _place((box.right, box.bottom))
        frames.append(
            Frame(
                name=box.state,
                x=x,
                y=y,
                width=right - x,
                height=bottom - y,
                reset=ends.get(box.state, ""),
                by=[who for who, arrows in taken.items() if any(_touches(box, arrow) for arrow in arrows)],
                reset_by=[
                    who
                    for who, arrows in taken.items()
                    if any(arrow not in drawn and arrow[0] is box.state for arrow in arrows)
                ],
            )
        )
    lines = []
    for way in ways():
        x, y = _place(way.at)
        by = [who for who, arrows in taken.items() if way.arrow in arrows]
        lines.append(Line(path=_path(way.points), said=way.said, x=x - COLUMN / 2, y=y + 4, by=by))
    said = " ".join(
        f"The {who} went {', '.join(f'from {before} to {after}' for before, after in sorted(arrows))}."
        for who, arrows in taken.items()
        if arrows
    )
    return Figure(width=WIDTH, height=HEIGHT, frames=frames, lines=lines, said=said)


def _touches(box: Box, arrow: Arrow) -> bool:
    """Tell whether an arrow begins or ends at a box: at the upper CLOSED they begin, at the lower one they end."""
    if box.state is not State.CLOSED:
        return box.state in arrow
    return arrow[box.top > 0] is State.CLOSED


def _place(point: Point) -> tuple[float, float]:
    return point[0] * COLUMN + COLUMN / 2, point[1] * ROW + ROW / 2


def _path(points: Sequence[Point]) -> str:
    """Return a way as the data of an SVG path, its corners round."""
    places = [_place(point) for point in points]
    steps = [f"M{places[0][0]:g},{places[0][1]:g}"]
    for before, corner, after in zip(places, places[1:], places[2:], strict=False):
        near, far = _towards(corner, before), _towards(corner, after)
        steps.append(f"L{near[0]:g},{near[1]:g}Q{corner[0]:g},{corner[1]:g} {far[0]:g},{far[1]:g}")
    steps.append(f"L{places[-1][0]:g},{places[-1][1]:g}")
    return "".join(steps)


def _towards(corner: tuple[float, float], other: tuple[float, float]) -> tuple[float, float]:
    (x, y), (other_x, other_y) = corner, other
    dx, dy = (other_x > x) - (other_x < x), (other_y > y) - (other_y < y)
    return x + dx * CORNER, y + dy * CORNER
