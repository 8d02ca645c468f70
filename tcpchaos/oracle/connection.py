"""One connection: what is known of its two endpoints, and what the law says to each segment that passes.

Most segments are the next one expected. For an in-order segment or acknowledgment between two endpoints in
ESTABLISHED, with everything that was sent delivered, every rule holds by construction once a handful of comparisons
have: that is the short way, and a property test shows that it knows the same afterwards as the long one.
"""

from collections.abc import Callable
from typing import Final, NamedTuple

from tcpchaos.oracle.debts import NO_DEBTS, Circumstances, Debts
from tcpchaos.oracle.promise import SPOILS, harm, may_end
from tcpchaos.rfc import PLAIN_CHECKS, SENT_CHECKS, SHAPE_CHECKS, Breach, Endpoint, Rule, SentChecks
from tcpchaos.rfc.classes import class_of
from tcpchaos.rfc.conduct import CLOCK_STANDS_US
from tcpchaos.rfc.law import HEEDED_US, Sent
from tcpchaos.rfc.moves import Moves
from tcpchaos.rfc.shape import is_plain
from tcpchaos.rfc.states import NO_CONNECTION, OPENING, State
from tcpchaos.trace import Side
from tcpchaos.wire import ACK, PSH, RST, SYN, Packet

_MASK: Final = 0xFFFFFFFF
_HALF: Final = 1 << 31
# Looked up once for each segment: what an enumeration has is slow to come by.
_CLIENT, _SERVER = Side
# Options and data that any peer accepts in a segment, whatever it announced (RFC 9293, section 3.7.1).
_ALWAYS_FITS: Final = 536

_AT_REST: Final = NO_CONNECTION | {State.TIME_WAIT}
# What may be asked of a segment that may have been changed on its way here, and of whose connection much was not heard.
_FAR_CHECKS: Final = tuple(tuple(each for each in checks if each[0].vantage == "any") for checks in SHAPE_CHECKS)


class Sight(NamedTuple):
    """How much can be heard of a connection that begins with a packet, for one who came when others went on already.

    `fresh` tells that no other connection can go on between the same ends. On the way to and from the `far` endpoints
    segments may get lost that nobody here hears of: they are asked for the shape of their segments alone.
    """

    fresh: bool = True
    far: frozenset[Side] = frozenset()


# Rule, breach, whose, the segment that shows it if one does, the frame.
Condemn = Callable[["Connection", Rule, Breach, Side, Sent | None, int], None]


