"""A world of two simulated hosts, in virtual time: no privilege, no kernel, no waiting."""

from collections.abc import Awaitable, Callable
from functools import partial
from operator import attrgetter
from typing import Final, TypeVar

import trio

from tcpchaos.backends.host import CROSSING_PORTS, Broken
from tcpchaos.backends.lab import LabHost
from tcpchaos.backends.simulated.endpoints import SIMULATED, make_host
from tcpchaos.backends.simulated.host import SimulatedHost
from tcpchaos.backends.simulated.virtual import VirtualTime, in_virtual_time
from tcpchaos.backends.testimony import Move, Statement
from tcpchaos.backends.world import PumpedEngine, Setting
from tcpchaos.sim.host import Host
from tcpchaos.sim.world import LINK_US, World
from tcpchaos.trace import Side

T = TypeVar("T")

_CONDITIONS: Final = {"time": "virtual", "links": f"{LINK_US} us each"}


class SimulatedWorld:
    """Two simulated hosts; a World whose time is virtual."""

    backend = "sim"
    virtual = True
    conditions = _CONDITIONS

    def __init__(self, setting: Setting, time: VirtualTime, remark: str = "") -> None:
        """Make it in the loop of this clock. Raises LookupError where a broken endpoint that is wanted is unknown."""
        client, server = (word or SIMULATED for word in setting.endpoints)
        self.stacks = (client, server)
        self.remark = remark
        self.crossings = iter(CROSSING_PORTS)
        self._time = time
        make = partial(make_host, family=setting.family, mtu=setting.mtu, seed=setting.seed)
        self._hosts: tuple[Host, Host] = (make(client, Side.CLIENT), make(server, Side.SERVER))
        self._endpoints = tuple(SimulatedHost(side, self._hosts[side], time.desk) for side in Side)

    def endpoint(self, side: Side) -> SimulatedHost:
        """Return the endpoint on this side."""
        return self._endpoints[side]

    def place(self, side: Side) -> LabHost:
        """Raise Broken: there is no kernel that would run a program."""
        raise Broken(f"the {side} is simulated and runs no programs", "--backend lab, or play a workload")

    def clock(self) -> int:
        """Return the microseconds since the world was opened."""
        return self._time.clock()

    def waiting_us(self) -> int:
        """Return 0: in virtual time nothing waits for a processor."""
        return 0

    async def pump(
        self, engine: PumpedEngine, *, task_status: trio.TaskStatus[None] = trio.TASK_STATUS_IGNORED
    ) -> None:
        """Let packets pass between the endpoints, through the engine, until cancelled or until a storm rages."""
        task_status.started()
        await self._time.move(World(self._hosts, engine))

    def overhear(self) -> None:
        """Nothing is forgotten before the end."""

    async def testimony(self) -> Statement:
        """Return how each connection of either endpoint moved from state to state."""
        moves = []
        socket = 0
        for side in Side:
            for local_port, remote_port, ways in self._hosts[side].lives:
                socket += 1
                for at_us, before, after, by_reset in ways:
                    states = before.value, after.value
                    moves.append(Move(at_us, side, socket, local_port, remote_port, *states, by_reset))
        return Statement(moves=sorted(moves, key=attrgetter("at_us")))

    async def losses(self) -> dict[str, int]:
        """Nothing gets lost that nobody wanted to lose."""
        return {}


def simulate(setting: Setting, act: Callable[[SimulatedWorld], Awaitable[T]], *, remark: str = "") -> T:
    """Open a simulated world, do something in it, in virtual time, and return what came of it."""

    async def opened(time: VirtualTime) -> T:
        return await act(SimulatedWorld(setting, time, remark))

    return in_virtual_time(opened)
