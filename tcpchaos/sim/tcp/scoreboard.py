"""What the peer has reported to hold beyond a hole (RFC 2018), and what follows from it (RFC 6675)."""

from typing import Final

from tcpchaos.seq import add, ahead, diff

# After so many later segments a hole counts as lost and not as late (RFC 6675, section 2).
DUP_THRESH: Final = 3


class Scoreboard:
    """Ranges of sequence numbers, in their order and apart from each other, all beyond SND.UNA."""

    __slots__ = ("octets", "ranges")

    def __init__(self) -> None:
        self.ranges: list[tuple[int, int]] = []
        self.octets = 0  # in all of them

    def clear(self) -> None:
        """Forget everything: after a timeout the peer may have thrown it away (RFC 2018, section 8)."""
        self.ranges = []
        self.octets = 0

    def report(self, blocks: tuple[tuple[int, int], ...], una: int, nxt: int) -> int:
        """Take in the blocks of an acknowledgment and return how many octets of them are news.

        What does not lie between `una` and `nxt` says nothing of use: a duplicate (RFC 2883), an old block, a lie.
        """
        before = self.octets
        end = diff(nxt, una)
        spans = [(diff(left, una), diff(right, una)) for left, right in self.ranges]
        for left, right in blocks:
            low, high = diff(left, una), diff(right, una)
            if 0 <= low < high <= end:
                spans.append((low, high))
        if len(spans) == len(self.ranges):
            return 0
        spans.sort()
        merged = [spans[0]]
        for low, high in spans[1:]:
            if low <= merged[-1][1]:
                merged[-1] = merged[-1][0], max(high, merged[-1][1])
            else:
                merged.append((low, high))
        self.octets = sum([high - low for low, high in merged])
        self.ranges = [(add(una, low), add(una, high)) for low, high in merged]
        return self.octets - before

    def acknowledge(self, una: int) -> None:
        """Forget what lies before `una`."""
        ranges = self.ranges
        while ranges and diff(ranges[0][1], una) <= 0:
            left, right = ranges.pop(0)
            self.octets -= ahead(left, right)
        if ranges and diff(ranges[0][0], una) < 0:
            self.octets -= ahead(ranges[0][0], una)
            ranges[0] = una, ranges[0][1]

    def beyond(self, at: int) -> int:
        """Return `at`, or the end of the range in which it lies."""
        for left, right in self.ranges:
            if diff(left, at) > 0:
                break
            if diff(right, at) > 0:
                return right
        return at

    def hole_at(self, at: int, end: int) -> int:
        """Return how many octets from `at` to before `end` were not reported in one piece."""
        for left, _ in self.ranges:
            if diff(left, at) >= 0:
                return min(diff(left, at), diff(end, at))
        return diff(end, at)

    def octets_before(self, at: int) -> int:
        """Return how many octets before `at` were reported."""
        total = 0
        for left, right in self.ranges:
            if diff(left, at) >= 0:
                break
            total += min(diff(right, left), diff(at, left))
        return total

    def is_lost(self, at: int, mss: int) -> bool:
        """Tell whether so much beyond `at` was reported that it counts as lost (RFC 6675, section 4, IsLost)."""
        above = 0
        for pieces, (left, right) in enumerate(reversed(self.ranges), 1):
            if diff(right, at) <= 0:
                break
            above += ahead(left, right)
            if pieces >= DUP_THRESH or above > (DUP_THRESH - 1) * mss:
                return True
        return False

    def pipe(self, una: int, nxt: int, resent: int, mss: int) -> int:
        """Return how many octets are likely under way; up to `resent` was sent again (RFC 6675, section 4, SetPipe)."""
        total, at = 0, una
        for left, right in [*self.ranges, (nxt, nxt)]:
            hole = diff(left, at)
            if hole > 0:
                if not self.is_lost(at, mss):
                    total += hole
                total += min(max(diff(resent, at), 0), hole)
            at = right
        return total

    def next_hole(self, una: int, resent: int, mss: int, sure: bool) -> int | None:
        """Return where the first hole begins that was not sent again yet, None where there is none.

        `sure` asks for one that counts as lost; otherwise any that lies before a reported range will do (RFC 6675,
        section 4, NextSeg).
        """
        if not self.ranges:
            return None
        at = self.beyond(resent if diff(resent, una) > 0 else una)
        if diff(self.ranges[-1][1], at) <= 0 or (sure and not self.is_lost(at, mss)):
            return None
        return at
