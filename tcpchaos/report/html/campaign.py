"""What a campaign covered, as heat maps and as a curve: where it has been, and whether it still gets anywhere."""

import math
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from tcpchaos.plan import Kind
from tcpchaos.report.document import Cell, Covered
from tcpchaos.report.html.plot import HEADROOM, Tick, round_numbers
from tcpchaos.report.texts import counted
from tcpchaos.rfc.states import State

BREACH: Final = "breach"  # what a cell begins with that is one of the law
LEVELS: Final = 5  # shades of heat
HEIGHT: Final = 180  # pixels of the curve
_KINDS: Final = (*(str(kind) for kind in Kind if kind is not Kind.ANY), "icmp")


@dataclass(frozen=True, slots=True, kw_only=True)
class Spot:
    """One place of a heat map: how many different things were covered there, its shade, and the rules broken there."""

    count: int
    level: int
    broken: Sequence[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Heat:
    """A heat map: a table with a row and a column for each thing that has been somewhere."""

    caption: str
    corner: str
    columns: Sequence[str]
    rows: Sequence[tuple[str, Sequence[Spot]]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Growth:
    """How coverage grew: corners of a staircase (hundredths of the width, pixels), and the marks on both axes."""

    stairs: Sequence[tuple[float, float]]
    cases: Sequence[Tick]
    cells: Sequence[Tick]
    over: str
    said: str


def heats(cells: Iterable[Cell]) -> list[Heat]:
    """Return the maps: the client's state by the server's, then for each of them its state by what it sent."""
    pairs: Counter[tuple[str, str]] = Counter()
    sent: dict[str, Counter[tuple[str, str]]] = {"client": Counter(), "server": Counter()}
    broken: dict[tuple[str, str], list[str]] = {}
    for cell in cells:
        if cell.what[0] == BREACH:
            _, rule, client, server = cell.what
            broken.setdefault((client, server), []).append(rule)
            continue
        client, server, segment = cell.what[:3]
        sender, _, kind = segment.partition(" ")
        pairs[client, server] += 1
        sent[sender][client if sender == "client" else server, kind] += 1
    made = [_heat("States of both endpoints", "client ↓ server →", pairs, list(State), broken)]
    for who, counts in sent.items():
        made.append(_heat(f"What the {who} sent, by its state", "", counts, _KINDS, {}))
    return [each for each in made if each.rows]


def _heat(
    caption: str,
    corner: str,
    counts: Counter[tuple[str, str]],
    columns: Sequence[str],
    broken: dict[tuple[str, str], list[str]],
) -> Heat:
    places = {*counts, *broken}
    across = [str(column) for column in columns if any(place[1] == column for place in places)]
    down = [str(state) for state in State if any(place[0] == state for place in places)]
    most = max(counts.values(), default=1)
    rows = [
        (
            row,
            [
                Spot(
                    count=counts[row, column],
                    level=_level(counts[row, column], most),
                    broken=sorted(set(broken.get((row, column), ()))),
                )
                for column in across
            ],
        )
        for row in down
    ]
    return Heat(caption=caption, corner=corner, columns=across, rows=rows)


def _level(count: int, most: int) -> int:
    """Return the shade of a count: the logarithm tells a little from nothing, and much from a little."""
    return 0 if not count else 1 + round((LEVELS - 1) * math.log(count) / max(math.log(most), 1))


def growth(coverage: Covered, played: int, thing: str) -> Growth | None:
    """Return the curve of what so many things (cases, plans) covered, None where that was nothing."""
    points = coverage.growth
    if not points:
        return None
    cases, cells, last = max(played, 1), points[-1][1], points[-1][0]

    def x(number: int) -> float:
        return round(100 * number / cases, 2)

    def y(number: int) -> float:
        return round(HEIGHT - number * (HEIGHT - HEADROOM) / cells, 1)

    return Growth(
        stairs=list(_stairs([(x(case), y(count)) for case, count in points])),
        cases=[Tick(at=x(number), text=f"{number:,}") for number in round_numbers(0, cases, 5)],
        cells=[Tick(at=y(number), text=f"{number:,}") for number in round_numbers(0, cells, 4)],
        over=f"{thing}s",
        said=f"{counted(cells, 'cell')} covered in {counted(played, thing)}, the last new one in {thing} {last:,}",
    )


def _stairs(points: Sequence[tuple[float, float]]) -> Iterator[tuple[float, float]]:
    before = float(HEIGHT)
    yield 0.0, before
    for x, y in points:
        yield x, before
        yield x, y
        before = y
    yield 100.0, before