class Connection:
    """A connection between two ports, from its first SYN (or the first segment seen) to its last segment.

    `number` counts connections from 1. `whole` tells whether it was seen from its beginning, and all of it since: of
    one that was not, too little is known to judge more than the shape of its segments. `harmed` says what lethal thing
    was delivered to either side. `before` is a connection between the same ports of which one endpoint may still speak.
    `holes` counts how often something showed that not all of it was seen. `far` is as in `Sight`. `heard_at` and
    `heard_us` are for whoever hears it, to note where each side was heard, and when the last segment by that clock.
    """

    ends: tuple[Endpoint, Endpoint]
    sees_all = True  # each segment that is delivered, when it is, and as it is

    def __init__(
        self,
        number: int,
        first: Packet,
        side: Side,
        *,
        whole: bool,
        condemn: Condemn,
        before: "Connection | None" = None,
        circumstances: Circumstances | None = None,
    ) -> None:
        self.number = number
        self.far: frozenset[Side] = frozenset()
        self.ends = (Endpoint(), Endpoint())
        self.moves = (Moves(), Moves())
        self.client_key = first.key if side is Side.CLIENT else first.reverse_key
        self.ports = (first.sport, first.dport) if side is Side.CLIENT else (first.dport, first.sport)
        self.whole = whole
        self.before = before
        self.holes = 0
        self.heard_at: list[tuple[int, bytes] | None] = [None, None]
        self.heard_us = 0
        self.harmed: str | None = None
        self.spoilt = [False, False]  # by side: octets were delivered, or may have been, that its peer never wrote
        self.excuse = ""  # what was delivered that is lethal, to whom, and where
        self._touched = False
        self.segments = 0
        self.last_frame = 0
        self.last_at_us = 0
        self._condemn = condemn
        self._underway: Packet | None = None
        self._underway_us = 0  # since when
        around = circumstances or Circumstances({}, 0)
        self._stalls = around.stalls
        self.debts = Debts(self.ends, self.ports, around, self._too_late, alone=before is None)
        if circumstances is None or not whole:
            self.debts.close()
        if before is not None:
            before.debts.close()  # what comes may be meant for this one

    def endpoint(self, side: Side) -> Endpoint:
        """What is known of one endpoint."""
        return self.ends[side]

    def passed(self, side: Side, packet: Packet, at_us: int, frame: int) -> None:
        """Learn that `side` sent a packet (at `frame`) which was delivered to the other endpoint at once, untouched."""
        sender, receiver = self.ends[side], self.ends[1 - side]
        plain = sender.belief.plain and receiver.belief.plain and not self.debts.outstanding
        if plain and at_us < self.debts.next_us and self._short(sender, receiver, packet, at_us):
            self.segments += 1
            self.last_frame = frame + 1
            self.last_at_us = at_us
            return
        self.sent(side, packet, at_us, frame)
        self.delivered(side.peer, packet, at_us, frame + 1, intact=True)

    def sent(self, side: Side, packet: Packet, at_us: int, frame: int) -> None:
        """Judge a segment that `side` sent, and learn from it."""
        self.segments += 1
        self.last_frame, self.last_at_us = frame, at_us
        if self._underway is not None:
            self._touched = True
        self._underway, self._underway_us = packet, at_us
        if at_us >= self.debts.next_us:
            self.debts.look(at_us, frame)
        self._judge(side, packet, at_us, frame)

    def _judge(self, side: Side, packet: Packet, at_us: int, frame: int) -> None:
        endpoint = self.ends[side]
        if self.before is not None and self._speaks_of_before(side, packet):
            self.before._judge(side, packet, at_us, frame)
            return
        endpoint.recognize(packet)
        endpoint.conduct.late_us = self._stalls.late_us(at_us)
        endpoint.conduct.slow_us = self._stalls.worst_us(endpoint.duties.opened_from_us)
        sent = Sent(endpoint, packet, at_us)
        for rule, check in self._asked(side, packet)[class_of(packet)]:
            breach = check(endpoint, sent)
            if breach is not None:
                self._condemn(self, rule, breach, side, sent, frame)
        self.debts.sent(side, sent)
        endpoint.duties.sent(endpoint, sent)
        endpoint.sent(packet, at_us)
        if self.before is not None and None not in (self.ends[0].iss, self.ends[1].iss):
            self.before = None

    def _speaks_of_before(self, side: Side, packet: Packet) -> bool:
        """Tell whether a segment is of the connection before: until it takes up this one, an endpoint has only that."""
        return self.before is not None and self.ends[side].iss is None and not packet.flags & SYN

    def _asked(self, side: Side, packet: Packet) -> tuple[SentChecks, ...]:
        """Return the rules to ask of a segment, by its class."""
        if self.whole and self.overwhelmed:
            self.whole = False
            self.debts.close()
        if side in self.far:
            return _FAR_CHECKS
        if not self.whole:
            return SHAPE_CHECKS
        return PLAIN_CHECKS if is_plain(packet) else SENT_CHECKS

    def delivered(self, side: Side, packet: Packet, at_us: int, frame: int, *, intact: bool) -> None:
        """Learn that a packet was delivered to `side`; `intact` if its octets are those that the other one sent."""
        self.last_frame, self.last_at_us = frame, at_us
        receiver, sender = self.ends[side], self.ends[1 - side]
        if packet is not self._underway or at_us > self._underway_us:
            self._touched = True
        self._underway = None
        if not intact:
            receiver.hears_forged(packet)
            self._touched = True
            self._note_harm(side, packet, harm(receiver, sender, packet), frame)
        if at_us >= self.debts.next_us:
            self.debts.look(at_us, frame)
        self._learn(side, packet, at_us, intact)

    def warned(
        self, side: Side, at_us: int, frame: int, *, fatal: bool, soft: bool = False, seq: int | None = None
    ) -> None:
        """Learn that an ICMP error was delivered to `side` about a segment with this number, None where nobody knows.

        Unless it only tells of an MTU it may be `fatal`: an endpoint may end an opening connection for it, and for one
        that is not `soft` any (RFC 9293, section 3.9.2.2).
        """
        self.last_frame, self.last_at_us = frame, at_us
        self._touched = True
        if not fatal or not may_end(self.ends[side], seq, at_us, soft=soft):
            return
        self.ends[side].duties.warned = True
        self.debts.forgive(side)
        if self.harmed is None:
            self._excuse("an ICMP error", side, frame)

    def _learn(self, side: Side, packet: Packet, at_us: int, intact: bool) -> None:
        receiver = self.ends[side]
        if self.before is None:
            self.debts.arrived(side, packet, at_us, self.last_frame)
        elif receiver.iss is None:
            self.before._learn(side, packet, at_us, intact)
        moves, duties, una = self.moves[side], receiver.duties, receiver.snd_una
        moves.delivered(receiver, packet, at_us)
        duties.delivered(receiver, packet, at_us, intact=intact)
        receiver.delivered(packet, at_us)
        moves.learnt(receiver, at_us)
        if receiver.snd_una > una:
            duties.una_at_us = at_us
        if packet.flags & (RST | SYN) and receiver.reset_possible:
            self.debts.forgive(side)

    def _too_late(self, rule: Rule, breach: Breach, side: Side, frame: int) -> None:
        if side not in self.far:
            self._condemn(self, rule, breach, side, None, frame)

    def _note_harm(self, side: Side, packet: Packet, found: str | None, frame: int) -> None:
        # Once it is harmed, what is known of it is less sure, and so is whether an octet is one that was written.
        if found in SPOILS or (self.harmed is not None and packet.size):
            self.spoilt[side] = True
        if found is not None and packet.flags & SYN:
            self.spoilt = [True, True]
        if found is not None and self.harmed is None:
            self._excuse(found, side, frame)

    def _excuse(self, harmed: str, side: Side, frame: int) -> None:
        self.harmed = harmed
        self.excuse = f"{harmed} was delivered to the {side} at #{frame}"

    def is_reopened_by(self, side: Side, packet: Packet) -> bool:
        """Tell whether a segment opens a new connection between the same ports."""
        endpoint = self.ends[side]
        if packet.flags & (SYN | ACK | RST) != SYN or endpoint.iss is None:
            return False
        return packet.seq != endpoint.iss

    def ask_nothing(self) -> None:
        """Ask for nothing that is owed any more, and refer to nothing that refers back: dropped, it is gone."""
        self.debts = NO_DEBTS

    def lose_track(self) -> None:
        """Compare nothing that comes with what came before: it does not follow it."""
        self.whole = False
        self.holes += 1

    def side_of(self, packet: Packet) -> Side:
        """Tell which of its endpoints sends packets such as this one."""
        return _CLIENT if packet.key == self.client_key else _SERVER

    @property
    def depth(self) -> int:
        """How many connections between the same ports came right before it and may still be spoken of."""
        return 0 if self.before is None else 1 + self.before.depth

    @property
    def weight_octets(self) -> int:
        """About how much memory it takes, beyond what every connection does."""
        own = self.ends[0].weight_octets + self.ends[1].weight_octets
        return own if self.before is None else own + self.before.weight_octets

    @property
    def overwhelmed(self) -> bool:
        """Whether more was delivered than is remembered."""
        return self.ends[0].overwhelmed or self.ends[1].overwhelmed

    @property
    def touched(self) -> bool:
        """Whether anything was lost, late, repeated or changed on its way."""
        return self._touched or self._underway is not None

    @property
    def states(self) -> tuple[str, str]:
        """The likeliest states, client's first."""
        return self.ends[0].state.value, self.ends[1].state.value

    @property
    def over(self) -> bool:
        """Whether both endpoints may have left the connection."""
        return all(end.states & NO_CONNECTION and not end.states <= OPENING for end in self.ends)

    @property
    def at_rest(self) -> bool:
        """Whether both endpoints have likely left it, or wait for nothing but the end of TIME-WAIT."""
        return self.segments > 1 and self.ends[0].state in _AT_REST and self.ends[1].state in _AT_REST

    def _short(self, e: Endpoint, x: Endpoint, packet: Packet, at_us: int) -> bool:
        """Take the short way with a segment from `e` to `x`, or leave everything as it was and return False."""
        tcp_at, data_at, nxt = packet.tcp_at, packet.data_at, e.snd_nxt
        if packet.flags & ~PSH != ACK or packet.seq != nxt & _MASK or packet.reserved or packet.urgent:
            return False
        conduct, others_conduct = e.conduct, x.conduct
        if self.sees_all and (conduct.odd or others_conduct.odd):
            return False
        possible, received = e.possible, x.received
        ack = possible.nxt - (possible.nxt - packet.ack & _MASK)
        size = packet.size
        end = nxt + size
        window = packet.window
        offered, allowed = window << e.rcv_shift, window << x.snd_shift
        if (
            e.acked is None
            or x.acked is None
            or ack < e.acked
            or ack < x.snd_una
            or x.snd_nxt < possible.nxt
            or received.nxt != nxt
            or x.possible.nxt != nxt
            or possible.islands
            or x.possible.islands
            or received.islands
            or e.fins
            or x.fins
            or e.reset_at_us is not None
            or x.duties.doubtful is not None
            or end > e.snd_limit
            or end > x.promised
            or x.iss != e.irs
            or e.iss != x.irs
            or ack + offered < e.promised
            or ack + allowed < x.snd_limit
        ):
            return False
        if not size:
            same = ack == e.acked and (offered == e.rcv_wnd or not e.rcv_wnd or allowed == x.snd_wnd)
            if same and self.sees_all:
                return False
        elif self.sees_all and (
            not e.snd_wnd or e.snd_una - (e.iss or 0) <= 1 or packet.end - tcp_at - 20 > (e.snd_mss or _ALWAYS_FITS)
        ):
            return False
        own, others = e.timestamps, x.timestamps
        if own.agreed:
            stamps = packet.timestamps
            # The usual layout: nothing in the header but the timestamps.
            if data_at - tcp_at != 32 or stamps is None or own.value is None or not others.agreed:
                return False
            ahead = stamps[0] - own.value & _MASK
            if ahead >= _HALF or own.newest is None or others.newest is None:
                return False
            value = own.value + ahead
            echo = own.newest - (own.newest - stamps[1] & _MASK)
            if own.echoed is None or echo < own.echoed or value < others.newest:
                return False
            if echo < conduct.stamp_sure and at_us - conduct.stamp_sure_at_us > HEEDED_US and self.sees_all:
                return False
            if not ahead and at_us - own.value_at_us > CLOCK_STANDS_US:
                return False
        elif data_at - tcp_at != 20 or others.agreed:
            return False
        else:
            ahead = value = echo = 0
        if not packet.checksum_ok or not packet.ip_checksum_ok or packet.offset * 4 != data_at - tcp_at:
            return False
        # Everything holds: from here on it is only learnt from.
        if size:
            e.flight.append(nxt, packet)
            e.sent_payload = True
            e.snd_nxt = received.nxt = x.possible.nxt = end
            conduct.new_at_us = at_us
            if e.snd_una == nxt:
                e.duties.flight_at_us = at_us
            if x.duties.silent_since_us is None:
                x.duties.silent_since_us = at_us
        else:
            e.duties.bare_at_us = at_us
        e.duties.silent_since_us = None
        if ack > e.acked:
            e.acked = e.newest_ack = ack
            e.newest_ack_at_us = at_us
        e.rcv_wnd = offered
        if offered > conduct.most_offered:
            conduct.most_offered = offered
        if ack + offered > e.promised:
            e.promised = ack + offered
            conduct.promised_at_us = at_us
        x.snd_wnd = allowed
        if allowed > x.max_snd_wnd:
            x.max_snd_wnd = allowed
        if ack + allowed > x.snd_limit:
            x.snd_limit = ack + allowed
        if ack > x.snd_una:
            x.duties.una_at_us = others_conduct.una_at_us = at_us
            x.snd_una = ack
            x.flight.acknowledge(ack)
        if own.agreed:
            if ahead:
                own.value, own.value_at_us = value, at_us
            own.echoed = echo
            others.newest = value
            if nxt <= x.acked:
                if others.recent is None or value > others.recent:
                    others.recent = value
                if nxt == x.acked and value > others_conduct.stamp_sure:  # not of one that acknowledges the future
                    others_conduct.stamp_sure, others_conduct.stamp_sure_at_us = value, at_us
        return True
