"""The verdict in words: one sentence, then what was broken, by whom, which rule, where; then what the proxy did."""

from collections.abc import Iterator, Sequence
from typing import Final

from rich.style import Style
from rich.text import Text

from tcpchaos.report.document import Application, Check, Found, Planned, Run
from tcpchaos.report.texts import counted, milliseconds, times, wrap

INDENT: Final = 13  # columns of the words that stand before a fact

_DIM: Final = Style(dim=True)
_BOLD: Final = Style(bold=True)
_BADGES: Final = {
    "pass": Style(color="green", bold=True),
    "violation": Style(color="red", bold=True),
    "undetermined": Style(color="yellow", bold=True),
    "broken": Style(color="magenta", bold=True),
}
# More findings than anyone reads: the first ones are the causes, the rest mostly their echoes.
FINDINGS_SHOWN: Final = 12

_FAULTS: Final = {
    "none": "none reached an endpoint",
    "survivable": "survivable: the applications must not notice more than time",
    "lethal": "lethal: the connection may end, but must end cleanly on both sides",
}


def verdict(document: Run | Check, *, width: int) -> Iterator[Text]:
    """Yield the lines of the verdict of a run or of a capture, none wider than `width` columns where words allow it."""
    badge = document.outcome.upper()
    for number, piece in enumerate(wrap(document.sentence, width - len(badge) - 2)):
        line = Text(badge + "  " if number == 0 else " " * (len(badge) + 2), _BADGES[document.outcome], no_wrap=True)
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
        yield from _ran(document, width)
    else:
        yield from _facts(document.undecided, "undecided", width)
    yield from _facts(document.notes, "note", width)


def _finding(finding: Found, width: int, several: bool) -> Iterator[Text]:
    style = _DIM if finding.known else _BADGES["violation"]
    head = Text("  ", no_wrap=True)
    head.append(finding.rule, style)
    head.append(f"  {finding.level}  {finding.rfc}")
    yield head
    where = f"#{finding.frame}, {milliseconds(finding.at_us)} ms" if finding.frame else "at the end"
    if several and finding.connection:
        where = f"connection {finding.connection}, {where}"
    client, server = finding.states
    yield from _fact("what", finding.sentence, width)
    yield from _fact("who", finding.blame or "nobody in particular", width)
    yield from _fact("where", where, width)
    yield from _fact("states", f"client {client}, server {server}", width)
    yield from _fact("expected", finding.expected, width)
    yield from _fact("observed", finding.observed, width)
    if finding.known:
        yield from _fact("waived", f"a known deviation of this stack: {finding.known}", width)


def _ran(run: Run, width: int) -> Iterator[Text]:
    if run.broken is not None:
        yield from _fact("missing", run.broken.missing, width)
        yield from _fact("remedy", run.broken.remedy, width)
    if run.plan.rules:
        yield from _fact("faults", _FAULTS[run.faults], width)
    yield from _fired(run.plan, width)
    yield from _facts([_ended(each) for each in run.applications if not each.ok], "workload", width)


def _fired(plan: Planned, width: int) -> Iterator[Text]:
    room = width - INDENT - 12
    for number, rule in enumerate(plan.rules):
        name = "fired" if number == 0 else ""
        often = times(rule.fired)
        pieces = wrap(rule.rule, room)
        for line_number, piece in enumerate(pieces):
            line = Text(f"  {name if line_number == 0 else '':<{INDENT - 2}}", _DIM, no_wrap=True)
            line.append(
                f"{often:<11} " if line_number == 0 else " " * 12, _BADGES["undetermined"] if not rule.fired else ""
            )
            line.append(piece)
            yield line


def _ended(application: Application) -> str:
    return f"the {application.endpoint} ({application.what}) failed: {application.ended}"


def _facts(texts: Sequence[str], name: str, width: int) -> Iterator[Text]:
    for number, text in enumerate(texts):
        yield from _fact(name if number == 0 else "", text, width)


def _fact(name: str, text: str, width: int) -> Iterator[Text]:
    for number, piece in enumerate(wrap(text, width - INDENT)):
        line = Text(f"  {name if number == 0 else '':<{INDENT - 2}}", _DIM, no_wrap=True)
        line.append(piece, "")
        yield line


def _dim(text: str) -> Text:
    return Text(text, _DIM, no_wrap=True)
