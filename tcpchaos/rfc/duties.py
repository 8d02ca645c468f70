"""What one endpoint has to do next, and since when: retransmit, acknowledge, probe.

`Endpoint` knows numbers and states; this knows times. It moves with each segment, as that does, and whether the time
for something has run out is worked out only when somebody looks. What belongs to one position of a stream is kept
together with that position, and is void once the position has moved: so nothing has to be taken back.
"""

from typing import TYPE_CHECKING, Final, NamedTuple

from tcpchaos.rfc.states import State
from tcpchaos.seq import unwrap
from tcpchaos.wire import ACK, RST, SYN, Packet

if TYPE_CHECKING:
    from tcpchaos.rfc.endpoint import Endpoint
    from tcpchaos.rfc.law import Account, Sent

# How often what is owed is looked at while segments pass: at least as often as the shortest time that a rule grants,
# so that no late segment comes before the look at which it is missed.
LOOK_US: Final = 200_000
# States in which octets of the peer's stream are taken in.
RECEIVING: Final = frozenset({State.ESTABLISHED, State.FIN_WAIT_1, State.FIN_WAIT_2})
# A third duplicate acknowledgment is what lets a sender take a segment for lost (RFC 5681, section 3.2).
_ENOUGH_DUPLICATES: Final = 3
# How large a segment may be at least, where nobody said (RFC 9293, section 3.7.1).
_DEFAULT_MSS: Final = 536


def is_current(e: "Endpoint", ack: int) -> bool:
    """Tell whether an acknowledgment is neither of the future nor so old that the segment may be thrown away for it.

    Too old is what lies more than the largest window behind SND.UNA (RFC 5961, section 5.2), or what acknowledges
    nothing that was ever sent, not even the SYN (CVE-2023-52881).
    """
    start = e.snd_una if e.iss is None else e.iss + 1
    return max(start, e.snd_una - e.max_snd_wnd) <= ack <= e.snd_nxt


class Since(NamedTuple):
    """Since when, in microseconds, something holds at this position of a stream, and how often it was seen."""

    position: int
    at_us: int
    times: int = 1


class Look(NamedTuple):
    """A look at an endpoint at this time, together with what its application did, where that is known.

    `lasting` tells that applications hold on to each connection until they are seen to end it, so that no silence means
    that one has let go; `opening` that they still want those that are only being opened; `few` that there were too few
    connections to fill any queue. `late_us` is for how long, at the worst, what it sent has waited to be heard.
    """

    now_us: int
    account: "Account | None" = None
    lasting: bool = True
    opening: bool = True
    few: bool = True
    late_us: int = 0


