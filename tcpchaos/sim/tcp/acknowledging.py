"""What an acknowledgment does: octets leave the queue, the window moves, losses show (section 3.10.7.4, fifth)."""

from typing import Final

from tcpchaos.seq import diff
from tcpchaos.sim.tcp.block import NEVER
from tcpchaos.sim.tcp.scoreboard import DUP_THRESH
from tcpchaos.sim.tcp.sending import Sending
from tcpchaos.wire import SYN, Packet

_MS: Final = 1_000
# An echo of this age (in ticks) was never sent by this endpoint.
_OLDEST_ECHO: Final = 1 << 30


class Acknowledging(Sending):
    """Takes in acknowledgments, measures round trips, and recovers what was lost."""

    __slots__ = ()

    # Decisions.

    def acks_the_future(self, ack: int) -> bool:
        """Tell whether what was never sent is acknowledged: SEG.ACK > SND.NXT."""
        return self.distance(ack, self.snd_nxt) > 0

    def acks_the_past(self, ack: int) -> bool:
        """Tell whether the acknowledgment is too old to be the peer's (RFC 5961, section 5.2).

        It cannot be older than the largest window, nor acknowledge what lies before the SYN.
        """
        behind = -self.distance(ack, self.snd_una)  # half a circle away is past, whichever way it is looked at
        return behind > min(self.max_snd_wnd, self.bytes_acked)

    def may_update_window(self, packet: Packet) -> bool:
        """Tell whether the segment's window is newer than the one that is known (SND.WL1 and SND.WL2).

        One that acknowledges something new is newer, even if what it carries was sent again: otherwise the old window
        would move on together with SND.UNA, beyond the edge that the peer has promised.
        """
        if self.distance(packet.ack, self.snd_una) > 0:
            return True
        newer = self.distance(packet.seq, self.snd_wl1)
        return newer > 0 or (newer == 0 and self.distance(packet.ack, self.snd_wl2) >= 0)

    def announced_window(self, packet: Packet) -> int:
        """The window of a segment in octets: unsigned, shifted as agreed, but never on a SYN (RFC 7323, 2.2)."""
        return packet.window if packet.flags & SYN else packet.window << self.snd_shift

    def is_duplicate_ack(self, packet: Packet, news: int) -> bool:
        """Tell whether an acknowledgment of nothing new shows that something arrived out of order.

        With SACK it does if it reports news (RFC 6675, section 2), without if it is the same one again (RFC 5681) and
        no answer to a probe.
        """
        if self.sack_ok:
            return news > 0
        return (
            self.snd_at != self.snd_una
            and not packet.length
            and packet.ack == self.snd_una
            and self.announced_window(packet) == self.snd_wnd
        )

    def may_recover(self) -> bool:
        """Tell whether a loss that shows now is not one that was recovered already (RFC 6582, section 3.2)."""
        beyond = diff(self.snd_una, self.recover)
        return beyond >= 0 if self.sack_ok else beyond > 0

    def shows_loss(self) -> bool:
        """Tell whether what was reported is enough to send again without a timeout (RFC 5681, section 3.2)."""
        if self.dup_acks >= DUP_THRESH:
            return True
        return self.sack_ok and self.sacked.is_lost(self.snd_una, self.snd_mss)

    def round_trip(self, packet: Packet) -> int | None:
        """The round trip that this acknowledgment measures, in microseconds, None where it measures none.

        One of a segment that was sent once (Karn's algorithm), or by its timestamp (RFC 7323, section 4.1): but an echo
        from before the last retransmission may be of a segment whose acknowledgment was lost, and then it counts a
        timeout in.
        """
        if self.timed is not None and self.distance(packet.ack, self.timed[0]) >= 0:
            rtt_us = self.now - self.timed[1]
            self.timed = None
            return rtt_us
        stamps = packet.timestamps if self.ts_ok else None
        if stamps is None:
            return None
        ticks = diff(self.clock(), stamps[1])
        if not 0 <= ticks < _OLDEST_ECHO:
            return None
        rtt_us = ticks * _MS
        if self.resent_at is not None and self.now - self.resent_at + _MS < rtt_us:
            return None
        return rtt_us

    # Effects.

    def take_ack(self, packet: Packet) -> None:
        """Take in an acknowledgment that was found acceptable: SND.UNA - MAX.SND.WND =< SEG.ACK =< SND.NXT."""
        ack = packet.ack
        acked = self.distance(ack, self.snd_una)
        news = 0
        if self.sack_ok and self.snd_una != self.snd_nxt:
            blocks = packet.sack
            if blocks:
                news = self.sacked.report(blocks, self.snd_una, self.snd_nxt)
        duplicate = acked <= 0 and self.is_duplicate_ack(packet, news)
        self.probes_unanswered = 0
        if acked >= 0 and self.may_update_window(packet):
            self.update_window(packet)
        if acked > 0:
            self._advance(packet, acked)
            if news and not self.recovering:
                duplicate = True
        if duplicate:
            self._count_duplicate()

    def update_window(self, packet: Packet) -> None:
        """Take over the window of a segment."""
        self.snd_wnd = self.announced_window(packet)
        self.max_snd_wnd = max(self.max_snd_wnd, self.snd_wnd)
        self.snd_wl1 = packet.seq
        self.snd_wl2 = packet.ack

    def _advance(self, packet: Packet, acked: int) -> None:
        """Let go of what is acknowledged, and go on from there."""
        ack = packet.ack
        flight = diff(self.snd_nxt, self.snd_una)
        rtt_us = self.round_trip(packet)
        if rtt_us is not None:
            self.rto.measure(rtt_us, max(flight // (2 * self.snd_mss), 1))
        base = self.stream_una()
        self.release(min(max(diff(ack, base), 0), len(self.queue)))
        self.snd_una = ack
        self.bytes_acked += acked
        if diff(ack, self.snd_at) > 0:
            self.snd_at = ack
        if self.sacked.ranges:
            self.sacked.acknowledge(ack)
        if self.snd_up is not None and diff(ack, self.snd_up) >= 0:
            self.snd_up = None
        self.retries = 0
        self.rto_at = NEVER
        if self.recovering:
            self._recovered_some(acked)
        else:
            self.dup_acks = 0
            self.congestion.acked(acked, flight)

    def release(self, octets: int) -> None:
        """Throw away octets that will not be sent again: only those that were acknowledged in sequence."""
        if octets:
            del self.queue[:octets]

    def _recovered_some(self, acked: int) -> None:
        """Go on with a recovery, or end it (RFC 6582, section 3.2; RFC 6675, section 5)."""
        congestion = self.congestion
        flight = diff(self.snd_nxt, self.snd_una)
        if self.ends_recovery():
            self.recovering = False
            self.dup_acks = 0
            congestion.cwnd = congestion.ssthresh
            if not self.sack_ok:
                congestion.cwnd = min(congestion.ssthresh, max(flight, congestion.mss) + congestion.mss)
        elif not self.sack_ok:
            congestion.cwnd = max(congestion.cwnd - acked, 0) + (congestion.mss if acked >= congestion.mss else 0)
            congestion.cwnd = max(congestion.cwnd, congestion.mss)
            self.resend(self.snd_una)

    def ends_recovery(self) -> bool:
        """Tell whether everything is acknowledged that was under way when the recovery began."""
        return diff(self.snd_una, self.recover) >= 0

    def _count_duplicate(self) -> None:
        """Count a sign that a segment arrived out of order, and send the first one again where that is due."""
        if self.recovering:
            if not self.sack_ok:
                self.congestion.cwnd += self.congestion.mss
            return
        self.dup_acks += 1
        if self.shows_loss() and self.may_recover():
            self.begin_recovery()

    def begin_recovery(self) -> None:
        """Send the first lost segment again at once, and at half the rate from then on (RFC 5681, section 3.2)."""
        flight = diff(self.snd_nxt, self.snd_una)
        self.recovering = True
        self.recover = self.snd_nxt
        self.congestion.halve(flight)
        self.congestion.cwnd = self.congestion.ssthresh
        if not self.sack_ok:
            self.congestion.cwnd += DUP_THRESH * self.congestion.mss
        self.high_resent = self.resend(self.snd_una)

    def timed_out(self) -> None:
        """Begin again at SND.UNA, with one segment, and wait twice as long for it (RFC 6298, section 5; RFC 5681)."""
        self.congestion.timed_out(diff(self.snd_nxt, self.snd_una), self.retries == 1)
        self.rto.back_off()
        self.recovering = False
        self.recover = self.snd_nxt
        self.dup_acks = 0
        self.sacked.clear()
        self.timed = None
        self.snd_at = self.snd_una
        self.rto_at = NEVER
