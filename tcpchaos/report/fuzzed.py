"""What came of a campaign as a document."""

import shlex
from collections.abc import Iterator

from tcpchaos import __version__
from tcpchaos.report import document as doc
from tcpchaos.report.again import called, played_by
from tcpchaos.report.matrix import compose
from tcpchaos.report.texts import counted
from tcpchaos.rfc import LAW
from tcpchaos.search.findings import Found
from tcpchaos.search.fuzzing import Came, Setup
from tcpchaos.trace import Side

_RULES = {rule.id: rule for rule in LAW}


def fuzzed(came: Came, setup: Setup) -> doc.Fuzz:
    """Return what came of a campaign as a document."""
    expedition = came.expedition
    campaign = expedition.campaign
    bugs = campaign.ledger.bugs
    findings = tuple(bug_of(found, setup) for found in bugs)
    left = [each for each in campaign.ledger.found.values() if each.status in ("new", "unconfirmed")]
    outcome: doc.Outcome = "violation" if bugs else "pass"
    if not bugs and (not campaign.trials or campaign.outcomes["pass"] == 0):
        outcome = "undetermined"
    return doc.Fuzz(
        outcome=outcome,
        findings=findings,
        unconfirmed=tuple(bug_of(found, setup) for found in left),
        sentence=_sentence(len(bugs), campaign.trials, interrupted=expedition.interrupted),
        version=__version__,
        backend=came.backend if setup.usual.foreign is None else setup.usual.foreign.backend,
        stacks=came.player.stacks,
        played="" if isinstance(setup.usual.play, str) else str(setup.usual.play),
        strategies=tuple(
            doc.Drawn(name=name, cases=campaign.by_strategy[name], new=campaign.new_by_strategy[name])
            for name, _ in campaign.strategies
        ),
        cases=campaign.trials,
        idle=campaign.idle,
        segments=campaign.segments,
        seconds=round(expedition.took_s, 3),
        seed=campaign.seed,
        shard=str(campaign.shard),
        guided=campaign.guided,
        outcomes=dict(sorted(campaign.outcomes.items())),
        known=dict(sorted(campaign.known.items())),
        coverage=doc.Covered(
            cells=tuple(doc.Cell(what=cell, times=times) for cell, times in sorted(campaign.coverage.cells.items())),
            growth=tuple(campaign.coverage.growth),
        ),
        matrix=compose(campaign.table, stacks=came.player.stacks or ("", "")) if campaign.table.answers else None,
        saved=tuple(str(found.file) for found in bugs if found.file is not None),
        command=shlex.join(["tcpchaos", "fuzz", *_arguments(setup)]),
        interrupted=expedition.interrupted,
        notes=(came.remark,) if came.remark else (),
    )


def bug_of(found: Found, setup: Setup) -> doc.Bug:
    """Return one thing that a campaign found as a part of a document."""
    rule, culprit = _RULES[found.culprit.rule], found.culprit
    plan = tuple(str(found.plan).splitlines()) or found.trial.plan
    return doc.Bug(
        rule=rule.id,
        level=rule.level,
        rfc=rule.rfc,
        sentence=rule.sentence,
        blame=_side(culprit.blame),
        states=culprit.states,
        observed=found.observed,
        status=found.status,
        strategy=found.trial.strategy,
        workload=found.trial.workload,
        plan=plan,
        good=found.good,
        times=found.times,
        seen=found.seen,
        file="" if found.file is None else str(found.file),
        command=shlex.join(["tcpchaos", *_again(found, plan, setup)]),
    )


def _again(found: Found, plan: tuple[str, ...], setup: Setup) -> Iterator[str]:
    if found.file is not None:
        yield from ("replay", str(found.file))
        if isinstance(setup.usual.play, str) and setup.usual.foreign is not None:
            yield from ("--workload", found.trial.workload)
    else:
        yield "run"
        if isinstance(setup.usual.play, str):
            yield from ("--workload", found.trial.workload)
        for line in plan:
            yield from ("--fault", line)
    yield from target_arguments(setup)


def target_arguments(setup: Setup) -> Iterator[str]:
    """Yield the arguments that ask for the same target."""
    usual = setup.usual
    if usual.backend != "auto":
        yield from ("--backend", usual.backend)
    if not isinstance(usual.play, str):
        yield from played_by(usual.play)
    if usual.foreign is not None:
        yield from called(usual.foreign)
    for option, endpoint in zip(("--client", "--server"), usual.endpoints, strict=True):
        if endpoint:
            yield from (option, endpoint)
    if usual.strict:
        yield "--strict"


def _arguments(setup: Setup) -> Iterator[str]:
    yield from (name for name, _ in setup.strategies)
    for name in setup.workloads:
        yield from ("--workload", name)
    yield from target_arguments(setup)
    if setup.usual.family == 6:
        yield "--ipv6"
    if setup.most:
        yield from ("--cases", str(setup.most))
    if setup.time_s is not None:
        yield from ("--time", f"{setup.time_s:g}")
    yield from ("--seed", str(setup.seed))
    if setup.shard.of > 1:
        yield from ("--shard", str(setup.shard))
    if not setup.guided:
        yield "--unguided"


def _side(blame: str) -> doc.Endpoint | None:
    return "client" if blame == str(Side.CLIENT) else "server" if blame == str(Side.SERVER) else None


def _sentence(bugs: int, trials: int, *, interrupted: bool) -> str:
    cases = counted(trials, "case")
    if interrupted:
        cases += " until it was interrupted"
    if bugs:
        return f"{counted(bugs, 'bug')} found in {cases}."
    return f"Both endpoints kept to the law in {cases}." if trials else "Nothing was played."
