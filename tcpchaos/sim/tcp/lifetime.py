"""From one state to the next: what opens a connection, what closes it, and what ends it (RFC 9293, section 3.10)."""

from typing import Final

from tcpchaos.seq import add
from tcpchaos.sim.tcp.block import MOST_SHIFT, NEVER, TIMESTAMPS_OCTETS
from tcpchaos.sim.tcp.segments import Segments
from tcpchaos.sim.tcp.states import TELLS_OF_ABORT, Move, State
from tcpchaos.wire import ACK, Packet

_TWO: Final = 2  # maximum segment lifetimes


class Lifetime(Segments):
    """Moves a connection through its states; who calls it knows why."""

    __slots__ = ()

    def enter(self, state: State) -> None:
        """Be in this state from now on."""
        before = self.state
        if before is not state:
            self.state = state
            self.moves.append(Move(self.now, before, state, self.arriving_reset))

    # Opening.

    def learn_offer(self, packet: Packet) -> None:
        """Take over what the peer's SYN says: its initial number, its options, its window (never shifted)."""
        settings = self.settings
        self.irs = packet.seq
        self.rcv_nxt = add(packet.seq, 1)
        self.rcv_adv = add(self.rcv_nxt, self.window_field(self.free(), syn=True))
        self.last_ack_sent = self.rcv_nxt
        self.snd_mss = self.mss_to_use(packet.mss)
        self.agree_on_scale(packet.wscale)
        self.sack_ok = settings.sack and packet.sack_permitted
        stamps = packet.timestamps
        self.ts_ok = settings.timestamps and stamps is not None and self.fits_timestamps(packet)
        if stamps is not None:
            self.ts_recent, self.ts_recent_at = stamps[0], self.now
        self.snd_wnd = self.max_snd_wnd = packet.window
        self.snd_wl1 = packet.seq
        self.snd_wl2 = self.snd_una
        self.congestion = self.congestion_control(self.snd_mss, settings.initial_window)

    def fits_timestamps(self, packet: Packet) -> bool:
        """Tell whether timestamps leave room for data in what the peer takes; a SYN-ACK has agreed to them."""
        return bool(packet.flags & ACK) or self.snd_mss > TIMESTAMPS_OCTETS

    def agree_on_scale(self, peers: int | None) -> None:
        """Shift windows where both SYNs offer that, by no more than 14 bits (RFC 7323, section 2.3)."""
        own = self.own_shift()
        self.peer_scales = peers is not None
        if own is not None and peers is not None:
            self.rcv_shift = own
            self.snd_shift = min(peers, MOST_SHIFT)

    def opened(self) -> None:
        """Enter ESTABLISHED: the own SYN was acknowledged."""
        self.enter(State.FIN_WAIT_1 if self.closing else State.ESTABLISHED)
        self.rto_at = NEVER
        self.retries = 0
        if self.syn_resent:
            self.congestion.syn_was_lost()
            if self.rto.srtt_us is None:
                self.rto.forget_syn()
        self.watch_silence()

    def watch_silence(self) -> None:
        """Start the keepalive timer where one is wanted (RFC 9293, section 3.8.4)."""
        self.keepalive_probes = 0
        self.keepalive_at = NEVER if self.keepalive is None else self.now + self.keepalive.idle_us

    # Closing.

    def peer_has_closed(self) -> None:
        """Enter the state that follows upon the peer's FIN (section 3.10.7.4, eighth)."""
        if self.state is State.ESTABLISHED:
            self.enter(State.CLOSE_WAIT)
        elif self.state is State.FIN_WAIT_1:
            self.enter(State.CLOSING)
        elif self.state is State.FIN_WAIT_2:
            self.wait_out()

    def fin_was_acked(self) -> None:
        """Enter the state that follows upon the acknowledgment of the own FIN (section 3.10.7.4, fifth)."""
        if self.state is State.FIN_WAIT_1:
            self.enter(State.FIN_WAIT_2)
            self.rto_at = self.persist_at = NEVER
            self.limit_fin_wait_2()
        elif self.state is State.CLOSING:
            self.wait_out()
        elif self.state is State.LAST_ACK:
            self.end()

    def limit_fin_wait_2(self) -> None:
        """Wait for the peer's FIN only so long where no application is left to read."""
        if self.orphan and self.state is State.FIN_WAIT_2:
            self.waiting_at = self.now + self.settings.fin_wait_2_us

    def wait_out(self) -> None:
        """Enter TIME-WAIT, or begin to wait anew (section 3.6.1, MUST-13)."""
        self.enter(State.TIME_WAIT)
        self.rto_at = self.persist_at = self.keepalive_at = NEVER
        self.waiting_at = self.now + _TWO * self.settings.msl_us

    # Ending.

    def end(self, error: str | None = None) -> None:
        """Enter CLOSED, and remember what the application is to be told; what it has not read yet it still may."""
        self.enter(State.CLOSED)
        if self.error is None:
            self.error = error
        self.rto_at = self.persist_at = self.delayed_ack_at = self.keepalive_at = self.waiting_at = NEVER
        self.queue.clear()
        self.unread.clear()
        self.ack_now = False
        if self.orphan:
            self.arrived.clear()

    def give_up(self) -> None:
        """End because nothing was heard for too long (RFC 9293, section 3.8.3, R2)."""
        self.end("unreachable" if self.soft_error else "timeout")

    def reset(self, error: str | None) -> None:
        """End, and tell the peer where it may not know yet (section 3.10.5)."""
        if self.tells_of_abort():
            self.send_abort()
        self.end(error)

    def tells_of_abort(self) -> bool:
        """Tell whether an abort in this state sends a reset."""
        return self.state in TELLS_OF_ABORT
