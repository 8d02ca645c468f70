"""A host: an address, its ports, who listens on them, and the connections to which arriving segments belong.

What a connection does is its `Tcp`'s; here is what stands around connections: RFC 9293's LISTEN and CLOSED, which have
no connection, the choice of initial sequence numbers, and what becomes of TIME-WAIT. Sans-IO: time is an argument, in
microseconds, and whoever called takes what is to be put on the wire. Each decision is a small method of its own, so
that a broken host is a subclass that decides one thing differently.
"""

from collections import deque
from hashlib import blake2s
from heapq import heappop, heappush
from ipaddress import ip_address
from itertools import count
from typing import Final, NamedTuple

from tcpchaos.seq import add
from tcpchaos.sim.quotes import complaint
from tcpchaos.sim.tcp import Move, Settings, State, Tcp
from tcpchaos.trace import Socket
from tcpchaos.wire import ACK, RST, SYN, Packet, WireError, build, parse

BACKLOG: Final = 128
FIRST_EPHEMERAL_PORT: Final = 49152  # RFC 6335, section 6
_PORTS: Final = 65536
_ISN_TICK_US: Final = 4  # RFC 9293, section 3.4.1
# So far beyond the last number of its predecessor begins a connection that takes the place of one in TIME-WAIT: more
# than any segment of the old one could still bring.
_REOPENED_ISN_STEP: Final = 65537


# Connections of which a host can say in the end how they moved from state to state: more than anyone reads.
LIVES_KEPT: Final = 10_000


class PortTaken(Exception):  # noqa: N818 - what is the case, not a mistake in the code
    """The port is in use, or, where any would have done, all of them are."""


class Life(NamedTuple):
    """How a connection between these ports moved from state to state, from the first move on."""

    local_port: int
    remote_port: int
    moves: list[Move]


class Listener:
    """A port in LISTEN: connections that are being opened, and those that are open and wait to be accepted."""

    def __init__(self, port: int, backlog: int, settings: Settings) -> None:
        self.port = port
        self.backlog = backlog
        self.settings = settings
        self.half_open = 0
        self.ready: deque[Tcp] = deque()


