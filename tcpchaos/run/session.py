"""The run itself: a world is opened, the applications play in it under the plan, all comes to rest, and is judged."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from functools import partial
from typing import Final

import trio

from tcpchaos.backends.host import Broken
from tcpchaos.backends.lab.commands import inherited_environment
from tcpchaos.backends.lab.kernel_log import KernelLog, listening
from tcpchaos.backends.simulated import simulate
from tcpchaos.backends.world import World
from tcpchaos.backends.worlds import perform
from tcpchaos.engine import Engine
from tcpchaos.oracle import Finding, Oracle
from tcpchaos.plan import Plan, parse
from tcpchaos.rfc import State
from tcpchaos.run.aftermath import Evidence, judge_after, judge_log, suspects
from tcpchaos.run.config import Fired, RunConfig, RunResult
from tcpchaos.run.interrupts import Interrupts
from tcpchaos.run.judging import failed_promises, given_up, judge
from tcpchaos.run.kernel import Witness
from tcpchaos.run.kernel_words import alarms
from tcpchaos.run.liveness import Vigil, room_us
from tcpchaos.trace import Side, Socket, Trace
from tcpchaos.workloads import (
    Commands,
    Exchange,
    HalfPlayer,
    Player,
    Programs,
    Unseen,
    Visited,
    Visitor,
    Workload,
    WorkloadPlayer,
    workload,
)

# After the applications' last word: so long the rest may take, lost FINs and their retransmissions among it (200 ms,
# doubled each time: five in a row).
SETTLE_S: Final = 10.0
# While a server of the user's still runs and may sit on connections that it won't close.
SERVING_SETTLE_S: Final = 2.0
# After a run that was cut off, where everything was aborted and nothing needs to be retransmitted.
CUT_OFF_SETTLE_S: Final = 1.0
# Between two looks at the endpoints' sockets: soon at first, then less and less often.
_LOOK_S: Final = 0.01
_LONGEST_LOOK_S: Final = 0.1
_SOCKETS_NAMED: Final = 6  # in a note; more are counted

# Sockets in these states send nothing of their own accord and owe nobody anything.
_AT_REST: Final = frozenset({State.CLOSED, State.LISTEN, State.TIME_WAIT})


async def run(config: RunConfig, *, trace: Trace | None = None, heeds_signals: bool = True) -> RunResult:
    """Open a world, play in it under the plan, and return what came of it; nothing of the world is left.

    A `trace` of the caller's may do more with what it is told than keep it. In the main thread, Ctrl-C (or SIGTERM)
    ends the playing, and the result is what was seen so far; where several are run at a time, none `heeds_signals`.
    Raises Broken where the environment failed, LookupError for an unknown workload or broken endpoint, ValueError for
    an MTU that can't be or a command line that can't be read.
    """
    chosen = _chosen(config)
    interrupts = Interrupts()
    with one_error():
        async with trio.open_nursery() as nursery:
            if heeds_signals:
                nursery.start_soon(interrupts.listen)
            played = await perform(config.setting, partial(_play, config, chosen, trace, interrupts))
            if config.control and played.suspicious:
                # In a world of its own: nothing that the chaos has left may explain what happens there.
                clean = replace(config, plan=Plan())
                with suppress(Broken):
                    played.compare(await perform(clean.setting, partial(_play, clean, chosen, None, interrupts)))
            nursery.cancel_scope.cancel()
    return played.result()


def run_simulated(config: RunConfig, *, trace: Trace | None = None) -> RunResult:
    """Do what `run` does with `backend="sim"`, without a loop around it: for many short runs, one after the other.

    Raises LookupError for an unknown workload or broken endpoint, Broken for programs, which need a kernel.
    """
    with one_error():
        return simulate(config.setting, partial(_play, config, _chosen(config), trace, Interrupts())).result()


def _chosen(config: RunConfig) -> Workload | None:
    return workload(config.play) if isinstance(config.play, str) else None


async def run_in(world: World, config: RunConfig, *, visited: Visited | None = None) -> RunResult:
    """Do what `run` does in a world that is open and stays so; `visited` is the server for an exchange of ours.

    Nobody heeds a Ctrl-C, and nothing is played twice. Raises what `run` does.
    """
    with one_error():
        return (await _play(config, _chosen(config), None, None, world, visited)).result()


async def _play(
    config: RunConfig,
    chosen: Workload | None,
    trace: Trace | None,
    interrupts: Interrupts | None,
    world: World,
    visited: Visited | None = None,
) -> "_Run":
    running = _Run(config, chosen, world, Trace() if trace is None else trace, visited)
    if interrupts is not None:
        interrupts.heed(running.interrupt)
    with listening(world.stacks) as log:
        await running.play()
        await running.conclude(log)
    return running


class _Run:
    """A run in an open world."""

    def __init__(
        self, config: RunConfig, chosen: Workload | None, world: World, trace: Trace, visited: Visited | None
    ) -> None:
        self._config = config
        self._world = world
        self._trace = trace
        self._oracle = Oracle(stacks=world.stacks, strict=config.strict, room_us=room_us(world))
        self._oracle.circumstances.crowded = visited is not None
        ours = chosen is not None and config.foreign is None
        self._vigil = Vigil(self._oracle, world, programs=not ours)
        own = parse("\n".join(chosen.rules)).rules if chosen is not None else ()
        # The user's rules come first: what a probability decides depends on the number of the rule.
        self._plan = Plan(rules=(*config.plan.rules, *own), seed=config.plan.seed)
        self._engine = Engine(self._plan, self._oracle, trace, mtu=config.mtu)
        self._player = self._cast(chosen, visited)
        self._witness = Witness(self._oracle, trace, world, alone=ours)
        self._playing = self._settling = trio.CancelScope()
        self._notes: list[str] = [world.remark] if world.remark else []
        self._interrupted = False
        self._timed_out = False
        self._overrun = False  # by a storm of packets
        self._played = False  # to the end
        self._settled = False
        self._took_us = 0
        self._losses: dict[str, int] = {}
        self._alarms: list[str] = []
        self._control: _Run | None = None

    def _cast(self, chosen: Workload | None, visited: Visited | None) -> Player:
        world, config = self._world, self._config
        hosts = (world.endpoint(Side.CLIENT), world.endpoint(Side.SERVER))
        theirs = None if config.foreign is None else Unseen(str(config.foreign), config.foreign.port)
        if chosen is not None and theirs is not None:
            return HalfPlayer(chosen, *hosts, self._oracle, theirs, scale=config.scale)
        if chosen is not None:
            scale, port, crossings = config.scale, config.port, world.crossings
            return WorkloadPlayer(chosen, *hosts, self._oracle, scale=scale, port=port, crossings=crossings)
        if isinstance(config.play, Commands):
            places = (world.place(Side.CLIENT), world.place(Side.SERVER))
            return Programs(*places, config.play, env=inherited_environment(), port=config.port)
        assert isinstance(config.play, Exchange)
        visited = theirs or visited
        if visited is None:
            raise ValueError("an exchange needs a server: give the command that starts one")
        return Visitor(config.play, hosts[Side.CLIENT], hosts[Side.SERVER].address, visited)

    async def play(self) -> None:
        """Play, wait until all is at rest, and have everything stopped."""
        async with trio.open_nursery() as nursery:
            await nursery.start(self._carry, nursery.cancel_scope)
            nursery.start_soon(self._vigil.watch)
            nursery.start_soon(self._witness.watch)
            with self._playing:
                async with self._player.serving():
                    with trio.CancelScope() as in_time:
                        nursery.start_soon(self._heed_time, in_time)
                        await self._player.play()
                        self._played = True
                        self._vigil.leave()
                    if self._played:
                        await self._settle(SETTLE_S if isinstance(self._config.play, str) else SERVING_SETTLE_S)
                    if self._played or self._config.foreign is not None:
                        self._witness.dismiss()
                        self._engine.stand_aside()
                        await self._player.look_after()
            self._settled = await self._settle(SETTLE_S if self._played else CUT_OFF_SETTLE_S)
            if self._played and not self._settled:
                self._settled = await self._settle(self._vigil.patience_s())
            await self._vigil.conclude(self._busy, at_rest=self._settled, played=self._played)
            self._witness.dismiss()
            nursery.cancel_scope.cancel()

    async def _carry(
        self, all_else: trio.CancelScope, *, task_status: trio.TaskStatus[None] = trio.TASK_STATUS_IGNORED
    ) -> None:
        """Have packets carried; where that ends before all else does, so does all else, and nothing more is judged."""
        await self._world.pump(self._engine, task_status=task_status)
        self._overrun = True
        self._note_waiting("cut off for a storm: packets begot packets and no application got any further")
        self._witness.dismiss()
        all_else.cancel()

    async def conclude(self, log: KernelLog | None) -> None:
        """Ask for all that nobody can be asked for any more once the world is closed."""
        self._took_us = self._world.clock()
        if not self._settled:
            self._notes.append(f"not all was at rest when the run ended: {self._sockets() or 'packets were held back'}")
        self._losses = await self._world.losses()
        await self._witness.conclude()
        self._alarms = alarms(log.lines()) if log is not None else []

    @property
    def suspicious(self) -> bool:
        """Whether something is odd about the server that only the same without faults can explain."""
        return self._played and suspects(self._evidence())

    def compare(self, control: "_Run") -> None:
        """Hold nothing against the server that it did in this run, too, which was without faults."""
        if control._played:
            self._control = control

    def _evidence(self) -> Evidence:
        harmed = next((each.excuse for each in self._oracle.connections if each.harmed), "")
        evidence = Evidence(
            after=self._player.after,
            segments=self._trace.seen // 2,
            faulty=bool(self._config.plan.rules),
            lethal=harmed,
        )
        if self._control is None:
            return evidence
        control = self._control._evidence()
        return replace(evidence, control=control.after, control_segments=control.segments)

    def _aftermath(self) -> tuple[Finding, ...]:
        """Judge what the run has left behind."""
        evidence, connections = self._evidence(), self._oracle.connections
        if self._control is not None:
            self._notes.append(
                "the same was played once more, without any fault, to see what the server does of its own accord"
            )
        return (*judge_after(evidence, connections), *judge_log(self._alarms, connections))

    def result(self) -> RunResult:
        """Have the oracle judge what was seen, and put everything together."""
        losses = self._losses
        if losses:
            counts = ", ".join(f"{count} {cause}" for cause, count in losses.items())
            self._notes.append(f"the lab itself lost packets, for which no endpoint can be blamed: {counts}")
        finished = self._played and not self._overrun
        verdict = self._oracle.verdict(finished=finished)
        applications = self._player.applications()
        gave_up = verdict.faults != "lethal" and (
            any(application.gave_up for application in applications) or given_up(self._oracle.connections)
        )
        if gave_up:
            self._notes.append("a TCP gave up after it had heard nothing for as long as it must wait, as it may")
        complete = finished and not gave_up
        left = (*self._aftermath(), *self._witness.findings)
        failures = failed_promises(verdict, applications, self._oracle.connections, left) if complete else ()
        findings = (*left, *self._vigil.findings, *failures)
        return RunResult(
            config=self._config,
            outcome=judge(verdict, findings, complete=complete, trustworthy=not losses),
            findings=(*verdict.findings, *findings),
            notes=(*self._notes, *self._engine.notes, *self._witness.notes, *verdict.notes),
            verdict=verdict,
            trace=self._trace,
            overheard=self._witness.overheard,
            reasons=self._witness.reasons,
            counters=self._witness.counters,
            connections=tuple(self._oracle.connections),
            fired=tuple(
                Fired(str(rule), times, number >= len(self._config.plan.rules))
                for number, (rule, times) in enumerate(zip(self._plan.rules, self._engine.deeds, strict=True))
            ),
            applications=applications,
            accounts=self._player.accounts,
            backend=self._world.backend,
            stacks=self._world.stacks,
            conditions=self._world.conditions,
            took_us=self._took_us,
            interrupted=self._interrupted,
            timed_out=self._timed_out or self._overrun,
        )

    async def _heed_time(self, playing: trio.CancelScope) -> None:
        await trio.sleep(self._config.timeout_s)
        if not self._played:
            self._timed_out = True
            self._note_waiting(f"timed out after {self._config.timeout_s:g} s")
            self._vigil.leave()
            playing.cancel()

    def interrupt(self, name: str) -> None:
        """End the playing, because of the signal of this name."""
        if not self._interrupted:
            self._interrupted = True
            self._note_waiting(f"interrupted by {name}")
            self._vigil.leave()
        self._playing.cancel()
        self._settling.cancel()

    def _note_waiting(self, why: str) -> None:
        """Note who waits for what, while there still is someone who waits."""
        self._player.tell_waiting(self._world.clock())
        waiting = self._player.waiting()
        self._notes.append(f"{why}: {'; '.join(waiting)}" if waiting else why)
        sockets = self._sockets()
        if sockets:
            self._notes.append(f"the endpoints at that time: {sockets}")

    async def _settle(self, at_most_s: float) -> bool:
        """Wait until both endpoints are done with their connections and nothing is under way; tell whether they are."""
        with trio.move_on_after(at_most_s) as self._settling:
            seen, pause_s = -1, _LOOK_S
            while True:
                if self._engine.due() is None and not any(self._busy(side) for side in Side):
                    if self._trace.seen == seen and not self._vigil.answers_are_due():
                        return True
                    seen = self._trace.seen
                await trio.sleep(pause_s)
                pause_s = min(1.5 * pause_s, _LONGEST_LOOK_S)
        return False

    def _busy(self, side: Side) -> list[Socket]:
        peer = self._world.endpoint(side.peer).address
        sockets = self._world.endpoint(side).sockets(info=False)
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


@contextmanager
def one_error() -> Iterator[None]:
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
