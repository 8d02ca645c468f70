"""How an endpoint goes about it: what it skipped, repeated and took back, and what it must have heeded by now.

`Endpoint` knows what an endpoint may have taken in; this knows what it has taken in for sure: where an acknowledgment,
a smaller window or a timestamp was delivered in a segment that every stack accepts, it counts from then on. And it
keeps what is out of the ordinary, so that `odd` is all that has to be asked of a connection on which nothing is.
"""

from typing import TYPE_CHECKING, Final, NamedTuple

from tcpchaos.rfc.arrivals import Arrivals, Island
from tcpchaos.rfc.silence import Silence
from tcpchaos.rfc.states import State
from tcpchaos.seq import unwrap
from tcpchaos.wire import ACK, CWR, ECE, RST, SYN, URG, Packet

if TYPE_CHECKING:
    from tcpchaos.rfc.endpoint import Endpoint

# Repetitions of a bare acknowledgment are counted over so long.
STORM_US: Final = 1_000_000
# A clock of timestamps ticks once a second at least (RFC 7323, section 5.4): after two of them it has moved.
CLOCK_STANDS_US: Final = 2_500_000
# States in which a stack looks at everything in a segment, as section 3.10.7.4 has it.
_ATTENTIVE: Final = frozenset({State.ESTABLISHED, State.FIN_WAIT_1, State.CLOSE_WAIT, State.CLOSING, State.LAST_ACK})
# The bit of what the header reserves that RFC 9768 uses for congestion notification.
ACCURATE_ECN: Final = 1
_CONGESTED: Final = 3  # the codepoint CE in the IP header (RFC 3168, section 5)
# Segments with an acknowledgment from the past that are remembered.
_MOST_PAST: Final = 64
_LONG_AGO: Final = -(1 << 62)
_NOT_YET: Final = 1 << 62


class Gap(NamedTuple):
    """Positions that were left out when what follows them was sent, and when that was."""

    left: int
    right: int
    at_us: int


class Shrunk(NamedTuple):
    """The rightmost edge that a peer's windows still allow since it took back what it had allowed, and since when."""

    edge: int
    at_us: int