class Duties:
    """The times behind the numbers of one endpoint, in microseconds."""

    __slots__ = (
        "again_at_us",
        "ahead",
        "bare_at_us",
        "before_us",
        "behind",
        "doubtful",
        "drained",
        "duplicates",
        "flight_at_us",
        "idle",
        "misled",
        "opened_at_us",
        "opened_from_us",
        "outstanding",
        "prodded_at_us",
        "recover",
        "redelivered",
        "sacked",
        "silent_since_us",
        "slowest_us",
        "una_at_us",
        "waited_us",
        "warned",
    )

    def __init__(self) -> None:
        self.warned = False  # an ICMP error was delivered that may end the connection
        self.begin(0, 0)

    def begin(self, at_us: int, from_us: int) -> None:
        """It sends its first SYN, of this connection or of another one between the same ports, later than `from_us`."""
        # As a sender.
        self.opened_at_us = at_us
        self.opened_from_us = from_us
        self.flight_at_us = at_us  # when it last sent something while nothing was outstanding
        self.una_at_us = at_us  # when something new that it had sent was last acknowledged
        self.again_at_us = at_us  # when it last sent again what stood at SND.UNA then
        self.before_us = at_us  # since when its timer may have run then: a fast retransmission leaves it running
        self.prodded_at_us = at_us  # when it last sent something below SND.UNA, as a probe or by mistake
        self.recover = 0  # up to where it had sent something when it last sent anything again (RFC 6582, section 3.2)
        self.ahead = 0  # the highest acknowledgment of what it may have sent by then and was not seen yet
        self.waited_us = 0  # the longest it waited until it did either: the back-off that it has reached
        self.slowest_us = 0  # the longest that SND.UNA stood still until it moved: round trips are hardly longer
        self.outstanding = Since(0, 0)  # what stood at SND.UNA when somebody looked last, and for how long
        # How far a forged acknowledgment goes that may not have counted, and when the round trip began.
        self.doubtful: Since | None = None
        self.misled = False  # a forged acknowledgment may have made it measure any round trip
        self.sacked: tuple[tuple[int, int], ...] = ()  # what its peer last reported to hold beyond a hole
        self.duplicates = Since(0, 0, 0)  # acknowledgments of SND.UNA that report more beyond it, up to the third
        self.idle = Since(0, 0)  # its application waits for it to send, and nothing is outstanding: SND.NXT
        # As a receiver.
        self.silent_since_us: int | None = None  # when octets were delivered in order, and it has sent nothing since
        self.bare_at_us: int | None = None  # when it last sent an acknowledgment alone
        self.redelivered = Since(0, 0, 0)  # the octet that it acknowledges next was delivered again, up to twice
        self.behind = Since(0, 0)  # two full segments were delivered beyond what it acknowledges
        self.drained = Since(0, 0)  # its window is shut at this edge, though its application has read everything

    @property
    def waiting_since_us(self) -> int:
        """When it last had a reason to start its timer: it sent something, again or as a probe, or was acknowledged."""
        return max(self.flight_at_us, self.una_at_us, self.again_at_us, self.prodded_at_us)

    # Segments that it sent.

    def sent(self, e: "Endpoint", m: "Sent") -> None:
        """Learn from a segment that is sent, before its numbers are learnt."""
        packet, at_us = m.packet, m.at_us
        self.silent_since_us = None
        if packet.flags & RST:
            return
        if packet.flags & SYN and packet.seq != e.iss:
            self.begin(at_us, m.earliest_us)
            return
        if packet.flags & SYN and m.position < e.snd_una:
            # What seemed to acknowledge its SYN it has thrown away. What it takes in the end may echo the timestamp of
            # the first one, and come just before the next one would be due: it may measure all of that.
            self.slowest_us = max(self.slowest_us, 2 * (at_us - self.opened_at_us))
        if not packet.length:
            self.bare_at_us = at_us
        if m.position >= e.snd_nxt:
            if packet.length and e.snd_una == e.snd_nxt:
                if not e.snd_wnd:  # a probe: the window is shut
                    self.waited_us = max(self.waited_us, at_us - self.waiting_since_us)
                self.flight_at_us = at_us
            return
        if packet.length:
            self.recover = e.snd_nxt
        if m.position <= e.snd_una:
            since_us = self.waiting_since_us
            left_running = since_us == self.again_at_us and self.before_us < since_us
            self.waited_us = max(self.waited_us, at_us - (self.before_us if left_running else since_us))
            if m.end > e.snd_una:
                self.again_at_us, self.before_us = at_us, since_us
            else:
                self.prodded_at_us = at_us

    # Segments that are delivered to it.

    def delivered(self, e: "Endpoint", packet: Packet, at_us: int, *, intact: bool) -> None:
        """Learn from a segment that is delivered, before its numbers are learnt."""
        if e.irs is None or packet.flags & (ACK | SYN | RST) != ACK or not packet.checksum_ok:
            return
        if not packet.ip_checksum_ok or e.must_discard(packet) is not None:
            return
        ack = unwrap(packet.ack, e.snd_nxt)
        if e.iss is not None:
            self._acknowledged(e, packet, ack, at_us, intact)
        if packet.size and e.states <= RECEIVING and is_current(e, ack):
            self._text(e, packet, at_us)

    def _acknowledged(self, e: "Endpoint", packet: Packet, ack: int, at_us: int, intact: bool) -> None:
        if ack > e.snd_nxt:
            self.ahead = max(self.ahead, ack)
        if not intact and ack > e.snd_una:
            if packet.timestamps is not None:
                self.misled = True
            elif self.doubtful is None:
                self.doubtful = Since(ack, max(self.una_at_us, self.flight_at_us))
        elif intact and self.doubtful is not None and ack >= self.doubtful.position:
            self.slowest_us = max(self.slowest_us, at_us - self.doubtful.at_us)
            self.doubtful = None
        blocks = packet.sack
        if not blocks:
            return
        self.sacked = tuple((unwrap(left, e.snd_nxt), unwrap(right, e.snd_nxt)) for left, right in blocks)
        if ack != e.snd_una or packet.length or not any(left > ack for left, _ in self.sacked):
            return
        before = self.duplicates
        times = before.times + 1 if before.position == ack else 1
        if times <= _ENOUGH_DUPLICATES:
            self.duplicates = Since(ack, at_us, times)

    def _text(self, e: "Endpoint", packet: Packet, at_us: int) -> None:
        left = unwrap(packet.seq, e.possible.nxt)
        right = left + packet.size
        if left <= e.received.nxt < right <= e.promised and self.silent_since_us is None:
            self.silent_since_us = at_us
        if e.acked is None or not left <= e.acked < right or e.acked >= e.possible.nxt:
            return
        if right > min(e.promised, e.acked + (e.rcv_wnd or 0)) or e.timestamps.is_late(packet):
            return
        before = self.redelivered
        times = before.times + 1 if before.position == e.acked else 1
        if times <= 2:
            self.redelivered = Since(e.acked, at_us, times)

    # Somebody looks.

    def look(self, e: "Endpoint", look: Look) -> None:
        """Note what can be seen at this time, for the next look."""
        now_us = look.now_us
        if self.outstanding.position != e.snd_una:
            self.slowest_us = max(self.slowest_us, self.outstanding.at_us)
        self.outstanding = Since(e.snd_una, 0)
        if e.snd_una < e.snd_nxt:
            self.outstanding = Since(e.snd_una, now_us - max(self.una_at_us, self.flight_at_us))
        elif look.account is not None and e.iss is not None and look.account.wrote > e.snd_nxt - e.iss - 1:
            self.idle = _since(self.idle, e.snd_nxt, now_us)
        if e.acked is None or e.irs is None:
            return
        full = (e.offered.mss if e.offered is not None else None) or _DEFAULT_MSS
        if e.received.nxt - e.acked >= 2 * full:
            self.behind = _since(self.behind, e.acked, now_us)
        if e.rcv_wnd == 0 and look.account is not None and look.account.read >= e.acked - e.irs - 1:
            self.drained = _since(self.drained, e.promised, now_us)


def _since(known: Since, position: int, now_us: int) -> Since:
    return known if known.position == position else Since(position, now_us)
