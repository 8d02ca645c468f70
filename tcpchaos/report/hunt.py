"""What `fuzz` prints: what was found, each bug with the plan that shows it and the command that replays it."""

from collections.abc import Iterator, Sequence
from typing import Final

from rich.style import Style
from rich.text import Text

from tcpchaos.report import matrix
from tcpchaos.report.document import Bug, Fuzz
from tcpchaos.report.texts import counted, wrap
from tcpchaos.report.verdict import BADGES, INDENT

_DIM: Final = Style(dim=True)
_BOLD: Final = Style(bold=True)


def hunt(document: Fuzz, *, width: int, quiet: bool = False) -> Iterator[Text]:
    """Yield the lines of what came of a campaign, none wider than `width` columns; `quiet` is what was found alone."""
    if not quiet:
        facts = [document.played] if document.played else []
        facts += dict.fromkeys((document.backend, *(document.stacks or ())))
        rate = document.cases / document.seconds if document.seconds else 0.0
        facts += [f"{document.cases:,} cases in {document.seconds:.1f} s ({rate:,.0f}/s)", f"seed {document.seed}"]
        for number, piece in enumerate(wrap(", ".join(facts), width - 15)):
            yield Text.assemble(("tcpchaos fuzz  " if number == 0 else " " * 15, _BOLD), piece, no_wrap=True)
        yield Text()
    badge = document.outcome.upper()
    for number, piece in enumerate(wrap(document.sentence, width - len(badge) - 2)):
        lead = f"{badge}  " if number == 0 else " " * (len(badge) + 2)
        yield Text.assemble((lead, BADGES[document.outcome]), (piece, _BOLD), no_wrap=True)
    for bug in document.findings:
        yield Text()
        yield from _bug(bug, width)
    if quiet:
        return
    if document.matrix is not None:
        yield Text()
        yield from matrix.lines(document.matrix, width=width)
    yield Text()
    drawn = [f"{each.name} {each.cases:,}" for each in document.strategies if each.cases]
    yield from _fact("drawn", ", ".join(drawn), width)
    states = {cell.what[:2] for cell in document.coverage.cells if cell.what[0] != "breach"}
    covered = f"{len(document.coverage.cells):,} cells, {counted(len(states), 'pair')} of states"
    yield from _fact("covered", covered, width)
    if document.idle:
        yield from _fact("idle", f"{counted(document.idle, 'case')} of which no rule met a segment", width)
    undetermined = document.outcomes.get("undetermined", 0)
    if undetermined:
        yield from _fact("undecided", f"{counted(undetermined, 'case')} of which nobody can tell", width)
    for bug in document.unconfirmed:
        what = "never seen again" if bug.status == "unconfirmed" else "not looked into"
        yield from _fact("unsure", f"{bug.rule}, {bug.blame or 'nobody'}: {what}; {'; '.join(bug.plan)}", width)
    for name, times in document.known.items():
        yield from _fact("known", f"{name} ({times:,} times)", width)
    yield from _facts("saved", document.saved, width)
    yield from _facts("note", document.notes, width)


def _bug(bug: Bug, width: int) -> Iterator[Text]:
    yield Text.assemble(("  ", ""), (bug.rule, BADGES["violation"]), (f"  {bug.level}  {bug.rfc}", ""), no_wrap=True)
    yield from _fact("rule", bug.sentence, width)
    yield from _fact("who", bug.blame or "nobody in particular", width)
    yield from _fact("states", " and ".join(filter(None, bug.states)) or "none in particular", width)
    yield from _fact("observed", bug.observed, width)
    yield from _fact("workload", bug.workload, width)
    yield from _facts("plan", bug.plan or ("no fault at all",), width)
    shrunk = "" if bug.status == "shrunk" else "; not made small"
    yield from _fact("fails", f"{bug.good} of {bug.times} replays{shrunk}; seen in {counted(bug.seen, 'case')}", width)
    yield from _fact("replay", bug.command, width)


def _facts(name: str, texts: Sequence[str], width: int) -> Iterator[Text]:
    for number, text in enumerate(texts):
        yield from _fact(name if number == 0 else "", text, width)


def _fact(name: str, text: str, width: int) -> Iterator[Text]:
    for number, piece in enumerate(wrap(text, width - INDENT)):
        yield Text.assemble((f"  {name if number == 0 else '':<{INDENT - 2}}", _DIM), (piece, ""), no_wrap=True)
