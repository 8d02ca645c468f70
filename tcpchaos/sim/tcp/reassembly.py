"""Octets that arrived beyond a hole: islands of the peer's stream, and which grew last (RFC 2018, section 4)."""

from tcpchaos.seq import add, diff


class Island:
    """Octets without a hole between them, from `left` on."""

    __slots__ = ("left", "octets")

    def __init__(self, left: int, octets: bytearray) -> None:
        self.left = left
        self.octets = octets

    @property
    def right(self) -> int:
        """One past the last octet."""
        return add(self.left, len(self.octets))


class Reassembly:
    """The islands beyond RCV.NXT, in the order of the stream, with at least an octet missing between two of them."""

    __slots__ = ("islands", "recent")

    def __init__(self) -> None:
        self.islands: list[Island] = []
        self.recent: list[Island] = []  # the one that grew last comes first

    def clear(self) -> None:
        """Forget all of them."""
        self.islands = []
        self.recent = []

    def add(self, nxt: int, seq: int, payload: bytes) -> None:
        """Take in octets that begin after `nxt`, which is RCV.NXT; where some are here already, those stay."""
        islands = self.islands
        low = diff(seq, nxt)
        high = low + len(payload)
        stop = len(islands)
        while stop and diff(islands[stop - 1].left, nxt) > high:
            stop -= 1
        first = stop
        while first and diff(islands[first - 1].right, nxt) >= low:
            first -= 1
        touched = islands[first:stop]
        if not touched:
            island = Island(seq, bytearray(payload))
            islands.insert(first, island)
        elif len(touched) == 1 and diff(touched[0].left, nxt) <= low:
            island = touched[0]
            island.octets += payload[diff(island.right, seq) :]
        else:
            island = self._join(nxt, seq, payload, touched)
            islands[first:stop] = [island]
        self.recent = [island] + [each for each in self.recent if each not in touched and each is not island]

    @staticmethod
    def _join(nxt: int, seq: int, payload: bytes, touched: list[Island]) -> Island:
        low = diff(seq, nxt)
        at = min(low, diff(touched[0].left, nxt))
        joined = Island(add(nxt, at), bytearray())
        for island in touched:
            left = diff(island.left, nxt)
            joined.octets += payload[at - low : left - low] if at < left else b""
            joined.octets += island.octets
            at = left + len(island.octets)
        joined.octets += payload[max(at - low, 0) :]
        return joined

    def take(self, nxt: int) -> bytes | bytearray:
        """Return, and forget, the octets that continue the stream at `nxt`; none where there is a hole."""
        taken: bytes | bytearray = b""
        while self.islands:
            island = self.islands[0]
            known = diff(nxt, island.left) + len(taken)
            if known < 0:
                break
            del self.islands[0]
            self.recent.remove(island)
            if known < len(island.octets):
                taken = taken + island.octets[known:] if taken else island.octets[known:]
        return taken

    def overlap(self, left: int, right: int) -> tuple[int, int] | None:
        """Return the first octets from `left` to before `right` that are here already, None where there are none."""
        for island in self.islands:
            low = left if diff(left, island.left) > 0 else island.left
            high = right if diff(island.right, right) > 0 else island.right
            if diff(high, low) > 0:
                return low, high
        return None
