"""What was seen: each packet as an endpoint sent it or as it was delivered to one, and what its own TCP says of it.

A trace is data. It knows no law: the inferred states that stand beside an event were put there by whoever knew them.
"""

from collections import deque
from collections.abc import Iterator
from enum import IntEnum
from typing import NamedTuple

from tcpchaos.wire import Packet

# A run keeps its beginning and its end: enough for any ladder that a person reads, and the same memory
# however long the connection lives. What passes in between is counted; a capture file keeps all of it.
EVENTS_KEPT_AT_EACH_END = 4096


class Side(IntEnum):
    """One of the two endpoints, named after the interface of the proxy behind which it sits."""

    CLIENT = 0
    SERVER = 1

    @property
    def peer(self) -> "Side":
        """The other endpoint."""
        return _PEERS[self]

    def __str__(self) -> str:
        return _NAMES[self]


_PEERS = (Side.SERVER, Side.CLIENT)
_NAMES = ("client", "server")


class Event(NamedTuple):
    """One packet at one edge of the proxy: sent by an endpoint, or delivered to one.

    `frame` counts 1, 2, 3 over the events of a trace, in their order. A packet that passes is two events: sent by one
    endpoint and delivered to the other, whose `origin` is the frame at which it was sent (0 for an injected packet).
    `deeds` say in the plan's own words what the proxy did; `states` are the two likeliest states after the event,
    client's first. Where there are octets of an `icmp` error, that is what was delivered, and `packet` is the one
    that it quotes.
    """

    frame: int
    at_us: int
    side: Side
    delivered: bool
    packet: Packet
    connection: int
    origin: int
    deeds: tuple[str, ...]
    states: tuple[str, str]
    icmp: bytes = b""

    @property
    def octets(self) -> bytes:
        """The octets of the IP packet that was on the wire."""
        return self.icmp or self.packet.octets


class Passage(NamedTuple):
    """A packet that passed untouched: the two events of it in one, which is what nearly all of a long run is.

    `side` sent it at `frame` and the other endpoint got it `step` frames later: 0 in a capture made in one place, where
    both have the number of the packet in its file. `states` are three: the sender's likeliest after it was sent, the
    receiver's before and after it was delivered.
    """

    frame: int
    at_us: int
    side: Side
    packet: Packet
    connection: int
    states: tuple[str, str, str]
    step: int = 1

    def events(self) -> tuple[Event, Event]:
        """Return the two events."""
        frame, at_us, side, packet, connection, (own, before, after), step = self
        # What is sent moves only its sender, what is delivered only its receiver.
        sent, got = ((own, before), (own, after)) if side is Side.CLIENT else ((before, own), (after, own))
        return (
            Event(frame, at_us, side, False, packet, connection, 0, (), sent),
            Event(frame + step, at_us, side.peer, True, packet, connection, frame, (), got),
        )


class Socket(NamedTuple):
    """One end of a connection as its own TCP sees it; None is what that TCP does not say.

    `state` goes by RFC 9293's name. While it listens, `receive_queue` counts connections not yet accepted, and
    `send_queue` is the backlog; otherwise both are octets. `held` tells whether a program holds it: one that was closed
    is an orphan, one that was not accepted yet has no holder either. `timer` is the one that runs, if any:
    "retransmission", "keepalive", "time-wait" or "probe", and `timer_us` the time until it is due.

    `bytes_received` counts the peer's octets and its FIN, `bytes_acked` the own octets that were acknowledged, the FIN,
    and after an active OPEN the SYN. Windows are in octets, shifted as agreed; `unacked` counts segments,
    `retransmits` those of the oldest of them, `backoff` how often its timer was doubled.
    """

    state: str
    local: str
    local_port: int
    remote: str
    remote_port: int
    receive_queue: int
    send_queue: int
    held: bool = True
    timer: str = ""
    timer_us: int | None = None
    bytes_received: int | None = None
    bytes_acked: int | None = None
    snd_wnd: int | None = None
    rcv_wnd: int | None = None
    snd_wscale: int | None = None
    rcv_wscale: int | None = None
    unacked: int | None = None
    retransmits: int | None = None
    backoff: int | None = None
    probes: int | None = None
    rto_us: int | None = None
    total_retransmits: int | None = None
    segments_received: int | None = None
    segments_sent: int | None = None


class Trace:
    """The events of a run in their order, the middle of a very long one left out and counted.

    At least `kept_at_each_end` events are kept from the beginning and from the end, and at most twice as many.
    """

    def __init__(self, kept_at_each_end: int = EVENTS_KEPT_AT_EACH_END) -> None:
        self._head: list[Event | Passage] = []
        self._tail: deque[Event | Passage] = deque(maxlen=kept_at_each_end)
        self._room = kept_at_each_end
        self.seen = 0

    def add(self, event: Event) -> None:
        """Append an event."""
        self.seen += 1
        if self._room > 0:
            self._room -= 1
            self._head.append(event)
        else:
            self._tail.append(event)

    def passed(self, passage: Passage) -> None:
        """Append the two events of a packet that passed."""
        self.seen += 2
        if self._room > 0:
            self._room -= 2
            self._head.append(passage)
        else:
            self._tail.append(passage)

    @property
    def left_out(self) -> int:
        """How many events between the beginning and the end were not kept."""
        return self.seen - len(self)

    def __iter__(self) -> Iterator[Event]:
        for kept in (self._head, self._tail):
            for entry in kept:
                if isinstance(entry, Passage):
                    yield from entry.events()
                else:
                    yield entry

    def __len__(self) -> int:
        return sum(2 if isinstance(entry, Passage) else 1 for kept in (self._head, self._tail) for entry in kept)
