"""The ladder: two rails for the two endpoints, an arrow for each segment, and what the proxy did to it on its way.

An untouched segment crosses from rail to rail. One that the proxy dropped ends in a cross, one that it held back or
edited ends in the middle and starts again from there, an injected one starts in the middle. States stand at the rails:
in columns of their own where the terminal is wide, and in a line below the arrow, when they change, where it isn't.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from rich.style import Style
from rich.text import Text

from tcpchaos.report.document import Found, Link
from tcpchaos.report.rows import SIDES, Fold, Kind, Row, deeds, edits, fold, rows
from tcpchaos.report.selection import Authors, Selection, Story
from tcpchaos.report.texts import counted, milliseconds, octets, wrap

WIDE: Final = 112  # columns from which on the states have columns of their own
NARROWEST: Final = 60  # below this nothing is readable any more; lines then wrap in the terminal
STATE: Final = 12  # the longest name of a state: SYN-RECEIVED
TIME: Final = 10  # "123456.789" milliseconds: more than a minute and a half
STUB: Final = 2  # the piece of an arrow before its text
LIMIT: Final = 60  # rows of one connection, before folding


@dataclass(frozen=True, slots=True, kw_only=True)
class Glyphs:
    """The characters of which a ladder is made; each is one column wide."""

    rail: str
    line: str
    right: str
    left: str
    cross: str
    hold: str
    change: str
    inject: str
    tick_left: str
    tick_right: str
    up: str
    more: str
    cut: str
    hook: str


UNICODE: Final = Glyphs(
    rail="│", line="─", right="▶", left="◀", cross="✗", hold="○", change="◇", inject="◆",
    tick_left="├", tick_right="┤", up="▲", more="⋮", cut="…", hook="╰",
)  # fmt: skip
ASCII: Final = Glyphs(
    rail="|", line="-", right=">", left="<", cross="X", hold="o", change="*", inject="@",
    tick_left="+", tick_right="+", up="^", more=":", cut="~", hook="`",
)  # fmt: skip

_DIM: Final = Style(dim=True)
_STATE: Final = Style(color="cyan")
_FOUND: Final = Style(color="red", bold=True)
_ARROWS: Final = {
    Kind.PASS: _DIM,
    Kind.DROP: Style(color="yellow"),
    Kind.DEPART: Style(color="blue"),
    Kind.ARRIVE: Style(color="blue"),
    Kind.COPY: Style(color="yellow"),
    Kind.CHANGE: Style(color="yellow"),
    Kind.INJECT: Style(color="magenta"),
}

_LABEL: Final = Style(color="yellow")
_EDIT: Final = Style(color="yellow", bold=True)
_ENDS_INSIDE: Final = frozenset({Kind.DROP, Kind.DEPART, Kind.CHANGE})
_STARTS_INSIDE: Final = frozenset({Kind.ARRIVE, Kind.COPY, Kind.INJECT})
_DULL: Final = ("TS ", "sackOK")  # options that say least, the dullest first


def ladder(
    story: Story, selection: Selection, *, width: int, limit: int = LIMIT, glyphs: Glyphs = UNICODE
) -> Iterator[Text]:
    """Yield the lines of the ladder of one connection of a selection, none wider than `width` columns.

    `limit` is the number of rows beyond which what doesn't matter is folded; 0 folds nothing.
    """
    made = rows(story.events, story.findings)
    folded = fold(made, limit or len(made), selection.gap_after, selection.unkept)
    digits = len(str(max((row.frame for row in made), default=0)))
    paper = _Paper(max(width, NARROWEST), digits, glyphs, selection.authors)
    yield from paper.heading(story.link)
    for row in folded:
        yield from paper.folded(row) if isinstance(row, Fold) else paper.row(row)


class _Paper:
    """Lines of one width: what stands where."""

    def __init__(self, width: int, digits: int, glyphs: Glyphs, authors: Authors) -> None:
        self.authors = authors
        self.glyphs = glyphs
        self.beside = width >= WIDE
        self.digits = max(digits, 3)
        self.margin = self.digits + 1 + TIME + 2
        states = 2 * (STATE + 1) if self.beside else 0
        self.middle = width - self.margin - states - 2

    def heading(self, link: Link) -> Iterator[Text]:
        beside = STATE + 1 if self.beside else 0
        room = self.middle + 2 + 2 * beside
        legend = f"{'#':>{self.digits}} {'ms':>{TIME}}  "
        addresses = [f"{end.address}:{end.port}" for end in (link.client, link.server)]
        yield self._between(legend, "client", "server", room, Style(bold=True))
        yield self._between("", addresses[0], addresses[1], room, _DIM)

    def _between(self, stamp: str, left: str, right: str, room: int, style: Style) -> Text:
        line = Text.assemble((stamp.ljust(self.margin), _DIM), no_wrap=True)
        line.append(left, style)
        line.append(" " * max(room - len(left) - len(right), 1))
        line.append(right, style)
        return line

    def row(self, row: Row) -> Iterator[Text]:
        parts, below = self._arrow(row)
        stamp = f"{row.frame:>{self.digits}} {milliseconds(row.at_us):>{TIME}}  "
        stamped = Text(stamp, _FOUND if row.findings else _DIM)
        yield self._line(parts, stamp=stamped, states=row.states, changed=row.changed)
        for note in below:
            yield self._line(note)
        for number, piece in enumerate(wrap(row.kernel, self.middle - 6) if row.kernel else ()):
            yield self._line([Text(f"   {' ' if number else self.glyphs.hook} {piece}", _LABEL)])
        if any(row.changed) and not self.beside:
            yield self._states(row)
        for finding in row.findings:
            yield from self._finding(row, finding)

    def folded(self, hidden: Fold) -> Iterator[Text]:
        counts = []
        if hidden.rows:
            counts.append(f"{counted(len(hidden.rows), 'segment')}, {octets(sum(row.octets for row in hidden.rows))}")
        for kind in (Kind.DROP, Kind.DEPART, Kind.CHANGE, Kind.INJECT):
            if number := sum(row.kind is kind for row in hidden.rows):
                counts.append(f"{number} {kind.value}")
        if hidden.unkept:
            counts.append(f"and {counted(hidden.unkept, 'event')} of which no trace was kept")
        for number, piece in enumerate(wrap(", ".join(counts), self.middle - 5)):
            yield self._line([Text(f" {self.glyphs.more if number == 0 else ' '}  {piece}", _DIM)])

    def _line(
        self,
        parts: Sequence[Text],
        *,
        stamp: Text | None = None,
        states: tuple[str, str] = ("", ""),
        changed: tuple[bool, bool] = (False, False),
    ) -> Text:
        line = Text(no_wrap=True)
        line.append_text(stamp or Text(" " * self.margin))
        if self.beside:
            line.append(f"{states[0]:>{STATE}} ", _STATE if changed[0] else _DIM)
        line.append(self.glyphs.rail, _DIM)
        for part in parts:
            line.append_text(part)
        line.append(" " * (self.middle - sum(part.cell_len for part in parts)))
        line.append(self.glyphs.rail, _DIM)
        if self.beside:
            line.append(f" {states[1]}", _STATE if changed[1] else _DIM)
        line.rstrip()
        return line

    def _states(self, row: Row) -> Text:
        left, right = (state if new else "" for state, new in zip(row.states, row.changed, strict=True))
        line = Text(" " * self.margin, no_wrap=True)
        line.append(f"{self.glyphs.tick_left} {left}" if left else self.glyphs.rail, _STATE if left else _DIM)
        gap = self.middle + 2 - (len(left) + 2 if left else 1) - (len(right) + 2 if right else 1)
        line.append(" " * gap)
        line.append(f"{right} {self.glyphs.tick_right}" if right else self.glyphs.rail, _STATE if right else _DIM)
        return line

    def _finding(self, row: Row, finding: Found) -> Iterator[Text]:
        blamed = SIDES[finding.blame] if finding.blame else row.sender
        style = _DIM if finding.known else _FOUND
        waived = f" (known: {finding.known})" if finding.known else ""
        mark = f" {self.glyphs.up} {finding.rule} "
        for number, piece in enumerate(wrap(finding.sentence + waived, self.middle - len(mark) - 1)):
            lead = mark if number == 0 else " " * len(mark)
            text = lead + piece
            if blamed == 1 and number == 0:
                text = f"{finding.rule} {piece} {self.glyphs.up} ".rjust(self.middle)
            elif blamed == 1:
                text = f"{piece}   ".rjust(self.middle)
            yield self._line([Text(text, style)])

    def _arrow(self, row: Row) -> tuple[list[Text], list[list[Text]]]:
        """Return the parts of the arrow's line, and those of the lines below it."""
        style = _style(row)
        inside = row.kind in _STARTS_INSIDE
        label = self._label(row)
        room = self.middle - STUB - 5 - (3 if inside else 0)
        segment, options = self._fit(row, room)
        if label and not options:
            # What was done says more than timestamps do: they make room for it, where that is enough.
            shorter = shortened(row.segment, room - len(label) - 3, self.glyphs.cut)
            segment = segment if self.glyphs.cut in shorter else shorter
        text = self._text(row, segment)
        if row.kind in _ENDS_INSIDE:
            parts, labelled = self._ending(row, text, label)
        elif inside:
            parts, labelled = self._starting(row, text, label)
        else:
            parts, labelled = self._crossing(row, text, label)
        below = [[_marked(row, " " * (STUB + 3) + piece)] for piece in options]
        if label and not labelled:
            for number, piece in enumerate(wrap(label, self.middle - 6)):
                hook = " " if number else self.glyphs.hook
                below.append([Text(f"   {hook} {piece}", style=_LABEL if row.kind is Kind.PASS else style)])
        return parts if row.sender == 0 else parts[::-1], below

    def _crossing(self, row: Row, text: Text, label: str) -> tuple[list[Text], bool]:
        shaft = self.middle - STUB - text.cell_len - 1
        fits = bool(label) and len(label) + 2 + 2 * STUB <= shaft
        note = Text(f" {label} " if fits else "", _LABEL)
        shaft -= note.cell_len + STUB
        return [self._drawn(row, STUB), text, self._drawn(row, shaft), note, self._drawn(row, STUB, head=True)], fits

    def _ending(self, row: Row, text: Text, label: str) -> tuple[list[Text], bool]:
        style = _style(row)
        shaft = max(self.middle // 2 - STUB - text.cell_len, STUB)
        spare = self.middle - STUB - text.cell_len - shaft - 1
        fits = bool(label) and len(label) + 2 <= spare
        note = Text(f" {label} " if fits else "", style)
        gap = Text(" " * (spare - note.cell_len))
        return [self._drawn(row, STUB), text, self._drawn(row, shaft), Text(self._mark(row), style), note, gap], fits

    def _starting(self, row: Row, text: Text, label: str) -> tuple[list[Text], bool]:
        style = _style(row)
        spare = max(min(self.middle // 2, self.middle - text.cell_len - STUB - 4), 0)
        fits = bool(label) and len(label) + 2 <= spare
        note = Text(f" {label} " if fits else "", style)
        gap = Text(" " * (spare - note.cell_len))
        shaft = self.middle - spare - 1 - STUB - text.cell_len - 1
        return [
            gap,
            note,
            Text(self._mark(row), style),
            self._drawn(row, STUB),
            text,
            self._drawn(row, shaft, head=True),
        ], fits

    def _drawn(self, row: Row, columns: int, *, head: bool = False) -> Text:
        line = self.glyphs.line * columns
        if head:
            line = line + self.glyphs.right if row.sender == 0 else self.glyphs.left + line
        return Text(line, _style(row))

    def _mark(self, row: Row) -> str:
        """Return what stands in the middle, where the proxy is."""
        if row.kind is Kind.INJECT:
            return self.glyphs.inject
        if row.kind is Kind.DROP:
            return self.glyphs.cross
        return self.glyphs.change if row.kind is Kind.CHANGE or row.segment != row.original else self.glyphs.hold

    def _fit(self, row: Row, room: int) -> tuple[str, list[str]]:
        """Return the segment as it fits on the arrow, and what of it goes on lines below."""
        if len(row.segment) <= room:
            return row.segment, []
        head, bracket, options = row.segment.partition(" <")
        edited = row.segment != row.original and row.original.partition(" <")[2] != options
        # What arrives in its place may be longer: both should lose the same options, so that the edit stands out alone.
        short = shortened(row.segment, room - (8 if row.kind is Kind.CHANGE else 0), self.glyphs.cut)
        telling = edited or row.kind is Kind.INJECT or (row.findings and self.glyphs.cut in short)
        if telling and bracket and len(head) <= room:
            return head, wrap(f"<{options}", self.middle - STUB - 4, between=",")
        return short, []

    def _label(self, row: Row) -> str:
        """Return what to say beside an arrow: what was done and by which rule, or where the segment came from."""
        if row.kind is Kind.COPY:
            return f"copy of #{row.origin}"
        if row.kind is Kind.ARRIVE:
            return f"#{row.origin}"
        return ", ".join(deeds(row, self.authors))

    def _text(self, row: Row, segment: str) -> Text:
        """Return the segment's text, with what the proxy changed in it standing out."""
        if row.segment == row.original:
            return Text(f" {segment} ")
        return Text.assemble(" ", *((piece, _EDIT if new else "") for piece, new in edits(row.original, segment)), " ")


def _style(row: Row) -> Style:
    """Return the colour of an arrow: that of the worst that was done to its segment."""
    return _ARROWS[Kind.CHANGE if row.kind is Kind.ARRIVE and row.segment != row.original else row.kind]


def _marked(row: Row, piece: str) -> Text:
    """Return a piece of a list of options, with those standing out that the segment did not have when it was sent."""
    text = Text(piece)
    had = set(re.findall(r"[^,<>]+", row.original))
    for found in re.finditer(r"[^,<>\s][^,<>]*", piece):
        if found[0] not in had:
            text.stylize(_EDIT, *found.span())
    return text


def shortened(segment: str, room: int, cut: str = "…") -> str:
    """Return the segment in at most `room` columns, the dullest of its options left out first."""
    if len(segment) <= room:
        return segment
    head, bracket, options = segment.partition(" <")
    if not bracket:
        return segment[: room - 1] + cut
    kept = [option for option in options.removesuffix(">").split(",") if option not in ("nop", "eol")]
    for dull in _DULL:
        kept = [option for option in kept if not option.startswith(dull)]
        text = f"{head} <{','.join(kept)}>" if kept else head
        if len(text) <= room:
            return text
    for text in (f"{head} <{cut}>", head):
        if len(text) <= room:
            return text
    return head[: room - 1] + cut
