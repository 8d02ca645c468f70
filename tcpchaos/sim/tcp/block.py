"""The variables of a connection (RFC 9293, section 3.3.1) and what can be worked out from them alone.

Everything that decides something is a method of its own here and in the layers above, and the parts with a memory of
their own are made from class attributes: a broken endpoint is a subclass that decides one thing differently.
"""

from typing import Final

from tcpchaos.seq import add, diff
from tcpchaos.sim.tcp.congestion import Reno
from tcpchaos.sim.tcp.reassembly import Reassembly
from tcpchaos.sim.tcp.rto import Rto
from tcpchaos.sim.tcp.scoreboard import Scoreboard
from tcpchaos.sim.tcp.settings import Keepalive, Settings
from tcpchaos.sim.tcp.states import Move, State
from tcpchaos.wire import Packet

# A timer that does not run is due then: comparing two numbers is all that a look at five timers costs.
NEVER: Final = 1 << 62
MOST_SHIFT: Final = 14  # RFC 7323, section 2.3
_HEADERS: Final = {4: 40, 16: 60}  # of IP and TCP without options, by the length of an address
_DEFAULT_MSS: Final = {4: 536, 16: 1220}  # RFC 9293, section 3.7.1
TIMESTAMPS_OCTETS: Final = 12  # with two NOPs before them (RFC 7323, appendix A)


