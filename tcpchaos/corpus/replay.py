"""Replay: a case is played again, against whatever TCPs are wanted, and it is told whether what it says still holds.

What comes of it is the same on another machine, kernel or port, with other initial sequence numbers, because nothing
of these stands in a case; and because it is compared by what was broken and by whom, not by when.
"""

from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Iterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final, Literal

import trio

from tcpchaos.backends.host import Broken
from tcpchaos.backends.world import BackendName, Foreign
from tcpchaos.corpus.case import Case, Violates
from tcpchaos.oracle import Finding
from tcpchaos.rfc.deviations import named
from tcpchaos.run import TIMEOUT_S, RunConfig, RunResult, run
from tcpchaos.run.arena import open_arena
from tcpchaos.run.unharmed import play_unharmed
from tcpchaos.trace import Side
from tcpchaos.workloads import Commands, Exchange

Runner = Callable[[RunConfig], Awaitable[RunResult]]

# Of a case that expects a violation: it is there (`reproduced`), or a known deviation covers it, or it is not there any
# more (`fixed`), or there is another one (`failed`). Of one that expects none: there is none (`held`), or there are
# known deviations only, or there is one (`failed`). Of any: not the same each time (`flaky`), nobody can tell
# (`undetermined`), the environment failed (`broken`), or it means nothing for this server or these TCPs (`not
# applicable`).
Status = Literal["reproduced", "held", "known", "fixed", "failed", "flaky", "undetermined", "broken", "not applicable"]
AS_EXPECTED: Final = frozenset({"reproduced", "held", "known"})

