"""In which order octets arrived at an endpoint, which of them twice, and which with another value than was sent.

Kept only of what is out of the ordinary: an octet that arrives once, in order and unchanged leaves nothing here.
"""

from bisect import bisect_right
from collections import deque
from operator import itemgetter
from typing import Final, NamedTuple

from tcpchaos.rfc.octets import PAIR_OCTETS, Received

# Segments out of order that are remembered: what may still be on its way through a stack when it acknowledges.
_MOST_RECENT: Final = 64
# Octets of forged payload that are remembered, and segments; whoever is given more may have taken anything.
_MOST_OTHER_OCTETS: Final = 256 * 1024
_MOST_OTHER_SEGMENTS: Final = 512
_BEFORE_ALL: Final = -(1 << 62)  # a position before any
_right: Final = itemgetter(1)


class Island(NamedTuple):
    """A segment that arrived out of order; `sure` if it must have been kept."""

    left: int
    right: int
    at_us: int
    sure: bool


class Other(NamedTuple):
    """Octets that were delivered and that nobody sent, and the rule by which they had to be discarded, if any."""

    left: int
    octets: bytes
    reason: str | None


class Arrivals:
    """The octets that were delivered to one endpoint in an unusual way, by positions of its peer's stream."""

    __slots__ = ("_other_octets", "islands", "others", "too_many", "twice")

    def __init__(self) -> None:
        self.islands: deque[Island] = deque(maxlen=_MOST_RECENT)
        self.twice = Received(_BEFORE_ALL)  # what arrived more than once
        self.others: list[Other] = []
        self.too_many = False  # more octets that nobody sent than are remembered
        self._other_octets = 0

    @property
    def weight_octets(self) -> int:
        """About how much memory it takes, beyond what it does empty."""
        pairs = len(self.islands) + len(self.others) + len(self.twice.islands)
        return min(self._other_octets, _MOST_OTHER_OCTETS) + pairs * PAIR_OCTETS

    def arrives(self, left: int, right: int, possible: Received) -> None:
        """Octets arrive; `possible` is what could have been taken in before."""
        if left < possible.nxt:
            self.twice.add(left, min(right, possible.nxt))
        islands = possible.islands
        index = bisect_right(islands, left, key=_right)
        while index < len(islands) and islands[index][0] < right:
            low, high = islands[index]
            self.twice.add(max(low, left), min(high, right))
            index += 1

    def arrived_twice(self, left: int, right: int) -> bool:
        """Tell whether each octet from `left` to before `right` may have arrived at least twice."""
        return self.twice.crowded or self.twice.holds(left, right)

    def other(self, left: int, octets: bytes, reason: str | None) -> None:
        """Octets arrive that the peer did not send in this segment."""
        self._other_octets += len(octets)
        if self._other_octets > _MOST_OTHER_OCTETS or len(self.others) >= _MOST_OTHER_SEGMENTS:
            self.too_many = True
        else:
            self.others.append(Other(left, octets, reason))

    def explains(self, position: int, octet: int) -> list[str | None]:
        """Return why each segment that brought this octet to this position had to be discarded, None if it had not."""
        return [
            reason
            for left, octets, reason in self.others
            if left <= position < left + len(octets) and octets[position - left] == octet
        ]
