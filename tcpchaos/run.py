"""One run: a plan, what is played under it, a lab, an oracle, and what came of it.

All judging is the oracle's but for one question, which is the run's: did the applications get what they came for? See
`judge`.
"""

import signal
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Final, Literal, NamedTuple

import trio

from tcpchaos.backends.host import Broken
from tcpchaos.backends.lab import KernelSocket, Lab, open_lab
from tcpchaos.backends.lab.commands import inherited_environment
from tcpchaos.engine import Engine
from tcpchaos.oracle import Connection, Finding, Oracle, Verdict
from tcpchaos.plan import Plan, parse
from tcpchaos.rfc import Rule, State
from tcpchaos.trace import Side, Trace
from tcpchaos.workloads import (
    Account,
    Application,
    Commands,
    Player,
    Programs,
    Scale,
    Workload,
    WorkloadPlayer,
    workload,
)

TIMEOUT_S: Final = 30.0
# After the applications' last word: so long the rest may take, lost FINs and their retransmissions among it (200 ms,
# doubled each time: five in a row).
SETTLE_S: Final = 10.0
# While a server of the user's still runs and may sit on connections that it won't close.
SERVING_SETTLE_S: Final = 2.0
# After a run that was cut off, where everything was aborted and nothing needs to be retransmitted.
CUT_OFF_SETTLE_S: Final = 1.0
_LOOK_S: Final = 0.01  # between two looks at the kernels' sockets
_SOCKETS_NAMED: Final = 6  # in a note; more are counted

# Sockets in these states send nothing of their own accord and owe nobody anything.
_AT_REST: Final = frozenset({State.CLOSED, State.LISTEN, State.TIME_WAIT})

Outcome = Literal["pass", "violation", "undetermined"]


@dataclass(frozen=True, slots=True, kw_only=True)
class RunConfig:
    """What to run, and where.

    `play` is the name of a workload or two commands of the user's. `port` is the server's, 0 for any. `timeout_s`
    bounds the exchange itself, not the making of the lab. `sysctls` are set at both endpoints.
    """

    plan: Plan = field(default_factory=Plan)
    play: str | Commands = "echo"
    scale: Scale = field(default_factory=Scale)
    family: Literal[4, 6] = 4
    mtu: int = 1500
    port: int = 0
    timeout_s: float = TIMEOUT_S
    sysctls: Mapping[str, str] = field(default_factory=dict)
    strict: bool = False


class Fired(NamedTuple):
    """A rule in its notation, how often it fired, and whether it is the workload's own and not the plan's."""

    rule: str
    times: int
    of_workload: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class RunResult:
    """Everything that came of a run.

    `outcome` and `findings` are `judge`'s, `verdict` is the oracle's alone. `accounts` are the connections as the
    workload's applications saw them (none for commands of the user's). `took_us` leaves out the making of the lab.
    """

    config: RunConfig
    outcome: Outcome
    findings: tuple[Finding, ...]
    notes: tuple[str, ...]
    verdict: Verdict
    trace: Trace
    connections: tuple[Connection, ...]
    fired: tuple[Fired, ...]
    applications: tuple[Application, Application]
    accounts: tuple[Account, ...]
    kernel: str
    conditions: Mapping[str, str]
    took_us: int
    interrupted: bool
    timed_out: bool
    backend: str = "lab"


async def run(config: RunConfig, *, trace: Trace | None = None) -> RunResult:
    """Make a lab, play in it under the plan, and return what came of it; nothing of the lab is left.

    A `trace` of the caller's may do more with what it is told than keep it. In the main thread, Ctrl-C (or SIGTERM)
    ends the playing, and the result is what was seen so far. Raises Broken where the environment failed, LookupError
    for an unknown workload, ValueError for an MTU that can't be or a command line that can't be read.
    """
    chosen = None if isinstance(config.play, Commands) else workload(config.play)
    with _one_error():
        async with open_lab(config.family, config.mtu, config.sysctls) as lab:
            running = _Run(config, chosen, lab, Trace() if trace is None else trace)
            await running.play()
            return await running.result()


