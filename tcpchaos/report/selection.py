"""What of a document is drawn, on paper and in a terminal: which connections, and what is known of their events."""

import itertools
from collections.abc import Mapping
from dataclasses import dataclass

from tcpchaos.report.document import Check, Found, Link, Planned, Run, Seen

# For each action that was done: the rules of the plan that have it, by number, and whose segments they do it to.
Authors = Mapping[str, list[tuple[int, str]]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Story:
    """One connection, and what happened on it."""

    link: Link
    events: tuple[Seen, ...]
    findings: tuple[Found, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Selection:
    """The connections to draw; `hidden` others and, after the frame `gap_after`, `unkept` events are missing."""

    stories: tuple[Story, ...]
    hidden: int
    gap_after: int
    unkept: int
    authors: Authors


def select(document: Run | Check, most: int) -> Selection:
    """Return at most `most` connections (0: all): those with findings, then those with faults, then the first ones."""
    events: dict[int, list[Seen]] = {}
    for event in document.trace.events:
        events.setdefault(event.connection, []).append(event)
    found: dict[int, list[Found]] = {}
    for finding in document.findings:
        found.setdefault(finding.connection, []).append(finding)
    links = _chosen(document, events, most)
    gap_after, unkept = _gap(document)
    return Selection(
        stories=tuple(
            Story(link=link, events=tuple(events.get(link.number, ())), findings=tuple(found.get(link.number, ())))
            for link in links
        ),
        hidden=len(document.connections) - len(links),
        gap_after=gap_after,
        unkept=unkept,
        authors=_authors(document.plan) if isinstance(document, Run) else {},
    )


def _chosen(document: Run | Check, events: Mapping[int, list[Seen]], most: int) -> list[Link]:
    links = document.connections
    if not most or len(links) <= most:
        return list(links)
    found = {finding.connection for finding in document.findings}
    treated = {number for number, seen in events.items() if any(event.deeds for event in seen)}
    ranked = sorted(links, key=lambda link: (link.number not in found, link.number not in treated, link.number))
    wanted = most if found or treated else 1
    return sorted(ranked[:wanted], key=lambda link: link.number)


def _gap(document: Run | Check) -> tuple[int, int]:
    """Return the last frame before the part of the trace that was not kept, and how much that is."""
    if not document.trace.left_out:
        return 0, 0
    # The frames of a capture need not follow each other: the widest gap is where most is missing.
    pairs = itertools.pairwise(document.trace.events)
    before, _ = max(pairs, key=lambda pair: pair[1].frame - pair[0].frame)
    return before.frame, document.trace.left_out


def _authors(plan: Planned) -> Authors:
    """Return for each action the rules that did it; none if there is but one rule, which needs no number."""
    found: dict[str, list[tuple[int, str]]] = {}
    for number, rule in enumerate(plan.rules if len(plan.rules) > 1 else (), start=1):
        for action in dict.fromkeys(rule.actions if rule.fired else ()):
            found.setdefault(action, []).append((number, rule.rule.partition(" ")[0]))
    return found
