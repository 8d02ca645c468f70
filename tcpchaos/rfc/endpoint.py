"""How the knowledge of one endpoint grows, for an observer on both of its sides.

Two things move it: a segment that the endpoint `sent`, and one that was `delivered` to it.
"""

from typing import Final

from tcpchaos.rfc.conduct import Conduct
from tcpchaos.rfc.duties import is_current
from tcpchaos.rfc.knowledge import Knowledge
from tcpchaos.rfc.octets import Flight, Received
from tcpchaos.rfc.offers import DeliveredSyn, Offer
from tcpchaos.rfc.states import NO_CONNECTION, OPENING, REOPENING, SYNCHRONIZED, Cause, State
from tcpchaos.rfc.timestamps import Timestamps
from tcpchaos.seq import add, ahead, unwrap
from tcpchaos.wire import ACK, FIN, RST, SYN, URG, Packet

# RFC 7323, section 2.3: a larger shift is taken as this one.
MOST_SHIFT: Final = 14
# How many different resets are remembered that an endpoint without a connection may send; beyond that any will do.
MOST_PROVOKED: Final = 1024
# How many different SYNs, and FINs at different places, may be delivered to an endpoint that is still followed: a plan
# makes a handful, and each is asked for again whenever the endpoint sends something.
MOST_SYNS: Final = 64
MOST_FINS: Final = 64


