"""Which octets of a stream were delivered, and which were sent and may be sent again.

Both count in positions: integers that are congruent to sequence numbers and never wrap (`seq.unwrap`).
"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from operator import itemgetter
from typing import Final

from tcpchaos.wire import Packet

# Acknowledged segments are thrown away so many at a time: each clearance moves what stays behind them.
_GONE_AT_MOST: Final = 256

# What a hostile peer may make an observer remember. No stack's window holds more islands: 6 MB, the most that Linux
# offers by itself, of which every other full segment is lost, are half as many.
MOST_ISLANDS: Final = 4096
# Pieces and octets in flight: ten times what such a window holds. What was sent first is forgotten first.
MOST_PIECES: Final = 65_536
MOST_FLIGHT_OCTETS: Final = 64 * 1024 * 1024
# What a piece takes beside its octets: a packet with its fields.
_PIECE_OCTETS: Final = 768
# What two integers take that are remembered in a tuple, in a list or a set.
PAIR_OCTETS: Final = 160

_left: Final = itemgetter(0)
_right: Final = itemgetter(1)


class Received:
    """The octets that have arrived: all of them up to `nxt`, and islands beyond the holes.

    `crowded` tells that there were more islands than are remembered: what is known is less than what arrived.
    """

    __slots__ = ("crowded", "islands", "nxt")

    def __init__(self, nxt: int) -> None:
        self.nxt = nxt
        self.islands: list[tuple[int, int]] = []  # in their order, and none touches the next
        self.crowded = False

    def add(self, left: int, right: int) -> None:
        """Take in the octets from `left` to before `right`."""
        if right <= self.nxt or right <= left:
            return
        islands = self.islands
        if left > self.nxt:
            first = bisect_left(islands, left, key=_right)
            behind = bisect_right(islands, right, first, key=_left)
            if first < behind:
                left, right = min(left, islands[first][0]), max(right, islands[behind - 1][1])
            elif len(islands) >= MOST_ISLANDS:
                self.crowded = True
                return
            islands[first:behind] = [(left, right)]
            return
        self.nxt = right
        if islands and islands[0][0] <= right:
            behind = bisect_right(islands, right, key=_left)
            self.nxt = max(right, islands[behind - 1][1])
            del islands[:behind]

    def holds(self, left: int, right: int) -> bool:
        """Tell whether each octet from `left` to before `right` has arrived."""
        if right <= self.nxt:
            return True
        index = bisect_right(self.islands, left, key=_left) - 1
        return index >= 0 and right <= self.islands[index][1]

    def ends_at(self, right: int) -> bool:
        """Tell whether an island ends right before this position."""
        index = bisect_left(self.islands, right, key=_right)
        return index < len(self.islands) and self.islands[index][1] == right


class Flight:
    """The payload that an endpoint has sent and of which no acknowledgment was delivered to it yet.

    It is kept as the segments that carried it first, in pieces that do not overlap: a piece begins at a position of the
    stream and is a part of the payload of its packet. A lookup halves its way, since under loss there are thousands.
    """

    __slots__ = ("_begins", "_gone", "_pieces")

    def __init__(self) -> None:
        self._begins: list[int] = []
        self._pieces: list[tuple[int, Packet, int]] = []  # end, packet, position of the packet's payload
        self._gone = 0  # pieces at the front that are acknowledged, and not yet thrown away

    def __len__(self) -> int:
        return len(self._begins) - self._gone

    def __iter__(self) -> Iterator[tuple[int, int, Packet]]:
        for begin, (end, packet, _) in zip(self._begins[self._gone :], self._pieces[self._gone :], strict=True):
            yield begin, end, packet

    @property
    def weight_octets(self) -> int:
        """About how much memory it takes."""
        octets = sum(end for end, _, _ in self._pieces) - sum(self._begins)
        return len(self._pieces) * _PIECE_OCTETS + octets

    def append(self, position: int, packet: Packet) -> None:
        """Add a segment whose payload begins where the stream ended so far, or beyond that."""
        end = position + packet.size
        if packet.end > len(packet.octets):  # cut short in a capture
            end = self._kept(position, packet)
            if end == position:
                return
        if len(self._begins) % _GONE_AT_MOST == _GONE_AT_MOST - 1:
            self._bound(end)
        self._begins.append(position)
        self._pieces.append((end, packet, position))

    @staticmethod
    def _kept(position: int, packet: Packet) -> int:
        """Return where that part of a segment's payload ends of which the octets are there."""
        return position + max(0, min(packet.end, len(packet.octets)) - packet.data_at)

    def _bound(self, end: int) -> None:
        """Forget what was sent first, where it is more than is remembered up to this position."""
        begins, gone = self._begins, self._gone
        least = bisect_right(begins, end - MOST_FLIGHT_OCTETS, gone)
        least = max(least, len(begins) - MOST_PIECES)
        if least > gone:
            self.acknowledge(self._pieces[least - 1][0])

    def insert(self, position: int, packet: Packet) -> None:
        """Add what is new in a segment that may lie anywhere."""
        at, end = position, self._kept(position, packet)
        self._bound(max(end, self._pieces[-1][0] if self._pieces else end))
        index = self._first(position)
        while at < end:
            begin = self._begins[index] if index < len(self._begins) else end
            if at < begin:
                stop = min(begin, end)
                self._begins.insert(index, at)
                self._pieces.insert(index, (stop, packet, position))
                at = stop
            else:
                at = self._pieces[index][0]
            index += 1

    def acknowledge(self, position: int) -> None:
        """Forget what lies before the position."""
        gone, pieces = self._gone, self._pieces
        while gone < len(pieces) and pieces[gone][0] <= position:
            gone += 1
        if gone == len(pieces):
            pieces.clear()
            self._begins.clear()
            gone = 0
        elif gone > _GONE_AT_MOST:
            del pieces[:gone], self._begins[:gone]
            gone = 0
        self._gone = gone

    def difference(self, position: int, payload: bytes) -> int | None:
        """Return the first position at which this payload has another octet than was sent there, None if nowhere."""
        end = position + len(payload)
        for index in range(self._first(position), len(self._begins)):
            begin = self._begins[index]
            if begin >= end:
                break
            stop, packet, start = self._pieces[index]
            low, high = max(begin, position), min(stop, end)
            at = packet.data_at + low - start
            before, now = packet.octets[at : at + high - low], payload[low - position : high - position]
            if before != now:
                return low + next(i for i, (a, b) in enumerate(zip(before, now, strict=True)) if a != b)
        return None

    def octet(self, position: int) -> int | None:
        """Return the octet that was sent there first, also if it was acknowledged lately; None where nobody knows."""
        index = bisect_right(self._begins, position) - 1
        if index < 0 or self._pieces[index][0] <= position:
            return None
        _, packet, start = self._pieces[index]
        return packet.octets[packet.data_at + position - start]

    def holds(self, position: int, end: int) -> bool:
        """Tell whether each octet from `position` to before `end` was sent and is still remembered."""
        index = self._first(position)
        while position < end and index < len(self._begins) and self._begins[index] <= position:
            position = self._pieces[index][0]
            index += 1
        return position >= end

    def _first(self, position: int) -> int:
        """Return the index of the first piece that ends after the position."""
        index = bisect_right(self._begins, position, self._gone)
        if index > self._gone and self._pieces[index - 1][0] > position:
            index -= 1
        return index