class _Run:
    """A run in an open lab."""

    def __init__(self, config: RunConfig, chosen: Workload | None, lab: Lab, trace: Trace) -> None:
        self._config = config
        self._lab = lab
        self._trace = trace
        self._oracle = Oracle(stack=lab.kernel, strict=config.strict)
        own = parse("\n".join(chosen.rules)).rules if chosen is not None else ()
        # The user's rules come first: what a probability decides depends on the number of the rule.
        self._plan = Plan(rules=(*config.plan.rules, *own), seed=config.plan.seed)
        self._engine = Engine(self._plan, self._oracle, trace, mtu=config.mtu)
        self._player = self._cast(chosen)
        self._began_ns = time.monotonic_ns()
        self._playing = self._settling = trio.CancelScope()
        self._notes: list[str] = []
        self._interrupted = False
        self._timed_out = False
        self._played = False  # to the end
        self._settled = False

    def _cast(self, chosen: Workload | None) -> Player:
        client, server, port = self._lab.client, self._lab.server, self._config.port
        if chosen is not None:
            return WorkloadPlayer(chosen, client, server, self._oracle, scale=self._config.scale, port=port)
        assert isinstance(self._config.play, Commands)
        return Programs(client, server, self._config.play, env=inherited_environment(), port=port)

    async def play(self) -> None:
        """Play, wait until all is at rest, and have everything stopped."""
        async with trio.open_nursery() as nursery:
            await nursery.start(self._lab.pump, self._engine, self._clock)
            nursery.start_soon(self._heed_signals)
            with self._playing:
                async with self._player.serving():
                    with trio.CancelScope() as in_time:
                        nursery.start_soon(self._heed_time, in_time)
                        await self._player.play()
                        self._played = True
                    if self._played:
                        await self._settle(SERVING_SETTLE_S)
            self._settled = await self._settle(SETTLE_S if self._played else CUT_OFF_SETTLE_S)
            nursery.cancel_scope.cancel()

    async def result(self) -> RunResult:
        """Have the oracle judge what was seen, and put everything together."""
        took_us = self._clock()
        if not self._settled:
            self._notes.append(f"not all was at rest when the run ended: {self._sockets() or 'packets were held back'}")
        losses = await self._lab.losses()
        if losses:
            counts = ", ".join(f"{count} {cause}" for cause, count in losses.items())
            self._notes.append(f"the lab itself lost packets, for which no endpoint can be blamed: {counts}")
        verdict = self._oracle.verdict(finished=self._played)
        applications = self._player.applications()
        gave_up = verdict.faults != "lethal" and any(application.gave_up for application in applications)
        if gave_up:
            self._notes.append("a TCP gave up after it had heard nothing for as long as it must wait, as it may")
        complete = self._played and not gave_up
        failures = failed_promises(verdict, applications, self._oracle.connections) if complete else ()
        return RunResult(
            config=self._config,
            outcome=judge(verdict, failures, complete=complete, trustworthy=not losses),
            findings=(*verdict.findings, *failures),
            notes=(*self._notes, *self._engine.notes, *verdict.notes),
            verdict=verdict,
            trace=self._trace,
            connections=tuple(self._oracle.connections),
            fired=tuple(
                Fired(str(rule), times, number >= len(self._config.plan.rules))
                for number, (rule, times) in enumerate(zip(self._plan.rules, self._engine.deeds, strict=True))
            ),
            applications=applications,
            accounts=self._player.accounts,
            kernel=self._lab.kernel,
            conditions=self._lab.conditions,
            took_us=took_us,
            interrupted=self._interrupted,
            timed_out=self._timed_out,
        )

    def _clock(self) -> int:
        return (time.monotonic_ns() - self._began_ns) // 1000

    async def _heed_time(self, playing: trio.CancelScope) -> None:
        await trio.sleep(self._config.timeout_s)
        if not self._played:
            self._timed_out = True
            self._note_waiting(f"timed out after {self._config.timeout_s:g} s")
            playing.cancel()

    async def _heed_signals(self) -> None:
        if threading.current_thread() is not threading.main_thread():
            return
        with trio.open_signal_receiver(signal.SIGINT, signal.SIGTERM) as signals:
            async for number in signals:
                if not self._interrupted:
                    self._interrupted = True
                    self._note_waiting(f"interrupted by {signal.Signals(number).name}")
                self._playing.cancel()
                self._settling.cancel()

    def _note_waiting(self, why: str) -> None:
        """Note who waits for what, while there still is someone who waits."""
        waiting = self._player.waiting()
        self._notes.append(f"{why}: {'; '.join(waiting)}" if waiting else why)
        sockets = self._sockets()
        if sockets:
            self._notes.append(f"the kernels at that time: {sockets}")

    async def _settle(self, at_most_s: float) -> bool:
        """Wait until both kernels are done with their connections and nothing is under way; tell whether they are."""
        with trio.move_on_after(at_most_s) as self._settling:
            seen = -1
            while True:
                if self._engine.due() is None and not any(self._busy(side) for side in Side):
                    if self._trace.seen == seen:
                        return True
                    seen = self._trace.seen
                await trio.sleep(_LOOK_S)
        return False

    def _busy(self, side: Side) -> list[KernelSocket]:
        peer = self._lab.host(side.peer).address
        sockets = self._lab.host(side).sockets()
        return [found for found in sockets if found.remote == peer and found.state not in _AT_REST]

    def _sockets(self) -> str:
        texts = [
            f"{side} port {found.local_port} {found.state}, {found.send_queue} octets not acknowledged, "
            f"{found.receive_queue} not read"
            for side in Side
            for found in self._busy(side)
        ]
        more = f"; and {len(texts) - _SOCKETS_NAMED} more" if len(texts) > _SOCKETS_NAMED else ""
        return "; ".join(texts[:_SOCKETS_NAMED]) + more


