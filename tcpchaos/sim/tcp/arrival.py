"""SEGMENT ARRIVES (RFC 9293, section 3.10.7): the checks in their order, and the answers."""

from typing import Final

from tcpchaos.seq import add, diff
from tcpchaos.sim.tcp.receiving import Receiving
from tcpchaos.sim.tcp.states import State
from tcpchaos.wire import ACK, FIN, RST, SYN, Packet

# A timestamp that has not changed for so long says nothing any more (RFC 7323, section 5.5).
_STALE_US: Final = 24 * 24 * 3600 * 1_000_000


class Arrival(Receiving):
    """Decides what becomes of a segment that arrived."""

    __slots__ = ()

    def arrives(self, packet: Packet, now_us: int) -> None:
        """Take in a segment that belongs to this connection, whatever it is (RFC 9293, section 3.10.7)."""
        self.now = now_us
        if self.state is State.CLOSED or not self.is_intact(packet):
            return
        self.segments_received += 1
        self.arriving_reset = bool(packet.flags & RST)
        if self.state is State.SYN_SENT:
            self._arrives_in_syn_sent(packet)
        elif self._is_accepted(packet):
            self._process(packet)
        self.arriving_reset = False
        if not self.done:
            self.output()

    # Decisions.

    def is_intact(self, packet: Packet) -> bool:
        """Tell whether the checksums are right (RFC 9293, section 3.1, MUST-3), and the header is one."""
        return packet.checksum_ok and packet.ip_checksum_ok and packet.offset_ok

    def is_acceptable(self, packet: Packet) -> bool:
        """Tell whether a part of the segment lies in the window (section 3.10.7.4, first).

        What carries nothing may stand right behind it, not only where the window is closed: there stand the
        acknowledgments of a peer that has filled the window, and to drop them would leave both waiting.
        """
        start = self.distance(packet.seq, self.rcv_nxt)
        window = self.offered()
        length = packet.length
        if not window:
            return start == 0 and (not length or self.is_bare_fin(packet))
        if 0 <= start < window or (start == window and not length):
            return True
        return length > 0 and 0 <= start + length - 1 < window

    def is_bare_fin(self, packet: Packet) -> bool:
        """Tell whether the segment takes up a number but no room: a closed window does not keep it out."""
        return bool(packet.flags & FIN) and not packet.size

    def knocks(self, packet: Packet) -> bool:
        """Tell whether octets arrive at a closed window, whose header counts all the same (section 3.8.6, MUST-66)."""
        return not self.offered() and packet.seq == self.rcv_nxt

    def is_past(self, packet: Packet) -> bool:
        """Tell whether the timestamp is older than TS.Recent: PAWS (RFC 7323, section 5.3, R1)."""
        if not self.ts_ok or self.ts_recent_at is None or self.now - self.ts_recent_at > _STALE_US:
            return False
        stamps = packet.timestamps
        return stamps is not None and self.distance(stamps[0], self.ts_recent) < 0

    def lacks_timestamps(self, packet: Packet) -> bool:
        """Tell whether a segment is dropped because agreed timestamps are missing (RFC 7323, section 3.2)."""
        return self.ts_ok and self.settings.strict_timestamps and packet.timestamps is None

    def updates_recent(self, packet: Packet, stamp: int) -> bool:
        """Tell whether the timestamp becomes TS.Recent (RFC 7323, section 4.3)."""
        if self.ts_recent_at is None:
            return True
        return self.distance(packet.seq, self.last_ack_sent) <= 0 and self.distance(stamp, self.ts_recent) >= 0

    def is_exact_reset(self, packet: Packet) -> bool:
        """Tell whether a reset has the number that is next (RFC 5961, section 3.2)."""
        return self.distance(packet.seq, self.rcv_nxt) == 0

    def is_reset_in_window(self, packet: Packet) -> bool:
        """Tell whether a reset lies in the window (RFC 5961, section 3.2)."""
        return 0 <= self.distance(packet.seq, self.rcv_nxt) < self.offered()

    def acks_syn(self, packet: Packet) -> bool:
        """Tell whether the own SYN is acknowledged, and nothing that was not sent: ISS < SEG.ACK =< SND.NXT."""
        return 0 < self.distance(packet.ack, self.iss) <= self.distance(self.snd_nxt, self.iss)

    def is_crossed_syn_ack(self, packet: Packet) -> bool:
        """Tell whether this is the peer's SYN again, now with an acknowledgment: both opened (RFC 9293, figure 8)."""
        return (
            self.state is State.SYN_RECEIVED
            and not self.passive
            and packet.flags & (SYN | ACK | RST) == SYN | ACK
            and packet.seq == self.irs
        )

    def may_challenge(self) -> bool:
        """Tell whether so much time has passed since the last challenge that another may go (RFC 5961, section 7)."""
        last = self.challenged_at
        return last is None or self.now - last >= self.settings.challenge_interval_us

    # Answers.

    def challenge(self) -> None:
        """Acknowledge what is known, so that a peer who has lost track learns of it, and not too often."""
        if self.may_challenge():
            self.challenged_at = self.now
            self.ack_now = True

    def answer_unacceptable(self, packet: Packet) -> None:
        """Acknowledge a segment that is not acceptable; one without data could be an answer to such an answer."""
        if packet.size:
            self.note_duplicate(packet.seq, add(packet.seq, packet.size))
            self.ack_now = True
        elif packet.flags & FIN:
            self.ack_now = True
        else:
            self.challenge()

    # SYN-SENT (section 3.10.7.3).

    def _arrives_in_syn_sent(self, packet: Packet) -> None:
        flags = packet.flags
        acks = bool(flags & ACK)
        if acks and not self.acks_syn(packet):
            if not flags & RST:
                self.send_refusal(packet.ack)
            return
        if flags & RST:
            if acks:
                self.end("refused")
            return
        if not flags & SYN:
            return
        self.learn_offer(packet)
        if acks:
            self.take_ack(packet)
            self.opened()
            self.ack_now = True
        else:
            self.enter(State.SYN_RECEIVED)
            self.retries = 0
            self.timed = None  # which of the two is acknowledged won't be known
            self.send_syn()

    # Every other state (section 3.10.7.4).

    def _is_accepted(self, packet: Packet) -> bool:
        """Do all checks up to the one of the acknowledgment; where one fails, answer and return False."""
        flags = packet.flags
        if flags & RST:
            self._take_reset(packet)
            return False
        if self.is_crossed_syn_ack(packet):
            return self._takes_ack_bit(packet)
        if self.is_past(packet):
            self.answer_unacceptable(packet)
            return False
        if flags & SYN:
            self.take_syn(packet)
            return False
        if self.lacks_timestamps(packet):
            return False
        if not self.is_acceptable(packet):
            self.answer_unacceptable(packet)
            if self.knocks(packet) and self._takes_ack_bit(packet):
                self._take_header(packet)
            elif self.is_fin_again(packet):
                self.wait_out()
            return False
        return self._takes_ack_bit(packet)

    def is_fin_again(self, packet: Packet) -> bool:
        """Tell whether the peer has sent its FIN again because it did not hear that it was taken in."""
        return (
            self.state is State.TIME_WAIT
            and bool(packet.flags & FIN)
            and add(packet.seq, packet.length) == self.rcv_nxt
        )

    def _take_reset(self, packet: Packet) -> None:
        """Believe an exact reset, challenge one in the window, ignore every other (RFC 5961, section 3.2)."""
        if self.is_exact_reset(packet):
            self.believe_reset()
        elif self.is_reset_in_window(packet):
            self.challenge()

    def believe_reset(self) -> None:
        """End, and have the application told what happened (section 3.10.7.4, second)."""
        if self.state is State.SYN_RECEIVED:
            self.end(None if self.passive else "refused")
        elif self.state in (State.CLOSING, State.LAST_ACK, State.TIME_WAIT):
            self.end()
        else:
            self.end("reset")

    def take_syn(self, packet: Packet) -> None:
        """Take a SYN for what it can't be, and challenge it (RFC 5961, section 4.2), or begin to listen again."""
        if self.state is State.SYN_RECEIVED and self.passive and self.is_acceptable(packet):
            self.end()
        else:
            self.challenge()

    def _takes_ack_bit(self, packet: Packet) -> bool:
        """Check the acknowledgment (section 3.10.7.4, fifth); where it is wrong, answer and return False."""
        if not packet.flags & ACK:
            return False
        if self.state is State.SYN_RECEIVED:
            if not self.acks_syn(packet):
                self.send_refusal(packet.ack)
                return False
            self.update_window(packet)
            self.opened()
            return True
        if self.acks_the_future(packet.ack) or self.acks_the_past(packet.ack):
            self.answer_unacceptable(packet)
            return False
        return True

    def _process(self, packet: Packet) -> None:
        """Take in a segment that has passed all checks."""
        self._take_header(packet)
        if self.state is State.CLOSED or packet.flags & SYN:
            return
        if self.is_too_late(packet):
            self.send_refusal(packet.ack)
            self.end()
        elif packet.length:
            self.take_text(packet)

    def _take_header(self, packet: Packet) -> None:
        """Take in timestamp, acknowledgment and urgent mark."""
        self.last_heard = self.now
        self.keepalive_probes = 0
        if self.ts_ok:
            stamps = packet.timestamps
            if stamps is not None and self.updates_recent(packet, stamps[0]):
                self.ts_recent, self.ts_recent_at = stamps[0], self.now
        self.take_ack(packet)
        if self.closing and self.fin_acked:
            self.fin_was_acked()
        self.take_urgent(packet)

    def is_too_late(self, packet: Packet) -> bool:
        """Tell whether octets arrive that nobody is left to read: the peer is told so (section 3.6.1, SHLD-3)."""
        return (
            self.orphan
            and self.takes_text()
            and packet.size > 0
            and diff(add(packet.seq, packet.size), self.rcv_nxt) > 0
        )
