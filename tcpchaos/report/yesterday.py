"""Two nights compared: what is new, what is still there, what is gone, and why somebody should be woken.

A bug is the same as another where the same side breaks the same rule under the same plan, or in the same states: what
was shrunk to another plan tonight is no news.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

from msgspec.structs import replace

from tcpchaos.corpus.case import Case, Violates
from tcpchaos.corpus.replay import AS_EXPECTED, Kept, Replay
from tcpchaos.report.document import Bug, Nightly, NightlyBug, NightlyCase, Replayed
from tcpchaos.report.texts import counted

Status = Literal["new", "still there", "flaky", "known", "fixed", "undetermined"]
# What is to be read first.
ORDER: Final[tuple[Status, ...]] = ("new", "flaky", "still there", "undetermined", "known", "fixed")
NAMED: Final = 5  # in a sentence: nobody reads on
# What a case may have been in the last night without anybody's having done something about it since.
_EXCUSES: Final = frozenset({"failed", "fixed", "flaky"})
_NO_OPINION: Final = frozenset({"not applicable", "broken"})
_AGAIN: Final[dict[str, Status]] = {
    "reproduced": "still there",
    "known": "known",
    "flaky": "flaky",
    "fixed": "fixed",
    "failed": "fixed",  # something else is broken now, which is for the strategies to find
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Remembered:
    """A bug of the last night, and what came of its replay tonight."""

    bug: Bug
    replay: Replay


def to_remember(baseline: Nightly | None) -> tuple[Bug, ...]:
    """Return the bugs of a night that were not gone by then."""
    return () if baseline is None else tuple(each.bug for each in baseline.findings if each.status != "fixed")


def kept(bug: Bug, number: int, *, family: Literal[4, 6], programs: bool) -> Kept:
    """Return a bug as a case; where there are `programs`, they talk as they do. Raises CaseError."""
    case = Case(
        title=f"{bug.rule}, {bug.blame or 'somebody'}",
        workload="echo" if programs else bug.workload,
        plan=bug.plan,
        family=family,
        expect=Violates(rule=bug.rule, blame=bug.blame),
    )
    return Kept(name=f"last night's bug {number}", case=case, file=Path("last night", str(number)))


def same(one: Bug, other: Bug) -> bool:
    """Tell whether these are one bug."""
    if (one.rule, one.blame) != (other.rule, other.blame):
        return False
    return (one.workload, one.plan) == (other.workload, other.plan) or one.states == other.states


def bugs(found: Sequence[Bug], remembered: Sequence[Remembered], cases: Sequence[Replayed]) -> tuple[NightlyBug, ...]:
    """Return what was found tonight and what the last night remembers, each with what became of it."""
    told = [NightlyBug(status=_found(bug, remembered, cases), bug=bug) for bug in found]
    for each in remembered:
        if not any(same(bug, each.bug) for bug in found):
            status: Status = _AGAIN.get(each.replay.status, "undetermined")
            if status == "still there" and _documented(each.bug, cases):
                status = "known"
            bug = each.bug
            if each.replay.times:  # or what the last night says of it is all there is
                bug = replace(bug, good=each.replay.good, times=each.replay.times)
            told.append(NightlyBug(status=status, bug=bug))
    return ordered(told)


def ordered(told: Iterable[NightlyBug]) -> tuple[NightlyBug, ...]:
    """Return bugs in the order in which they are to be read."""
    return tuple(sorted(told, key=lambda each: ORDER.index(each.status)))


def _found(bug: Bug, remembered: Sequence[Remembered], cases: Sequence[Replayed]) -> Status:
    if _documented(bug, cases):
        return "known"
    if not any(same(bug, each.bug) for each in remembered):
        return "new"
    return "still there" if bug.good >= bug.times else "flaky"


def _documented(bug: Bug, cases: Sequence[Replayed]) -> bool:
    """Tell whether a case of the corpus says the same, of the plan or of the states, and says the truth."""
    return any(
        each.as_expected
        and isinstance(each.case.expect, Violates)
        and each.case.expect.rule == bug.rule
        and each.case.expect.blame in (None, bug.blame)
        and ((each.case.workload, each.case.plan) == (bug.workload, bug.plan) or _shows(each, bug))
        for each in cases
    )


def _shows(replayed: Replayed, bug: Bug) -> bool:
    what = bug.rule, bug.blame, bug.states
    return any((found.rule, found.blame, found.states) == what for found in replayed.findings)


def case_in_both(replayed: Replayed, baseline: Nightly | None) -> NightlyCase:
    """Return what a case is tonight beside what it was in the last night."""
    before = next(
        (
            str(each.replayed.status)
            for each in (baseline.cases if baseline else ())
            if each.replayed.name == replayed.name
        ),
        "",
    )
    return NightlyCase(before=before, worse=_worse(replayed.status, before), replayed=replayed)


def _worse(status: str, before: str) -> bool:
    if status in AS_EXPECTED or status in _NO_OPINION:
        return False
    return before in AS_EXPECTED if status == "undetermined" else before not in _EXCUSES


def failures(
    findings: Sequence[NightlyBug], cases: Sequence[NightlyCase], *, cells: int, least: int
) -> tuple[str, ...]:
    """Return why somebody should look at it, a sentence each."""
    said = []
    new = [each.bug for each in findings if each.status == "new"]
    if new:
        rules = dict.fromkeys(f"{bug.rule}, {bug.blame or 'nobody'}" for bug in new)
        said.append(f"{counted(len(new), 'new bug')}: {_named(list(rules))}.")
    worse = [each.replayed for each in cases if each.worse]
    if worse:
        names = _named([f"{each.name} ({each.status})" for each in worse])
        said.append(f"{counted(len(worse), 'case')} not as expected: {names}.")
    if cells < least:
        said.append(f"{counted(cells, 'cell')} covered, and at least {least:,} were asked for.")
    return tuple(said)


def _named(names: Sequence[str]) -> str:
    more = f" and {len(names) - NAMED:,} more" if len(names) > NAMED else ""
    return "; ".join(names[:NAMED]) + more


def sentence(
    findings: Sequence[NightlyBug],
    cases: Sequence[NightlyCase],
    *,
    plans: int,
    interrupted: bool,
    cells: int = 0,
    least: int = 0,
) -> str:
    """Return what came of a night in one sentence, which begins with why somebody should look at it."""
    bugs = _counted((each.status for each in findings), ORDER)
    worse = _counted((each.replayed.status for each in cases if each.worse), ("failed", "fixed", "flaky"))
    said = [f"too little covered: {cells:,} of {counted(least, 'cell')}"] if cells < least else []
    if worse:
        said.append(f"cases: {worse}")
    new = any(each.status == "new" for each in findings)
    said.insert(0 if new else len(said), f"bugs: {bugs}" if bugs else "no bug")
    if cases:
        good = sum(each.replayed.as_expected for each in cases)
        said.append(f"{good:,} of {counted(len(cases), 'case')} as expected")
    said.append(f"{counted(plans, 'plan')} played")
    told = "; ".join(said) + "."
    return ("Interrupted. " if interrupted else "") + told[0].upper() + told[1:]


def _counted(statuses: Iterable[str], first: Sequence[str]) -> str:
    """Return how many there are of each: those named first in this order, then any others."""
    numbers = Counter(statuses)
    return ", ".join(f"{numbers[each]:,} {each}" for each in dict.fromkeys((*first, *numbers)) if numbers[each])