# What a run promises, beside the law of which it is the point: it is judged here because only here the applications
# are known.
PROMISE: Final = Rule(
    id="AP-01",
    level="must",
    rfc="RFC 9293, 2.2",
    label="",
    sentence="Faults that must be survived cost the applications time and nothing else.",
    vantage="both",
)


def failed_promises(
    verdict: Verdict, applications: Sequence[Application], connections: Sequence[Connection]
) -> tuple[Finding, ...]:
    """Return a finding for the first application that did not get what it came for, though nothing lethal was done.

    A client that exits with another status than 0 is such a one, and so is a workload whose part broke off. Nobody is
    blamed: the finding says that there is something to find, in the TCPs, in the programs or in their patience.
    """
    failed = next((application for application in applications if not application.ok), None)
    if verdict.faults == "lethal" or failed is None:
        return ()
    only = connections[0] if len(connections) == 1 else None
    nowhere = str(State.CLOSED)
    return (
        Finding(
            rule=PROMISE.id,
            level=PROMISE.level,
            rfc=PROMISE.rfc,
            sentence=PROMISE.sentence,
            blame=None,
            known=None,
            connection=only.number if only else 0,
            frame=only.last_frame if only else 0,
            at_us=only.last_at_us if only else 0,
            states=only.states if only else (nowhere, nowhere),
            expected=f"the {failed.side}'s application gets what it came for",
            observed=f"{failed.what}: {failed.ended}"
            + (", though nothing was done to any segment" if verdict.faults == "none" else ""),
        ),
    )


def judge(verdict: Verdict, failures: tuple[Finding, ...], *, complete: bool, trustworthy: bool) -> Outcome:
    """Return the outcome of a run. This is the one place where it is decided.

    - A breach of the law is a violation, whatever else happened; unless the lab itself lost packets that the oracle
      counts as delivered, which makes it undetermined.
    - A run that was cut off (timeout, Ctrl-C) is undetermined: nobody knows what would have come. So is one in which
      everything was lost for so long that a TCP gave up.
    - An application that failed although all faults were survivable is a violation of `PROMISE`, with a finding of its
      own: whoever lets this run every night wants to hear of it. After lethal faults an application may fail.
    - Everything else is as the oracle says.
    """
    if verdict.outcome == "violation":
        return "violation" if trustworthy else "undetermined"
    if not complete:
        return "undetermined"
    if failures:
        return "violation"
    return "pass" if verdict.outcome == "pass" else "undetermined"


@contextmanager
def _one_error() -> Iterator[None]:
    """Let an error that is the only one out of any groups around it; several come out as the group they are."""
    try:
        yield
    except BaseExceptionGroup as group:
        errors = list(_leaves(group))
        broken = [error for error in errors if isinstance(error, Broken)]
        if broken:
            raise broken[0] from None
        if len(errors) == 1:
            raise errors[0] from None
        raise


def _leaves(group: BaseExceptionGroup[BaseException]) -> Iterator[BaseException]:
    for error in group.exceptions:
        if isinstance(error, BaseExceptionGroup):
            yield from _leaves(error)
        else:
            yield error
