"""What came of a run as a document: the one that is printed as JSON, and the one from which the ladder is drawn."""

from collections.abc import Sequence
from typing import cast

from tcpchaos import __version__
from tcpchaos.plan import Plan, parse
from tcpchaos.report import document as doc
from tcpchaos.report.again import command
from tcpchaos.report.compose import Numbers, blamed, counts, deviations, found, links, seens
from tcpchaos.report.texts import counted
from tcpchaos.run import RunConfig, RunResult
from tcpchaos.run.live import LiveConfig, LiveResult
from tcpchaos.trace import Side


def ran(result: RunResult) -> doc.Run:
    """Return a run as a document."""
    trace = seens(result.trace, Numbers(result.connections), result.reasons)
    findings = tuple(found(each, trace.events) for each in result.findings)
    return doc.Run(
        outcome=result.outcome,
        faults=result.verdict.faults,
        findings=findings,
        sentence=_sentence(result, findings),
        version=__version__,
        backend=result.backend,
        workload=str(result.config.play),
        command=command(result.config),
        plan=doc.Planned(
            seed=result.config.plan.seed,
            rules=tuple(_fault(fired.rule, fired.times, fired.of_workload) for fired in result.fired),
        ),
        connections=links(result.connections, result.trace),
        trace=trace,
        known=deviations(findings),
        stacks=result.stacks,
        counters={str(side): dict(grown) for side, grown in zip(Side, result.counters, strict=True)},
        conditions=dict(result.conditions),
        applications=tuple(
            doc.Application(
                endpoint=cast(doc.Endpoint, str(each.side)),
                what=each.what,
                ok=each.ok,
                ended=each.ended,
                output=each.output,
            )
            for each in result.applications
        ),
        talks=tuple(
            doc.Talk(
                client_port=account.client_port,
                server_port=account.server_port,
                wrote=(account.wrote[0], account.wrote[1]),
                read=(account.read[0], account.read[1]),
                ended=(account.ended[0], account.ended[1]),
            )
            for account in result.accounts
        ),
        took_us=result.took_us,
        interrupted=result.interrupted,
        timed_out=result.timed_out,
        broken=None,
        notes=result.notes,
    )


def lived(result: LiveResult, command: str) -> doc.Run:
    """Return what came of flows that others made as a document; `command` is what to type to do the same again."""
    trace = seens(result.trace, Numbers(result.connections))
    findings = tuple(found(each, trace.events) for each in result.findings)
    failed = result.broken
    return doc.Run(
        outcome="broken" if failed is not None and result.outcome != "violation" else result.outcome,
        faults=result.verdict.faults,
        findings=findings,
        sentence=_sentence_of_flows(result, findings),
        version=__version__,
        backend=result.backend,
        workload=result.config.flows,
        command=command,
        plan=doc.Planned(
            seed=result.config.plan.seed,
            rules=tuple(_fault(fired.rule, fired.times, fired.of_workload) for fired in result.fired),
        ),
        connections=links(result.connections, result.trace),
        trace=trace,
        known=deviations(findings),
        stacks=result.stacks,
        counters={},
        conditions=dict(result.conditions),
        applications=(),
        talks=(),
        took_us=result.took_us,
        interrupted=False,
        timed_out=False,
        broken=None if failed is None else doc.Lack(missing=failed.missing, remedy=failed.remedy),
        notes=result.notes,
    )


def broken(config: RunConfig, missing: str, remedy: str) -> doc.Run:
    """Return the document of a run that never came about because the environment failed."""
    backend = "sim" if config.backend == "sim" else "lab"
    return _broken(config.plan, backend, str(config.play), command(config), missing, remedy)


def not_lived(config: LiveConfig, backend: str, command: str, missing: str, remedy: str) -> doc.Run:
    """Return the document of flows that could not be had because the environment failed."""
    return _broken(config.plan, backend, config.flows, command, missing, remedy)


def _broken(plan: Plan, backend: str, what: str, command: str, missing: str, remedy: str) -> doc.Run:
    return doc.Run(
        outcome="broken",
        faults="none",
        findings=(),
        sentence=f"The run could not be made: {missing}.",
        version=__version__,
        backend=backend,
        workload=what,
        command=command,
        plan=doc.Planned(seed=plan.seed, rules=tuple(_fault(str(rule), 0, False) for rule in plan.rules)),
        connections=(),
        trace=doc.Seens(seen=0, left_out=0, events=()),
        known={},
        stacks=None,
        counters={},
        conditions={},
        applications=(),
        talks=(),
        took_us=0,
        interrupted=False,
        timed_out=False,
        broken=doc.Lack(missing=missing, remedy=remedy),
        notes=(),
    )


def _fault(rule: str, times: int, of_workload: bool) -> doc.Fault:
    (parsed,) = parse(rule).rules
    return doc.Fault(rule=rule, actions=tuple(map(str, parsed.actions)), fired=times, of_workload=of_workload)


def _sentence_of_flows(result: LiveResult, findings: Sequence[doc.Found]) -> str:
    counted_ones = [finding for finding in findings if counts(finding)]
    if result.outcome == "violation" and counted_ones:
        return blamed(counted_ones)
    if result.broken is not None:
        return f"The environment failed: {result.broken.missing}; nothing that was seen before breaks the law."
    if not result.seen:
        return "No segment of these flows was seen."
    if result.outcome != "pass":
        return "No rule was broken, but not all of it could be judged."
    known = f" but for {counted(len(deviations(findings)), 'known deviation')}" if deviations(findings) else ""
    return f"{counted(result.seen, 'connection')} seen; both ends kept to the law{known}."


def _sentence(result: RunResult, findings: Sequence[doc.Found]) -> str:
    counted_ones = [finding for finding in findings if counts(finding)]
    if result.outcome == "violation" and counted_ones:
        return blamed(counted_ones)
    if result.interrupted:
        return "Interrupted; nothing that was seen so far breaks the law."
    if result.timed_out:
        return "The run was cut off before all had come to its end; no rule was broken."
    if result.outcome != "pass":
        return "No rule was broken, but not all of it could be judged."
    known = f" but for {counted(len(deviations(findings)), 'known deviation')}" if deviations(findings) else ""
    what = f"Both endpoints kept to the law{known}"
    if result.verdict.faults == "lethal":
        return f"{what}; the faults were lethal, and both sides ended cleanly."
    if result.verdict.faults == "survivable":
        return f"{what}, and the applications noticed nothing of the faults."
    return f"{what}." if result.fired else f"{what}; nothing was done to their segments."
