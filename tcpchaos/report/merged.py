"""Documents of the parts of one campaign, or of one night, joined as if one machine had done it all.

The parts searched at the same time: cases and coverage add up, time does not. How coverage grew is no more to be told.
"""

import shlex
from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from typing import Final, TypeVar

from msgspec.structs import replace

from tcpchaos.report import document as doc
from tcpchaos.report.texts import counted
from tcpchaos.report.yesterday import ORDER, failures, ordered, sentence

Key = tuple[object, ...]
Kind = TypeVar("Kind", doc.Fuzz, doc.Nightly)
_OUTCOMES: Final[tuple[doc.Outcome, ...]] = (
    "violation",
    "broken",
    "pass",
    "undetermined",
)  # the first one that is there
_STATUSES: Final = ("shrunk", "confirmed", "new", "unconfirmed")


class Apart(ValueError):  # noqa: N818 - an answer to what was asked for
    """What does not belong together; the message says why."""


def merged_campaigns(parts: Sequence[doc.Fuzz], files: Sequence[str]) -> doc.Fuzz:
    """Return campaigns as one. Raises Apart."""
    _check(parts)
    findings = _bugs(each.findings for each in parts)
    known = {_key(bug) for bug in findings}
    cases = sum(each.cases for each in parts)
    return replace(
        _joined(parts, files, known),
        findings=findings,
        sentence=f"{counted(len(findings), 'bug')} found in {counted(cases, 'case')} of {_of(parts)}.",
        strategies=_drawn(each.strategies for each in parts),
        cases=cases,
        guided=all(each.guided for each in parts),
        matrix=_matrix(parts),
    )


def merged_nights(parts: Sequence[doc.Nightly], files: Sequence[str], *, least: int = 0) -> doc.Nightly:
    """Return nights as one, of which `least` cells must have been covered. Raises Apart."""
    _check(parts)
    findings = _night_bugs(parts)
    cases = _cases(parts)
    plans = sum(each.plans for each in parts)
    joined = _joined(parts, files, {_key(each.bug) for each in findings})
    cells = len(joined.coverage.cells)
    return replace(
        joined,
        sentence=sentence(findings, cases, plans=plans, interrupted=joined.interrupted, cells=cells, least=least),
        failures=failures(findings, cases, cells=cells, least=least),
        findings=findings,
        cases=cases,
        strategies=_turns(each.strategies for each in parts),
        plans=plans,
        replaying=max(each.replaying for each in parts),
        least=least,
    )


def _joined(parts: Sequence[Kind], files: Sequence[str], known: Collection[Key]) -> Kind:
    """Return the first part with what all have that both kinds of documents tell; bugs in `known` are confirmed."""
    return replace(
        parts[0],
        outcome=_outcome(parts),
        unconfirmed=tuple(bug for bug in _bugs(each.unconfirmed for each in parts) if _key(bug) not in known),
        idle=sum(each.idle for each in parts),
        segments=sum(each.segments for each in parts),
        seconds=max(each.seconds for each in parts),
        shard=_shards(each.shard for each in parts),
        outcomes=_sum(each.outcomes for each in parts),
        known=_sum(each.known for each in parts),
        coverage=_coverage(each.coverage for each in parts),
        saved=_together(each.saved for each in parts),
        command=shlex.join(["tcpchaos", "merge", *files]),
        interrupted=any(each.interrupted for each in parts),
        notes=_together(each.notes for each in parts),
    )


def _check(parts: Sequence[Kind]) -> None:
    """Raise Apart where one was not played against the same as the first."""
    for each in parts[1:]:
        for what in ("backend", "stacks", "played"):
            one, other = getattr(parts[0], what), getattr(each, what)
            if one != other and None not in (one, other):
                raise Apart(
                    f"they were not played against the same: {what} is {_said(one)} here and {_said(other)} there"
                )


def _said(value: object) -> str:
    return " and ".join(value) if isinstance(value, tuple) else str(value) or "nothing"


def _key(bug: doc.Bug) -> Key:
    return bug.rule, bug.blame, bug.workload, bug.plan


