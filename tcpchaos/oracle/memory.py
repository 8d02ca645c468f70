"""What an oracle keeps, and what it forgets first: a capture may have millions of connections, and a peer no scruples.

Findings and counts stay; what is forgotten is the knowledge of connections, the finished ones first, then those that
were heard least recently.
"""

from typing import Final

from tcpchaos.oracle.connection import Connection
from tcpchaos.wire import Packet

# Connections that are kept: an idle one takes about 14,000 octets, so these take 115 MB.
MOST_CONNECTIONS: Final = 8192
# How many of them are forgotten at once, so that looking for them costs each new connection next to nothing.
_FORGOTTEN_AT_ONCE: Final = MOST_CONNECTIONS // 8
# What their octets in flight, islands and the like may take together beyond that.
MOST_STATE_OCTETS: Final = 256 * 1024 * 1024
# How much may be heard before all of that is weighed again, counting for each segment what remembering it costs.
_WEIGHED_EVERY_OCTETS: Final = 32 * 1024 * 1024
_SEGMENT_OCTETS: Final = 768
# How many attempts to open a connection between the same ports, one right after the other, are told apart.
MOST_BEFORE: Final = 4
# Findings that are kept with all that is to be said of them; what comes later is counted.
MOST_FINDINGS: Final = 4096


class Memory:
    """The connections that an oracle keeps, and counts of those that it has forgotten."""

    def __init__(self) -> None:
        self.flows: dict[bytes, Connection] = {}  # by the keys of their packets
        self.seen = 0
        self.forgotten = 0
        self.forgotten_open = 0
        self.partial = 0  # of those forgotten: not seen from the beginning, with holes, more than could be followed
        self.with_holes = 0
        self.overwhelmed = 0
        self.touched = False  # any of those forgotten
        self.harmed = False
        self._kept: dict[int, tuple[Connection, bytes, bytes]] = {}
        self._heard_octets = 0

    @property
    def connections(self) -> tuple[Connection, ...]:
        """The connections that are kept, in their order."""
        return tuple(connection for connection, _, _ in self._kept.values())

    def keep(self, connection: Connection, packet: Packet) -> list[Connection]:
        """Keep a connection that begins with this packet, and return those that are forgotten for it."""
        gone: list[Connection] = []
        if len(self._kept) >= MOST_CONNECTIONS:
            gone = [self._forget(each) for each in self._in_turn()[:_FORGOTTEN_AT_ONCE]]
        self.seen += 1
        self._kept[connection.number] = connection, packet.key, packet.reverse_key
        self.flows[packet.key] = self.flows[packet.reverse_key] = connection
        return gone

    def keeps(self, connection: Connection) -> bool:
        """Tell whether a connection has not been forgotten."""
        return connection.number in self._kept

    def heard(self, packet: Packet) -> bool:
        """Count a segment, and tell whether all that is kept should be weighed again."""
        self._heard_octets += packet.end + _SEGMENT_OCTETS
        return self._heard_octets > _WEIGHED_EVERY_OCTETS

    def lighten(self) -> list[Connection]:
        """Weigh all that is kept; where that is too much, forget half of it, and return the connections forgotten."""
        self._heard_octets = 0
        weights = {connection.number: connection.weight_octets for connection, _, _ in self._kept.values()}
        total = sum(weights.values())
        gone: list[Connection] = []
        if total > MOST_STATE_OCTETS:
            for connection in self._in_turn()[:-1]:
                if total <= MOST_STATE_OCTETS // 2:
                    break
                total -= weights[connection.number]
                gone.append(self._forget(connection))
        return gone

    def _in_turn(self) -> list[Connection]:
        """Return the connections in the order in which they are to be forgotten."""
        return sorted(self.connections, key=lambda each: (not each.at_rest, each.last_at_us, each.number))

    def _forget(self, connection: Connection) -> Connection:
        _, *keys = self._kept.pop(connection.number)
        for key in keys:
            if self.flows.get(key) is connection:
                del self.flows[key]
        self.forgotten += 1
        self.forgotten_open += not connection.at_rest
        self.partial += not connection.whole
        self.with_holes += connection.holes > 0
        self.overwhelmed += connection.overwhelmed
        self.touched |= connection.touched
        self.harmed |= connection.harmed is not None
        return connection
