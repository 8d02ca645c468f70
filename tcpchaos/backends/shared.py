"""A world that many runs share, each of which sees, and does something to, only its own connections.

Whose a connection is follows from its ports: a run owns the ports on which it listens and those from which it calls.
What belongs to nobody, such as the last segments of a run that is over, passes untouched.
"""

import errno
from collections.abc import Iterator, Mapping
from heapq import heappop, heappush
from itertools import count, cycle
from typing import Final

import trio

from tcpchaos.backends.host import CROSSING_PORTS, Listener, Ready, Stream
from tcpchaos.backends.lab import LabHost
from tcpchaos.backends.testimony import Statement
from tcpchaos.backends.world import Endpoint, PumpedEngine, World
from tcpchaos.trace import Side, Socket
from tcpchaos.wire import SYN, Packet, WireError, parse

# From which a share calls a port that it does not own; below those that kernels pick themselves (32768 and up).
CALLING_PORTS: Final = range(1_025, 20_000)
_TAKEN: Final = (errno.EADDRINUSE, errno.EADDRNOTAVAIL)

_Port = tuple[Side, int]


class SharedWorld:
    """Hands out shares of a world, and carries packets to the engine of whoever owns their connection."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.calling_ports = cycle(CALLING_PORTS)
        self.crossings: Iterator[int] = cycle(CROSSING_PORTS)
        self._owners: dict[_Port, Share] = {}
        self._flows: dict[bytes, Share] = {}
        self._due: list[tuple[int, int, Share]] = []
        self._order = count()
        self._out: list[tuple[Side, bytes]] = []
        self._asking = trio.Lock()
        self._asked = 0  # how often the world was asked what it has lost
        self._lost: dict[str, int] = {}

    def share(self) -> "Share":
        """Return a part of it for one run, which ends with the run's pump."""
        return Share(self)

    async def pump(self, *, task_status: trio.TaskStatus[None] = trio.TASK_STATUS_IGNORED) -> None:
        """Carry packets between the endpoints through the engines of the shares, until cancelled."""
        await self.world.pump(self, task_status=task_status)

    def own(self, port: _Port, share: "Share") -> None:
        """Have the connections of this port be those of a share."""
        self._owners[port] = share
        share.ports.append(port)

    def disown(self, port: _Port, share: "Share") -> None:
        """Have the port be nobody's."""
        share.ports.remove(port)
        if self._owners.get(port) is share:
            del self._owners[port]

    def retire(self, share: "Share") -> None:
        """Do nothing any more to what belongs to a share."""
        for port in list(share.ports):
            self.disown(port, share)
        for key in share.keys:
            if self._flows.get(key) is share:
                del self._flows[key]

    def receive(self, side: Side, packet: Packet, now_us: int) -> None:
        """Take a packet that this endpoint sent."""
        share = self._flows.get(packet.key)
        if share is None or (packet.flags & SYN and share.engine is None):
            share = self._claim(side, packet)
        if share is None or share.engine is None:
            self._out.append((side.peer, packet.octets))
            return
        share.engine.receive(side, packet, now_us - share.began_us)
        self._look_after(share, packet.octets)

    def due(self) -> int | None:
        """When `advance` wants to be called."""
        return self._due[0][0] if self._due else None

    def advance(self, now_us: int) -> None:
        """Do what has become due in any of the engines."""
        due = self._due
        while due and due[0][0] <= now_us:
            at_us, _, share = heappop(due)
            if at_us != share.due_us:
                continue
            share.due_us = None
            if share.engine is not None:
                share.engine.advance(now_us - share.began_us)
                self._look_after(share)

    def take(self) -> list[tuple[Side, bytes]]:
        """What to put on the wire now."""
        out = self._out
        if out:
            self._out = []
        return out

    async def losses(self) -> dict[str, int]:
        """What the world has lost up to this call: asked once for all who want to know at the same time."""
        wanted = self._asked + 1
        async with self._asking:
            if self._asked < wanted:
                self._asked += 1
                self._lost = await self.world.losses()
            return self._lost

    def _claim(self, side: Side, packet: Packet) -> "Share | None":
        """Find out whose connection a packet belongs to, the first of it that is seen."""
        share = self._owners.get((side, packet.sport)) or self._owners.get((side.peer, packet.dport))
        if share is not None:
            ports = (packet.sport, packet.dport)
            share.flows[ports if side is Side.CLIENT else ports[::-1]] = None
            for key in (packet.key, packet.reverse_key):
                self._flows[key] = share
                share.keys.append(key)
        return share

    def _expect(self, share: "Share", octets: bytes) -> None:
        """Have whatever answers to a packet that a share has made be that share's, whichever ports it has."""
        try:
            packet = parse(octets)
        except WireError:
            return
        for key in (packet.key, packet.reverse_key):
            if key not in self._flows:
                self._flows[key] = share
                share.keys.append(key)

    def _look_after(self, share: "Share", received: bytes = b"") -> None:
        engine = share.engine
        assert engine is not None
        commands = engine.take()
        for _, octets in commands:
            if octets is not received:
                self._expect(share, octets)
        self._out += commands
        due_us = engine.due()
        if due_us is not None:
            due_us += share.began_us
            if share.due_us is None or due_us < share.due_us:
                share.due_us = due_us
                heappush(self._due, (due_us, next(self._order), share))


