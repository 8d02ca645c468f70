"""The verdict in words: one sentence, then what was broken, by whom, which rule, where; then what the proxy did."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from rich.style import Style
from rich.text import Text

from tcpchaos.report.document import Application, Check, Found, Planned, Run
from tcpchaos.report.texts import counted, milliseconds, times, wrap

INDENT: Final = 13  # columns of the words that stand before a fact

_DIM: Final = Style(dim=True)
_BOLD: Final = Style(bold=True)
BADGES: Final = {
    "pass": Style(color="green", bold=True),
    "violation": Style(color="red", bold=True),
    "undetermined": Style(color="yellow", bold=True),
    "broken": Style(color="magenta", bold=True),
}
# More findings than anyone reads: the first ones are the causes, the rest mostly their echoes.
FINDINGS_SHOWN: Final = 12
OUTPUT_LINES: Final = 10  # of what a program printed: its last words, not its life

_FAULTS: Final = {
    "none": "none reached an endpoint",
    "survivable": "survivable: the applications must not notice more than time",
    "lethal": "lethal: the connection may end, but must end cleanly on both sides",
}


def verdict(document: Run | Check, *, width: int, everything: bool = False) -> Iterator[Text]:
    """Yield the lines of the verdict of a run or of a capture, none wider than `width` columns.

    With `everything` the conditions of the run are among them, and what its programs printed.
    """
    badge = document.outcome.upper()
    for number, piece in enumerate(wrap(document.sentence, width - len(badge) - 2)):
        line = Text.assemble(
            (badge + "  " if number == 0 else " " * (len(badge) + 2), BADGES[document.outcome]), no_wrap=True
        )
        line.append(piece, _BOLD)
        yield line
    several = len(document.connections) > 1
    for finding in document.findings[:FINDINGS_SHOWN]:
        yield Text()
        yield from _finding(finding, width, several)
    if len(document.findings) > FINDINGS_SHOWN:
        yield Text()
        yield _dim(f"  and {counted(len(document.findings) - FINDINGS_SHOWN, 'more finding')}: --json has them all")
    yield Text()
    if isinstance(document, Run):
        yield from _ran(document, width, everything)
    else:
        yield from _facts([_suspicion(each, several) for each in document.suspected], "suspected", width)
        yield from _facts(document.undecided, "undecided", width)
    yield from _facts(document.notes, "note", width)


def _finding(finding: Found, width: int, several: bool) -> Iterator[Text]:
    style = BADGES["violation"]
    if finding.known or finding.excused or finding.tier == "remark":
        style = _DIM
    head = Text("  ", no_wrap=True)
    head.append(finding.rule, style)
    head.append(f"  {finding.level}  {finding.rfc}")
    yield head
    where = f"#{finding.frame}, {milliseconds(finding.at_us)} ms" if finding.frame else "at the end"
    if several and finding.connection:
        where = f"connection {finding.connection}, {where}"
    if finding.times > 1:
        where += f"; seen {times(finding.times)}, here first"
    client, server = finding.states
    yield from _fact("rule", finding.sentence, width)
    yield from _fact("who", finding.blame or "nobody in particular", width)
    yield from _fact("where", where, width)
    if finding.segment:
        yield from _fact("segment", finding.segment, width)
    yield from _fact("states", f"client {client}, server {server}", width)
    yield from _fact("expected", finding.expected, width)
    yield from _fact("observed", finding.observed, width)
    if finding.known:
        yield from _fact("waived", f"a known deviation of this stack: {finding.known}", width)
    if finding.excused:
        yield from _fact("excused", finding.excused, width)
    if finding.tier == "remark":
        yield from _fact("weight", "a remark, no violation", width)


def _suspicion(finding: Found, several: bool) -> str:
    where = f"connection {finding.connection}, #{finding.frame}" if several else f"#{finding.frame}"
    return f"{finding.rule}, {finding.blame}, {where}: {finding.observed}, not {finding.expected}"


def _ran(run: Run, width: int, everything: bool) -> Iterator[Text]:
    if run.broken is not None:
        yield from _fact("missing", run.broken.missing, width)
        yield from _fact("remedy", run.broken.remedy, width)
    if run.plan.rules:
        yield from _fact("faults", _FAULTS[run.faults], width)
    yield from _fired(run.plan, width)
    yield from _facts([f"{name} ({times(often)})" for name, often in run.known.items()], "known", width)
    yield from _facts([_ended(each) for each in run.applications if not each.ok], "failed", width)
    for each in run.applications:
        if each.output and (everything or not each.ok):
            yield from _facts(each.output.splitlines()[-OUTPUT_LINES:], f"{each.endpoint}:", width)
    if everything:
        yield from _facts([_counted(who, grown) for who, grown in run.counters.items() if grown], "counted", width)
        yield from _facts([f"{name} = {value}" for name, value in run.conditions.items()], "in force", width)


def _counted(who: str, grown: Mapping[str, int]) -> str:
    """Return what an endpoint's kernel has counted of TCP, in a line."""
    found = [f"{name} {count}" for name, count in grown.items() if name.startswith("Tcp")]
    return f"{who}: {', '.join(found) or 'nothing of TCP'}"


def _fired(plan: Planned, width: int) -> Iterator[Text]:
    """Yield the rules and how often each fired, numbered as in the ladder where there are several."""
    several = len(plan.rules) > 1
    for number, rule in enumerate(plan.rules, start=1):
        often = f"{number:>2}  {times(rule.fired)}" if several else times(rule.fired)
        origin = "  (the workload's own)" if rule.of_workload else ""
        for piece_number, piece in enumerate(wrap(rule.rule + origin, width - INDENT - 16)):
            first = piece_number == 0
            line = Text.assemble((f"  {'fired' if first and number == 1 else '':<{INDENT - 2}}", _DIM), no_wrap=True)
            line.append(f"{often if first else '':<15} ", "" if rule.fired else BADGES["undetermined"])
            line.append(piece, "")
            yield line


def _ended(application: Application) -> str:
    return f"the {application.endpoint} ({application.what}): {application.ended}"


def _facts(texts: Sequence[str], name: str, width: int) -> Iterator[Text]:
    for number, text in enumerate(texts):
        yield from _fact(name if number == 0 else "", text, width)


def _fact(name: str, text: str, width: int) -> Iterator[Text]:
    for number, piece in enumerate(wrap(text, width - INDENT)):
        line = Text.assemble((f"  {name if number == 0 else '':<{INDENT - 2}}", _DIM), no_wrap=True)
        line.append(piece, "")
        yield line


def _dim(text: str) -> Text:
    return Text(text, _DIM, no_wrap=True)
