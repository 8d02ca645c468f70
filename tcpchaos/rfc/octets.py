"""Which octets of a stream were delivered, and which were sent and may be sent again.

Both count in positions: integers that are congruent to sequence numbers and never wrap (`seq.unwrap`).
"""

from bisect import bisect_right, insort
from collections.abc import Iterator
from typing import Final

from tcpchaos.wire import Packet

# Acknowledged segments are thrown away so many at a time: each clearance moves what stays behind them.
_GONE_AT_MOST: Final = 256


class Received:
    """The octets that have arrived: all of them up to `nxt`, and islands beyond the holes."""

    __slots__ = ("islands", "nxt")

    def __init__(self, nxt: int) -> None:
        self.nxt = nxt
        self.islands: list[tuple[int, int]] = []

    def add(self, left: int, right: int) -> None:
        """Take in the octets from `left` to before `right`."""
        if right <= self.nxt:
            return
        if left > self.nxt:
            insort(self.islands, (left, right))
            self._merge()
            return
        self.nxt = right
        while self.islands and self.islands[0][0] <= self.nxt:
            self.nxt = max(self.nxt, self.islands.pop(0)[1])

    def _merge(self) -> None:
        merged: list[tuple[int, int]] = []
        for left, right in self.islands:
            if merged and left <= merged[-1][1]:
                merged[-1] = (merged[-1][0], max(right, merged[-1][1]))
            else:
                merged.append((left, right))
        self.islands = merged

    def holds(self, left: int, right: int) -> bool:
        """Tell whether each octet from `left` to before `right` has arrived."""
        return right <= self.nxt or any(low <= left and right <= high for low, high in self.islands)


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

    def append(self, position: int, packet: Packet) -> None:
        """Add a segment whose payload begins where the stream ended so far, or beyond that."""
        self._begins.append(position)
        self._pieces.append((position + packet.size, packet, position))

    def insert(self, position: int, packet: Packet) -> None:
        """Add what is new in a segment that may lie anywhere."""
        at, end = position, position + packet.size
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
