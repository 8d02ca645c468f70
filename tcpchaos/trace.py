"""What was seen: each packet as an endpoint sent it or as it was delivered to one, and what the applications said.

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
    client's first.
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


class Trace:
    """The events of a run in their order, the middle of a very long one left out and counted."""

    def __init__(self, kept_at_each_end: int = EVENTS_KEPT_AT_EACH_END) -> None:
        self._head: list[Event] = []
        self._tail: deque[Event] = deque(maxlen=kept_at_each_end)
        self._kept = kept_at_each_end
        self.seen = 0

    def add(self, event: Event) -> None:
        """Append an event."""
        self.seen += 1
        if len(self._head) < self._kept:
            self._head.append(event)
        else:
            self._tail.append(event)

    @property
    def left_out(self) -> int:
        """How many events between the beginning and the end were not kept."""
        return self.seen - len(self._head) - len(self._tail)

    def __iter__(self) -> Iterator[Event]:
        yield from self._head
        yield from self._tail

    def __len__(self) -> int:
        return len(self._head) + len(self._tail)
