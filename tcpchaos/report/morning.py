"""What `nightly` prints: whether somebody is needed, then each bug and case that is not as it was, then the figures."""

from collections.abc import Iterator
from typing import Final

from rich.style import Style
from rich.text import Text

from tcpchaos.report.document import Nightly, NightlyBug, NightlyCase
from tcpchaos.report.texts import counted, wrap
from tcpchaos.report.verdict import BADGES, INDENT

CASES_SHOWN: Final = 12  # more than anyone reads in a terminal
_DIM: Final = Style(dim=True)
_BOLD: Final = Style(bold=True)
_STYLES: Final = {
    "new": BADGES["violation"],
    "flaky": BADGES["undetermined"],
    "still there": BADGES["undetermined"],
    "undetermined": BADGES["undetermined"],
    "known": _DIM,
    "fixed": BADGES["pass"],
}


def morning(document: Nightly, *, width: int, quiet: bool = False) -> Iterator[Text]:
    """Yield the lines of what came of a night, none wider than `width` columns; `quiet` is what is not as it was."""
    if not quiet:
        facts = [document.played] if document.played else []
        facts += dict.fromkeys((document.backend, *(document.stacks or ())))
        facts += [f"{document.seconds:.0f} s", f"seed {document.seed}"]
        yield from _led("tcpchaos nightly  ", _BOLD, ", ".join(facts), width, Style())
        yield Text()
    yield from _led(f"{document.outcome.upper()}  ", BADGES[document.outcome], document.sentence, width, _BOLD)
    for each in document.failures:
        yield from _fact("because", each, width)
    for bug in document.findings:
        if not quiet or bug.status == "new":
            yield Text()
            yield from _bug(bug, width)
    odd = [case for case in document.cases if case.worse or (not quiet and _odd(case))]
    odd.sort(key=lambda case: not case.worse)
    if odd:
        yield Text()
    for case in odd[:CASES_SHOWN]:
        yield from _case(case, width)
    if len(odd) > CASES_SHOWN:
        yield from _fact(
            "and", f"{counted(len(odd) - CASES_SHOWN, 'more case')}: --json and --html have them all", width
        )
    if not quiet:
        yield Text()
        yield from _figures(document, width)


def _odd(case: NightlyCase) -> bool:
    return not case.replayed.as_expected and case.replayed.status != "not applicable"


def _bug(found: NightlyBug, width: int) -> Iterator[Text]:
    bug = found.bug
    head = f"{bug.rule}, {bug.blame or 'nobody in particular'}  {bug.level}  {bug.rfc}"
    yield from _led(f"  {found.status}  ", _STYLES[found.status], head, width, Style())
    yield from _fact("rule", bug.sentence, width)
    yield from _fact("observed", bug.observed, width)
    for number, rule in enumerate(bug.plan or ("no fault at all",)):
        yield from _fact("plan" if number == 0 else "", rule, width)
    yield from _fact("fails", f"{bug.good} of {bug.times} replays", width)
    yield from _fact("replay", bug.command, width)


def _case(case: NightlyCase, width: int) -> Iterator[Text]:
    replayed = case.replayed
    before = f", was {case.before}" if case.before else ""
    if case.before == replayed.status:
        before = ", as before"
    style = BADGES["violation"] if case.worse else _DIM
    yield from _led(f"  {replayed.status}{before}  ", style, replayed.case.title, width, Style())
    yield from _fact("case", replayed.name, width)
    yield from _fact("expected", str(replayed.case.expect), width)
    yield from _fact("found", replayed.reason, width)


def _figures(document: Nightly, width: int) -> Iterator[Text]:
    drawn = [f"{each.name} {each.cases:,} ({each.new:,} new)" for each in document.strategies if each.turns]
    yield from _fact("drawn", ", ".join(drawn) or "nothing", width)
    least = f", of at least {document.least:,}" if document.least else ""
    yield from _fact("covered", counted(len(document.coverage.cells), "cell") + least, width)
    yield from _fact("replayed", f"for {document.replaying:.0f} s of {document.seconds:.0f}", width)
    yield from _fact("compared", document.baseline or "with nothing: whatever was found is new", width)
    for bug in document.unconfirmed:
        what = "never seen again" if bug.status == "unconfirmed" else "not looked into"
        yield from _fact("unsure", f"{bug.rule}, {bug.blame or 'nobody'}: {what}; {'; '.join(bug.plan)}", width)
    for name, times in document.known.items():
        yield from _fact("known", f"{name} ({times:,} times)", width)
    for number, file in enumerate(document.saved):
        yield from _fact("saved" if number == 0 else "", file, width)
    for note in document.notes:
        yield from _fact("note", note, width)


def _led(lead: str, style: Style, text: str, width: int, rest: Style) -> Iterator[Text]:
    for number, piece in enumerate(wrap(text, width - len(lead))):
        yield Text.assemble((lead if number == 0 else " " * len(lead), style), (piece, rest), no_wrap=True)


def _fact(name: str, text: str, width: int) -> Iterator[Text]:
    for number, piece in enumerate(wrap(text, width - INDENT)):
        yield Text.assemble((f"  {name if number == 0 else '':<{INDENT - 2}}", _DIM), (piece, ""), no_wrap=True)
