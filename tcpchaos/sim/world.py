"""The world between two hosts: links on which packets take their time, and whoever stands in the middle of the path.

Either host may be missing: then that end of the path leads out of this world, to a host that somebody else looks after.
Sans-IO, time in microseconds as an argument: the caller may let it pass as fast as it likes, or at the pace of a clock.
"""

from collections import deque
from collections.abc import Sequence
from typing import Final, Protocol

from tcpchaos.sim.host import Host
from tcpchaos.trace import Side
from tcpchaos.wire import Packet

# From an endpoint to the middle, and as long from there to the other: a round trip of 200 us, as on a small network.
LINK_US: Final = 50


class Middle(Protocol):
    """What decides the fate of the packets on their way."""

    def receive(self, side: Side, packet: Packet, now_us: int, /) -> None:
        """Take a packet that this endpoint sent."""

    def due(self) -> int | None:
        """When `advance` wants to be called."""

    def advance(self, now_us: int, /) -> None:
        """Do what has become due."""

    def take(self) -> Sequence[tuple[Side, bytes]]:
        """What goes on now: to whom, and the octets of an IP packet."""


class World:
    """Hosts, links and the middle. What is under way arrives in the order in which it was sent.

    Events at the same microsecond happen in a fixed order: arrivals, then what is due in the middle, at the client, at
    the server.
    """

    def __init__(self, hosts: tuple[Host | None, Host | None], middle: Middle, *, delay_us: int = LINK_US) -> None:
        self.hosts = hosts
        self._middle = middle
        self._delay_us = delay_us
        # When it arrives, whose it is (by whom it was sent, or to whom it goes), whether it goes there, and what it is.
        self._under_way: deque[tuple[int, Side, bool, Packet | bytes]] = deque()
        self._out: list[tuple[Side, bytes]] = []
        self.carried = 0  # packets, each as often as it came to an end of a link

    def receive(self, side: Side, packet: Packet, now_us: int) -> None:
        """Take a packet that a host outside of this world sent, and that has reached the middle."""
        self._middle.receive(side, packet, now_us)
        self._pass_on(packet, now_us)

    def take(self) -> list[tuple[Side, bytes]]:
        """Return, and forget, what goes to hosts outside of this world."""
        out = self._out
        if out:
            self._out = []
        return out

    def due(self) -> int | None:
        """Return when `advance` is to be called next, None where nothing will happen of itself.

        What a host has just been asked to send is not part of it: see `collect`.
        """
        due_us = self._under_way[0][0] if self._under_way else None
        for each in (self._middle, *self.hosts):
            if each is not None:
                its_us = each.due()
                if its_us is not None and (due_us is None or its_us < due_us):
                    due_us = its_us
        return due_us

    def advance(self, now_us: int) -> None:
        """Do what is due by this time; what comes of it without delay waits for the next call."""
        under_way = self._under_way
        for _ in range(len(under_way)):
            at_us, side, arriving, packet = under_way[0]
            if at_us > now_us:
                break
            under_way.popleft()
            self.carried += 1
            if arriving:
                self._arrive(side, packet, now_us)
            elif isinstance(packet, Packet):
                self._middle.receive(side, packet, now_us)
                self._pass_on(packet, now_us)
        due_us = self._middle.due()
        if due_us is not None and due_us <= now_us:
            self._middle.advance(now_us)
            self._pass_on(None, now_us)
        for host in self.hosts:
            if host is not None:
                host.advance(now_us)
        self.collect(now_us)

    def collect(self, now_us: int) -> None:
        """Put on the links what the hosts have to send."""
        at_us = now_us + self._delay_us
        for side, host in zip(Side, self.hosts, strict=True):
            if host is not None:
                for packet in host.take():
                    self._under_way.append((at_us, side, False, packet))

    def _arrive(self, side: Side, packet: Packet | bytes, now_us: int) -> None:
        host = self.hosts[side]
        if host is not None:
            host.arrives(packet, now_us)
            for sent in host.take():
                self._under_way.append((now_us + self._delay_us, side, False, sent))

    def _pass_on(self, packet: Packet | None, now_us: int) -> None:
        """Send on its way what the middle lets go; a packet that is untouched needs not be read again."""
        for side, octets in self._middle.take():
            if self.hosts[side] is None:
                self._out.append((side, octets))
            else:
                same = packet is not None and octets is packet.octets
                going = packet if same and packet is not None else octets
                self._under_way.append((now_us + self._delay_us, side, True, going))
