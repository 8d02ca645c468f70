"""The run itself: a lab is made, the applications play in it under the plan, all comes to rest, and is judged."""

import signal
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

import trio

from tcpchaos.backends.host import Broken
from tcpchaos.backends.lab import Lab, open_lab
from tcpchaos.backends.lab.commands import inherited_environment
from tcpchaos.engine import Engine
from tcpchaos.oracle import Oracle
from tcpchaos.plan import Plan, parse
from tcpchaos.rfc import State
from tcpchaos.run.config import Fired, RunConfig, RunResult
from tcpchaos.run.judging import failed_promises, judge
from tcpchaos.trace import Side, Socket, Trace
from tcpchaos.workloads import (
    Commands,
    Player,
    Programs,
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
_LOOK_S: Final = 0.01  # between two looks at the kernels' sockets
_SOCKETS_NAMED: Final = 6  # in a note; more are counted

# Sockets in these states send nothing of their own accord and owe nobody anything.
_AT_REST: Final = frozenset({State.CLOSED, State.LISTEN, State.TIME_WAIT})


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
        self._oracle = Oracle(stacks=(lab.kernel, lab.kernel), strict=config.strict)
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

    def _busy(self, side: Side) -> list[Socket]:
        peer = self._lab.host(side.peer).address
        sockets = self._lab.host(side).sockets(info=False)
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
