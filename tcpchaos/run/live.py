"""Flows that others make, under a plan and judged for as long as somebody wants: no applications of ours, no end.

What the applications wanted nobody here knows, and the network goes on when we leave it. So nothing is asked for that
only the end of a run shows.
"""

import signal
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Final, NamedTuple, Protocol

import trio

from tcpchaos.backends.host import Broken
from tcpchaos.engine import Engine
from tcpchaos.oracle import Connection, Finding, Oracle, Sight, Verdict
from tcpchaos.plan import Plan
from tcpchaos.run.config import Fired, Outcome
from tcpchaos.run.interrupts import HEEDED, Interrupts
from tcpchaos.run.judging import judge
from tcpchaos.run.liveness import keep_watch
from tcpchaos.run.session import one_error
from tcpchaos.trace import Side, Trace
from tcpchaos.wire import Packet

# How long what the plan holds back may take to go its way, once it is to end. A held segment waits no longer.
LAST_CALL_S: Final = 1.5
# Of plans that were replaced, what the last ones did is told.
FORMER_TOLD: Final = 20
_LOOK_S: Final = 0.02


class Way(Protocol):
    """A backend through which flows pass that nobody here starts.

    `backend` is its name, `stacks` are the TCPs of clients and servers as far as they are known, `mtu` is in octets.
    """

    @property
    def backend(self) -> str:
        """Which backend it is."""

    @property
    def stacks(self) -> tuple[str, str]:
        """The TCPs, client's first; "" for one that is not known."""

    @property
    def mtu(self) -> int | None:
        """What a packet may have at the most."""

    async def pump(
        self, engine: Engine, clock: Callable[[], int], *, task_status: trio.TaskStatus[None] = trio.TASK_STATUS_IGNORED
    ) -> None:
        """Carry packets of the flows through the engine, until cancelled; `clock` gives microseconds."""

    def sight(self, side: Side, packet: Packet) -> Sight:
        """Return how much can be heard of a connection that begins with the packet that is being carried."""

    def waiting_us(self) -> int:
        """Return for how long, in microseconds, a packet may have waited that `pump` has not taken yet."""

    def losses(self) -> dict[str, int]:
        """What passed unheard or got lost without the engine's doing: counts above zero, by cause."""

    def notes(self) -> tuple[str, ...]:
        """What a reader of the result should know of how the flows were heard."""

    def conditions(self) -> dict[str, str]:
        """What was in force where they were heard."""

    def heed(self, plan: Plan) -> None:
        """Hear which plan is in force from now on, and have `pump` ask the engine at once when it is due."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LiveConfig:
    """What to do to flows: `flows` says which in words, `time_s` for how long, None until told to stop.

    Without `hangup`, a SIGHUP is not a signal to stop.
    """

    flows: str
    plan: Plan = field(default_factory=Plan)
    time_s: float | None = None
    strict: bool = False
    hangup: bool = True


class Figures(NamedTuple):
    """How far a session is: for a line that is written again and again."""

    took_us: int
    segments: int
    connections: int
    open_now: int
    fired: int
    findings: int


@dataclass(frozen=True, slots=True, kw_only=True)
class LiveResult:
    """What came of a session. `outcome` is `judge`'s, `verdict` the oracle's; `seen` counts connections.

    `broken` tells that the way has failed in the midst of it.
    """

    config: LiveConfig
    outcome: Outcome
    findings: tuple[Finding, ...]
    notes: tuple[str, ...]
    verdict: Verdict
    trace: Trace
    connections: tuple[Connection, ...]
    seen: int
    fired: tuple[Fired, ...]
    backend: str
    stacks: tuple[str, str]
    took_us: int
    conditions: Mapping[str, str] = field(default_factory=dict)
    broken: Broken | None = None


class Live:
    """A session on a way that is open, `way`."""

    def __init__(self, config: LiveConfig, way: Way, *, trace: Trace | None = None) -> None:
        self._config = config
        self.way = way
        self._trace = Trace() if trace is None else trace
        self._oracle = Oracle(stacks=way.stacks, strict=config.strict, sight=way.sight)
        self._oracle.circumstances.lasting = False  # what programs do that give up in silence nobody hears
        self._engine = Engine(config.plan, self._oracle, self._trace, mtu=way.mtu)
        way.heed(config.plan)
        self._going_on = trio.CancelScope()
        self._began: float | None = None
        self._underway = False
        self._stopped = ""
        self._broken: Broken | None = None
        self.begun = trio.Event()  # packets pass
        self._former: list[str] = []
        self._told = 0

    async def run(self) -> LiveResult:
        """Go on until the time is over, or a signal comes in the main thread, and return what came of it.

        Flows of others have no end: whoever stops, Ctrl-C or not, stops in good order.
        """
        # A terminal that goes away ends it, too.
        interrupts = Interrupts((*HEEDED, signal.SIGHUP) if self._config.hangup else HEEDED)
        interrupts.heed(self.stop)
        self._began = trio.current_time()
        with one_error():
            async with trio.open_nursery() as nursery:
                await nursery.start(self._carry)
                self._underway = True
                self.begun.set()
                nursery.start_soon(interrupts.listen)
                nursery.start_soon(
                    keep_watch, self._oracle, self.clock, self.way.waiting_us, lambda: len(self._oracle.connections)
                )
                with self._going_on:
                    await trio.sleep(float("inf") if self._config.time_s is None else self._config.time_s)
                await self._last_call()
                nursery.cancel_scope.cancel()
        return self.result()

    def clock(self) -> int:
        """Return the microseconds since it began to run."""
        return 0 if self._began is None else int((trio.current_time() - self._began) * 1_000_000)

    def stop(self, why: str) -> None:
        """End it in good order, because of the signal of this name, or of none."""
        self._stopped = why
        self._going_on.cancel()

    @property
    def segments(self) -> int:
        """How many segments were sent so far."""
        return self._trace.seen // 2

    @property
    def busy(self) -> bool:
        """Whether packets are held back, or other deeds of the plan are still to come."""
        return self._engine.due() is not None

    @property
    def flows(self) -> str:
        """Which flows, in words."""
        return self._config.flows

    def replace(self, plan: Plan) -> None:
        """Do what another plan says from now on."""
        rules = "; ".join(f"{rule} ({times})" for rule, times, _ in self.fired()) or "no rules"
        self._former.append(f"until {self.clock() / 1_000_000:.1f} s another plan was in force: {rules}")
        self._engine.replace(plan, self.clock())
        self.way.heed(plan)

    def fired(self) -> tuple[Fired, ...]:
        """Return the rules in force, and how often each was done."""
        deeds = zip(self._engine.plan.rules, self._engine.deeds, strict=True)
        return tuple(Fired(str(rule), times, False) for rule, times in deeds)

    def news(self) -> tuple[Finding, ...]:
        """Return what was found since this was asked last."""
        found = self._oracle.found
        told, self._told = self._told, len(found)
        return found[told:]

    def figures(self) -> Figures:
        """Return how far it is."""
        connections = self._oracle.connections
        return Figures(
            took_us=self.clock(),
            segments=self.segments,
            connections=self._oracle.seen,
            open_now=sum(not each.at_rest for each in connections),
            fired=sum(self._engine.deeds),
            findings=sum(each.counts for each in self._oracle.found),
        )

    async def _carry(self, *, task_status: trio.TaskStatus[None]) -> None:
        """Carry packets; where the way fails in the midst of it, end."""
        try:
            await self.way.pump(self._engine, self.clock, task_status=task_status)
        except Broken as broken:
            if not self._underway:
                raise
            self._broken = broken
            self._going_on.cancel()

    async def _last_call(self) -> None:
        """Begin nothing new, and let what is held back go its way, so that nothing is lost because we leave."""
        self._engine.stand_aside()
        with trio.move_on_after(LAST_CALL_S):
            while self.busy and self._broken is None:
                await trio.sleep(_LOOK_S)

    def result(self) -> LiveResult:
        """Have the oracle judge what was seen so far, and put everything together."""
        took_us = self.clock()
        self._oracle.look(took_us)
        verdict = self._oracle.verdict(going_on=True)
        losses = self.way.losses()
        notes = [f"stopped by {self._stopped}"] if self._stopped else []
        notes += self._former[-FORMER_TOLD:]
        if self.busy:
            notes.append("packets were still held back when it ended, and are lost")
        if losses:
            counts = ", ".join(f"{count:,} {cause}" for cause, count in losses.items())
            notes.append(f"not all was heard or carried, for which no endpoint can be blamed: {counts}")
        return LiveResult(
            config=replace(self._config, plan=self._engine.plan),
            outcome=judge(verdict, (), complete=True, trustworthy=not losses),
            findings=verdict.findings,
            notes=(*notes, *self.way.notes(), *self._engine.notes, *verdict.notes),
            verdict=verdict,
            trace=self._trace,
            connections=self._oracle.connections,
            seen=self._oracle.seen,
            fired=self.fired(),
            backend=self.way.backend,
            stacks=self.way.stacks,
            took_us=took_us,
            conditions=self.way.conditions(),
            broken=self._broken,
        )