class Host:
    """One address and a TCP of its own.

    `seed` decides the initial sequence numbers and nothing else; `tcp` is what its connections are made of.
    """

    def __init__(
        self, address: bytes, *, seed: int = 0, settings: Settings | None = None, tcp: type[Tcp] = Tcp
    ) -> None:
        self.address = address
        self.settings = settings or Settings()
        self._secret = seed.to_bytes(16, "big")
        self._tcp = tcp
        self._listeners: dict[int, Listener] = {}
        # By addresses and ports as they stand in what arrives: the other host's first.
        self._connections: dict[bytes, Tcp] = {}
        self._keys: dict[Tcp, bytes] = {}
        self._half_open: dict[Tcp, Listener] = {}
        self._unaccepted: dict[Tcp, Listener] = {}
        self._next_port = FIRST_EPHEMERAL_PORT
        self._out: list[Packet] = []
        self._changed: dict[Tcp | Listener, None] = {}
        self._timers: list[tuple[int, int, Tcp]] = []
        self._armed: dict[Tcp, int] = {}
        self._order = count()
        self.lives: list[Life] = []  # of its connections, in the order in which they began

    # What a user of the host asks for.

    def listen(self, port: int = 0, *, backlog: int = BACKLOG, settings: Settings | None = None) -> Listener:
        """Begin to listen on this port, 0 for any free one (passive OPEN, RFC 9293, 3.9.1.1). Raises PortTaken."""
        if not port:
            port = self._free_port(b"")
        elif port in self._listeners:
            raise PortTaken
        listener = self._listeners[port] = Listener(port, backlog, settings or self.settings)
        return listener

    def unlisten(self, listener: Listener, now_us: int) -> None:
        """Listen no more; connections that nobody accepted are reset."""
        if self._listeners.get(listener.port) is listener:
            del self._listeners[listener.port]
        for left in (self._half_open, self._unaccepted):
            for tcp in [tcp for tcp, parent in left.items() if parent is listener]:
                del left[tcp]
                tcp.abort(now_us)
                self.settle(tcp, now_us)
        listener.ready.clear()
        self._changed[listener] = None

    def accept(self, listener: Listener) -> Tcp | None:
        """Return the connection that has waited longest to be accepted, None if there is none."""
        if not listener.ready:
            return None
        tcp = listener.ready.popleft()
        del self._unaccepted[tcp]
        return tcp

    def connect(
        self, remote: bytes, port: int, now_us: int, *, local_port: int = 0, settings: Settings | None = None
    ) -> Tcp:
        """Send a SYN (active OPEN, RFC 9293, 3.9.1.1). Raises PortTaken where a connection like this exists."""
        local_port = local_port or self._free_port(remote + self.address + port.to_bytes(2, "big"))
        key = remote + self.address + port.to_bytes(2, "big") + local_port.to_bytes(2, "big")
        if key in self._connections or local_port in self._listeners:
            raise PortTaken
        tcp = self._make(key, self.isn(key, now_us), settings or self.settings, now_us)
        tcp.open(now_us)
        self.settle(tcp, now_us)
        return tcp

    def settle(self, tcp: Tcp, now_us: int, *, tell: bool = True) -> None:
        """Take note of what became of a connection after something was done to it or asked of it.

        With `tell` it is among the next `changes`: whoever waits for it should look again.
        """
        self._out += tcp.take()
        if tell:
            self._changed[tcp] = None
        if tcp in self._half_open and tcp.state is not State.SYN_RECEIVED:
            self._grow_up(tcp)
        if tcp.done:
            self._forget(tcp)
            return
        due_us = tcp.due()
        if due_us is not None:
            armed_us = self._armed.get(tcp)
            # A timer that was put off is found out when the old one goes off: it moves with every acknowledgment.
            if armed_us is None or due_us < armed_us:
                self._armed[tcp] = due_us
                heappush(self._timers, (due_us, next(self._order), tcp))

    def changes(self) -> list[Tcp | Listener]:
        """Return, and forget, to what something may have happened since the last time, in the order of it."""
        changed = list(self._changed)
        self._changed.clear()
        return changed

    # The wire.

    def arrives(self, packet: Packet | bytes, now_us: int) -> None:
        """Take in a packet that was addressed to this host."""
        if isinstance(packet, bytes):
            octets = packet
            try:
                packet = parse(octets)
            except WireError:
                self._hear_complaint(octets, now_us)
                return
        tcp = self._connections.get(packet.key)
        if tcp is None and not self.intact(packet):
            return
        if tcp is not None and tcp.state is State.TIME_WAIT and packet.flags & SYN and self.reopens(tcp, packet):
            isn = self.reopened_isn(tcp)
            self._forget(tcp)
            self._listen_arrives(self._listeners[packet.dport], packet, isn, now_us)
        elif tcp is not None:
            tcp.arrives(packet, now_us)
            self.settle(tcp, now_us)
        elif packet.dport in self._listeners:
            self._listen_arrives(self._listeners[packet.dport], packet, None, now_us)
        else:
            self.answer_for_nobody(packet)

    def due(self) -> int | None:
        """Return when `advance` is to be called next, or None where no timer runs."""
        timers = self._timers
        while timers:
            armed_us, _, tcp = timers[0]
            if self._armed.get(tcp) == armed_us:
                due_us = tcp.due()
                if due_us is not None and due_us <= armed_us:
                    return armed_us
                del self._armed[tcp]
                if due_us is not None:
                    self._armed[tcp] = due_us
                    heappush(timers, (due_us, next(self._order), tcp))
            heappop(timers)
        return None

    def advance(self, now_us: int) -> None:
        """Do what has become due by this time."""
        while (due_us := self.due()) is not None and due_us <= now_us:
            _, _, tcp = heappop(self._timers)
            del self._armed[tcp]
            tcp.advance(now_us)
            self.settle(tcp, now_us)

    def take(self) -> list[Packet]:
        """Return, and forget, what is to be put on the wire, in its order."""
        out = self._out
        if out:
            self._out = []
        return out

    def sockets(self) -> list[Socket]:
        """Return what this host says about all that listens and all connections it has not forgotten."""
        found = []
        nowhere = str(ip_address(bytes(len(self.address))))
        for port, listener in sorted(self._listeners.items()):
            waiting, most = len(listener.ready), listener.backlog
            found.append(Socket("LISTEN", str(ip_address(self.address)), port, nowhere, 0, waiting, most))
        for tcp in self._connections.values():
            view = tcp.view()
            nobodys = tcp in self._half_open or tcp in self._unaccepted
            found.append(view._replace(held=False) if nobodys else view)
        return found

    # Decisions.

    def intact(self, packet: Packet) -> bool:
        """Tell whether a packet for no connection came as it was sent and is for this host (RFC 9293, 3.1, MUST-3)."""
        if packet.dst != self.address or not packet.offset_ok:
            return False
        return packet.checksum_ok and packet.ip_checksum_ok

    def isn(self, key: bytes, now_us: int) -> int:
        """Return the initial sequence number of a connection: a clock of 4 us and a keyed hash (RFC 6528, 3)."""
        offset = blake2s(key, key=self._secret, digest_size=4).digest()
        return add(int.from_bytes(offset, "big"), now_us // _ISN_TICK_US)

    def reopened_isn(self, before: Tcp) -> int:
        """Return the initial sequence number of a connection in the place of one in TIME-WAIT (RFC 9293, 3.6.1)."""
        return add(before.snd_nxt, _REOPENED_ISN_STEP)

    def reopens(self, before: Tcp, packet: Packet) -> bool:
        """Tell whether a SYN opens the connection again that is in TIME-WAIT (RFC 9293, 3.6.1, MAY-2)."""
        return (
            self.intact(packet)
            and packet.dport in self._listeners
            and before.gives_way_to(packet)
            and self.has_room(self._listeners[packet.dport])
        )

    def has_room(self, listener: Listener) -> bool:
        """Tell whether one more connection may be opened: one more than the backlog, as hosts have always done."""
        return len(listener.ready) + listener.half_open <= listener.backlog

    def is_answered(self, packet: Packet) -> bool:
        """Tell whether a segment for which there is no connection is answered: not if it is a reset itself."""
        return not packet.flags & RST

    def begins(self, packet: Packet) -> bool:
        """Tell whether a segment begins a connection in LISTEN: only a SYN does (RFC 9293, 3.10.7.2)."""
        return bool(packet.flags & SYN)

    def answer_for_nobody(self, packet: Packet) -> None:
        """Answer a segment for which there is no connection with a reset (RFC 9293, 3.10.7.1)."""
        if not self.is_answered(packet):
            return
        if packet.flags & ACK:
            self._reply(packet, seq=packet.ack, flags=RST)
        else:
            self._reply(packet, seq=0, flags=RST | ACK, ack=add(packet.seq, packet.length))

    def _listen_arrives(self, listener: Listener, packet: Packet, isn: int | None, now_us: int) -> None:
        """Take in a segment for a port in LISTEN (RFC 9293, 3.10.7.2)."""
        if packet.flags & (RST | ACK):
            self.answer_for_nobody(packet)
        elif self.begins(packet) and self.has_room(listener):
            isn = self.isn(packet.key, now_us) if isn is None else isn
            tcp = self._make(packet.key, isn, listener.settings, now_us)
            listener.half_open += 1
            self._half_open[tcp] = listener
            tcp.accept_syn(packet, now_us)
            self.settle(tcp, now_us)

    def _grow_up(self, tcp: Tcp) -> None:
        """See whether a passively opened connection has been opened, or has come to nothing."""
        listener = self._half_open.pop(tcp)
        listener.half_open -= 1
        if not tcp.done:
            self._unaccepted[tcp] = listener
            listener.ready.append(tcp)
            self._changed[listener] = None

    def _hear_complaint(self, octets: bytes, now_us: int) -> None:
        heard = complaint(octets)
        if heard is None:
            return
        half = len(self.address)
        key = heard.key
        tcp = self._connections.get(key[half : 2 * half] + key[:half] + key[-2:] + key[-4:-2])
        if tcp is None or not tcp.quotes(heard.seq):
            return
        if heard.mtu is not None:
            tcp.too_big(heard.mtu, now_us)
        else:
            tcp.unreachable(now_us, fatal=heard.hard)
        self.settle(tcp, now_us)

    def _reply(self, packet: Packet, *, seq: int, flags: int, ack: int = 0) -> None:
        self._out.append(
            build(
                src=self.address,
                dst=packet.src,
                sport=packet.dport,
                dport=packet.sport,
                seq=seq,
                ack=ack,
                flags=flags,
                window=0,
            )
        )

    def _make(self, key: bytes, isn: int, settings: Settings, now_us: int) -> Tcp:
        half = len(self.address)
        remote = (key[:half], int.from_bytes(key[-4:-2], "big"))
        local = (self.address, int.from_bytes(key[-2:], "big"))
        tcp = self._tcp(local=local, remote=remote, iss=isn, settings=settings, now_us=now_us)
        self._connections[key] = tcp
        self._keys[tcp] = key
        if len(self.lives) < LIVES_KEPT:
            self.lives.append(Life(local[1], remote[1], tcp.moves))
        return tcp

    def _forget(self, tcp: Tcp) -> None:
        key = self._keys.pop(tcp, None)
        if key is not None:
            del self._connections[key]
        self._armed.pop(tcp, None)

    def _free_port(self, towards: bytes) -> int:
        """Return a port on which nothing listens and from which no connection leads there, if that is said."""
        for _ in range(FIRST_EPHEMERAL_PORT, _PORTS):
            port = self._next_port
            self._next_port = port + 1 if port + 1 < _PORTS else FIRST_EPHEMERAL_PORT
            if port not in self._listeners and towards + port.to_bytes(2, "big") not in self._connections:
                return port
        raise PortTaken
