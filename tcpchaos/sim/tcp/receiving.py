"""The receiving side: which octets are taken in, which acknowledgment follows when, and the peer's FIN."""

from typing import Final

from tcpchaos.seq import add, diff
from tcpchaos.sim.tcp.acknowledging import Acknowledging
from tcpchaos.sim.tcp.block import NEVER
from tcpchaos.sim.tcp.states import RECEIVING
from tcpchaos.wire import FIN, URG, Packet

# Every second segment is acknowledged at once (RFC 9293, section 3.8.6.3, SHLD-19).
_SEGMENTS_PER_ACK: Final = 2
# What lies further back can't be told from what lies ahead.
_LONGEST_MEMORY: Final = 1 << 30


class Receiving(Acknowledging):
    """Takes in text, urgent marks and the FIN (RFC 9293, section 3.10.7.4, sixth to eighth)."""

    __slots__ = ()

    # Decisions.

    def takes_text(self) -> bool:
        """Tell whether text is taken in in this state."""
        return self.state in RECEIVING

    def room_from(self, seq: int) -> int:
        """How many octets from `seq` on lie in the window; what lies beyond is cut off."""
        return diff(self.rcv_adv, seq)

    def acks_at_once(self, packet: Packet, in_order: bool, joined: bool) -> bool:
        """Tell whether text is acknowledged without delay.

        Out of order, and where it fills a hole (RFC 5681, section 4.2); every second segment (RFC 9293, 3.8.6.3).
        """
        return not in_order or joined or self.delayed_segments >= _SEGMENTS_PER_ACK

    def delay_ack_us(self) -> int:
        """How long an acknowledgment may wait (RFC 9293, section 3.8.6.3, MUST-40)."""
        return self.settings.delayed_ack_us

    def believes_fin_at(self, fin: int) -> bool:
        """Tell whether a FIN with this number lies where one may lie: in the window, or right behind it.

        It takes up a number and no room.
        """
        return diff(fin, self.rcv_nxt) >= 0 and diff(self.rcv_adv, fin) >= 0

    def urgent_end(self, packet: Packet) -> int:
        """One past the last urgent octet that a segment tells of (RFC 9293, section 3.8.5)."""
        return add(packet.seq, packet.urgent)

    # Effects.

    def take_urgent(self, packet: Packet) -> None:
        """Take note of an urgent mark that lies further out than the one before."""
        if not packet.flags & URG or not self.takes_text():
            return
        end = self.urgent_end(packet)
        if diff(end, self.rcv_nxt) > 0 and (self.rcv_up is None or diff(end, self.rcv_up) > 0):
            self.rcv_up = end

    def take_text(self, packet: Packet) -> None:
        """Take in what lies in the window of the payload, and the FIN where everything before it is here."""
        if not self.takes_text():
            return
        seq, payload = packet.seq, packet.payload
        fin = add(seq, len(payload)) if packet.flags & FIN else None
        if payload:
            self._take_payload(packet, seq, payload)
        if fin is not None and self.peer_fin is None and self.believes_fin_at(fin):
            self.peer_fin = fin
            self.ack_now = True
        if self.peer_fin is not None and self.peer_fin == self.rcv_nxt:
            self.take_fin()

    def _take_payload(self, packet: Packet, seq: int, payload: bytes) -> None:
        self.note_duplicate(seq, add(seq, len(payload)))
        left = diff(seq, self.rcv_nxt)
        if left < 0:
            payload = payload[-left:]
            seq, left = self.rcv_nxt, 0
        room = self.room_from(seq)
        if self.peer_fin is not None:
            room = min(room, diff(self.peer_fin, seq))
        if len(payload) > room:
            payload = payload[: max(room, 0)]
            self.ack_now = True
        if not payload:
            self.ack_now = True
            return
        joined = False
        if left:
            self.unread.add(self.rcv_nxt, seq, payload)
        else:
            joined = self.append(payload)
            self.delayed_segments += 1
        if self.acks_at_once(packet, not left, joined):
            self.ack_now = True
        elif self.delayed_ack_at == NEVER:
            self.delayed_ack_at = self.now + self.delay_ack_us()

    def append(self, payload: bytes) -> bool:
        """Append the next octets of the stream and what waited behind them; tell whether there was a hole."""
        self.arrived += payload
        self.rcv_nxt = add(self.rcv_nxt, len(payload))
        self.bytes_received += len(payload)
        if not self.unread.islands:
            return False
        more = self.unread.take(self.rcv_nxt)
        self.arrived += more
        self.rcv_nxt = add(self.rcv_nxt, len(more))
        self.bytes_received += len(more)
        return True

    def note_duplicate(self, left: int, right: int) -> None:
        """Have octets that were received before reported with the next acknowledgment (RFC 2883, section 4)."""
        if not self.sack_ok:
            return
        if diff(self.rcv_nxt, left) > 0:
            oldest = add(self.rcv_nxt, -min(self.bytes_received, _LONGEST_MEMORY))
            low = left if diff(left, oldest) > 0 else oldest
            high = right if diff(self.rcv_nxt, right) > 0 else self.rcv_nxt
            if self.fin_received and high == self.rcv_nxt:
                high = add(high, -1)
            if diff(high, low) > 0:
                self.dup_range = low, high
        elif self.unread.islands:
            overlap = self.unread.overlap(left, right)
            if overlap is not None:
                self.dup_range = overlap

    def take_fin(self) -> None:
        """Take in the FIN, which is next; what the peer may have sent behind it is not part of the stream."""
        self.rcv_nxt = add(self.rcv_nxt, 1)
        self.bytes_received += 1
        if diff(self.rcv_nxt, self.rcv_adv) > 0:
            self.rcv_adv = self.rcv_nxt
        self.fin_received = True
        self.unread.clear()
        self.ack_now = True
        self.peer_has_closed()
