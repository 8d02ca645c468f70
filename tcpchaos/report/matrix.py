"""What the matrix came to: a scorecard for each endpoint, a line for each state, a column for each set of flags."""

import shlex
from collections import Counter, defaultdict
from collections.abc import Iterator
from typing import Final

from rich.style import Style
from rich.text import Text

from tcpchaos.report import document as doc
from tcpchaos.report.texts import counted, wrap
from tcpchaos.search.matrix import FLAGS, Table
from tcpchaos.wire import ACK, FIN, PSH, RST, SYN, URG

_DIM: Final = Style(dim=True)
_BOLD: Final = Style(bold=True)
_BAD: Final = Style(color="red", bold=True)
# The gravest first: it is what a place in the table shows when its positions differ.
_MARKS: Final = {
    "violation": ("✗", _BAD, "breaks the law"),
    "undetermined": ("?", Style(color="yellow", bold=True), "nobody can tell"),
    "not reached": ("·", _DIM, "not reached"),
    "known": ("~", Style(color="cyan"), "a known deviation"),
    "lethal": ("†", Style(color="green"), "may end it, and did it well"),
    "ok": ("✓", Style(color="green"), "as it should be"),
}
_STATE_COLUMNS: Final = 14
_COLUMNS: Final = 4
_LETTERS: Final = {SYN: "S", FIN: "F", RST: "R", PSH: "P", URG: "U", ACK: "."}
_MOST_LETTERS: Final = 3  # more don't fit above a column: the name does, or what it begins with
_EXPLAINED: Final = 12  # violations that are told of; the rest is in the document


def compose(table: Table, *, stacks: tuple[str, str]) -> doc.Matrix:
    """Return the table as a part of a document."""
    return doc.Matrix(
        stacks=stacks,
        cells=tuple(
            doc.MatrixCell(
                endpoint="client" if str(each.cell.side) == "client" else "server",
                state=each.cell.state,
                flags=each.cell.flags,
                position=str(each.cell.position),
                workload=each.cell.workload,
                plan=tuple(str(each.cell.plan).splitlines()),
                verdict=each.verdict,
                rules=each.rules,
            )
            for each in table.answers
        ),
    )


def lines(document: doc.Matrix, *, width: int) -> Iterator[Text]:
    """Yield the scorecards, what the marks mean, and the violations, each with the command that shows it again."""
    for number, endpoint in enumerate(("client", "server")):
        cells = [cell for cell in document.cells if cell.endpoint == endpoint]
        if cells:
            yield from _scorecard(endpoint, document.stacks[number], cells)
            yield Text()
    found = [cell for cell in document.cells if cell.verdict == "violation"]
    seen = {cell.verdict for cell in document.cells}
    legend = [f"{mark} {means}" for verdict, (mark, _, means) in _MARKS.items() if verdict in seen]
    for piece in wrap(";  ".join(legend), width, ";  "):
        yield Text(piece, _DIM, no_wrap=True)
    yield from _violations(found, width)


def _scorecard(endpoint: str, stack: str, cells: list[doc.MatrixCell]) -> Iterator[Text]:
    flags = [name for name in FLAGS if any(cell.flags == name for cell in cells)]
    places: dict[tuple[str, str], Counter[str]] = defaultdict(Counter)
    for cell in cells:
        places[cell.state, cell.flags][cell.verdict] += 1
    totals = Counter[str](cell.verdict for cell in cells)
    said = [f"{totals[verdict]:,} {verdict}" for verdict in reversed(_MARKS) if totals[verdict]]
    yield Text.assemble((f"{endpoint}  ", _BOLD), f"{stack}, {counted(len(cells), 'cell')}: ", ", ".join(said))
    heads = "".join(f"{_heading(name):<{_COLUMNS}}" for name in flags)
    yield Text(f"{'':<{_STATE_COLUMNS}}{heads}".rstrip(), _DIM, no_wrap=True)
    for state in dict.fromkeys(cell.state for cell in cells):
        line = Text(f"{state.upper():<{_STATE_COLUMNS}}", no_wrap=True)
        for name in flags:
            line.append(*_mark(places[state, name]))
        line.rstrip()
        yield line


def _mark(verdicts: Counter[str]) -> tuple[str, Style]:
    for verdict, (mark, style, _) in _MARKS.items():
        if count := verdicts[verdict]:
            several = str(count) if verdict == "violation" and count > 1 else ""
            return f"{mark + several:<{_COLUMNS}}", style
    return " " * _COLUMNS, _DIM


def _heading(name: str) -> str:
    """The flags as a segment prints them, or the name where there are too many."""
    letters = "".join(letter for bit, letter in _LETTERS.items() if FLAGS[name] & bit) or "-"
    return letters if len(letters) <= _MOST_LETTERS else name[:_MOST_LETTERS]


def _violations(found: list[doc.MatrixCell], width: int) -> Iterator[Text]:
    """Yield what was broken, once for each endpoint, state, flags and rules, and how its first cell is run again."""
    groups: dict[tuple[str, str, str, tuple[str, ...]], list[doc.MatrixCell]] = defaultdict(list)
    for cell in found:
        groups[cell.endpoint, cell.state, cell.flags, cell.rules].append(cell)
    for number, ((endpoint, state, flags, rules), cells) in enumerate(groups.items()):
        yield Text()
        if number == _EXPLAINED:
            yield Text(f"and {len(groups) - number} more", _DIM)
            return
        where = f"{endpoint} in {state.upper()}, {flags} at {', '.join(cell.position for cell in cells)}"
        for place, piece in enumerate(wrap(f"{where}: {', '.join(rules)}", width - 2)):
            yield Text("  " * bool(place) + piece, _BAD, no_wrap=True)
        words = [f"tcpchaos run -w {cells[0].workload}", *(f"-f {shlex.quote(line)}" for line in cells[0].plan)]
        for word in words:
            # Not wrapped: a command that is broken within a word is none.
            last = word is words[-1]
            yield Text(f"    {word}" + ("" if last else " \\"), _DIM, no_wrap=True)
