"""What came of a night as a document."""

import shlex
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from tcpchaos import __version__
from tcpchaos.corpus.replay import Replay, Target
from tcpchaos.report import document as doc
from tcpchaos.report.fuzzed import bug_of, target_arguments
from tcpchaos.report.replayed import replayed
from tcpchaos.report.texts import counted
from tcpchaos.report.yesterday import Remembered, bugs, case_in_both, failures, sentence
from tcpchaos.search.fuzzing import Setup
from tcpchaos.search.nightly import Night


@dataclass(frozen=True, slots=True, kw_only=True)
class Past:
    """What is over when a night is: what was asked for, and what came of it.

    `replays` are those of the corpus, `remembered` those of the last night's bugs. `time_s` was asked for, `took_s` is
    how long the night was, `replaying_s` how much of it went to replays.
    """

    setup: Setup
    target: Target
    night: Night
    replays: Sequence[Replay]
    remembered: Sequence[Remembered]
    baseline: doc.Nightly | None
    baseline_file: str
    least: int
    time_s: float
    took_s: float
    replaying_s: float


def overnight(past: Past) -> doc.Nightly:
    """Return what came of a night as a document."""
    night, setup, ledger = past.night, past.setup, past.night.ledger
    corpus = replayed(past.replays, past.target, took_us=0)
    cases = tuple(case_in_both(each, past.baseline) for each in corpus.cases)
    findings = bugs([bug_of(found, setup) for found in ledger.bugs], past.remembered, corpus.cases)
    left = [each for each in ledger.found.values() if each.status in ("new", "unconfirmed")]
    cells, least = len(night.coverage.cells), past.least
    campaigns = night.campaigns.items()
    foreign = setup.usual.foreign
    return doc.Nightly(
        outcome=_outcome(past, findings, cases),
        sentence=sentence(findings, cases, plans=night.trials, interrupted=night.interrupted, cells=cells, least=least),
        failures=failures(findings, cases, cells=cells, least=least),
        findings=findings,
        unconfirmed=tuple(bug_of(found, setup) for found in left),
        cases=cases,
        version=__version__,
        backend=(night.backend or corpus.backend) if foreign is None else foreign.backend,
        stacks=night.stacks or corpus.stacks,
        played=corpus.played,
        strategies=tuple(
            doc.Turns(
                name=name,
                turns=night.turns.get(name, 0),
                seconds=round(night.seconds.get(name, 0.0), 3),
                cases=campaign.by_strategy[name],
                new=campaign.new_by_strategy[name],
            )
            for name, campaign in campaigns
        ),
        plans=night.trials,
        idle=sum(campaign.idle for _, campaign in campaigns),
        segments=sum(campaign.segments for _, campaign in campaigns),
        seconds=round(past.took_s, 3),
        replaying=round(past.replaying_s, 3),
        seed=setup.seed,
        shard=str(setup.shard),
        outcomes=_sum(campaign.outcomes for _, campaign in campaigns),
        known=_sum(campaign.known for _, campaign in campaigns),
        coverage=doc.Covered(
            cells=tuple(doc.Cell(what=cell, times=times) for cell, times in sorted(night.coverage.cells.items())),
            growth=tuple(night.coverage.growth),
        ),
        least=least,
        baseline=past.baseline_file,
        saved=tuple(str(found.file) for found in ledger.bugs if found.file is not None),
        command=shlex.join(["tcpchaos", "nightly", *_arguments(past)]),
        interrupted=night.interrupted,
        notes=tuple(_notes(past)),
    )


def _outcome(past: Past, findings: Sequence[doc.NightlyBug], cases: Sequence[doc.NightlyCase]) -> doc.Outcome:
    if any(each.status == "new" for each in findings) or any(each.worse for each in cases):
        return "violation"
    if past.night.lack or any(each.replayed.status == "broken" for each in cases):
        return "broken"
    outcomes = [campaign.outcomes for campaign in past.night.campaigns.values()]
    decided = any(each["pass"] or each["violation"] for each in outcomes)
    if decided or any(each.replayed.status not in ("undetermined", "not applicable") for each in cases):
        return "pass"
    return "undetermined"


def _sum(counters: Iterable[Counter[str]]) -> dict[str, int]:
    return dict(sorted(sum(counters, Counter[str]()).items()))


def _notes(past: Past) -> Iterator[str]:
    night = past.night
    if night.lack:
        yield f"the environment failed: {night.lack}"
    if night.remark:
        yield night.remark
    missed = sum(not each.replay.times for each in past.remembered)
    if missed:
        yield f"there was no time to replay {counted(missed, 'bug')} of the last night"
    idle = [name for name in night.campaigns if name not in night.turns]
    if idle and not night.interrupted:
        yield f"there was no time for {', '.join(idle)}"


def _arguments(past: Past) -> Iterator[str]:
    setup = past.setup
    yield from (name for name, _ in setup.strategies)
    for name in setup.workloads:
        yield from ("--workload", name)
    yield from target_arguments(setup)
    if setup.usual.family == 6:
        yield "--ipv6"
    yield from ("--time", f"{past.time_s:g}s", "--seed", str(setup.seed))
    if setup.shard.of > 1:
        yield from ("--shard", str(setup.shard))
    if past.baseline_file:
        yield from ("--baseline", past.baseline_file)
    if past.least:
        yield from ("--min-coverage", str(past.least))
