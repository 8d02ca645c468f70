"""Worlds are opened here: a lab where there can be one, a simulated one where that is wanted or all that is left.

The two differ in whose time passes, and so a world isn't handed out: whoever needs one says what is to be done in it.
"""

import os
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from functools import partial
from itertools import cycle
from typing import TYPE_CHECKING, TypeVar

import trio

from tcpchaos.backends.host import CROSSING_PORTS, Broken
from tcpchaos.backends.lab import Lab, LabHost, open_lab
from tcpchaos.backends.lab.timer import Alarm
from tcpchaos.backends.shared import CALLING_PORTS, SharedWorld
from tcpchaos.backends.simulated import check, simulate
from tcpchaos.backends.simulated.desk import Desk
from tcpchaos.backends.simulated.endpoints import make_host
from tcpchaos.backends.simulated.host import SimulatedHost
from tcpchaos.backends.simulated.inhabited import Inhabited
from tcpchaos.backends.testimony import Statement
from tcpchaos.backends.world import Endpoint, PumpedEngine, Setting, World
from tcpchaos.sim.host import Host
from tcpchaos.trace import Side

if TYPE_CHECKING:
    from tcpchaos.backends.foreign.worlds import ForeignWorld

T = TypeVar("T")


class LabWorld:
    """A lab, with simulated endpoints in it where they are wanted; a World."""

    backend = "lab"
    virtual = False
    remark = ""

    def __init__(self, lab: Lab, setting: Setting) -> None:
        """Set it up in an open lab. Raises LookupError where a broken endpoint that is wanted is unknown."""
        self._lab = lab
        self._began_ns = time.monotonic_ns()
        self._alarm: Alarm | None = None
        self._desk = Desk(self.clock, self._wake)
        client, server = setting.endpoints
        self.stacks = (client or lab.kernel, server or lab.kernel)
        self.conditions = lab.conditions
        self.crossings = iter(CROSSING_PORTS)
        make = partial(make_host, family=setting.family, mtu=setting.mtu, seed=setting.seed)
        self._simulated: tuple[Host | None, Host | None] = (
            make(client, Side.CLIENT) if client else None,
            make(server, Side.SERVER) if server else None,
        )
        self._endpoints = tuple(self._endpoint(side) for side in Side)

    def _endpoint(self, side: Side) -> Endpoint:
        host = self._simulated[side]
        return self._lab.host(side) if host is None else SimulatedHost(side, host, self._desk)

    def endpoint(self, side: Side) -> Endpoint:
        """Return the endpoint on this side."""
        return self._endpoints[side]

    def place(self, side: Side) -> LabHost:
        """Return the endpoint on this side as one where programs run. Raises Broken where it is simulated."""
        if self._simulated[side] is not None:
            raise Broken(f"the {side} is simulated and runs no programs", "leave out 'sim', or play a workload")
        return self._lab.host(side)

    def clock(self) -> int:
        """Return the microseconds since the world was opened."""
        return (time.monotonic_ns() - self._began_ns) // 1000

    def waiting_us(self) -> int:
        """Return for how long the oldest frame has waited that was not carried yet."""
        return self._lab.waiting_us()

    async def pump(
        self, engine: PumpedEngine, *, task_status: trio.TaskStatus[None] = trio.TASK_STATUS_IGNORED
    ) -> None:
        """Carry packets between the endpoints through the engine, until cancelled."""
        if not any(self._simulated):
            await self._lab.pump(engine, self.clock, task_status=task_status)
            return
        with Alarm() as self._alarm:
            inhabited = Inhabited(self._simulated, engine, self._desk)
            try:
                await self._lab.pump(inhabited, self.clock, alarm=self._alarm, task_status=task_status)
            finally:
                self._alarm = None

    def _wake(self) -> None:
        """Have the pump look after what applications ask for."""
        if self._alarm is not None:
            self._alarm.set(0)

    def overhear(self) -> None:
        """Take over what the kernel has told of its doings so far."""
        if self._lab.tracer is not None:
            self._lab.tracer.gather()

    async def testimony(self) -> Statement | None:
        """Return all that the kernel has told of endpoints of its own, for good; None where it may not be overheard."""
        if self._lab.tracer is None:
            return None
        simulated = [side for side in Side if self._simulated[side] is not None]
        # To read all of it takes seconds, for which the pump of another lab in this process must not stand still.
        told = await trio.to_thread.run_sync(self._lab.tracer.finish, self._began_ns)
        return told.without(simulated)

    async def losses(self) -> dict[str, int]:
        """What got lost without the engine's doing: counts above zero, by cause."""
        return await self._lab.losses()


@asynccontextmanager
async def open_lab_world(setting: Setting) -> AsyncIterator[LabWorld]:
    """Open a lab as a world; nothing is left of it afterwards. Raises what `perform` does."""
    async with open_lab(setting.family, setting.mtu, setting.sysctls, tracing=setting.tracing) as lab:
        yield LabWorld(lab, setting)


@asynccontextmanager
async def open_shared(setting: Setting) -> AsyncIterator[SharedWorld]:
    """Open the world of this setting, to be shared, and carry its packets in the block. Raises what `perform` does.

    Of a server that is somebody else's nobody knows what it remembers: it is called from other ports each time.
    """
    async with _opening(setting) as world, trio.open_nursery() as nursery:
        shared = SharedWorld(world)
        if setting.foreign is not None:
            skipped = int.from_bytes(os.urandom(2), "big") % len(CALLING_PORTS)
            shared.calling_ports = cycle([*CALLING_PORTS[skipped:], *CALLING_PORTS[:skipped]])
        await nursery.start(shared.pump)
        yield shared
        nursery.cancel_scope.cancel()


def _opening(setting: Setting) -> AbstractAsyncContextManager["LabWorld | ForeignWorld"]:
    if setting.foreign is None:
        return open_lab_world(setting)
    # Here and not above: what it needs of other packages takes a fifth of a second to import, and most runs have none.
    from tcpchaos.backends.foreign.worlds import open_foreign_world

    return open_foreign_world(setting)


async def perform(setting: Setting, act: Callable[[World], Awaitable[T]]) -> T:
    """Open a world, do something in it, and return what came of it; nothing of the world is left.

    The doing may take place in another thread. Raises Broken where the environment failed, LookupError for a broken
    endpoint that is wanted and unknown, ValueError for an MTU that can't be, and what `act` raises.
    """
    for word in setting.endpoints:
        check(word)
    if setting.foreign is not None:
        async with open_shared(setting) as shared:
            return await act(shared.share())
    why = ""
    if setting.backend != "sim":
        async with AsyncExitStack() as stack:
            try:
                world = await stack.enter_async_context(open_lab_world(setting))
            except Broken as broken:
                if setting.backend == "lab" or setting.needs_lab:
                    raise
                why = f"simulated, because this machine has no lab: {broken.missing}; {broken.remedy}"
            else:
                return await act(world)
    return await trio.to_thread.run_sync(partial(simulate, setting, act, remark=why))
