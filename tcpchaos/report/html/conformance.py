"""The matrix as tables: a row for each state, a column for each set of flags, in a place a mark for each position."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from tcpchaos.report.document import Matrix, MatrixCell

VERDICTS: Final = ("violation", "undetermined", "not reached", "known", "lethal", "ok")  # the gravest first


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """What came of one set of flags in one state: the cells, one for each position, and how many of which verdict."""

    cells: Sequence[MatrixCell]
    said: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Conformance:
    """The table of one endpoint."""

    endpoint: str
    stack: str
    said: str
    flags: Sequence[str]
    rows: Sequence[tuple[str, Sequence[Place]]]


def tables(matrix: Matrix) -> list[Conformance]:
    """Return the table of each endpoint that was asked."""
    made = []
    for endpoint, stack in zip(("client", "server"), matrix.stacks, strict=True):
        cells = [cell for cell in matrix.cells if cell.endpoint == endpoint]
        if not cells:
            continue
        flags = list(dict.fromkeys(cell.flags for cell in cells))
        places: dict[tuple[str, str], list[MatrixCell]] = {}
        for cell in cells:
            places.setdefault((cell.state, cell.flags), []).append(cell)
        rows = [
            (state.upper(), [_place(places.get((state, name), [])) for name in flags])
            for state in dict.fromkeys(cell.state for cell in cells)
        ]
        made.append(Conformance(endpoint=endpoint, stack=stack, said=_said(cells), flags=flags, rows=rows))
    return made


def _place(cells: Sequence[MatrixCell]) -> Place:
    return Place(cells=cells, said=_said(cells))


def _said(cells: Sequence[MatrixCell]) -> str:
    counts = Counter[str](cell.verdict for cell in cells)
    return ", ".join(f"{counts[verdict]:,} {verdict}" for verdict in reversed(VERDICTS) if counts[verdict])
