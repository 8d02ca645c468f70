"""From where a capture was made, and so what the oracle may be told of each packet in it.

In someone else's capture each packet was both sent and delivered at the one place where somebody listened. What was
lost behind that place, or arrived there and went no further, can't be known, so the oracle is told that it has one
vantage point and says less than it would of a run. A capture that tcpchaos wrote has both sides of the proxy in it,
and is judged as the run was; but for the applications.
"""

import re
from collections import OrderedDict
from typing import Final, Protocol

from tcpchaos.backends.capture.files import Record
from tcpchaos.oracle import Oracle
from tcpchaos.trace import Event, Side, Trace
from tcpchaos.wire import ACK, SYN, Packet

SIDES: Final = {str(side): side for side in Side}
INBOUND, OUTBOUND = 1, 2  # directions of pcapng, as the proxy sees them: what an endpoint sent comes in

# Packets on their way that are remembered to know them again on the other side: more than any proxy holds back.
UNDERWAY: Final = 10_000

_COMMENT: Final = re.compile(r"tcpchaos #\d+(?: of #(\d+))?: (.*)", re.DOTALL)


class Bench(Protocol):
    """Somebody who shows an oracle the packets of a capture."""

    oracle: Oracle
    trace: Trace
    undecided: tuple[str, ...]

    def show(self, record: Record, packet: Packet, at_us: int) -> None:
        """Show the oracle a packet, and write it into the trace under the number that it has in the file."""

    def notes(self) -> tuple[str, ...]:
        """Say what had to be guessed."""


class OnePlace:
    """A capture made in one place: each packet is delivered as soon as it is sent."""

    undecided: tuple[str, ...] = (
        "Whether a segment seen here reached the other side: one lost or changed behind this place looks like others.",
        "Whether an endpoint failed to answer, or its answer was lost before it came here.",
        "What the applications wrote and read.",
    )

    def __init__(self, stack: str | None) -> None:
        self.oracle = Oracle(stacks=(stack or "", stack or ""), vantage="one")
        self.trace = Trace()
        self._guessed = 0
        self._sides: dict[bytes, Side] = {}

    def show(self, record: Record, packet: Packet, at_us: int) -> None:
        """Show the oracle a packet that was sent and delivered at once."""
        side = self._sides.get(packet.key)
        if side is None:
            side = self._sides[packet.key] = _sender(packet)
            self._sides[packet.reverse_key] = side.peer
            self._guessed += not packet.flags & SYN
        connection = self.oracle.connection(side, packet)
        frame, number = record.number, connection.number
        self.oracle.sent(connection, side, packet, at_us, frame)
        self.trace.add(Event(frame, at_us, side, False, packet, number, 0, (), connection.states))
        self.oracle.delivered(connection, side.peer, packet, at_us, frame, intact=True)
        self.trace.add(Event(frame, at_us, side.peer, True, packet, number, frame, (), connection.states))

    def notes(self) -> tuple[str, ...]:
        """Say of how many connections the client had to be guessed."""
        if not self._guessed:
            return ()
        count = f"{self._guessed:,} connection{'' if self._guessed == 1 else 's'}"
        return (f"Of {count} without a SYN, the end with the higher port is taken for the client.",)


def _sender(packet: Packet) -> Side:
    """Tell which side sends the first packet seen of a flow: who sends a SYN is the client, else the higher port."""
    if packet.flags & SYN:
        return Side.SERVER if packet.flags & ACK else Side.CLIENT
    return Side.CLIENT if packet.sport >= packet.dport else Side.SERVER


class BothSides:
    """A capture that tcpchaos wrote: what came in was sent, what went out was delivered."""

    undecided: tuple[str, ...] = ("What the applications wrote and read.",)

    def __init__(self, stack: str | None) -> None:
        self.oracle = Oracle(stacks=(stack or "", stack or ""))
        self.trace = Trace()
        self._underway: OrderedDict[tuple[Side, bytes], tuple[int, Packet]] = OrderedDict()

    def show(self, record: Record, packet: Packet, at_us: int) -> None:
        """Show the oracle a packet at one edge of the proxy, with what the proxy did to it."""
        side = SIDES[record.interface]
        told = [match for comment in record.comments if (match := _COMMENT.fullmatch(comment))]
        deeds = tuple(match[2] for match in told)
        if record.direction == INBOUND:
            connection = self.oracle.connection(side, packet)
            self.oracle.sent(connection, side, packet, at_us, record.number)
            self._underway[side.peer, packet.octets] = record.number, packet
            if len(self._underway) > UNDERWAY:
                self._underway.popitem(last=False)
            origin, delivered = 0, False
        else:
            connection = self.oracle.connection(side.peer, packet)
            # The very packet that was sent, where it is the same octets: the oracle asks whether anything was touched.
            origin, same = self._underway.get((side, packet.octets), (0, None))
            origin = next((int(match[1]) for match in told if match[1]), origin)
            arrived = same or packet
            self.oracle.delivered(connection, side, arrived, at_us, record.number, intact=same is not None)
            delivered = True
        states = connection.states
        self.trace.add(Event(record.number, at_us, side, delivered, packet, connection.number, origin, deeds, states))

    def notes(self) -> tuple[str, ...]:
        """Say that both sides were seen."""
        return ("tcpchaos wrote this capture, with both sides of the proxy in it: judged as the run was.",)
