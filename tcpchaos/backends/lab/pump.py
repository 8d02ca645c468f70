"""The proxy's hands: frames from one endpoint's cable through the engine onto the other's.

Nothing is awaited for a single frame. What isn't TCP in a whole packet passes as it is; everything else is the
engine's to decide, as far as the framing calls it so. Nothing may get lost here without being counted, since an oracle
that missed a segment would blame an endpoint for it.
"""

import errno
import select
from collections import deque
from collections.abc import Callable
from contextlib import ExitStack
from typing import Protocol

import trio

from tcpchaos.backends.lab.edge import NEVER, Edge, arrivals
from tcpchaos.backends.lab.frames import ETHERNET_HEADER_OCTETS, IPV4, IPV6
from tcpchaos.backends.lab.timer import Alarm
from tcpchaos.backends.warden.addresses import MACS
from tcpchaos.backends.world import PumpedEngine
from tcpchaos.trace import Side
from tcpchaos.wire import Packet, WireError, fragment, parse

# Frames before a deadline's or another task's turn: few enough for a millisecond or two, enough to be worth a turn.
_BATCH_FRAMES = 64
# How long a cable that takes no more is left alone; its queue empties within microseconds.
_RETRY_S = 0.0005

_CLIENT_MAC, _SERVER_MAC = MACS["client"], MACS["server"]
_TO_CLIENT, _TO_SERVER = _CLIENT_MAC + _SERVER_MAC, _SERVER_MAC + _CLIENT_MAC
# By the side that a packet goes to.
_HEADERS4 = (_TO_CLIENT + IPV4, _TO_SERVER + IPV4)
_HEADERS6 = (_TO_CLIENT + IPV6, _TO_SERVER + IPV6)

Edges = tuple[Edge, Edge]


class Framing(Protocol):
    """What stands around packets on the two cables, and which of them the engine is to see."""

    def packet(self, side: Side, frame: bytes, /) -> Packet | None:
        """Return the packet in a frame that this side sent; None for a frame that is to pass as it is."""

    def header(self, to: Side, octets: bytes, /) -> bytes:
        """Return what is to stand before a packet that the engine sends to this side."""


class OneEthernet:
    """The framing of a lab, in which both endpoints, and all their TCP, are known from the start."""

    def packet(self, side: Side, frame: bytes) -> Packet | None:
        """Return the TCP segment in a frame, None where there is none that is whole."""
        kind = frame[12:14]
        if kind != IPV4 and kind != IPV6:
            return None
        try:
            return parse(frame[ETHERNET_HEADER_OCTETS:])
        except WireError:
            return None

    def header(self, to: Side, octets: bytes) -> bytes:
        """Return the header by the version of IP."""
        return (_HEADERS4 if octets[0] < 0x50 else _HEADERS6)[to]


class _Pump:
    """One run of the pump: what its batches share."""

    def __init__(
        self, edges: Edges, engine: PumpedEngine, clock: Callable[[], int], mtu: int, framing: Framing
    ) -> None:
        self._edges = edges
        self._framing = framing
        self._engine = engine
        self._clock = clock
        self._mtu = mtu
        self._blocked: deque[tuple[Side, bytes]] = deque()
        self._sends = (edges[0].send, edges[1].send)

    def drain(self) -> bool:
        """Carry what waits on the cables, at most a batch; whether there may be more."""
        engine, send, clock = self._engine, self.send, self._clock
        receive, take, sends, blocked = engine.receive, engine.take, self._sends, self._blocked
        find = self._framing.packet
        rest = _BATCH_FRAMES
        for side, frame in arrivals(*self._edges, _BATCH_FRAMES):
            rest -= 1
            peer = side.peer
            packet = find(side, frame)
            if packet is None:
                send(peer, frame)
                continue
            octets = packet.octets
            receive(side, packet, clock())
            for to, sent in take():
                if sent is not octets or to is not peer:
                    self.emit(to, sent)
                elif blocked:
                    send(to, frame)
                else:
                    try:
                        sends[to](frame)
                    except OSError as error:
                        self._wait(to, frame, error)
        return not rest

    def emit(self, to: Side, octets: bytes) -> None:
        """Put a packet on the wire, in fragments where it is too large for it."""
        header = self._framing.header(to, octets)
        if len(octets) <= self._mtu:
            self.send(to, header + octets)
            return
        try:
            pieces = fragment(octets, self._mtu)
        except WireError:
            self._edges[to].refused += 1
            return
        for piece in pieces:
            self.send(to, header + piece)

    def send(self, to: Side, frame: bytes) -> None:
        """Put a frame on the wire, or in line for it."""
        if self._blocked:
            self._blocked.append((to, frame))
            return
        try:
            self._sends[to](frame)
        except OSError as error:
            self._wait(to, frame, error)

    def _wait(self, to: Side, frame: bytes, error: OSError) -> None:
        if error.errno not in (errno.EAGAIN, errno.ENOBUFS):
            self._edges[to].refuse(error)
            return
        self._blocked.append((to, frame))

    def flush(self) -> bool:
        """Send what stands in line; whether all of it went."""
        waiting = list(self._blocked)
        self._blocked.clear()
        for to, frame in waiting:
            self.send(to, frame)
        return not self._blocked

    def keep_time(self) -> int | None:
        """Let the engine do what is due; in how many microseconds it wants to be called again."""
        while (due := self._engine.due()) is not None:
            now = self._clock()
            if due > now:
                return due - now
            self._engine.advance(now)
            for to, octets in self._engine.take():
                self.emit(to, octets)
        return None


async def pump(
    edges: Edges,
    engine: PumpedEngine,
    clock: Callable[[], int],
    mtu: int,
    *,
    framing: Framing | None = None,
    alarm: Alarm | None = None,
    task_status: trio.TaskStatus[None] = trio.TASK_STATUS_IGNORED,
) -> None:
    """Carry frames between two packet sockets through the engine, until cancelled.

    `clock` gives microseconds, `mtu` is that of both cables in octets, `framing` a lab's where nothing else is said.
    Whoever gives an `alarm` and sets it off has the engine asked again when it is due. Broken where a cable is gone.
    """
    running = _Pump(edges, engine, clock, mtu, framing or OneEthernet())
    with ExitStack() as stack:
        ready = stack.enter_context(select.epoll())
        alarm = alarm or stack.enter_context(Alarm())
        for source in (*edges, alarm):
            ready.register(source, select.EPOLLIN)
        task_status.started()
        while True:
            if not running.flush():
                await trio.sleep(_RETRY_S)
                continue
            more = running.drain()
            wait_us = running.keep_time()
            if more:
                await trio.lowlevel.checkpoint()
            else:
                alarm.set(wait_us)
                await trio.lowlevel.wait_readable(ready.fileno())


def forward(edges: Edges, stop: int) -> int:
    """Carry frames between two edges and do nothing else, until `stop` is readable; returns how many.

    No proxy in Python can be faster: it is what the pump with an engine is measured against. It blocks: call it from
    a thread.
    """
    carried = 0
    ways = {edges[0].fileno(): (edges[0], edges[1]), edges[1].fileno(): (edges[1], edges[0])}
    poll = select.poll()
    for descriptor in (*ways, stop):
        poll.register(descriptor, select.POLLIN)
    while True:
        for descriptor, _ in poll.poll():
            if descriptor == stop:
                return carried
            source, sink = ways[descriptor]
            for _ in range(_BATCH_FRAMES):
                if source.head() is NEVER:
                    break
                frame = source.pop()
                carried += 1
                while True:
                    try:
                        sink.send(frame)
                    except BlockingIOError:
                        select.select((), (sink,), ())
                    else:
                        break
