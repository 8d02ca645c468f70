"""What is known of one endpoint's timestamps: its clock, what it has echoed, and its TS.Recent (RFC 7323).

Values are positions, like sequence numbers: they are congruent to what stands in the option and never wrap.
"""

from typing import Final

from tcpchaos.seq import unwrap
from tcpchaos.wire import ACK, SYN, Packet

# Linux forgives a timestamp that went back by one tick; clocks of one host seen on two CPUs do differ by that.
PAWS_FORGIVES_TICKS: Final = 1
# Of two timestamps so far apart, neither is older than the other (RFC 7323, section 5.2).
HALF: Final = 1 << 31
_CIRCLE: Final = 1 << 32


class Timestamps:
    """The timestamps that an endpoint sent, and those that were delivered to it."""

    __slots__ = ("agreed", "echoed", "newest", "offered", "recent", "value", "value_at_us")

    def __init__(self) -> None:
        self.agreed = False  # it sent some together with ACK: both sides have offered them
        self.offered: int | None = None  # the one on its last SYN, as it stood there
        self.value: int | None = None  # the newest that it sent
        self.value_at_us = 0
        self.echoed: int | None = None  # the newest that it echoed: TS.Recent was at least this
        self.newest: int | None = None  # the newest that was delivered to it
        self.recent: int | None = None  # TS.Recent, likely

    def sent(self, packet: Packet, at_us: int) -> None:
        """Learn from a segment that the endpoint sent."""
        stamps = packet.timestamps
        if stamps is None:
            return
        value, echo = stamps
        flags = packet.flags
        if flags & SYN:
            self.offered = value
        if flags & ACK:
            self.agreed = True
            if not flags & SYN:
                self._sent_echo(echo)
        # A SYN-ACK's may be a SYN cookie, which keeps options in its lowest bits.
        if flags & (SYN | ACK) != SYN | ACK:
            value = value if self.value is None else unwrap(value, self.value)
            if self.value is None or value > self.value:
                self.value, self.value_at_us = value, at_us

    def _sent_echo(self, echo: int) -> None:
        """An echo proves that the value was taken in, unless it was never delivered."""
        if self.newest is not None:
            echo = unwrap(echo, self.newest)
            if echo <= self.newest and (self.echoed is None or echo > self.echoed):
                self.echoed = echo

    def delivered(self, packet: Packet, in_order: bool) -> None:
        """Learn from an acceptable segment that was delivered; `in_order` if it begins at or before Last.ACK.sent."""
        stamps = packet.timestamps
        if stamps is None:
            return
        value = stamps[0] if self.newest is None else unwrap(stamps[0], self.newest)
        self.newest = value if self.newest is None else max(value, self.newest)
        if in_order and (self.recent is None or value > self.recent):
            self.recent = value

    def is_late(self, packet: Packet) -> bool:
        """Tell whether PAWS may refuse the segment: a newer timestamp was delivered before it."""
        stamps = packet.timestamps
        return stamps is not None and self.newest is not None and unwrap(stamps[0], self.newest) < self.newest

    def is_past(self, packet: Packet) -> bool:
        """Tell whether PAWS refuses the segment for sure (RFC 7323, section 5.3)."""
        stamps = packet.timestamps
        if stamps is None or self.echoed is None or not self.agreed:
            return False
        if self.echoed % _CIRCLE == 0:
            # One of 0 comes from a stack that has no clock yet: Linux holds it against nothing that follows.
            return False
        behind = self.echoed - unwrap(stamps[0], self.echoed)
        # Where it is by so much that what was delivered since may have turned it into the future, nothing is sure.
        since = max(0, (self.newest or self.echoed) - self.echoed)
        return PAWS_FORGIVES_TICKS < behind < HALF - since
