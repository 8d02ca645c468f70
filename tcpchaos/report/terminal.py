"""What a terminal shows of a document: a heading, the ladders that matter, the verdict."""

import itertools
from collections.abc import Iterator
from typing import Final

from rich.console import Console
from rich.style import Style
from rich.text import Text

from tcpchaos.report.document import Check, Found, Link, Planned, Run, Seen
from tcpchaos.report.ladder import ASCII, LIMIT, NARROWEST, UNICODE, ladder
from tcpchaos.report.texts import counted, seconds, wrap
from tcpchaos.report.verdict import verdict

LADDERS: Final = 3  # connections shown of many; --verbose shows all

_DIM: Final = Style(dim=True)
_BOLD: Final = Style(bold=True)


def show(console: Console, document: Run | Check, *, everything: bool = False, ladders: bool = True) -> None:
    """Print a run or a checked capture; `everything` folds nothing, without `ladders` only the verdict is printed."""
    width = max(console.width, NARROWEST)
    unicode = (console.encoding or "").lower().startswith("utf")
    for line in _lines(document, width, everything, ladders, unicode):
        console.print(line, no_wrap=True, overflow="ignore", crop=False, soft_wrap=True, highlight=False)


def _lines(document: Run | Check, width: int, everything: bool, ladders: bool, unicode: bool) -> Iterator[Text]:
    if ladders:
        yield from _heading(document, width)
        events: dict[int, list[Seen]] = {}
        for event in document.trace.events:
            events.setdefault(event.connection, []).append(event)
        found: dict[int, list[Found]] = {}
        for finding in document.findings:
            found.setdefault(finding.connection, []).append(finding)
        gap, unkept = _gap(document)
        rules = _rules(document.plan) if isinstance(document, Run) else {}
        chosen = _chosen(document, events, everything)
        for link in chosen:
            yield Text()
            if len(document.connections) > 1:
                yield Text(f"connection {link.number} of {len(document.connections)}", _BOLD)
            yield from ladder(
                link,
                events.get(link.number, ()),
                found.get(link.number, ()),
                width=width,
                limit=0 if everything else LIMIT,
                glyphs=UNICODE if unicode else ASCII,
                gap_after=gap,
                unkept=unkept,
                rules=rules,
            )
        hidden = len(document.connections) - len(chosen)
        if hidden:
            yield Text()
            yield Text(f"{counted(hidden, 'more connection')} not shown; --verbose shows them", _DIM)
        yield Text()
    yield from verdict(document, width=width, everything=everything)


def _heading(document: Run | Check, width: int) -> Iterator[Text]:
    if isinstance(document, Check):
        facts = [document.file, document.format, counted(document.packets.read, "packet")]
        facts.append(counted(len(document.connections), "connection"))
        yield from _wrapped("tcpchaos check", facts, width)
        return
    facts = [document.workload, document.backend, *_stacks(document.stacks)]
    facts += [f"seed {document.plan.seed}"] if any("%" in rule.rule for rule in document.plan.rules) else []
    facts += [f"took {seconds(document.took_us)}"] + (["interrupted"] if document.interrupted else [])
    yield from _wrapped("tcpchaos run", facts, width)


def _stacks(stacks: tuple[str, str] | None) -> list[str]:
    """Return what stood at the two ends, in one word where it was the same."""
    if stacks is None:
        return []
    client, server = stacks
    return [client] if client == server else [f"{client} to {server}"]


def _wrapped(name: str, facts: list[str], width: int) -> Iterator[Text]:
    for number, piece in enumerate(wrap(", ".join(facts), width - len(name) - 2)):
        line = Text.assemble((f"{name}  " if number == 0 else " " * (len(name) + 2), _BOLD), no_wrap=True)
        line.append(piece, "")
        yield line


def _gap(document: Run | Check) -> tuple[int, int]:
    """Return the last frame before the part of the trace that was not kept, and how much that is."""
    if not document.trace.left_out:
        return 0, 0
    # The frames of a capture need not follow each other: the widest gap is where most is missing.
    pairs = itertools.pairwise(document.trace.events)
    before, _ = max(pairs, key=lambda pair: pair[1].frame - pair[0].frame)
    return before.frame, document.trace.left_out


def _rules(plan: Planned) -> dict[str, list[tuple[int, str]]]:
    """Return for each action the rules that did it, by number and by whose segments; none if there is but one rule."""
    found: dict[str, list[tuple[int, str]]] = {}
    for number, rule in enumerate(plan.rules if len(plan.rules) > 1 else (), start=1):
        for action in dict.fromkeys(rule.actions if rule.fired else ()):
            found.setdefault(action, []).append((number, rule.rule.partition(" ")[0]))
    return found


def _chosen(document: Run | Check, events: dict[int, list[Seen]], everything: bool) -> list[Link]:
    """Return the connections to draw: those with findings, then those with faults, then the first ones."""
    links = document.connections
    if everything or len(links) <= LADDERS:
        return list(links)
    found = {finding.connection for finding in document.findings}
    treated = {number for number, seen in events.items() if any(event.deeds for event in seen)}
    ranked = sorted(links, key=lambda link: (link.number not in found, link.number not in treated, link.number))
    wanted = LADDERS if found or treated else 1
    return sorted(ranked[:wanted], key=lambda link: link.number)
