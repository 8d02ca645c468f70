"""The lab as a way on which a test's own sockets talk: what earlier tests have left on it is none of this one's."""

from collections.abc import Callable, Sequence

import trio

from tcpchaos.backends.lab import Lab as OpenLab
from tcpchaos.backends.lab.timer import Alarm
from tcpchaos.backends.world import PumpedEngine
from tcpchaos.oracle import Sight
from tcpchaos.plan import Plan
from tcpchaos.trace import Side
from tcpchaos.wire import SYN, Packet


class LabWay:
    """An open lab for one session after the other; a Way. `former` are the flows of the sessions before."""

    backend = "lab"

    def __init__(self, lab: OpenLab, former: set[bytes]) -> None:
        self.mtu: int | None = lab.mtu
        self.stacks = (lab.kernel, lab.kernel)
        self._lab = lab
        self._former = former
        self._again: set[bytes] = set()  # of those, which were opened anew
        self._alarm: Alarm | None = None
        self._lost: dict[str, int] = {}

    async def pump(
        self,
        engine: PumpedEngine,
        clock: Callable[[], int],
        *,
        task_status: trio.TaskStatus[None] = trio.TASK_STATUS_IGNORED,
    ) -> None:
        """Carry packets through the engine, those of former flows past it, until cancelled."""
        before = await self._lab.losses()
        newcomers = Newcomers(engine, self._former, self._again)
        with Alarm() as self._alarm:
            try:
                await self._lab.pump(newcomers, clock, alarm=self._alarm, task_status=task_status)
            finally:
                self._alarm = None
                self._former |= newcomers.keys
                with trio.CancelScope(shield=True):
                    now = await self._lab.losses()
                self._lost = {cause: left for cause, n in now.items() if (left := n - before.get(cause, 0)) > 0}

    def sight(self, side: Side, packet: Packet) -> Sight:
        """Return that all can be heard, where no flow of a former session may still speak."""
        return Sight(fresh=packet.key not in self._again)

    def waiting_us(self) -> int:
        """For how long the oldest frame has waited that was not carried yet."""
        return self._lab.waiting_us()

    def losses(self) -> dict[str, int]:
        """What the lab has lost since the pump began, once that has ended."""
        return self._lost

    def heed(self, plan: Plan) -> None:
        """Have the pump ask the engine at once when it is due, whatever the plan is."""
        if self._alarm is not None:
            self._alarm.set(0)

    def conditions(self) -> dict[str, str]:
        """What is in force at the lab's endpoints."""
        return dict(self._lab.conditions)

    def notes(self) -> tuple[str, ...]:
        """Nothing: everything is heard."""
        return ()


class Newcomers:
    """An engine that leaves former flows alone until they begin anew, and notes the `keys` of all others."""

    def __init__(self, engine: PumpedEngine, former: set[bytes], again: set[bytes]) -> None:
        self.keys: set[bytes] = set()
        self._engine = engine
        self._former = former
        self._again = again
        self._past: list[tuple[Side, bytes]] = []

    def receive(self, side: Side, packet: Packet, now_us: int) -> None:
        """Take a packet that this endpoint sent."""
        if packet.key in self._former:
            if not packet.flags & SYN:
                self._past.append((side.peer, packet.octets))
                return
            both = {packet.key, packet.reverse_key}
            self._former -= both
            self._again |= both
        elif packet.key not in self.keys:
            self.keys |= {packet.key, packet.reverse_key}
        self._engine.receive(side, packet, now_us)

    def due(self) -> int | None:
        """When `advance` wants to be called."""
        return self._engine.due()

    def advance(self, now_us: int) -> None:
        """Do what has become due."""
        self._engine.advance(now_us)

    def take(self) -> Sequence[tuple[Side, bytes]]:
        """What to put on the wire now."""
        if not self._past:
            return self._engine.take()
        out, self._past = [*self._past, *self._engine.take()], []
        return out
