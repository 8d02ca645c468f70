"""Congestion control after RFC 5681, with the initial window of RFC 6928: how many octets may be under way."""

from typing import Final

_INITIAL_SEGMENTS: Final = 10
_INITIAL_OCTETS: Final = 14600


class Reno:
    """The congestion window and the slow start threshold, in octets."""

    __slots__ = ("_acked", "cwnd", "initial", "mss", "ssthresh")

    def __init__(self, mss: int, initial: int | None = None) -> None:
        self.mss = mss
        if initial is None:
            initial = min(_INITIAL_SEGMENTS * mss, max(2 * mss, _INITIAL_OCTETS))
        self.initial = initial
        self.cwnd = initial
        self.ssthresh = 1 << 30
        self._acked = 0

    def syn_was_lost(self) -> None:
        """Begin with one segment (RFC 5681, section 3.1)."""
        self.initial = self.cwnd = self.mss

    def acked(self, octets: int, flight: int) -> None:
        """So many octets were acknowledged, of `flight` that were under way (RFC 5681, section 3.1)."""
        if flight + self.mss < self.cwnd:
            return  # the window was not what held the sender back
        if self.cwnd < self.ssthresh:
            self.cwnd += min(octets, self.mss)
            return
        self._acked += octets
        if self._acked >= self.cwnd:
            self._acked -= self.cwnd
            self.cwnd += self.mss

    def halve(self, flight: int) -> None:
        """A segment was lost on the way: half of what is under way from now on (RFC 5681, equation 4)."""
        self.ssthresh = max(flight // 2, 2 * self.mss)
        self._acked = 0

    def timed_out(self, flight: int, first: bool) -> None:
        """Begin again with one segment; halve the threshold the `first` time (RFC 5681, section 3.1)."""
        if first:
            self.halve(flight)
        self._acked = 0
        self.cwnd = self.mss

    def was_idle(self) -> None:
        """Nothing was sent for longer than a timeout: begin with the initial window (RFC 5681, section 4.1)."""
        self.cwnd = min(self.cwnd, self.initial)
