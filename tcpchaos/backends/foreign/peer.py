"""An endpoint of ours on an interface: what a kernel would do for its host there is done here.

It answers for its own address and for no other; the interface's own, and all that this machine's kernel does with it,
stay as they are.
"""

import os
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any, Final, cast

import trio

from tcpchaos.backends.bridge.interfaces import Interface, transmit_drops
from tcpchaos.backends.bridge.port import Port
from tcpchaos.backends.bridge.virtio import DONE, OCTETS
from tcpchaos.backends.bridge.wire import quieted
from tcpchaos.backends.foreign.neighbours import Neighbours, link_header
from tcpchaos.backends.host import Broken
from tcpchaos.backends.lab.edge import NEVER, Edge
from tcpchaos.backends.lab.frames import ip_at
from tcpchaos.backends.lab.pump import pump
from tcpchaos.backends.lab.timer import Alarm
from tcpchaos.backends.world import Foreign, PumpedEngine
from tcpchaos.trace import Side
from tcpchaos.wire import Packet, WireError, parse

# Between two questions for an address, and how often it is asked for.
_ASK_S: Final = 0.25
_QUESTIONS: Final = 12
_LOOK_S: Final = 0.005
# So long somebody has who has our address already.
_PROBE_S: Final = 0.3


class Silence:
    """In the place of the cable to an endpoint that needs none: nothing comes from there, and nothing goes there."""

    refused = overrun = odd = 0

    def __init__(self) -> None:
        self._never, self._end = os.pipe()

    def fileno(self) -> int:
        """The descriptor of something that never happens."""
        return self._never

    def head(self) -> int:
        """Nothing waits here."""
        return NEVER

    def send(self, frame: bytes) -> None:
        """Let a frame go that is for nobody here."""

    def close(self) -> None:
        """Give the descriptors back."""
        os.close(self._never)
        os.close(self._end)


class PeerWay:
    """The way between an endpoint of ours and a server behind an interface; its framing, too."""

    def __init__(self, port: Port, foreign: Foreign, mac: bytes) -> None:
        self._port = port
        self._own = foreign.own
        self._neighbours = Neighbours(foreign.own, mac, foreign.address)
        self._mac = mac
        self._to = b""
        self._dropped = transmit_drops([port.interface])

    async def find(self) -> None:
        """Find the server on the Ethernet. Broken where it does not answer, or somebody has our address."""
        self._port.send(DONE + self._neighbours.probe())
        await self._listen(_PROBE_S, lambda: self._neighbours.taken)
        if self._neighbours.taken:
            raise Broken(f"somebody on {self._port.interface.name} has {self._own} already", "choose another --address")
        for _ in range(_QUESTIONS):
            self._port.send(DONE + self._neighbours.question())
            await self._listen(_ASK_S, lambda: self._neighbours.found is not None)
            if self._neighbours.found is not None:
                self._to = self._neighbours.found
                return
        raise Broken(
            f"nobody on {self._port.interface.name} answers for the target's address",
            "the target must be on the same Ethernet: start it, and check its address",
        )

    async def _listen(self, for_s: float, done: Callable[[], bool]) -> None:
        with trio.move_on_after(for_s):
            while not done():
                while self._port.head() is not NEVER:
                    self.packet(Side.SERVER, self._port.pop())
                await trio.sleep(_LOOK_S)

    def packet(self, side: Side, frame: bytes) -> Packet | None:
        """Return the segment in a frame that is for us; answer for our address where somebody asks."""
        frame = frame[OCTETS:]
        answer = self._neighbours.hear(frame)
        if answer is not None:
            self._port.send(DONE + answer)
            return None
        at = ip_at(frame)
        if frame[:6] != self._mac or not at:
            return None
        try:
            return parse(frame[at:])
        except WireError:
            return None

    def header(self, to: Side, octets: bytes) -> bytes:
        """Return what is to stand before a packet to the server."""
        return DONE + link_header(self._mac, self._to, octets[0] >> 4)

    async def pump(
        self, engine: PumpedEngine, clock: Callable[[], int], *, alarm: Alarm, task_status: trio.TaskStatus[None]
    ) -> None:
        """Carry packets between the interface and the engine, until cancelled."""
        silence = Silence()
        edges = cast(tuple[Edge, Edge], (silence, self._port))
        try:
            mtu = self._port.interface.mtu
            await pump(edges, engine, clock, mtu, framing=self, alarm=alarm, task_status=task_status)
        finally:
            silence.close()

    def waiting_us(self) -> int:
        """For how long, in microseconds, the oldest frame has waited that was not carried yet."""
        oldest_ns = self._port.head()
        return 0 if oldest_ns == NEVER else max(time.time_ns() - oldest_ns, 0) // 1000

    def losses(self) -> dict[str, int]:
        """What got lost without the engine's doing: counts above zero, by cause."""
        port = self._port
        now: dict[str, Any] = transmit_drops([port.interface])
        counts = {f"frames that {name} dropped": now[name] - self._dropped.get(name, 0) for name in now}
        counts["frames that overran the proxy"] = port.overrun
        counts["packets that fit no frame"] = port.refused
        counts["frames merged before the proxy"] = port.odd
        return {cause: count for cause, count in counts.items() if count > 0}


@asynccontextmanager
async def open_peer(interface: Interface, foreign: Foreign) -> AsyncIterator[PeerWay]:
    """Be a host on an interface in the block. Broken where the server is not found, InterfaceError as for a wire."""
    # A MAC of our own, administered locally: this machine's kernel answers at the interface's.
    mac = b"\x02" + os.urandom(5)
    async with quieted([interface]):
        with Port(interface, wants=lambda frame: True) as port:
            way = PeerWay(port, foreign, mac)
            await way.find()
            yield way
