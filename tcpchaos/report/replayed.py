"""What came of saved cases as a document."""

from collections import Counter
from collections.abc import Sequence

from tcpchaos import __version__
from tcpchaos.corpus.replay import AS_EXPECTED, Replay, Target
from tcpchaos.report import document as doc
from tcpchaos.report.compose import found
from tcpchaos.report.outcome import ran
from tcpchaos.report.texts import counted


def replayed(replays: Sequence[Replay], target: Target, *, took_us: int, interrupted: bool = False) -> doc.Replay:
    """Return what came of these cases as a document, in their order."""
    counts = Counter(str(each.status) for each in replays)
    first = next((each.result for each in replays if each.result is not None), None)
    backend = "sim" if target.backend == "sim" else "lab" if target.foreign is None else target.foreign.backend
    return doc.Replay(
        outcome=outcome(counts),
        sentence=_sentence(counts, interrupted),
        version=__version__,
        backend=backend if first is None else first.backend,
        stacks=None if first is None else first.stacks,
        played="" if target.play is None else str(target.play),
        counts=dict(counts),
        cases=tuple(map(_case, replays)),
        took_us=took_us,
        interrupted=interrupted,
    )


def outcome(counts: Counter[str]) -> doc.Outcome:
    """Return the outcome of cases of which so many have each status; what is certain stands before what isn't."""
    if any(counts[status] for status in ("failed", "flaky", "fixed")):
        return "violation"
    if counts["broken"]:
        return "broken"
    if counts["undetermined"] or not any(counts[status] for status in AS_EXPECTED):
        return "undetermined"
    return "pass"


def telling(replay: Replay) -> doc.Run | None:
    """Return the run of a case that tells most as a document, None where there was none."""
    return None if replay.result is None else ran(replay.result)


def _case(replay: Replay) -> doc.Replayed:
    result = replay.result
    return doc.Replayed(
        name=replay.kept.name,
        file=str(replay.kept.file),
        status=replay.status,
        as_expected=replay.as_expected,
        reason=replay.reason,
        times=replay.times,
        good=replay.good,
        faults="none" if result is None else result.verdict.faults,
        findings=() if result is None else tuple(map(found, result.findings)),
        idle=replay.idle,
        case=replay.kept.case,
    )


def _sentence(counts: Counter[str], interrupted: bool) -> str:
    good = {status: counts[status] for status in sorted(AS_EXPECTED) if counts[status]}
    bad = {status: count for status, count in counts.items() if status not in AS_EXPECTED}
    total = sum(counts.values())
    parts = [f"{sum(good.values())} of {counted(total, 'case')} as expected"]
    parts += [", ".join(f"{count:,} {status}" for status, count in each.items()) for each in (good, bad) if each]
    return ("Interrupted; " if interrupted else "") + "; ".join(parts) + "."
