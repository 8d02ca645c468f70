"""How long to wait for an acknowledgment: RFC 6298's estimate of the round trip, and its back-off."""

from typing import Final

_GRANULARITY_US: Final = 1_000  # of the clock behind the timestamps
_AFTER_LOST_SYN_US: Final = 3_000_000  # RFC 6298, section 5.7


class Rto:
    """The retransmission timeout of one connection; all times in microseconds."""

    __slots__ = ("_base_us", "backoff", "least_us", "most_us", "rttvar_us", "srtt_us")

    def __init__(self, initial_us: int, least_us: int, most_us: int) -> None:
        self._base_us = initial_us
        self.least_us = least_us
        self.most_us = most_us
        self.srtt_us: int | None = None
        self.rttvar_us = 0
        self.backoff = 0  # how often it was doubled

    def current_us(self) -> int:
        """How long to wait now (RFC 6298, sections 2.4, 2.5 and 5.5)."""
        return min(self._base_us << self.backoff, self.most_us)

    def measure(self, rtt_us: int, per_round_trip: int = 1) -> None:
        """Take in a measurement, one of so many in each round trip (RFC 6298, section 2; RFC 7323, appendix G)."""
        if self.srtt_us is None:
            self.srtt_us = rtt_us
            self.rttvar_us = rtt_us // 2
        else:
            self.rttvar_us += (abs(self.srtt_us - rtt_us) - self.rttvar_us) // (4 * per_round_trip)
            self.srtt_us += (rtt_us - self.srtt_us) // (8 * per_round_trip)
        self.backoff = 0
        self._base_us = max(self.srtt_us + max(_GRANULARITY_US, 4 * self.rttvar_us), self.least_us)

    def back_off(self) -> None:
        """Wait twice as long from now on, up to the most (RFC 6298, section 5.5)."""
        if self._base_us << self.backoff < self.most_us:
            self.backoff += 1

    def forget_syn(self) -> None:
        """Begin to send data after a SYN was lost, with no measurement yet (RFC 6298, section 5.7)."""
        self.backoff = 0
        self._base_us = max(self._base_us, _AFTER_LOST_SYN_US)
