"""Worlds with a server that is somebody else's: behind a bridge, called by a kernel, or on an Ethernet, by us."""

import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, closing
from ipaddress import ip_address
from itertools import repeat
from typing import NoReturn, Protocol

import trio

from tcpchaos.backends.bridge.flows import Flows
from tcpchaos.backends.bridge.interfaces import choose, one, stack_behind
from tcpchaos.backends.bridge.wire import Ends, open_wire
from tcpchaos.backends.foreign.guest import guest
from tcpchaos.backends.foreign.peer import open_peer
from tcpchaos.backends.foreign.stranger import Stranger
from tcpchaos.backends.foreign.tun import MTU, open_tun
from tcpchaos.backends.host import Broken
from tcpchaos.backends.lab.timer import Alarm
from tcpchaos.backends.lab.world import kernel_name
from tcpchaos.backends.queue.place import Place, named
from tcpchaos.backends.simulated.desk import Desk
from tcpchaos.backends.simulated.endpoints import SIMULATED, make_host
from tcpchaos.backends.simulated.host import SimulatedHost
from tcpchaos.backends.simulated.inhabited import Inhabited
from tcpchaos.backends.world import Endpoint, Foreign, PumpedEngine, Setting
from tcpchaos.sim.host import Host
from tcpchaos.trace import Side


class Way(Protocol):
    """What carries packets to the server and back."""

    async def pump(
        self, engine: PumpedEngine, clock: Callable[[], int], *, alarm: Alarm, task_status: trio.TaskStatus[None]
    ) -> None:
        """Carry packets through the engine, until cancelled."""

    def waiting_us(self) -> int:
        """For how long, in microseconds, the oldest frame has waited that was not carried yet."""

    def losses(self) -> dict[str, int]:
        """What got lost without the engine's doing: counts above zero, by cause."""


class ForeignWorld:
    """A client, a way, and a server that is somebody else's; a World. Where there is `ours`, that is the client."""

    virtual = False
    remark = ""

    def __init__(self, foreign: Foreign, client: Endpoint | None, ours: Host | None, stack: str) -> None:
        self.backend = foreign.backend
        self.stacks = (stack, foreign.stack)
        self.conditions = {"interfaces": " and ".join(foreign.interfaces) or "a TUN device", "target": str(foreign)}
        self._began_ns = time.monotonic_ns()
        self._desk = Desk(self.clock, self._wake)
        self._alarm: Alarm | None = None
        self._ours = ours
        own: Endpoint | None = client if ours is None else SimulatedHost(Side.CLIENT, ours, self._desk)
        assert own is not None
        self._endpoints: tuple[Endpoint, Endpoint] = (own, Stranger(foreign.address))
        self.way: Way

    @property
    def crossings(self) -> Iterator[int]:
        """None: nobody here can have the server connect."""
        return repeat(0)

    def endpoint(self, side: Side) -> Endpoint:
        """Return the endpoint on this side."""
        return self._endpoints[side]

    def place(self, side: Side) -> NoReturn:
        """Raise Broken: no programs are run there."""
        raise Broken("programs run only in a lab of ours", "start the program yourself, or say what to --send")

    def clock(self) -> int:
        """Return the microseconds since the world was opened."""
        return (time.monotonic_ns() - self._began_ns) // 1000

    def waiting_us(self) -> int:
        """Return for how long the oldest frame has waited that was not carried yet."""
        return self.way.waiting_us()

    async def pump(
        self, engine: PumpedEngine, *, task_status: trio.TaskStatus[None] = trio.TASK_STATUS_IGNORED
    ) -> None:
        """Carry packets between the endpoints through the engine, until cancelled."""
        with Alarm() as self._alarm:
            middle = engine if self._ours is None else Inhabited((self._ours, None), engine, self._desk)
            try:
                await self.way.pump(middle, self.clock, alarm=self._alarm, task_status=task_status)
            finally:
                self._alarm = None

    def _wake(self) -> None:
        if self._alarm is not None:
            self._alarm.set(0)

    def overhear(self) -> None:
        """Nobody tells anything here."""

    async def testimony(self) -> None:
        """Return None: nobody is overheard here."""
        return

    async def losses(self) -> dict[str, int]:
        """What got lost without the engine's doing: counts above zero, by cause."""
        return self.way.losses()


@asynccontextmanager
async def open_foreign_world(setting: Setting) -> AsyncIterator[ForeignWorld]:
    """Open the world that is asked for in a setting with a `foreign` server; all is put back after the block.

    InterfaceError for interfaces that won't do, PlaceError for a network that there is not, Broken where it fails.
    """
    foreign = setting.foreign
    assert foreign is not None
    async with AsyncExitStack() as stack:
        if foreign.own:
            word = setting.endpoints[Side.CLIENT] or SIMULATED
            interface = one(foreign.interfaces[0]) if foreign.interfaces else None
            mtu = MTU if interface is None else interface.mtu
            address = ip_address(foreign.own).packed
            ours = make_host(word, Side.CLIENT, mtu=mtu, seed=setting.seed, address=address)
            world = ForeignWorld(foreign, None, ours, word)
            if interface is None:
                world.stacks = word, foreign.stack or kernel_name()
                world.way = stack.enter_context(open_tun(foreign))
            else:
                world.way = await stack.enter_async_context(open_peer(interface, foreign))
        else:
            client, server = foreign.interfaces
            interfaces = choose(client, server)
            place = stack.enter_context(closing(named(foreign.netns) if foreign.netns else Place()))
            host = await stack.enter_async_context(guest(place, foreign.address))
            world = ForeignWorld(foreign, host, None, kernel_name())
            packed = ip_address(foreign.address).packed + foreign.port.to_bytes(2, "big")
            stacks = kernel_name(), foreign.stack or stack_behind(interfaces[1], kernel_name())
            world.stacks = stacks
            ends = Ends(interfaces=interfaces, flows=Flows(places=frozenset([packed])), stacks=stacks)
            world.way = await stack.enter_async_context(open_wire(ends))
        yield world