class Conduct:
    """What is out of the ordinary in the conduct of one endpoint, and what it has heeded for sure.

    Times are in microseconds, numbers positions. `late_us` is how long what it sends may have waited to be heard, and
    `slow_us` how long it did at the worst: so long it may also take to heed something. `restarted` tells that it took
    up another stream between the same ports, so that what its application did may concern the one before.
    """

    __slots__ = (
        "arrivals",
        "congested",
        "ecn",
        "ecn_heard",
        "fin_doubtful",
        "gap",
        "late_us",
        "most_offered",
        "new_at_us",
        "odd",
        "past",
        "promised_at_us",
        "refused_inside",
        "refused_outside",
        "reopened",
        "restarted",
        "shrunk",
        "silence",
        "slow_us",
        "stamp_high",
        "stamp_low",
        "stamp_sure",
        "stamp_sure_at_us",
        "sure_una",
        "syn_size",
        "una_at_us",
        "urged",
        "urgent_at_us",
        "urgent_to",
    )

    def __init__(self, before: "Conduct | None" = None, newest: int | None = None) -> None:
        self.odd = False  # something here has to be compared with the next segment
        self.silence = Silence()
        self.arrivals = Arrivals()
        self.restarted = before is not None
        self.late_us: int = 0 if before is None else before.late_us
        self.slow_us = 0
        # What it sends.
        self.syn_size = 0  # octets of payload on its SYN
        self.gap: Gap | None = None
        self.new_at_us = 0  # when it last sent something new
        self.urgent_to: int | None = None  # the furthest end of urgent data that it has told
        self.urgent_at_us = 0
        self.most_offered = 0  # the largest window that it was seen to offer, at least, in octets
        self.promised_at_us = 0  # when it last moved the right edge of its window
        # What was delivered to it.
        self.una_at_us = 0  # when an acknowledgment last moved SND.UNA
        self.sure_una: int | None = None  # SND.UNA is this at least, where the last acknowledgment may not have counted
        self.shrunk: Shrunk | None = None
        self.reopened = True  # nothing is shrunk any more for sure: what seemed to allow it again may not have counted
        self.fin_doubtful = False  # where a FIN stands that was delivered, octets were delivered too
        self.urged = (
            False  # a duplicate acknowledgment was delivered, which lets it send what it may not send otherwise
        )
        self.past: list[tuple[int, int]] = []  # octets that came only with an acknowledgment that is too old
        self.refused_inside = self.refused_outside = False  # a reset that must be challenged, or dropped, was delivered
        # Timestamps: the least that was delivered, the newest of those that may not be accepted, and TS.Recent is at
        # least the sure one.
        self.stamp_low: int | None = None if before is None else before.stamp_low
        self.stamp_high: int | None = None if before is None else before.highest(newest)
        self.stamp_sure = _LONG_AGO
        self.stamp_sure_at_us = _NOT_YET
        # Congestion notification (RFC 3168): the bits on its own SYN, those on SYNs delivered, and whether any packet
        # was delivered that had met congestion.
        self.ecn = 0
        self.ecn_heard: int = 0 if before is None else before.ecn_heard
        self.congested = False

    def highest(self, newest: int | None) -> int | None:
        """Return the newest timestamp that was delivered, where `newest` is the newest that may be accepted."""
        if newest is None or self.stamp_high is None:
            return self.stamp_high if newest is None else newest
        return max(newest, self.stamp_high)

    def _mind(self) -> None:
        """Note whether the next segment has to be looked at closely."""
        self.odd = bool(
            self.gap is not None
            or self.shrunk is not None
            or not self.reopened
            or self.sure_una is not None
            or (self.ecn and self.ecn_heard)
            or self.past
            or self.silence.active
        )

    # What it sends.

    def sends(self, e: "Endpoint", packet: Packet, position: int, at_us: int) -> None:
        """Learn from a segment that it sends, which is no reset; `e` is what was known before."""
        flags, silence = packet.flags, self.silence
        end = position + packet.length
        if flags & SYN:
            self.syn_size = max(self.syn_size, packet.size)
            self.ecn |= _notification(packet)
            self.new_at_us = at_us
            silence.syn_at_us = at_us - self.late_us
        elif packet.length and position < e.snd_nxt:
            silence.sent_again(position, at_us, self.late_us)
        if e.iss is not None:
            self._fits(e, packet, position, end, at_us)
        if flags & URG and not flags & SYN:
            told = position + packet.urgent
            if self.urgent_to is None or told > self.urgent_to:
                self.urgent_to, self.urgent_at_us = told, at_us
        if packet.length:
            silence.sent_other()
        elif flags & ACK and e.irs is not None and e.acked is not None:
            same = e.position_acked(packet) == e.acked and packet.window << e.rcv_shift == e.rcv_wnd
            silence.sent_bare(same, at_us - self.late_us, at_us, STORM_US)
        window = packet.window if flags & SYN else packet.window << e.rcv_shift
        self.most_offered = max(self.most_offered, window)
        self._mind()

    def _fits(self, e: "Endpoint", packet: Packet, position: int, end: int, at_us: int) -> None:
        """See whether it leaves out positions, or fills in what it had left out."""
        if end > e.snd_nxt:
            self.new_at_us = at_us
        gap = self.gap
        if gap is None:
            if position > e.snd_nxt:
                self.gap = Gap(e.snd_nxt, position, at_us)
        elif packet.length and position <= gap.left < end:
            self.gap = gap._replace(left=end) if end < gap.right else None

    # What is delivered to it.

    def hears(self, e: "Endpoint", packet: Packet, at_us: int) -> None:
        """Learn from any segment with a right checksum that is delivered, whether it may be accepted or not."""
        self.silence.heard(packet.length)
        if packet.flags & SYN:
            self.ecn_heard |= _notification(packet)
        if packet.tos & _CONGESTED == _CONGESTED:
            self.congested = True
        value = self._stamp(e, packet)
        if value is not None:
            self.stamp_low = value if self.stamp_low is None else min(value, self.stamp_low)
        if packet.length and (e.irs is not None or e.left_irs is not None):
            left = unwrap(packet.seq, e.possible.nxt)
            self.arrivals.arrives(left, left + packet.length, e.possible)

    def refuses(self, e: "Endpoint", packet: Packet) -> None:
        """Learn from a segment that may not be accepted: whoever accepts its timestamp has another rule to break."""
        value = self._stamp(e, packet)
        if value is not None:
            self.stamp_high = value if self.stamp_high is None else max(value, self.stamp_high)
        self._mind()

    def refuses_reset(self, e: "Endpoint", packet: Packet) -> None:
        """Learn from a reset that must not end the connection."""
        if e.irs is None or e.acked is None:
            self.refused_outside = True
        elif min(e.acked, e.received.nxt) <= unwrap(packet.seq, e.received.nxt) <= e.promised:
            self.refused_inside = True
        else:
            self.refused_outside = True

    def _accepts_past(self, e: "Endpoint", left: int, right: int, ack: int) -> None:
        """Note octets that come with an acknowledgment too old (RFC 5961, section 5.2), until they come again."""
        una = e.snd_una if self.sure_una is None else self.sure_una
        if ack >= una - e.max_snd_wnd or not e.states <= _ATTENTIVE:
            if self.past:
                self.past = [span for span in self.past if not (left < span[1] and span[0] < right)]
        elif right > e.possible.nxt and not e.possible.holds(left, right) and len(self.past) < _MOST_PAST:
            self.past.append((max(left, e.possible.nxt), right))

    def _stamp(self, e: "Endpoint", packet: Packet) -> int | None:
        """Return the timestamp of a segment that is delivered, as a position."""
        stamps = packet.timestamps
        if stamps is None:
            return None
        near = e.timestamps.newest if e.timestamps.newest is not None else self.stamp_high
        return stamps[0] if near is None else unwrap(stamps[0], near)

    def accepts(self, e: "Endpoint", packet: Packet, at_us: int) -> None:
        """Learn from a segment that may be accepted; `e` is what was known before."""
        if packet.flags & SYN or e.iss is None:
            self.silence.due = 0
            return
        left = unwrap(packet.seq, e.possible.nxt)
        ack = unwrap(packet.ack, e.snd_nxt)
        new = e.snd_una < ack <= e.snd_nxt
        sure = (new or ack == e.snd_una) and self._surely(e, packet, left)
        if sure:
            if left == e.acked:
                self._accepts_stamp(e, packet, at_us)
            if packet.length and left == e.possible.nxt:
                self.silence.heard_the_next()
            if self.sure_una is not None and ack > self.sure_una:
                self.sure_una = ack if ack < e.snd_una else None
        self._accepts_window(e, packet, ack, sure, at_us)
        if new:
            self.una_at_us = at_us
            if not sure and self.sure_una is None:
                self.sure_una = e.snd_una
        if packet.size or (self.past and packet.length):
            self._accepts_past(e, left, left + packet.length, ack)
        if packet.length:
            self._accepts_octets(e, packet, left, sure, at_us)
        if packet.sack or (ack == e.snd_una and not packet.length and packet.window << e.snd_shift == e.snd_wnd):
            self.urged = True
        self._mind()

    def _surely(self, e: "Endpoint", packet: Packet, left: int) -> bool:
        """Tell whether every stack accepts a segment, whatever it may have taken in so far; its ACK is in order."""
        if packet.flags & (SYN | RST | ACK) != ACK or e.acked is None or not e.states <= _ATTENTIVE:
            return False
        nxt, end = e.possible.nxt, left + packet.length
        if left < nxt or (end > e.promised and end != nxt) or (e.fins and packet.length):
            return False
        if not e.timestamps.agreed:
            return True
        stamps, newest = packet.timestamps, e.timestamps.newest
        return stamps is not None and (newest is None or unwrap(stamps[0], newest) >= newest)

    def _accepts_stamp(self, e: "Endpoint", packet: Packet, at_us: int) -> None:
        value = self._stamp(e, packet)
        if value is not None and value > self.stamp_sure:
            self.stamp_sure, self.stamp_sure_at_us = value, at_us

    def _accepts_window(self, e: "Endpoint", packet: Packet, ack: int, sure: bool, at_us: int) -> None:
        """See whether its peer takes back what it had allowed, or allows it again."""
        window = packet.window << e.snd_shift
        edge, shrunk = ack + window, self.shrunk
        self.reopened |= sure and edge >= e.snd_limit
        if shrunk is not None:
            if edge > shrunk.edge:
                self.shrunk = shrunk._replace(edge=edge) if edge < e.snd_limit else None
        # A segment that acknowledges nothing new need not count, unless it shuts the window.
        elif sure and edge < e.snd_limit and (e.snd_una < ack <= e.snd_nxt or (not window and ack == e.snd_una)):
            self.shrunk, self.reopened = Shrunk(edge, at_us), False

    def _accepts_octets(self, e: "Endpoint", packet: Packet, left: int, sure: bool, at_us: int) -> None:
        if e.fins and any(left <= fin < left + packet.size for fin in e.fins):
            self.fin_doubtful = True
        right = left + packet.length
        if left > e.received.nxt or left > e.possible.nxt:
            # A FIN by itself may be kept and reported, or left to come again.
            kept = sure and packet.size > 0 and not e.possible.holds(left, right)
            self.arrivals.islands.append(Island(left, right, at_us, kept))

    def accepts_fin(self, e: "Endpoint", position: int) -> None:
        """A FIN is delivered at this position."""
        if position not in e.fins and e.possible.holds(position, position + 1):
            self.fin_doubtful = True


def _notification(packet: Packet) -> int:
    """Return the bits of a SYN that offer or accept congestion notification."""
    return packet.flags & (ECE | CWR) | (packet.reserved & ACCURATE_ECN) << 8
