"""From the events of a trace to the rows of a ladder: what a person would say happened, one segment a row.

A packet that passes is two events and one row; one that the proxy held back, changed or swallowed departs on one row
and arrives (or doesn't) on another. Which rows a person needs is decided here too; how they look is not.
"""

import difflib
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Final

from tcpchaos.report.document import Found, Seen
from tcpchaos.report.selection import Authors


class Kind(Enum):
    """What became of a segment between the two rails of a ladder."""

    PASS = "passed"
    DROP = "dropped"
    DEPART = "held back"
    ARRIVE = "arrived later"
    COPY = "duplicated"
    CHANGE = "edited"
    INJECT = "injected"


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One arrow of a ladder: `sender` is the endpoint it comes from, or seems to come from when it was injected.

    `original` is the segment as it was sent, `segment` as it arrived; `changed` tells whose state is another than in
    the row before. `kernel` says what an endpoint's kernel did with it, and why.
    """

    kind: Kind
    frame: int
    last_frame: int
    origin: int
    at_us: int
    sender: int
    segment: str
    original: str
    octets: int
    deeds: tuple[str, ...]
    states: tuple[str, str]
    changed: tuple[bool, bool]
    findings: tuple[Found, ...]
    kernel: str = ""

    @property
    def telling(self) -> bool:
        """Whether the row is more than a segment that just passed."""
        return bool(self.kind is not Kind.PASS or self.deeds or self.findings or self.kernel or any(self.changed))


@dataclass(frozen=True, slots=True, kw_only=True)
class Fold:
    """Rows that were left out of a ladder, and what was in them."""

    rows: tuple[Row, ...]
    unkept: int = 0


NAMES: Final = ("client", "server")
SIDES: Final = {name: side for side, name in enumerate(NAMES)}
HEAD_ROWS: Final = 6  # a handshake and the first exchange
TAIL_ROWS: Final = 4  # a close
AROUND_FINDING: Final = 4  # what led to it stands in the rows before
AROUND_DEED: Final = 1
SHORTEST_FOLD: Final = 3  # a fold takes a line itself, and hides that nothing happened


def rows(events: Iterable[Seen], findings: Iterable[Found] = ()) -> list[Row]:
    """Return the rows of one connection's events, which are in their order."""
    found: dict[int, list[Found]] = {}
    for finding in findings:
        found.setdefault(finding.frame, []).append(finding)
    events = list(events)
    arrivals: dict[int, list[Seen]] = {}
    for event in events:
        if event.what == "delivered" and event.origin:
            arrivals.setdefault(event.origin, []).append(event)
    sent = {event.frame: event for event in events if event.what == "sent"}
    made: list[Row] = []
    before = ("", "")
    arrived: set[int] = set()
    at = 0
    while at < len(events):
        event = events[at]
        after = events[at + 1] if at + 1 < len(events) else None
        passed = event.what == "sent" and after is not None and _same(event, after)
        last = after if passed and after is not None else event
        kind = _kind(event, last, arrivals.get(event.frame, ()), event.origin in arrived)
        original = sent.get(event.origin, event).segment
        made.append(_row(event, last, kind, original, before, found))
        if last.origin:
            arrived.add(last.origin)
        before = last.states
        at += 2 if passed else 1
    return made


def _same(event: Seen, after: Seen) -> bool:
    if after.origin != event.frame or after.edited:
        return False
    return after.at_us == event.at_us or not (event.deeds or after.deeds)


def _kind(event: Seen, last: Seen, arrivals: Sequence[Seen], again: bool) -> Kind:
    if last is not event:
        return Kind.PASS
    if event.what == "delivered":
        return Kind.COPY if again and not event.edited else Kind.ARRIVE if event.origin else Kind.INJECT
    if any(arrival.edited and arrival.at_us == event.at_us for arrival in arrivals):
        return Kind.CHANGE
    return Kind.DEPART if arrivals else Kind.DROP


def _row(
    event: Seen, last: Seen, kind: Kind, original: str, before: tuple[str, str], found: dict[int, list[Found]]
) -> Row:
    side = SIDES[event.endpoint]
    frames = (event.frame,) if last is event else (event.frame, last.frame)
    return Row(
        kind=kind,
        frame=event.frame,
        last_frame=last.frame,
        origin=event.origin,
        at_us=event.at_us,
        sender=side if event.what == "sent" else 1 - side,
        segment=event.segment,
        original=original,
        octets=event.octets,
        deeds=tuple(dict.fromkeys((*event.deeds, *last.deeds))),
        states=last.states,
        changed=(last.states[0] != before[0], last.states[1] != before[1]),
        findings=tuple(finding for frame in frames for finding in found.get(frame, ())),
        kernel="; ".join(dict.fromkeys(each.kernel for each in (event, last) if each.kernel)),
    )


def deeds(row: Row, authors: Authors) -> list[str]:
    """Return what the proxy did to a row's segment, each deed with the numbers of the rules that did it."""
    told = []
    for deed in row.deeds:
        others = set(NAMES) - {NAMES[row.sender]} if row.kind is not Kind.INJECT else set()
        which = [str(number) for number, who in authors.get(deed, ()) if who not in others]
        told.append(f"{deed} (rule {' or '.join(which)})" if which else deed)
    return told or (["never arrived"] if row.kind is Kind.DROP else [])


def edits(original: str, segment: str) -> list[tuple[str, bool]]:
    """Return a segment's text in pieces, each with whether the original has it not."""
    old, new = (re.findall(r"[^\s,<>:()]+|.", each) for each in (original, segment))
    pieces = []
    for what, _, _, start, end in difflib.SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if end > start:
            pieces.append(("".join(new[start:end]), what != "equal"))
    return pieces


def fold(made: Sequence[Row], limit: int, gap_after: int = 0, unkept: int = 0) -> list[Row | Fold]:
    """Return the rows that matter, folds between them over the rest: about `limit` rows, findings always among them.

    `unkept` events after the frame `gap_after` are missing from the trace itself.
    """
    shown = _chosen(made, limit)
    result: list[Row | Fold] = []
    hidden: list[Row] = []
    missing = 0

    def close() -> None:
        nonlocal missing
        if len(hidden) >= SHORTEST_FOLD or missing:
            result.append(Fold(rows=tuple(hidden), unkept=missing))
        else:
            result.extend(hidden)
        hidden.clear()
        missing = 0

    for index, row in enumerate(made):
        if unkept and row.frame > gap_after:
            missing, unkept = unkept, 0
        if index in shown:
            close()
            result.append(row)
        else:
            hidden.append(row)
    close()
    return result


def _chosen(made: Sequence[Row], limit: int) -> set[int]:
    count = len(made)
    if count <= limit:
        return set(range(count))
    shown = {*range(min(HEAD_ROWS, count)), *range(max(count - TAIL_ROWS, 0), count)}
    for index, row in enumerate(made):
        if row.findings:
            shown.update(range(max(index - AROUND_FINDING, 0), min(index + AROUND_FINDING, count - 1) + 1))
    # A segment that departed and arrived is one story: whoever sees one end of it wants to see the other.
    departed = {row.frame: index for index, row in enumerate(made)}
    for wanted in (lambda row: any(row.changed), lambda row: row.telling):
        for index, row in enumerate(made):
            if len(shown) >= limit:
                return shown
            if wanted(row):
                shown.update(range(max(index - AROUND_DEED, 0), min(index + AROUND_DEED, count - 1) + 1))
                shown.add(departed.get(row.origin, index))
    return shown
