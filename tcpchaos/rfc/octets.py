"""Which octets of a stream were delivered, and which were sent and may be sent again.

Both count in positions: integers that are congruent to sequence numbers and never wrap (`seq.unwrap`).
"""

from bisect import insort
from collections import deque
from collections.abc import Iterator

from tcpchaos.wire import Packet


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
    """The payload that an endpoint has sent and of which no acknowledgment was delivered to it yet."""

    __slots__ = ("_packets",)

    def __init__(self) -> None:
        self._packets: deque[tuple[int, int, Packet]] = deque()

    def __len__(self) -> int:
        return len(self._packets)

    def __iter__(self) -> Iterator[tuple[int, int, Packet]]:
        return iter(self._packets)

    def append(self, position: int, packet: Packet) -> None:
        """Add a segment whose payload begins where the stream ended so far, or beyond that."""
        self._packets.append((position, position + packet.size, packet))

    def insert(self, position: int, packet: Packet) -> None:
        """Add a segment that may lie anywhere, unless nothing in it is new."""
        end = position + packet.size
        if not any(left <= position and end <= right for left, right, _ in self._packets):
            index = sum(1 for left, _, _ in self._packets if left <= position)
            self._packets.insert(index, (position, end, packet))

    def acknowledge(self, position: int) -> None:
        """Forget what lies before the position."""
        packets = self._packets
        while packets and packets[0][1] <= position:
            packets.popleft()

    def difference(self, position: int, payload: bytes) -> int | None:
        """Return the first position at which this payload has another octet than was sent there, None if nowhere."""
        end = position + len(payload)
        for left, right, packet in self._packets:
            low, high = max(left, position), min(right, end)
            if low >= high:
                continue
            at = packet.data_at + low - left
            before, now = packet.octets[at : at + high - low], payload[low - position : high - position]
            if before != now:
                return low + next(i for i, (a, b) in enumerate(zip(before, now, strict=True)) if a != b)
        return None

    def holds(self, position: int, end: int) -> bool:
        """Tell whether each octet from `position` to before `end` was sent and is still remembered."""
        for left, right, _ in self._packets:
            if left <= position < right:
                position = right
            if position >= end:
                return True
        return position >= end