class Share:
    """One run's part of a shared world; a World, whose time begins when it is made."""

    def __init__(self, shared: SharedWorld) -> None:
        world = shared.world
        self._shared = shared
        self.backend, self.virtual, self.remark = world.backend, world.virtual, world.remark
        self.stacks, self.conditions = world.stacks, world.conditions
        self.began_us = world.clock()
        self.engine: PumpedEngine | None = None
        self.due_us: int | None = None  # by the clock of the world
        self.ports: list[_Port] = []
        self.keys: list[bytes] = []
        self.flows: dict[tuple[int, int], None] = {}  # the ports of its connections, client's first
        self._hosts = (SharedHost(shared, self, Side.CLIENT), SharedHost(shared, self, Side.SERVER))
        self._lost: dict[str, int] | None = None

    def endpoint(self, side: Side) -> Endpoint:
        """Return what belongs to this share of the endpoint on this side."""
        return self._hosts[side]

    def place(self, side: Side) -> LabHost:
        """Return the endpoint on this side as one where programs run, which see all of it."""
        return self._shared.world.place(side)

    @property
    def crossings(self) -> Iterator[int]:
        """Ports of the client, the next ones of the server, for simultaneous opens."""
        return self._shared.crossings

    def clock(self) -> int:
        """Return the microseconds since the share was made."""
        return self._shared.world.clock() - self.began_us

    def waiting_us(self) -> int:
        """Return for how long the oldest packet has waited that was not carried yet."""
        return self._shared.world.waiting_us()

    async def pump(
        self, engine: PumpedEngine, *, task_status: trio.TaskStatus[None] = trio.TASK_STATUS_IGNORED
    ) -> None:
        """Let packets of this share pass through the engine, until cancelled."""
        self._lost = await self._shared.losses()
        self.engine = engine
        try:
            task_status.started()
            await trio.sleep_forever()
        finally:
            self.engine = None
            self._shared.retire(self)

    def overhear(self) -> None:
        """Do nothing: what a kernel tells is told of all that happens in it."""

    async def testimony(self) -> Statement | None:
        """Return None: what a kernel tells is told of all that happens in it."""
        return None

    async def losses(self) -> dict[str, int]:
        """What got lost while this share was there, be it of this share or of another."""
        before = self._lost or {}
        counts = await self._shared.losses()
        return {cause: number for cause, n in counts.items() if (number := n - before.get(cause, 0)) > 0}


class SharedHost:
    """An endpoint, as far as it belongs to one share; an Endpoint."""

    def __init__(self, shared: SharedWorld, share: Share, side: Side) -> None:
        self._shared = shared
        self._share = share
        self._host: Endpoint = shared.world.endpoint(side)
        self.side = side
        self.address = self._host.address

    async def listen(self, port: int = 0, *, backlog: int = 128, receive_buffer: int | None = None) -> Listener:
        """Listen on this port, 0 for any free one; OSError where it is taken."""
        listener = await self._host.listen(port, backlog=backlog, receive_buffer=receive_buffer)
        self._shared.own((self.side, listener.port), self._share)
        return listener

    async def connect(
        self,
        address: str,
        port: int,
        *,
        local_port: int = 0,
        receive_buffer: int | None = None,
        ready: Ready | None = None,
    ) -> Stream:
        """Connect from this endpoint; OSError: refused, reset, unreachable, timed out, `local_port` taken."""
        if local_port or (self.side.peer, port) in self._share.ports:
            return await self._connect(address, port, local_port, receive_buffer, ready)
        while True:
            try:
                return await self._connect(address, port, next(self._shared.calling_ports), receive_buffer, ready)
            except OSError as error:
                if error.errno not in _TAKEN:
                    raise

    async def _connect(
        self, address: str, port: int, local_port: int, receive_buffer: int | None, ready: Ready | None
    ) -> Stream:
        mine = (self.side, local_port)
        if local_port:
            self._shared.own(mine, self._share)
        try:
            return await self._host.connect(
                address, port, local_port=local_port, receive_buffer=receive_buffer, ready=ready
            )
        except OSError as error:
            if error.errno in _TAKEN:
                self._shared.disown(mine, self._share)
            raise

    def counters(self) -> Mapping[str, int]:
        """Nothing: what a stack counts, it counts for all."""
        return {}

    def sockets(self, *, info: bool = True) -> list[Socket]:
        """What the endpoint says now about the connections of this share that have been seen."""
        peer = self._shared.world.endpoint(self.side.peer).address
        found = []
        for client, server in self._share.flows:
            local, remote = (client, server) if self.side is Side.CLIENT else (server, client)
            socket = self._host.socket(local, peer, remote, info=info)
            if socket is not None:
                found.append(socket)
        return found

    def socket(self, local_port: int, remote: str, remote_port: int, *, info: bool = True) -> Socket | None:
        """What the endpoint says about one connection now."""
        return self._host.socket(local_port, remote, remote_port, info=info)
