"""What is known of one endpoint: RFC 9293's variables, the states it may be in, and what follows from them alone.

What was delivered may not have been taken in yet when the next segment leaves, so the knowledge has two ends: the
likeliest (everything delivered has been taken in) and the outermost that is possible. A rule may condemn only what is
illegal for every possibility; a plan that asks for a variable or a state gets the likeliest one.

Sequence numbers are kept as positions, integers that are congruent to them and never wrap (`seq.unwrap`).
"""

from tcpchaos.rfc.belief import Belief
from tcpchaos.rfc.conduct import Conduct
from tcpchaos.rfc.duties import Duties
from tcpchaos.rfc.octets import PAIR_OCTETS, Flight, Received
from tcpchaos.rfc.offers import DeliveredSyn, Offer
from tcpchaos.rfc.states import NO_CONNECTION, OPENING, REOPENING, Cause, State
from tcpchaos.rfc.timestamps import Timestamps
from tcpchaos.seq import unwrap
from tcpchaos.wire import ACK, SYN, Packet


class Knowledge:
    """The variables of one endpoint of one connection, and the questions that they answer."""

    __slots__ = (
        "acked",
        "belief",
        "challenged",
        "closed_at_us",
        "conduct",
        "crowded",
        "doubtful",
        "duties",
        "equivocates",
        "fin_delivered",
        "fin_possible",
        "fin_sent",
        "fins",
        "flight",
        "irs",
        "iss",
        "joined",
        "left_irs",
        "max_snd_wnd",
        "newest_ack",
        "newest_ack_at_us",
        "offered",
        "passive",
        "possible",
        "promised",
        "provoked",
        "rcv_shift",
        "rcv_wnd",
        "received",
        "reset_at_us",
        "reset_possible",
        "sent_payload",
        "sent_urgent",
        "snd_limit",
        "snd_mss",
        "snd_nxt",
        "snd_shift",
        "snd_una",
        "snd_wnd",
        "syns",
        "timestamps",
        "unprovoked",
    )

    def __init__(self) -> None:
        self.belief = Belief()
        self.conduct = Conduct()
        self.duties = Duties()
        # What it sends.
        self.iss: int | None = None
        self.joined = False  # it was taken up in the middle, and its initial numbers are not the real ones
        self.snd_nxt: int = 0  # one past the last octet it has sent
        self.snd_una: int = 0
        self.snd_wnd: int | None = None  # octets, as the last segment delivered says
        self.snd_limit: int = 0  # the rightmost edge it was ever allowed to send up to
        self.max_snd_wnd: int = 0
        self.fin_sent: int | None = None
        self.flight = Flight()
        self.equivocates = False  # it has sent one octet and another at the same number
        self.sent_payload = False
        self.sent_urgent = False
        self.passive = False  # it answered a SYN before it sent one of its own
        # What it receives.
        self.irs: int | None = None
        self.left_irs: int | None = None  # what IRS was likely, until it was heard not to have taken that SYN yet
        self.syns: list[DeliveredSyn] = []
        self.challenged: DeliveredSyn | None = None  # the last that was delivered when it was likely open
        self.received = Received(0)  # what it has likely taken in
        self.possible = Received(0)  # everything it could have taken in
        self.crowded = False  # more different SYNs or FINs were delivered than are remembered
        self.doubtful: list[tuple[int, int, str]] = []  # octets of segments that had to be discarded, and the rule
        self.fins: set[int] = set()  # where the FINs stand that were delivered, in order or not
        self.fin_delivered: int | None = None  # the first of them that everything before it was delivered with
        self.fin_possible = False  # one was delivered, in this stream or in one before it between the same ports
        self.acked: int | None = None  # the highest acknowledgment it has sent
        self.newest_ack: int = 0
        self.newest_ack_at_us: int = 0
        self.rcv_wnd: int | None = None  # octets, as its last segment says
        self.promised: int = 0  # the rightmost edge that it has ever offered
        self.reset_possible = False  # a reset was delivered that it may have accepted, or a SYN that counts as one
        self.reset_at_us: int | None = None  # when one was delivered that it must have accepted
        self.closed_at_us: int | None = None  # when it was seen to give the connection up
        self.provoked: set[tuple[int, int | None]] = set()  # the resets that segments for no connection call for
        self.unprovoked: set[tuple[int, int | None]] = set()  # what an answer to a reset would look like
        # Options.
        self.offered: Offer | None = None
        self.rcv_shift = 0  # bits by which it shifts the windows that it announces outside SYNs
        self.snd_shift = 0  # bits by which the windows announced to it are shifted, the most that is possible
        self.snd_mss = 0  # octets that its peer is known to accept in a segment, 0 where it did not say
        self.timestamps = Timestamps()

    @property
    def states(self) -> frozenset[State]:
        """Every state that explains what was seen of it."""
        return self.belief.states

    @property
    def state(self) -> State:
        """The likeliest of them: the one it is in once it has taken in everything that was delivered."""
        return self.belief.state

    @property
    def causes(self) -> frozenset[Cause]:
        """What was delivered and may have moved it to another state."""
        return self.belief.causes

    @property
    def overwhelmed(self) -> bool:
        """Whether more was delivered to it than is remembered, so that too little is known to judge it by."""
        return self.crowded or self.possible.crowded

    @property
    def weight_octets(self) -> int:
        """About how much memory its knowledge takes, beyond what every endpoint's does."""
        pairs = len(self.provoked) + len(self.unprovoked) + len(self.syns)
        pairs += len(self.possible.islands) + len(self.received.islands)
        return self.flight.weight_octets + self.conduct.arrivals.weight_octets + pairs * PAIR_OCTETS

    @property
    def rcv_nxt(self) -> int | None:
        """One past the last octet that it has likely received in order, as a position."""
        return None if self.irs is None else self.received.nxt

    # What follows from them.

    def position_sent(self, packet: Packet) -> int:
        """Where in its stream a segment that it sent begins."""
        return packet.seq if self.iss is None else unwrap(packet.seq, self.snd_nxt)

    def position_acked(self, packet: Packet) -> int:
        """Up to where in its peer's stream a segment that it sent acknowledges."""
        return packet.ack if self.irs is None else unwrap(packet.ack, self.possible.nxt)

    def other_octet_at(self, first: int, packet: Packet) -> int | None:
        """Return where a segment with octets from `first` on has another one than was sent there, None if nowhere."""
        acknowledged = max(0, self.snd_una - first)
        return self.flight.difference(first + acknowledged, packet.payload[acknowledged:])

    def acks_text(self) -> bool:
        """Tell whether it has acknowledged what no SYN carried: one that only receives shows so that it is open."""
        if self.acked is None or self.irs is None:
            return False
        return self.acked > self.irs + 1 + max((syn.size for syn in self.syns), default=0)

    def is_usual(self, packet: Packet) -> bool:
        """Tell whether a reset that answers a segment would look like one that ends the connection."""
        if self.iss is None or self.belief.by_now & (OPENING | REOPENING) or not packet.flags & ACK:
            return False
        return self.iss <= unwrap(packet.ack, self.snd_nxt) <= self.snd_nxt

    @staticmethod
    def answer(reset: Packet) -> tuple[int, int | None]:
        """Return the numbers of a reset, None for an acknowledgment that it does not carry."""
        return reset.seq, reset.ack if reset.flags & ACK else None

    def may_listen_again(self, packet: Packet) -> bool:
        """Tell whether a SYN stands in the window of a connection that is only being opened, and may end that.

        Whoever was called goes back to LISTEN for it (RFC 9293, section 3.10.7.4, fourth).
        """
        if not self.passive or self.irs is None or State.SYN_RECEIVED not in self.states:
            return False
        left = unwrap(packet.seq, self.possible.nxt)
        return left <= self.promised and self.received.nxt < left + packet.length

    def acks_syn(self, packet: Packet) -> bool:
        """Tell whether a segment acknowledges the SYN that this endpoint sent."""
        return self.iss is not None and self.iss < unwrap(packet.ack, self.snd_nxt) <= max(self.snd_nxt, self.snd_limit)

    def must_discard(self, packet: Packet) -> str | None:
        """Return the rule by which this endpoint may not take in what the segment carries, None if it may."""
        flags = packet.flags
        if flags & SYN:
            return None
        if not flags & ACK:
            return "SA-11"
        if self.iss is not None and unwrap(packet.ack, self.snd_nxt) > self.outermost():
            return "SA-09"
        if self.passive and self.states <= OPENING | NO_CONNECTION and not self.acks_syn(packet):
            return "SA-02"
        if self.timestamps.is_past(packet):
            return "OP-09"
        return None

    def outermost(self) -> int:
        """One past the last octet that it can have sent by now, seen or not yet seen."""
        opening = self.states <= OPENING | NO_CONNECTION and not any(syn.size for syn in self.syns)
        # Never more than it was allowed to, a probe of one octet, and a FIN.
        return self.snd_nxt if opening else max(self.snd_nxt, self.snd_limit) + 2

    def may_accept_rst(self, packet: Packet) -> bool:
        """Tell whether this endpoint may take a reset for one that ends the connection (RFC 5961, section 3.2)."""
        if not self.states - NO_CONNECTION:
            return False
        if State.SYN_SENT in self.states and packet.flags & ACK and self.acks_syn(packet):
            return True
        return self.irs is not None and self._accepts_rst(unwrap(packet.seq, self.received.nxt))

    def _accepts_rst(self, seq: int) -> bool:
        low = self.received.nxt if self.acked is None else min(self.acked, self.received.nxt)
        if low <= seq <= self.possible.nxt:
            return True
        # Stacks that know SACK accept one at the right edge of what they hold, and after the peer's FIN one octet
        # early. While opening, and in a FIN-WAIT-2 or TIME-WAIT that the application has left, many do not ask for
        # the exact number at all.
        if self.possible.ends_at(seq):
            return True
        if self.fin_delivered is not None and seq == self.fin_delivered:
            return True
        lenient = {State.SYN_RECEIVED, State.FIN_WAIT_2, State.TIME_WAIT}
        return bool(self.states & lenient) and low <= seq <= self.promised