# Cases at a time: most of the time they wait for timers.
AT_ONCE: Final = 32
# What a server of the user's can be asked to stand in for: the client calls, asks and is answered.
_FOR_ANY_SERVER: Final = frozenset({"echo", "handshake", "request-response"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """Whom cases are played against: nothing of it is ever in a case.

    `play` are programs that take the place of the case's workload, or, of a `foreign` server, what is said to it or the
    workload of which it does a half. The rest is as in RunConfig.
    """

    backend: BackendName = "auto"
    endpoints: tuple[str, str] = ("", "")
    play: str | Commands | Exchange | None = None
    port: int = 0
    timeout_s: float = TIMEOUT_S
    strict: bool = False
    foreign: Foreign | None = None

    def config(self, case: Case) -> RunConfig:
        """Return the run that plays this case."""
        return RunConfig(
            plan=case.rules,
            play=self.play or case.workload,
            family=case.family,
            mtu=case.mtu,
            sysctls=case.sysctls,
            port=self.port,
            timeout_s=self.timeout_s,
            strict=self.strict,
            backend=self.backend,
            endpoints=self.endpoints,
            foreign=self.foreign,
        )

    def obstacle(self, case: Case) -> str:
        """Return why a case means nothing here, nothing where it does."""
        if self.play is not None and case.workload not in (self.play, *_FOR_ANY_SERVER):
            return f"its workload, {case.workload}, needs both endpoints"
        if self.foreign is not None and case.sysctls:
            return "its sysctls need a lab"
        if self.backend == "sim" and case.sysctls:
            return "its sysctls need a kernel"
        return ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """A case, what it is called, and its file."""

    name: str
    case: Case
    file: Path = field(default_factory=Path)


@dataclass(frozen=True, slots=True, kw_only=True)
class Replay:
    """What came of a case.

    `good` of `times` replays were as the case expects. `result` is the one that tells most: the first one that was not
    as expected, or the first. `idle` are the rules of the plan that did nothing in it. `reason` is a sentence.
    """

    kept: Kept
    status: Status
    reason: str = ""
    times: int = 0
    good: int = 0
    result: RunResult | None = None
    idle: tuple[str, ...] = ()

    @property
    def as_expected(self) -> bool:
        """Whether the case says the truth."""
        return self.status in AS_EXPECTED


@asynccontextmanager
async def open_runner(target: Target, runs: int) -> AsyncIterator[Runner]:
    """Have something in the block that plays so many runs against this target, as many at a time as do no harm.

    A single one has the machine for itself, and so has each that starts programs: what one of these leaves behind is
    nothing that another should find. All others share a lab, or the way to a server that is there already; a server
    that our own client calls is started once for all of them.
    """
    called = target.play if isinstance(target.play, Commands) else None
    if runs > 1 and (called is None or isinstance(called.client, Exchange)):
        async with open_arena("" if called is None else called.server, at_once=AT_ONCE) as arena:

            async def beside_others(config: RunConfig) -> RunResult:
                return await arena.run(config if called is None else replace(config, play=called.client))

            yield beside_others
        return
    alone = trio.CapacityLimiter(1)

    async def one_by_one(config: RunConfig) -> RunResult:
        async with alone:
            return await run(config)

    yield one_by_one


async def replay_all(
    cases: Iterable[Kept], target: Target, runner: Runner, *, times: int = 1, heed: Callable[[Replay], None]
) -> None:
    """Replay each case so often, several at the same time, and have each case heeded that is done.

    A server that is not ours is visited once without any fault before: where that fails, nothing can be told of any
    case.
    """
    cases = list(cases)
    lack = await _lack(cases, target, runner)

    async def work(left: Iterator[Kept]) -> None:
        for kept in left:
            if lack and not target.obstacle(kept.case):
                heed(Replay(kept=kept, status="broken", reason=lack, times=times))
            else:
                heed(await replay(kept, target, runner, times=times))

    left = iter(cases)
    async with trio.open_nursery() as nursery:
        for _ in range(AT_ONCE):
            nursery.start_soon(work, left)


async def _lack(cases: Sequence[Kept], target: Target, runner: Runner) -> str:
    """Return why no case that means something here could tell anything, "" where one can."""
    meant = next((target.config(kept.case) for kept in cases if not target.obstacle(kept.case)), None)
    if meant is None or not meant.theirs:
        return ""
    try:
        await play_unharmed(runner, meant)
    except Broken as broken:
        return str(broken)
    return ""


async def replay(kept: Kept, target: Target, runner: Runner, *, times: int = 1) -> Replay:
    """Replay one case so often, as many at the same time as the runner lets, and tell what came of it."""
    if obstacle := target.obstacle(kept.case):
        return Replay(kept=kept, status="not applicable", reason=obstacle)
    config = target.config(kept.case)
    results: list[RunResult] = []
    lacks: list[Broken] = []

    async def once() -> None:
        try:
            results.append(await runner(config))
        except Broken as broken:
            lacks.append(broken)

    async with trio.open_nursery() as nursery:
        for _ in range(times):
            nursery.start_soon(once)
    if lacks:
        return Replay(kept=kept, status="broken", reason=str(lacks[0]), times=times)
    return _summed_up(kept, target, results)


def _summed_up(kept: Kept, target: Target, results: Sequence[RunResult]) -> Replay:
    statuses = [status_of(kept.case, result) for result in results]
    good = sum(status in AS_EXPECTED for status in statuses)
    telling = next((number for number, status in enumerate(statuses) if status not in AS_EXPECTED), 0)
    result, status = results[telling], statuses[telling]
    reason = _reason(kept.case, status, result)
    if 0 < good < len(results):
        status, reason = "flaky", f"as expected {good} times of {len(results)}; otherwise {status}: {reason}"
    elif status in AS_EXPECTED and "known" in statuses:
        status, reason = "known", _reason(kept.case, "known", results[statuses.index("known")])
    elif status == "undetermined" and target.play is not None and _idle(result):
        status = "not applicable"
    fired = [each for each in result.fired if not each.of_workload]
    return Replay(
        kept=kept,
        status=status,
        reason=reason,
        times=len(results),
        good=good,
        result=result,
        idle=tuple(each.rule for each in fired if not each.times),
    )


def status_of(case: Case, result: RunResult) -> Status:
    """Return what one run of a case says of it. This is the one place where it is decided.

    A plan of which no rule met a segment has tried nothing: that nothing was broken under it says nothing of the case.
    """
    if result.outcome == "undetermined":
        return "undetermined"
    expected = [finding for finding in result.findings if _is_expected(case, finding)]
    if result.outcome == "violation":
        return "reproduced" if any(finding.counts for finding in expected) else "failed"
    if any(finding.known for finding in expected):
        return "known"
    if _idle(result):
        return "undetermined"
    if _of_others(case, result):
        return "not applicable"
    return "fixed" if isinstance(case.expect, Violates) else "held"


def _of_others(case: Case, result: RunResult) -> str:
    """Return why nobody expects of these TCPs what the case does, nothing where somebody does."""
    expect = case.expect
    if not isinstance(expect, Violates) or expect.deviation is None:
        return ""
    deviation = named(expect.deviation)
    stacks = result.stacks if expect.blame is None else (result.stacks[Side[expect.blame.upper()]],)
    if any(deviation.is_of(stack) for stack in stacks):
        return ""
    return f"it is {deviation.whose} that departs so, not {' or '.join(dict.fromkeys(stacks)) or 'just any stack'}"


def _is_expected(case: Case, finding: Finding) -> bool:
    """Tell whether this is the violation that a case expects; where it expects none, a known deviation is as well."""
    expect = case.expect
    if not isinstance(expect, Violates):
        return finding.known is not None
    return (
        finding.rule == expect.rule
        and expect.blame in (None, None if finding.blame is None else str(finding.blame))
        and expect.states in (None, tuple(map(str, finding.states)))
    )


def _idle(result: RunResult) -> bool:
    return bool(result.config.plan.rules) and not any(each.times for each in result.fired if not each.of_workload)


def _reason(case: Case, status: Status, result: RunResult) -> str:
    if status in ("reproduced", "failed"):
        return "; ".join(dict.fromkeys(_said(finding) for finding in result.findings if finding.counts))
    if status == "known":
        return "known: " + ", ".join(dict.fromkeys(each.known for each in result.findings if each.known))
    if status == "fixed":
        return f"not any more: {case.expect}"
    if status == "not applicable":
        return _of_others(case, result)
    if status == "undetermined":
        return "no rule of its plan met a segment" if _idle(result) else "; ".join(result.notes)
    return ""


def _said(finding: Finding) -> str:
    who = "somebody" if finding.blame is None else f"the {finding.blame}"
    return f"{who} broke {finding.rule}" + (f" at #{finding.frame}" if finding.frame else "")
