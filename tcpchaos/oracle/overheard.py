"""A connection heard at one place only, where anything may have passed by unheard.

Whoever captures may begin late, miss a packet, hear one direction only, or see a segment before its network card cut
it to pieces. As soon as something shows that not all was heard, nothing that rests on the rest is held against anyone:
from then on an endpoint is asked only what concerns its own words, and where they may be those of another connection
between the same ports, nothing that was heard before counts.
"""

from collections.abc import Callable
from typing import Final

from tcpchaos.oracle.connection import Condemn, Connection
from tcpchaos.oracle.debts import Circumstances
from tcpchaos.rfc import SENT_CHECKS, Endpoint, Rule, SentChecks, State
from tcpchaos.rfc.classes import class_of
from tcpchaos.rfc.conduct import Conduct
from tcpchaos.rfc.endpoint import MOST_SHIFT
from tcpchaos.rfc.law import Sent
from tcpchaos.rfc.octets import Received
from tcpchaos.rfc.shape import is_plain
from tcpchaos.seq import add, unwrap
from tcpchaos.trace import Side
from tcpchaos.wire import ACK, FIN, RST, SYN, Packet

# Rules that ask for all that was delivered, and yet are asked where it was not heard: they compare an endpoint with
# what it said itself, or with what the SYNs offered, so that a breach is worth a suspicion. Any other breach of such a
# rule shows before all that something was not heard.
_SUSPICIOUS: Final = frozenset({"SA-03", "OP-07", "OP-20", "OP-22", "HS-20", "HS-21"})
# Rules that ask nothing of what was delivered, but for an order or a clock better than that of a capture.
_ORDERED: Final = frozenset({"FL-13", "OP-31", "WF-09"})
# What may be asked of an endpoint whose beginning was not heard: what it says is compared with what it said.
_IN_THE_MIDDLE: Final = frozenset({"RT-01", "FL-09", "TD-02", "OP-06", "OP-21"})

# A segment further than this from what was last heard of its stream belongs to another connection between the same
# ports, or to a much later part of this one. Windows are hardly larger; a new stream begins anywhere on 4 GiB.
NEAR_OCTETS: Final = 64 * 1024 * 1024
# And so does one that acknowledges so much less than its sender had acknowledged already.
NEAR_ACK_OCTETS: Final = 1024 * 1024
# What a window may be whose scale was not heard (RFC 7323, section 2.3), and a segment whose limit was not.
_ANY_WINDOW_OCTETS: Final = 1 << 30
_ANY_SEGMENT_OCTETS: Final = 0xFFFF


def _asked_here(rule: Rule) -> bool:
    return rule.id in _SUSPICIOUS or (rule.vantage == "any" and rule.id not in _ORDERED)


def _asked_in_the_middle(rule: Rule) -> bool:
    return _asked_here(rule) and (rule.shape or rule.id in _IN_THE_MIDDLE)


def _asked_always(rule: Rule) -> bool:
    return _asked_here(rule) and rule.shape


def _chosen(choose: Callable[[Rule], bool]) -> tuple[SentChecks, ...]:
    return tuple(tuple(each for each in checks if choose(each[0])) for checks in SENT_CHECKS)


_ALL: Final = _chosen(_asked_here)
_ALL_OF_PLAIN: Final = _chosen(lambda rule: _asked_here(rule) and not rule.shape)
_OWN_WORDS: Final = _chosen(_asked_in_the_middle)
_OWN_WORDS_OF_PLAIN: Final = _chosen(lambda rule: _asked_in_the_middle(rule) and not rule.shape)
_SHAPES: Final = _chosen(_asked_always)


class _Unheeding(Conduct):
    """Conduct that learns from SYNs alone: what it tells else, no rule asks that is asked here."""

    __slots__ = ()

    def sends(self, e: Endpoint, packet: Packet, position: int, at_us: int) -> None:
        if packet.flags & SYN:
            super().sends(e, packet, position, at_us)

    def hears(self, e: Endpoint, packet: Packet, at_us: int) -> None:
        if packet.flags & SYN:
            super().hears(e, packet, at_us)

    def accepts(self, e: Endpoint, packet: Packet, at_us: int) -> None:
        pass