class Block:
    """The transmission control block.

    `snd_nxt` is one past the highest number ever sent; `snd_at` is where the next segment begins, which after a
    timeout lies before it. `snd_end` is one past the last octet that the application has handed over: there stands the
    FIN once `closing`.
    """

    congestion_control = Reno
    estimator = Rto
    reassembly = Reassembly
    scoreboard = Scoreboard

    __slots__ = (
        "_out",
        "ack_now",
        "arrived",
        "arriving_reset",
        "bytes_acked",
        "bytes_received",
        "challenged_at",
        "closing",
        "congestion",
        "delayed_ack_at",
        "delayed_segments",
        "dup_acks",
        "dup_range",
        "error",
        "fin_received",
        "high_resent",
        "irs",
        "iss",
        "keepalive",
        "keepalive_at",
        "keepalive_probes",
        "last_ack_sent",
        "last_heard",
        "last_sent",
        "local",
        "max_snd_wnd",
        "moves",
        "nodelay",
        "now",
        "orphan",
        "passive",
        "peer_fin",
        "peer_scales",
        "persist_at",
        "persist_probes",
        "probes_unanswered",
        "queue",
        "rcv_adv",
        "rcv_nxt",
        "rcv_shift",
        "rcv_up",
        "recover",
        "recovering",
        "remote",
        "resent_at",
        "retries",
        "rto",
        "rto_at",
        "sack_ok",
        "sacked",
        "segments_received",
        "segments_sent",
        "settings",
        "snd_at",
        "snd_end",
        "snd_mss",
        "snd_nxt",
        "snd_shift",
        "snd_una",
        "snd_up",
        "snd_wl1",
        "snd_wl2",
        "snd_wnd",
        "soft_error",
        "state",
        "syn_resent",
        "timed",
        "total_retransmits",
        "ts_ok",
        "ts_recent",
        "ts_recent_at",
        "unread",
        "urgent_told",
        "waiting_at",
    )

    def __init__(
        self, *, local: tuple[bytes, int], remote: tuple[bytes, int], iss: int, settings: Settings, now_us: int
    ) -> None:
        self.local = local
        self.remote = remote
        self.settings = settings
        self.state = State.CLOSED
        self.moves: list[Move] = []  # of its own accord or because of what arrived, from the first on
        self.arriving_reset = False  # what is being taken in is a reset
        self.passive = False
        self.orphan = False  # the application has let go of both halves
        self.error: str | None = None
        self.soft_error = False
        self.now = now_us
        self._out: list[Packet] = []
        # What is sent.
        self.iss = iss
        self.snd_una = iss
        self.snd_nxt = iss
        self.snd_at = iss
        self.snd_end = add(iss, 1)
        self.snd_up: int | None = None  # one past the last urgent octet
        self.snd_wnd = 0
        self.max_snd_wnd = 0
        self.snd_wl1 = 0
        self.snd_wl2 = 0
        self.snd_shift = 0
        self.snd_mss = _DEFAULT_MSS[len(local[0])]
        self.queue = bytearray()  # octets from SND.UNA on, sent or not
        self.closing = False  # a FIN follows what is queued
        self.nodelay = settings.nodelay
        # What was lost, and how fast to go on.
        self.rto = self.estimator(settings.rto_initial_us, settings.rto_min_us, settings.rto_max_us)
        self.congestion = self.congestion_control(self.snd_mss, settings.initial_window)
        self.sacked = self.scoreboard()
        self.timed: tuple[int, int] | None = None  # the number whose acknowledgment is waited for, and since when
        self.resent_at: int | None = None  # when something was last sent again
        self.dup_acks = 0
        self.recovering = False
        self.recover = iss  # one past the highest number sent when the last recovery began (RFC 6582)
        self.high_resent = iss  # one past the highest number sent again in this recovery (RFC 6675, HighRxt)
        self.retries = 0
        self.syn_resent = False
        self.total_retransmits = 0
        # What is received.
        self.irs = 0
        self.rcv_nxt = 0
        self.rcv_adv = 0  # the rightmost edge that was ever offered
        self.rcv_up: int | None = None  # one past the last urgent octet that the peer told of
        self.urgent_told = False
        self.rcv_shift = 0
        self.arrived = bytearray()  # in order, not read yet
        self.unread = self.reassembly()
        self.peer_fin: int | None = None  # its number, once it is known
        self.fin_received = False  # with everything before it
        self.ack_now = False
        self.delayed_segments = 0  # that arrived in order since the last acknowledgment
        self.last_ack_sent = 0
        self.dup_range: tuple[int, int] | None = None  # to be reported as received twice (RFC 2883)
        # Options that were agreed on.
        self.peer_scales = False
        self.sack_ok = False
        self.ts_ok = False
        self.ts_recent = 0
        self.ts_recent_at: int | None = None
        # Timers.
        self.rto_at = NEVER
        self.persist_at = NEVER
        self.delayed_ack_at = NEVER
        self.keepalive_at = NEVER
        self.waiting_at = NEVER  # TIME-WAIT, or FIN-WAIT-2 without an application
        self.keepalive: Keepalive | None = settings.keepalive
        self.keepalive_probes = 0
        self.persist_probes = 0
        self.probes_unanswered = 0
        self.challenged_at: int | None = None
        self.last_heard = now_us
        self.last_sent = now_us
        # Counted without end, as sequence numbers are not: the own SYN, octets and FIN; the peer's octets and FIN.
        self.bytes_acked = 0
        self.bytes_received = 0
        self.segments_received = 0
        self.segments_sent = 0

    # The circle.

    def distance(self, number: int, start: int) -> int:
        """How far the number lies behind `start`, negative where it lies before it (RFC 9293, section 3.4)."""
        return diff(number, start)

    # What an application asks.

    @property
    def readable(self) -> int:
        """How many octets can be read."""
        return len(self.arrived)

    @property
    def writable(self) -> int:
        """How many octets the send buffer has room for."""
        return max(self.settings.send_buffer - len(self.queue), 0)

    @property
    def done(self) -> bool:
        """Whether it is in CLOSED, and may be forgotten."""
        return self.state is State.CLOSED

    @property
    def ended(self) -> bool:
        """Whether the peer's FIN was reached: once everything is read, the stream is at its end."""
        return self.fin_received

    @property
    def urgent(self) -> int | None:
        """How many readable and coming octets there are up to the end of the urgent ones, None without any ahead."""
        if self.rcv_up is None:
            return None
        ahead = diff(self.rcv_up, self.rcv_nxt) + len(self.arrived)
        return ahead if ahead > 0 else None

    # Sizes.

    def own_mss(self) -> int:
        """The longest segment, options included, that fits into a packet here (RFC 9293, section 3.7.1)."""
        fits = self.settings.mtu - _HEADERS[len(self.local[0])]
        return fits if self.settings.mss is None else min(self.settings.mss, fits)

    def mss_to_announce(self) -> int:
        """The MSS option of a SYN."""
        return self.own_mss()

    def mss_to_use(self, announced: int | None) -> int:
        """The longest segment to send, options included (RFC 9293, section 3.7.1, MUST-15 and MUST-16)."""
        peers = announced or _DEFAULT_MSS[len(self.local[0])]
        return min(peers, self.own_mss())

    def usual_payload(self) -> int:
        """How many octets a full segment carries that has nothing but timestamps beside them."""
        return max(self.snd_mss - (TIMESTAMPS_OCTETS if self.ts_ok else 0), 1)

    # What is under way.

    @property
    def fin_seq(self) -> int:
        """Where the own FIN stands or will stand."""
        return self.snd_end

    @property
    def snd_top(self) -> int:
        """One past the last number that is to be sent, the FIN's included."""
        return add(self.snd_end, 1) if self.closing else self.snd_end

    @property
    def fin_sent(self) -> bool:
        """Whether the own FIN was sent."""
        return self.closing and diff(self.snd_nxt, self.snd_end) > 0

    @property
    def fin_acked(self) -> bool:
        """Whether the own FIN was acknowledged."""
        return self.closing and diff(self.snd_una, self.snd_end) > 0

    def octets_at(self, seq: int, size: int) -> bytes:
        """The octets of the own stream from `seq` on; a retransmitted one is what it was the first time."""
        at = diff(seq, self.stream_una())
        return bytes(self.queue[at : at + size])

    def stream_una(self) -> int:
        """The number of the first octet that is still queued."""
        return add(self.iss, 1) if self.snd_una == self.iss else self.snd_una
