"""The sending side: what is sent when, what waits, and what is sent again (RFC 9293, sections 3.7.4 and 3.8)."""

from typing import Final

from tcpchaos.seq import add, diff
from tcpchaos.sim.tcp.block import NEVER
from tcpchaos.sim.tcp.lifetime import Lifetime
from tcpchaos.sim.tcp.states import SENDING, State

# Silly window avoidance at the sender's end waits no longer than this (RFC 9293, section 3.8.6.2.1: 0.1 to 1 s).
_OVERRIDE_US: Final = 500_000
# Segments beyond the congestion window on the first two duplicate acknowledgments (RFC 3042).
_LIMITED_TRANSMIT: Final = 2


class Sending(Lifetime):
    """Sends what is queued as far as the peer's window, the network and the avoidance of silliness allow."""

    __slots__ = ()

    def output(self) -> None:
        """Send what may be sent now, then the acknowledgment that is owed if nothing carried it, and set the timers."""
        if self.state in SENDING:
            if self.queue or self.closing:
                if self.recovering and self.sack_ok:
                    self._fill_holes()
                if self.restarts_after_idle():
                    self.congestion.was_idle()
                while self._send_next():
                    pass
            self.set_timers()
        if self.ack_now:
            self.send_ack()

    def _send_next(self) -> bool:
        """Send the next segment if that is due, and tell whether it was."""
        at = self.snd_at
        again = at != self.snd_nxt
        if again:
            at = self.sacked.beyond(at)
        queued = diff(self.snd_end, at)
        if queued < 0 or (queued == 0 and not self.closing):
            return False
        usable = self.usable_window(at)
        if usable <= 0:
            return False
        limit = self.payload_limit()
        size = min(queued, usable, limit)
        if again:
            size = min(size, self.sacked.hole_at(at, self.snd_top))
        fin = self.closing and size == queued and usable > size
        if not size and not fin:
            return False
        if not again and not fin and self.holds_back(size, queued, limit):
            return False
        if not self.congestion_allows(size, at):
            return False
        self.snd_at = add(at, size + fin)
        self._transmit(at, size, fin)
        return True

    def _transmit(self, at: int, size: int, fin: bool) -> None:
        """Send a part of the stream, for the first time or again."""
        end = add(at, size + fin)
        if at != self.snd_nxt:
            self.total_retransmits += 1
            self.timed = None  # Karn's algorithm (RFC 6298, section 3)
            self.resent_at = self.now
        elif self.timed is None:
            self.timed = end, self.now
        if diff(end, self.snd_nxt) > 0:
            self.snd_nxt = end
        if fin and self.state is State.CLOSE_WAIT:
            self.enter(State.LAST_ACK)
        self.last_sent = self.now
        self.send_segment(at, self.octets_at(at, size) if size else b"", fin)

    # Decisions about new segments.

    def usable_window(self, at: int) -> int:
        """How many octets from `at` on the peer has room for (RFC 9293, section 3.8.6.2.1)."""
        return diff(add(self.snd_una, self.snd_wnd), at)

    def holds_back(self, size: int, queued: int, limit: int) -> bool:
        """Tell whether a segment of this size waits for more, or for an acknowledgment.

        That is Nagle's algorithm (RFC 9293, section 3.7.4) and silly window avoidance (section 3.8.6.2.1, MUST-38):
        what is not full is sent if it is everything there is, or as much as half of the largest window, and nothing is
        under way.
        """
        if size >= limit:
            return False
        if self.snd_una != self.snd_nxt and not self.nodelay:
            return True
        return size < queued and size < self.max_snd_wnd // 2

    def congestion_allows(self, size: int, at: int) -> bool:
        """Tell whether the network has room for so many octets more (RFC 5681, section 3.1)."""
        under_way = self.flight(at)
        window = self.congestion.cwnd
        if not self.recovering and 0 < self.dup_acks <= _LIMITED_TRANSMIT and at == self.snd_nxt:
            window += self.dup_acks * self.snd_mss
        return not under_way or under_way + size <= window

    def flight(self, at: int) -> int:
        """How many octets are likely under way before `at`: FlightSize, or the pipe while something is recovered."""
        if self.recovering and self.sack_ok:
            return self.sacked.pipe(self.snd_una, self.snd_nxt, self.high_resent, self.snd_mss)
        under_way = diff(at, self.snd_una)
        return under_way - self.sacked.octets_before(at) if self.sacked.ranges else under_way

    def restarts_after_idle(self) -> bool:
        """Tell whether nothing was sent for longer than a timeout (RFC 5681, section 4.1)."""
        return self.snd_una == self.snd_nxt and self.now - self.last_sent > self.rto.current_us()

    # What is sent again.

    def resend(self, at: int) -> int:
        """Send one segment again from `at` on, and return where it ends."""
        queued = max(diff(self.snd_end, at), 0)
        hole = self.sacked.hole_at(at, self.snd_nxt)
        size = min(hole, queued, self.payload_limit())
        fin = self.fin_sent and size == queued and size < hole
        if size or fin:
            self._transmit(at, size, fin)
        return add(at, size + fin)

    def _fill_holes(self) -> None:
        """Send lost octets again while the network has room for them (RFC 6675, section 5, C)."""
        mss = self.snd_mss
        while self.congestion.cwnd - self.flight(self.snd_nxt) >= mss:
            at = self.hole_to_fill()
            if at is None or self.usable_window(at) <= 0:
                return
            self.high_resent = self.resend(at)
            if self.high_resent == at:
                return

    def hole_to_fill(self) -> int | None:
        """Where the next segment to be sent again begins, None if new octets come first (RFC 6675, section 4)."""
        at = self.sacked.next_hole(self.snd_una, self.high_resent, self.snd_mss, sure=True)
        if at is None and not self.has_new_octets():
            at = self.sacked.next_hole(self.snd_una, self.high_resent, self.snd_mss, sure=False)
        return at

    def has_new_octets(self) -> bool:
        """Tell whether there is something that was never sent and that the peer has room for."""
        return diff(self.snd_top, self.snd_nxt) > 0 and self.usable_window(self.snd_nxt) > 0

    # Timers of this side.

    def set_timers(self) -> None:
        """Have the retransmission timer run while something is under way, or the persist timer while it is stuck."""
        if self.retransmission_timer_runs():
            self.persist_at = NEVER
            self.persist_probes = 0
            if self.rto_at == NEVER:
                self.rto_at = self.now + self.rto.current_us()
            return
        self.rto_at = NEVER
        if not self.persist_timer_runs():
            self.persist_at = NEVER
            self.persist_probes = 0
        elif self.persist_at == NEVER:
            self.persist_at = self.now + self.persist_us()

    def retransmission_timer_runs(self) -> bool:
        """Tell whether something is under way that has to be sent again if it is not acknowledged (RFC 6298, 5.1)."""
        return self.snd_at != self.snd_una

    def persist_timer_runs(self) -> bool:
        """Tell whether there is something to send and nothing under way that would bring an acknowledgment."""
        return diff(self.snd_top, self.snd_una) > 0

    def persist_us(self) -> int:
        """How long to wait for a window to open (RFC 9293, section 3.8.6.1, SHLD-29 and SHLD-30), or for it to grow."""
        if self.usable_window(self.snd_at) > 0:
            return min(self.rto.current_us(), _OVERRIDE_US)
        return min(self.rto.current_us() << self.persist_probes, self.settings.rto_max_us)

    def probe(self) -> None:
        """Send one octet, or the FIN, into a window that is closed (RFC 9293, section 3.8.6.1, MUST-36)."""
        fin = self.snd_una == self.fin_seq
        if not fin and self.snd_una == self.iss:
            return
        self.persist_probes += 1
        self._transmit(self.snd_una, 0 if fin else 1, fin)

    def push_out(self) -> None:
        """Send as much as the window takes, however little that is: it has waited long enough (3.8.6.2.1)."""
        at = self.snd_una
        queued = diff(self.snd_end, at)
        usable = self.usable_window(at)
        size = min(queued, usable, self.payload_limit())
        fin = self.closing and size == queued and usable > size
        self.snd_at = add(at, size + fin)
        self._transmit(at, size, fin)