class Overheard(Connection):
    """A connection of which a capture made in one place tells."""

    sees_all = False
    _lost_track = False

    def __init__(
        self,
        number: int,
        first: Packet,
        side: Side,
        *,
        whole: bool,
        condemn: Condemn,
        before: Connection | None = None,
        circumstances: Circumstances | None = None,
    ) -> None:
        super().__init__(number, first, side, whole=whole, condemn=condemn, before=before, circumstances=circumstances)
        self.ask_nothing()
        for end in self.ends:
            end.conduct = _Unheeding()

    def lose_track(self) -> None:
        """Compare nothing that comes with what came before: it does not follow it."""
        super().lose_track()
        self._lost_track = True

    def _asked(self, side: Side, packet: Packet) -> tuple[SentChecks, ...]:
        if self._is_doubtful(side, packet):
            return _SHAPES
        plain = is_plain(packet)
        if self.whole and not self.overwhelmed:
            return _ALL_OF_PLAIN if plain else _ALL
        self.whole = False
        return _OWN_WORDS_OF_PLAIN if plain else _OWN_WORDS

    def _is_doubtful(self, side: Side, packet: Packet) -> bool:
        """Tell whether a segment may be something else than a part of its sender's stream."""
        sender, flags = self.ends[side], packet.flags
        if not flags & (ACK | SYN | RST):
            return True
        # The first FIN heard may be one sent again: what was heard up to there may have come behind it.
        if flags & FIN and sender.fin_sent is None:
            return True
        # An octet of anything, sent to keep an idle connection alive (RFC 9293, section 3.8.4), looks like data where
        # the acknowledgments of the peer were not heard.
        return packet.size == 1 and unwrap(packet.seq, sender.snd_nxt) == sender.snd_nxt - 1

    def passed(self, side: Side, packet: Packet, at_us: int, frame: int) -> None:
        """Learn that `side` sent a packet, which may have been delivered to the other endpoint."""
        sender, receiver = self.ends[side], self.ends[1 - side]
        self.segments += 1
        self.last_frame, self.last_at_us = frame, at_us
        if not (sender.belief.plain and receiver.belief.plain and self._short(sender, receiver, packet, at_us)):
            self._judge(side, packet, at_us, frame)
            self._learn(side.peer, packet, at_us, True)

    def _judge(self, side: Side, packet: Packet, at_us: int, frame: int) -> None:
        if self.before is not None and self._speaks_of_before(side, packet):
            self.before._judge(side, packet, at_us, frame)
            return
        if packet.flags & (SYN | RST | ACK) == ACK:
            self._listen(side, packet)
        endpoint = self.ends[side]
        endpoint.recognize(packet)
        sent = Sent(endpoint, packet, at_us)
        for rule, check in self._asked(side, packet)[class_of(packet)]:
            breach = check(endpoint, sent)
            if breach is not None:
                self._condemn(self, rule, breach, side, sent, frame)
        endpoint.sent(packet, at_us)
        if self.before is not None and None not in (self.ends[0].iss, self.ends[1].iss):
            self.before = None

    def _learn(self, side: Side, packet: Packet, at_us: int, intact: bool) -> None:
        # What is owed, and when, is nothing that could be asked here.
        if self.before is not None and self.ends[side].iss is None:
            self.before._learn(side, packet, at_us, intact)
        self.ends[side].delivered(packet, at_us)

    def _listen(self, side: Side, packet: Packet) -> None:
        """Notice what shows that something was not heard, and go on from what is heard now."""
        sender, receiver = self.ends[side], self.ends[1 - side]
        if self._lost_track or sender.iss is None or sender.irs is None or receiver.iss is None:
            self._take_up(side, packet)
            return
        if sender.joined and sender.acked is None:
            self._tell_window(side, packet)
        seq = unwrap(packet.seq, sender.snd_nxt)
        ack = unwrap(packet.ack, sender.possible.nxt)
        known = sender.possible.nxt
        acked = known if sender.acked is None else sender.acked
        if abs(seq - sender.snd_nxt) > NEAR_OCTETS or ack < acked - NEAR_ACK_OCTETS or ack > known + NEAR_OCTETS:
            self._take_up(side, packet)
        elif ack > known:
            if any(end.fin_sent is not None or end.closed_at_us is not None for end in self.ends):
                self._take_up(side, packet)  # likely another connection, whose SYN was not heard
                return
            self._missed()
            sender.possible.add(known, ack)
            sender.received.add(sender.received.nxt, ack)
            receiver.snd_nxt = max(receiver.snd_nxt, ack)
        elif ack > sender.received.nxt:
            sender.received.add(sender.received.nxt, ack)  # it says so itself

    def _missed(self) -> None:
        self.whole = False
        self.holes += 1

    def _take_up(self, side: Side, packet: Packet) -> None:
        """Forget what was heard, and begin with this segment."""
        if self.ends[0].iss is not None or self.ends[1].iss is not None:
            self._missed()
        self._lost_track = False
        own, other = add(packet.seq, -1), add(packet.ack, -1)
        sender, receiver = _in_the_middle(own, other), _in_the_middle(other, own)
        self.ends = (sender, receiver) if side is Side.CLIENT else (receiver, sender)
        self._tell_window(side, packet)

    def _tell_window(self, side: Side, packet: Packet) -> None:
        """Take the first window that is heard for the first one: of those before it nothing is known."""
        sender, receiver = self.ends[side], self.ends[1 - side]
        edge = unwrap(packet.ack, sender.possible.nxt) + (packet.window << MOST_SHIFT)
        sender.promised = receiver.snd_limit = edge


def _in_the_middle(iss: int, irs: int) -> Endpoint:
    """Return an endpoint of which the next octets to be sent and received are known, and nothing that binds it."""
    end = Endpoint()
    end.conduct = _Unheeding()
    end.joined = True
    end.iss, end.irs = iss, irs
    end.snd_nxt = end.snd_una = iss + 1
    end.snd_limit = end.snd_nxt + _ANY_WINDOW_OCTETS
    end.max_snd_wnd = _ANY_WINDOW_OCTETS
    end.received, end.possible = Received(irs + 1), Received(irs + 1)
    end.promised = irs + 1 + _ANY_WINDOW_OCTETS
    end.rcv_shift = end.snd_shift = MOST_SHIFT
    end.snd_mss = _ANY_SEGMENT_OCTETS
    end.belief.assume(State.ESTABLISHED)
    return end
