"""A night, sorted for a reader: what is new, what is gone, what is still there, and what each strategy found."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from tcpchaos.report.document import Nightly, NightlyBug, NightlyCase, Turns
from tcpchaos.report.texts import counted


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """Bugs that have the same news; `name` is an id and a class in the page."""

    name: str
    heading: str
    note: str
    bugs: Sequence[NightlyBug]


# A name, how it goes on after the number, which statuses it has, and what these say.
_NEWS: Final = (
    ("new", "new", ("new",), ""),
    ("gone", "gone", ("fixed",), "No replay shows it any more."),
    ("still", "still there", ("flaky", "still there", "undetermined"), "The night before had it, too."),
    ("known", "known", ("known",), "A case of the corpus or a known deviation has it."),
)


def groups(document: Nightly) -> Iterator[Group]:
    """Yield the bugs of a night by their news, what is new first."""
    for name, news, statuses, note in _NEWS:
        bugs = [each for each in document.findings if each.status in statuses]
        if bugs:
            heading = f"{counted(len(bugs), 'bug')} {news}" if news != "new" else counted(len(bugs), "new bug")
            yield Group(name=name, heading=heading, note=note, bugs=bugs)


def folds(document: Nightly) -> Iterator[tuple[str, Sequence[NightlyCase]]]:
    """Yield the cases that are not as they expect, then the others, which are folded under a line that says so."""
    odd = [each for each in document.cases if not each.replayed.as_expected and not _idle(each)]
    if odd:
        yield "", sorted(odd, key=lambda each: not each.worse)
    good = [each for each in document.cases if each.replayed.as_expected]
    if good:
        yield f"{counted(len(good), 'case')} as expected", good
    idle = [each for each in document.cases if _idle(each)]
    if idle:
        yield f"{counted(len(idle), 'case')} that can't be played here", idle


def _idle(case: NightlyCase) -> bool:
    return case.replayed.status == "not applicable"


def fared(document: Nightly) -> Iterator[tuple[Turns, Sequence[str]]]:
    """Yield each strategy, those first that covered most, with the rules that it found broken and that still are."""
    for each in sorted(document.strategies, key=lambda each: (-each.new, each.name)):
        found = {one.bug.rule for one in document.findings if one.status != "fixed" and one.bug.strategy == each.name}
        yield each, sorted(found)
