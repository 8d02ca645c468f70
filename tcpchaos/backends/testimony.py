"""What a kernel tells of its own doings during a run, beside what was seen on the wire; times are the run's."""

from collections.abc import Collection
from dataclasses import dataclass, field, replace
from typing import NamedTuple

from tcpchaos.trace import Side


class Frame(NamedTuple):
    """A frame that was put on a cable: when, in microseconds, and how many octets its packet has."""

    at_us: int
    octets: int


class Drop(NamedTuple):
    """A frame that an endpoint's kernel threw away: the n-th of those to `side`, from 0, and the kernel's reason."""

    at_us: int
    side: Side
    nth: int
    reason: str


class Move(NamedTuple):
    """A socket of one endpoint's went from one state of RFC 9293 to another; `reset` if a reset made it.

    `socket` tells it from all others that live at the same time. Before it is bound its port is 0.
    """

    at_us: int
    side: Side
    socket: int
    local_port: int
    remote_port: int
    before: str
    after: str
    reset: bool


class Reset(NamedTuple):
    """An endpoint's kernel sent a reset between these ports, for this reason ("" where it does not say)."""

    at_us: int
    side: Side
    local_port: int
    remote_port: int
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement:
    """All that was told, in the order of time; `frames` are those to the client, and those to the server.

    `incomplete` tells that some of it was lost, or more than is kept.
    """

    frames: tuple[list[Frame], list[Frame]] = field(default_factory=lambda: ([], []))
    drops: list[Drop] = field(default_factory=list)
    moves: list[Move] = field(default_factory=list)
    resets: list[Reset] = field(default_factory=list)
    incomplete: bool = False

    def without(self, sides: Collection[Side]) -> "Statement":
        """Return what was told of the other endpoints: these are no kernel's, and another lab has the same ports."""
        return replace(
            self,
            drops=[each for each in self.drops if each.side not in sides],
            moves=[each for each in self.moves if each.side not in sides],
            resets=[each for each in self.resets if each.side not in sides],
        )
