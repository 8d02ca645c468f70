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
from tcpchaos.oracle import Connection, Oracle
from tcpchaos.trace import Event, Passage, Side, Trace
from tcpchaos.wire import ACK, SYN, Packet
from tcpchaos.wire.captured import headers_only

SIDES: Final = {str(side): side for side in Side}
INBOUND, OUTBOUND = 1, 2  # directions of pcapng, as the proxy sees them: what an endpoint sent comes in

# Packets on their way that are remembered to know them again on the other side: more than any proxy holds back.
UNDERWAY: Final = 10_000
# Longer packets are kept in the trace without their payload: there are thousands of them, each of up to 512 KiB.
KEPT_OCTETS: Final = 2048
# Packets that passed each other between the processors that captured them differ by much less than this; what is older
# by more than that stands in another place of the file than it came in.
SHUFFLED_US: Final = 20_000

# A named tuple made from a tuple, without the keywords of its constructor: one is made for each segment.
_new: Final = tuple.__new__

_COMMENT: Final = re.compile(r"tcpchaos #\d+(?: of #(\d+))?: (.*)", re.DOTALL)


class Bench(Protocol):
    """Somebody who shows an oracle the packets of a capture."""

    oracle: Oracle
    trace: Trace
    undecided: tuple[str, ...]

    def show(self, record: Record, packet: Packet, at_us: int, place: bytes = b"") -> bool:
        """Show the oracle a packet, and write it into the trace under the number that it has in the file.

        The time may go back, and the clocks of oracle and trace stand still then.

        Returns False where that is not done, because it was heard somewhere else already.
        """

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
        self._shuffled = 0
        self._at_us = 0

    def show(self, record: Record, packet: Packet, at_us: int, place: bytes = b"") -> bool:
        """Show the oracle a packet that was sent and delivered at once.

        Where a capture has heard of several interfaces, only one counts for each direction of a connection, the first
        one at which it was heard: there each packet came by once.
        """
        connection = self.oracle.known(packet)
        if connection is None or packet.flags & SYN:
            connection = self._connection(connection, packet)
        side = connection.side_of(packet)
        heard = connection.heard_at[side]
        here = record.heard_at, place
        if heard != here:
            if heard is not None:
                return False
            connection.heard_at[side] = here
        if at_us < connection.heard_us - SHUFFLED_US:
            connection.lose_track()
            self._shuffled += 1
        connection.heard_us = at_us
        if at_us > self._at_us:
            self._at_us = at_us
        frame = record.number
        before = connection.ends[1 - side].belief.state
        last_us = connection.last_at_us
        self.oracle.passed(connection, side, packet, at_us if at_us > last_us else last_us, frame)
        ends = connection.ends
        states = ends[side].belief.state, before, ends[1 - side].belief.state
        shown = packet if packet.end <= KEPT_OCTETS else headers_only(packet)
        self.trace.passed(_new(Passage, (frame, self._at_us, side, shown, connection.number, states, 0)))
        return True

    def _connection(self, known: Connection | None, packet: Packet) -> Connection:
        """Return the connection of a packet of a flow that is new, or that begins anew with it."""
        if known is not None:
            return self.oracle.connection(known.side_of(packet), packet)
        self._guessed += not packet.flags & SYN
        return self.oracle.connection(_sender(packet), packet)

    def notes(self) -> tuple[str, ...]:
        """Say of how many connections the client had to be guessed, and what was not in its order."""
        notes = []
        if self._shuffled:
            times = f"{self._shuffled:,} time{'' if self._shuffled == 1 else 's'}"
            notes.append(f"The packets are not in their order: {times}, a connection was taken up anew.")
        if self._guessed:
            count = f"{self._guessed:,} connection{'' if self._guessed == 1 else 's'}"
            notes.append(f"Of {count} without a SYN, the end with the higher port is taken for the client.")
        return tuple(notes)


def _sender(packet: Packet) -> Side:
    """Tell which side sends the first packet seen of a flow: who sends a SYN is the client, else the higher port."""
    if packet.flags & SYN:
        return Side.SERVER if packet.flags & ACK else Side.CLIENT
    return Side.CLIENT if packet.sport >= packet.dport else Side.SERVER


class BothSides:
    """A capture that tcpchaos wrote: what came in was sent, what went out was delivered."""

    undecided: tuple[str, ...] = ("What the applications wrote and read.",)

    def __init__(self, stack: str | None) -> None:
        # Whoever wrote it may have been kept from attending for a while, which nothing in it tells.
        self.oracle = Oracle(stacks=(stack or "", stack or ""), room_us=None)
        self.trace = Trace()
        self._at_us = 0
        self._underway: OrderedDict[tuple[Side, bytes], tuple[int, Packet]] = OrderedDict()

    def show(self, record: Record, packet: Packet, at_us: int, place: bytes = b"") -> bool:
        """Show the oracle a packet at one edge of the proxy, with what the proxy did to it."""
        side = SIDES.get(record.interface)
        if side is None or record.direction not in (INBOUND, OUTBOUND):
            return False
        self._at_us = at_us = max(at_us, self._at_us)
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
        return True

    def notes(self) -> tuple[str, ...]:
        """Say that both sides were seen."""
        return ("tcpchaos wrote this capture, with both sides of the proxy in it: judged as the run was.",)