def _bugs(lists: Iterable[Sequence[doc.Bug]]) -> tuple[doc.Bug, ...]:
    """Return each bug once: as it was looked into best, with all of its replays and trials."""
    found: dict[Key, doc.Bug] = {}
    for bugs in lists:
        for bug in bugs:
            key = _key(bug)
            found[key] = _united(found[key], bug) if key in found else bug
    return tuple(found.values())


def _united(one: doc.Bug, other: doc.Bug) -> doc.Bug:
    best = min(one, other, key=lambda bug: _STATUSES.index(bug.status))
    return replace(
        best,
        good=one.good + other.good,
        times=one.times + other.times,
        seen=one.seen + other.seen,
    )


def _night_bugs(parts: Sequence[doc.Nightly]) -> tuple[doc.NightlyBug, ...]:
    """Return each bug once; where parts do not agree what became of it, who saw it is right."""
    found: dict[Key, doc.NightlyBug] = {}
    for each in (each for part in parts for each in part.findings):
        key = _key(each.bug)
        if key in found:
            status = min(found[key].status, each.status, key=ORDER.index)
            each = doc.NightlyBug(status=status, bug=_united(found[key].bug, each.bug))
        found[key] = each
    return ordered(found.values())


def _cases(parts: Sequence[doc.Nightly]) -> tuple[doc.NightlyCase, ...]:
    """Return each case once; where several parts played it, as it was worst."""
    found: dict[str, doc.NightlyCase] = {}
    for case in (case for part in parts for case in part.cases):
        name = case.replayed.name
        if name not in found or (case.worse, not case.replayed.as_expected) > (
            found[name].worse,
            not found[name].replayed.as_expected,
        ):
            found[name] = case
    return tuple(found[name] for name in sorted(found))


def _coverage(several: Iterable[doc.Covered]) -> doc.Covered:
    times: Counter[tuple[str, ...]] = Counter()
    for covered in several:
        times.update({cell.what: cell.times for cell in covered.cells})
    return doc.Covered(cells=tuple(doc.Cell(what=what, times=times[what]) for what in sorted(times)), growth=())


def _matrix(parts: Sequence[doc.Fuzz]) -> doc.Matrix | None:
    """Return one table; what several parts tried stands there as the last one saw it."""
    tables = [each.matrix for each in parts if each.matrix is not None]
    found = {(cell.endpoint, cell.state, cell.flags, cell.position): cell for table in tables for cell in table.cells}
    return replace(tables[0], cells=tuple(found.values())) if tables else None


def _drawn(lists: Iterable[Sequence[doc.Drawn]]) -> tuple[doc.Drawn, ...]:
    found: dict[str, doc.Drawn] = {}
    for each in (each for some in lists for each in some):
        before = found.get(each.name)
        found[each.name] = (
            each if before is None else replace(each, cases=each.cases + before.cases, new=each.new + before.new)
        )
    return tuple(found.values())


def _turns(lists: Iterable[Sequence[doc.Turns]]) -> tuple[doc.Turns, ...]:
    found: dict[str, doc.Turns] = {}
    for each in (each for some in lists for each in some):
        before = found.get(each.name)
        found[each.name] = (
            each
            if before is None
            else doc.Turns(
                name=each.name,
                turns=each.turns + before.turns,
                seconds=round(each.seconds + before.seconds, 3),
                cases=each.cases + before.cases,
                new=each.new + before.new,
            )
        )
    return tuple(found.values())


def _outcome(parts: Sequence[Kind]) -> doc.Outcome:
    return min((each.outcome for each in parts), key=_OUTCOMES.index)


def _sum(several: Iterable[dict[str, int]]) -> dict[str, int]:
    return dict(sorted(sum(map(Counter, several), Counter[str]()).items()))


def _together(lists: Iterable[Sequence[str]]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(text for texts in lists for text in texts))


def _shards(several: Iterable[str]) -> str:
    """Return "1/1" where all parts are there, otherwise which ones."""
    shards = list(dict.fromkeys(shard for each in several for shard in each.split("+")))
    of = {shard.partition("/")[2] for shard in shards}
    return "1/1" if len(of) == 1 and len(shards) == int(of.copy().pop()) else "+".join(shards)


def _of(parts: Sequence[Kind]) -> str:
    return counted(len(parts), "part")