class Endpoint(Knowledge):
    """The knowledge of one endpoint of one connection, and how each segment adds to it."""

    __slots__ = ()

    def _tune(self) -> None:
        """Work out what the two offers agree on: the shifts (RFC 7323, section 2.3) and the longest segment."""
        scales = [syn.offer.wscale for syn in self.syns if syn.offer.wscale is not None]
        agreed = bool(scales) and self.offered is not None and self.offered.wscale is not None
        self.rcv_shift = min(self.offered.wscale, MOST_SHIFT) if agreed and self.offered and self.offered.wscale else 0
        # Where SYNs with different offers were delivered, any of them may count: the most is allowed.
        self.snd_shift = min(max(scales), MOST_SHIFT) if agreed else 0
        self.snd_mss = max((syn.offer.mss or 0 for syn in self.syns), default=0)

    # A segment that this endpoint sent.

    def recognize(self, packet: Packet) -> None:
        """See from its first acknowledgment, before that is judged, which of several SYNs it took."""
        if self.acked is None and self.syns and packet.flags & (SYN | ACK | RST) == ACK:
            self._synchronize(min(self.syns, key=lambda syn: ahead(add(syn.seq, 1), packet.ack)))

    def sent(self, packet: Packet, at_us: int) -> None:
        """Learn from a segment that this endpoint sent, legal or not."""
        flags = packet.flags
        if flags & RST:
            self._sent_rst(packet, at_us)
            return
        if flags & SYN:
            self._sent_syn(packet)
        position = self.position_sent(packet)
        end = position + packet.length
        first = position + 1 if flags & SYN else position
        self.conduct.sends(self, packet, position, at_us)
        if packet.size:
            if position >= self.snd_nxt:
                self.flight.append(first, packet)
            else:
                self.equivocates |= self.other_octet_at(first, packet) is not None
                self.flight.insert(first, packet)
            if not flags & SYN:
                self.sent_payload = True
            if flags & URG:
                self.sent_urgent = True
        if self.iss is not None:
            self.snd_nxt = max(self.snd_nxt, end)
        if flags & FIN and self.fin_sent is None:
            self.fin_sent = end - 1
        if flags & ACK and self.irs is not None:
            self._sent_ack(packet, at_us)
        self.timestamps.sent(packet, at_us)
        # Where a FIN stands, forged octets may stand too: then nobody knows which of them it acknowledges.
        fin = None if self.conduct.fin_doubtful else self.fin_delivered
        self.belief.sent(packet, None if fin is None else self.acked is not None and self.acked > fin)
        if not self.belief.plain and not flags & SYN and self.acks_text():
            self.belief.took_in_text()

    def _sent_syn(self, packet: Packet) -> None:
        if packet.seq != self.iss:
            self._begin(packet)
        elif not packet.flags & ACK:
            self._still_opening()
        self.offered = Offer.of(packet)
        if self.acked is None:
            self.rcv_wnd = packet.window
        if packet.flags & ACK:
            for syn in self.syns:
                if packet.ack in (add(syn.seq, 1), add(syn.seq, 1 + syn.size)):
                    self._synchronize(syn)
                    break
        self._tune()

    def _begin(self, packet: Packet) -> None:
        """Take up a stream: its first one, or another where a reset has ended the attempt to open one."""
        if self.iss is not None:
            self.belief.begin_again()
            self.conduct = Conduct(self.conduct, self.timestamps.newest)
            self.flight = Flight()
            self.timestamps = Timestamps()
            self.fin_sent = self.closed_at_us = self.reset_at_us = None
            self.irs = self.acked = self.fin_delivered = None
            self.newest_ack = self.promised = 0
            self.fins, self.doubtful = set(), []
            self.sent_payload = False
        self.iss = self.snd_una = packet.seq
        self.snd_nxt = packet.seq + 1
        self.passive = bool(packet.flags & ACK)
        # The window of a SYN counts from the first octet after the endpoint's own, and is never scaled.
        self.snd_limit = self.snd_nxt + self.max_snd_wnd

    def _still_opening(self) -> None:
        """It sent its SYN again, or refused an answer to it: whichever it was given so far, it has not taken one."""
        if self.acked is None and not self.passive:
            self.left_irs, self.irs = self.irs, None

    def _synchronize(self, syn: DeliveredSyn) -> None:
        """Take this SYN as the one that the endpoint answered."""
        if self.irs != syn.seq:
            self.irs = syn.seq
            self.received = Received(syn.seq + 1)
            if self.left_irs != syn.seq:
                self.possible = Received(syn.seq + 1 + syn.size)
            self.left_irs = None
            # Its SYN offered a window, which counts from the first octet after its peer's, and is never scaled.
            self.promised = syn.seq + 1 + (self.rcv_wnd or 0)

    def _sent_ack(self, packet: Packet, at_us: int) -> None:
        ack = self.position_acked(packet)
        if self.acked is None or ack > self.acked:
            self.acked = ack
            self.newest_ack, self.newest_ack_at_us = ack, at_us
        self.rcv_wnd = packet.window if packet.flags & SYN else packet.window << self.rcv_shift
        edge = ack + self.rcv_wnd
        if edge > self.promised:
            self.promised = edge
            self.conduct.promised_at_us = at_us

    def _sent_rst(self, packet: Packet, at_us: int) -> None:
        if self.states & OPENING and not packet.flags & ACK and self.position_sent(packet) != self.snd_nxt:
            # It has the number of a bad acknowledgment, and leaves an opening connection as it is (section 3.10.7.4).
            self.belief.refused()
            self._still_opening()
            return
        if self.closed_at_us is None:
            self.closed_at_us = at_us
        self.belief.sent_rst()
        if self.challenged is not None and self.challenged not in self.syns:
            # Before its reset was seen, whoever listens may have taken that SYN for a connection of its own.
            self._note_syn(self.challenged)

    # A segment that was delivered to this endpoint.

    def delivered(self, packet: Packet, at_us: int) -> None:
        """Learn from a segment that was delivered to this endpoint, whether it ought to accept it or not."""
        flags = packet.flags
        if not packet.checksum_ok or not packet.ip_checksum_ok:
            self._doubt(packet, "DI-05")
            return
        self.conduct.hears(self, packet, at_us)
        if not self.is_usual(packet):
            self._provoke(packet)
        if flags & RST:
            self._delivered_rst(packet, at_us)
            return
        if (flags & SYN and not self._delivered_syn(packet)) or self.irs is None:
            if self.left_irs is not None and flags & (SYN | ACK) == ACK:
                self._delivered_too_early(packet)
            self.conduct.refuses(self, packet)
            return
        reason = self.must_discard(packet)
        if reason is not None:
            self.conduct.refuses(self, packet)
            self._doubt(packet, reason)
            return
        self.conduct.accepts(self, packet, at_us)
        if flags & ACK:
            self._delivered_ack(packet)
        if packet.length and not (flags & SYN and not packet.size):
            self._delivered_octets(packet)
        # What lies beyond the window is dropped, its timestamp included.
        if unwrap(packet.seq, self.possible.nxt) <= self.promised + (self.rcv_wnd or 0) or flags & SYN:
            in_order = self.acked is None or unwrap(packet.seq, self.acked) <= self.acked
            self.timestamps.delivered(packet, in_order)

    def _delivered_too_early(self, packet: Packet) -> None:
        """Learn from a segment that came before it showed that it had taken the SYN: it may have, and this too."""
        left = unwrap(packet.seq, self.possible.nxt)
        self.possible.add(left, left + packet.length)
        window = packet.window << self.snd_shift
        self.max_snd_wnd = max(self.max_snd_wnd, window)
        self.snd_limit = max(self.snd_limit, unwrap(packet.ack, self.snd_nxt) + window)

    def _provoke(self, packet: Packet) -> None:
        """Remember which reset a segment calls for where there is no connection (section 3.10.7.1)."""
        kind = self.unprovoked if packet.flags & RST else self.provoked
        if len(kind) < MOST_PROVOKED:
            kind.add((packet.ack, None) if packet.flags & ACK else (0, add(packet.seq, packet.length)))

    def _delivered_syn(self, packet: Packet) -> bool:
        """Learn from a SYN, and tell whether the endpoint may have taken it for one that opens the connection."""
        flags = packet.flags
        if self.may_listen_again(packet):
            self._listens_again()
        syn = DeliveredSyn(packet.seq, packet.size, bool(flags & ACK), Offer.of(packet))
        fresh = syn not in self.syns
        if flags & ACK:
            if self.iss is None or not self.states & OPENING or not self.acks_syn(packet):
                return False
            if fresh:
                self._note_syn(syn)
            if self.irs is None:
                self._synchronize(syn)
                self.snd_wnd = packet.window
            self.belief.delivered(Cause.RECEIVE_SYN_ACK)
            self.belief.delivered(Cause.RECEIVE_ACK_OF_SYN)
            return True
        if not self.states & (NO_CONNECTION | OPENING):
            self.challenged = syn
            # It may open another connection, where this one has ended by now.
            if fresh and self.belief.by_now & REOPENING:
                self._note_syn(syn)
            return False
        if fresh:
            self._note_syn(syn)
        if self.irs is None:
            self._synchronize(syn)
        self.snd_wnd = packet.window
        self.max_snd_wnd = max(self.max_snd_wnd, packet.window)
        if self.iss is not None:
            self.snd_limit = max(self.snd_limit, self.iss + 1 + packet.window)
        if self.states & NO_CONNECTION and self.iss is None:
            self.belief.likely_listening()
        self.belief.delivered(Cause.RECEIVE_SYN)
        return True

    def _listens_again(self) -> None:
        self.reset_possible = True
        self.belief.delivered(Cause.RECEIVE_RST)
        if self.state is State.SYN_RECEIVED:
            self.belief.likely_reset()

    def _note_syn(self, syn: DeliveredSyn) -> None:
        if len(self.syns) < MOST_SYNS:
            self.syns.append(syn)
            self._tune()
        else:
            self.crowded = True

    def hears_forged(self, packet: Packet) -> None:
        """Remember the octets of a segment that the peer did not send so, before it is learnt from."""
        if packet.size and self.irs is not None:
            wrong = not packet.checksum_ok or not packet.ip_checksum_ok
            left = unwrap(packet.seq, self.possible.nxt) + (1 if packet.flags & SYN else 0)
            self.conduct.arrivals.other(left, packet.payload, "DI-05" if wrong else self.must_discard(packet))

    def _doubt(self, packet: Packet, reason: str) -> None:
        if self.irs is None or not packet.length or packet.flags & SYN:
            return
        left = unwrap(packet.seq, self.possible.nxt)
        self.doubtful.append((left, left + packet.length, reason))
        del self.doubtful[:-16]

    def _delivered_ack(self, packet: Packet) -> None:
        if self.iss is None:
            return
        ack = unwrap(packet.ack, self.snd_nxt)
        if not packet.flags & SYN:
            window = packet.window << self.snd_shift
            self.snd_wnd = window
            self.max_snd_wnd = max(self.max_snd_wnd, window)
            self.snd_limit = max(self.snd_limit, ack + window)
        elif ack > self.iss:
            self.snd_wnd = packet.window
            self.max_snd_wnd = max(self.max_snd_wnd, packet.window)
            self.snd_limit = max(self.snd_limit, ack + packet.window)
        if self.snd_una < ack <= self.snd_nxt:
            self.snd_una = ack
            self.flight.acknowledge(ack)
        if ack > self.iss and Cause.RECEIVE_ACK_OF_SYN not in self.causes:
            self.belief.delivered(Cause.RECEIVE_ACK_OF_SYN)
        if self.fin_sent is not None and ack > self.fin_sent and Cause.RECEIVE_ACK_OF_FIN not in self.causes:
            self.belief.delivered(Cause.RECEIVE_ACK_OF_FIN)

    def _delivered_octets(self, packet: Packet) -> None:
        left = unwrap(packet.seq, self.possible.nxt)
        if packet.flags & SYN:
            # Data on a SYN or SYN-ACK may be taken in, and by most stacks is not.
            self.possible.add(left + 1, left + packet.length)
            return
        right = left + packet.length
        if packet.flags & FIN:
            self.conduct.accepts_fin(self, right - 1)
        self.possible.add(left, right)
        # What acknowledges the future, or what is long past, may be thrown away for that.
        sure = self.iss is None or is_current(self, unwrap(packet.ack, self.snd_nxt))
        if (left < self.promised or right == left) and sure:
            self.received.add(left, min(right, self.promised) if packet.size else right)
        # A window may be closed to octets, but hardly a stack refuses the FIN right behind it.
        if packet.flags & FIN and right - 1 <= self.promised:
            if len(self.fins) < MOST_FINS or right - 1 in self.fins:
                self.fins.add(right - 1)
            else:
                self.crowded = True
        if self.fins and self.fin_delivered is None:
            self.fin_delivered = min((fin for fin in self.fins if fin < self.possible.nxt), default=None)
            if self.fin_delivered is not None:
                self.fin_possible = True
                if sure or self.fin_delivered != right - 1:
                    self.received.add(self.fin_delivered, self.fin_delivered + 1)
                self.belief.delivered(Cause.RECEIVE_FIN)

    def _delivered_rst(self, packet: Packet, at_us: int) -> None:
        if not self.may_accept_rst(packet):
            self.conduct.refuses_reset(self, packet)
            return
        self.reset_possible = True
        self.belief.delivered(Cause.RECEIVE_RST)
        likely = True
        if self.irs is not None:
            seq = unwrap(packet.seq, self.received.nxt)
            likely = seq == self.received.nxt
            certain = self.acked == self.received.nxt == self.possible.nxt == seq
            alive = (SYNCHRONIZED | NO_CONNECTION) - {State.TIME_WAIT}
            if certain and self.reset_at_us is None and self.states <= alive:
                self.reset_at_us = at_us
        if likely:
            self.belief.likely_reset()
