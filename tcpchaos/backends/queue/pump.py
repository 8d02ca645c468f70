"""From the queue through the engine and back: what stays as it is goes on by a verdict, all else takes its place.

What goes on in the flow of the queued packet takes its place in the kernel, changed or not; what is late, or one too
many, or forged, is written to a raw socket. Nothing is awaited for a single packet.
"""

import select
import time
from collections.abc import Callable
from contextlib import ExitStack
from typing import Final

import trio

from tcpchaos.backends.lab.timer import Alarm
from tcpchaos.backends.queue.binding import Queue
from tcpchaos.backends.queue.netlink import FORWARD, LOCAL_IN, Queued
from tcpchaos.backends.queue.sender import Sender
from tcpchaos.backends.world import PumpedEngine
from tcpchaos.oracle import Sight
from tcpchaos.trace import Side
from tcpchaos.wire import SYN, Packet, WireError, parse
from tcpchaos.wire.options import MSS, encode, mss

# Packets before a deadline's or another task's turn: few enough for a millisecond or two, enough to be worth a turn.
_BATCH: Final = 64
# The loopback is the first interface of every network.
_LOOPBACK: Final = 1
# The headers of IP and TCP without options.
_HEADERS: Final = {4: 40, 6: 60}

_NEAR: Final[frozenset[Side]] = frozenset()
_BOTH: Final = frozenset(Side)
_ONE: Final = {side: frozenset({side}) for side in Side}


class Carrier:
    """What carries packets: a queue, raw sockets, and the port by which the server is known.

    No segment may be longer than `mtu` octets with its headers: SYNs that announce more are made to announce less,
    before anyone looks. `before` are the flows that went on when it began, by the keys of their packets. It counts
    packets that came `cut`, because they are longer than a queue can hand out, and SYNs that were `lowered`.
    """

    def __init__(self, queue: Queue, sender: Sender, port: int, mtu: int, before: set[bytes]) -> None:
        self.cut = 0
        self.lowered = 0
        self._queue = queue
        self._sender = sender
        self._port = port
        self._mtu = mtu
        self._before = before
        self._current: Queued | None = None
        self._emptied_ns: int | None = None  # when nothing waited, None where nothing does

    def sight(self, side: Side, packet: Packet) -> Sight:
        """Return how much can be heard of a connection that begins with the packet that is being carried."""
        fresh = packet.key not in self._before
        self._before -= {packet.key, packet.reverse_key}
        queued = self._current
        if queued is None or _LOOPBACK in (queued.indev, queued.outdev):
            return Sight(fresh, _NEAR)
        if queued.hook == FORWARD:
            return Sight(fresh, _BOTH)
        return Sight(fresh, _ONE[side if queued.hook == LOCAL_IN else side.peer])

    def waiting_us(self) -> int:
        """For how long, in microseconds, a packet may have waited that was not taken yet."""
        return 0 if self._emptied_ns is None else (time.monotonic_ns() - self._emptied_ns) // 1000

    def drain(self, engine: PumpedEngine, clock: Callable[[], int]) -> bool:
        """Carry what waits in the queue, at most a batch; whether there may be more."""
        receive = self._queue.receive
        began_ns = time.monotonic_ns()
        for _ in range(_BATCH):
            queued = receive()
            if queued is None:
                self._queue.flush()
                self._emptied_ns = None
                return False
            packet = self._packet(queued)
            if packet is None:
                self._queue.accept(queued.number)
                continue
            self._current = queued
            engine.receive(self._side(packet), packet, clock())
            self._perform(engine, queued, self._side(packet).peer)
            self._current = None
        self._queue.flush()
        self._emptied_ns = self._emptied_ns or began_ns
        return True

    def _side(self, packet: Packet) -> Side:
        return Side.CLIENT if packet.dport == self._port else Side.SERVER

    def _packet(self, queued: Queued) -> Packet | None:
        """Return the packet, None where it passes as it is."""
        if queued.whole_octets > len(queued.octets):
            self.cut += 1
            return None
        try:
            packet = parse(queued.octets)
        except WireError:
            return None
        if (packet.dport == self._port) is (packet.sport == self._port):
            return None
        return self._lower(packet) if packet.flags & SYN else packet

    def _lower(self, packet: Packet) -> Packet:
        most = self._mtu - _HEADERS[packet.version]
        if (packet.mss or 0) <= most:
            return packet
        self.lowered += 1
        return packet.replace(
            options=encode([mss(most) if option.kind == MSS else option for option in packet.options])
        )

    def _perform(self, engine: PumpedEngine, queued: Queued, peer: Side) -> None:
        decided = False
        for to, octets in engine.take():
            if not decided and to is peer and _same_flow(octets, queued.octets):
                decided = True
                self._queue.accept(queued.number, None if octets == queued.octets else octets)
            else:
                self._queue.flush()
                self._sender.send(octets, self._mtu)
        if not decided:
            self._queue.drop(queued.number)

    def keep_time(self, engine: PumpedEngine, clock: Callable[[], int]) -> int | None:
        """Let the engine do what is due; in how many microseconds it wants to be called again."""
        while (due := engine.due()) is not None:
            now = clock()
            if due > now:
                return due - now
            engine.advance(now)
            for _, octets in engine.take():
                self._sender.send(octets, self._mtu)
        return None


def _same_flow(one: bytes, other: bytes) -> bool:
    """Tell whether two packets are of one flow, so that the kernel takes them the same way.

    It looks for the socket of what arrives before it queues it, and takes what comes back for that socket's.
    """
    if one is other:
        return True
    if one[0] >> 4 != other[0] >> 4:
        return False
    if one[0] >> 4 == 4:
        ports = slice((one[0] & 15) * 4, (one[0] & 15) * 4 + 4)
        return one[0] == other[0] and one[9] == other[9] and one[12:20] == other[12:20] and one[ports] == other[ports]
    return one[6] == other[6] and one[8:44] == other[8:44]


async def pump(
    carrier: Carrier,
    queue: Queue,
    engine: PumpedEngine,
    clock: Callable[[], int],
    *,
    alarm: Alarm | None = None,
    task_status: trio.TaskStatus[None] = trio.TASK_STATUS_IGNORED,
) -> None:
    """Carry packets from the queue through the engine, until cancelled.

    `clock` gives microseconds. Whoever gives an `alarm` and sets it off has the engine asked again when it is due.
    """
    with ExitStack() as stack:
        ready = stack.enter_context(select.epoll())
        alarm = alarm or stack.enter_context(Alarm())
        for source in (queue, alarm):
            ready.register(source, select.EPOLLIN)
        task_status.started()
        while True:
            more = carrier.drain(engine, clock)
            wait_us = carrier.keep_time(engine, clock)
            if more:
                await trio.lowlevel.checkpoint()
            else:
                alarm.set(wait_us)
                await trio.lowlevel.wait_readable(ready.fileno())
