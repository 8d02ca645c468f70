"""An engine with simulated hosts behind it, for a pump that knows only cables: what goes to them needs none.

So an endpoint of ours takes a kernel's place in the lab. Time is real there, and so is the other endpoint.
"""

from tcpchaos.backends.simulated.desk import Desk
from tcpchaos.backends.world import PumpedEngine
from tcpchaos.sim.host import Host
from tcpchaos.sim.world import LINK_US, World
from tcpchaos.trace import Side
from tcpchaos.wire import Packet

_NOW_US = 0  # any time that has passed


class Inhabited:
    """An engine, one or both of whose sides are simulated; itself such an engine, for what is left of the cables."""

    def __init__(self, hosts: tuple[Host | None, Host | None], engine: PumpedEngine, desk: Desk) -> None:
        self._desk = desk
        # With nobody but our own, who answer at once, time would never pass without links on which it does.
        self._world = World(hosts, engine, delay_us=LINK_US if all(hosts) else 0)

    def receive(self, side: Side, packet: Packet, now_us: int) -> None:
        """Take a packet that came over the cable of this endpoint."""
        self._world.receive(side, packet, now_us)

    def due(self) -> int | None:
        """When `advance` wants to be called: at once where an application has asked for something."""
        return self._world.due() if self._desk.idle else _NOW_US

    def advance(self, now_us: int) -> None:
        """Do what has become due, and what applications have asked for."""
        desk, world = self._desk, self._world
        world.advance(now_us)
        desk.look()
        while not desk.idle:
            desk.work()
            world.collect(now_us)
            desk.look()

    def take(self) -> list[tuple[Side, bytes]]:
        """What goes over the cables now."""
        return self._world.take()
