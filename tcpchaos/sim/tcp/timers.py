"""The timers of a connection, and what happens when one of them goes off."""

from tcpchaos.seq import add
from tcpchaos.sim.tcp.arrival import Arrival
from tcpchaos.sim.tcp.block import NEVER
from tcpchaos.sim.tcp.states import State


class Timers(Arrival):
    """Retransmission, persist, delayed acknowledgment, keepalive, and the waiting at the end."""

    __slots__ = ()

    def due(self) -> int | None:
        """Return when `advance` is to be called, in microseconds, None while no timer runs."""
        at = min(self.rto_at, self.persist_at, self.delayed_ack_at, self.keepalive_at, self.waiting_at)
        return None if at == NEVER else at

    def advance(self, now_us: int) -> None:
        """Do what is due by now."""
        self.now = now_us
        if self.waiting_at <= now_us:
            self.waited()
            return
        if self.rto_at <= now_us:
            self.rto_at = NEVER
            self._on_retransmission_timeout()
        if self.persist_at <= now_us:
            self.persist_at = NEVER
            self._on_persist_timeout()
        if self.delayed_ack_at <= now_us:
            self.delayed_ack_at = NEVER
            self.ack_now = True
        if self.keepalive_at <= now_us:
            self.keepalive_at = NEVER
            self._on_silence()
        if not self.done:
            self.output()

    def waited(self) -> None:
        """Forget the connection: TIME-WAIT is over, or the peer of an orphan does not close (section 3.6.1)."""
        self.end()

    # Retransmission.

    def most_retries(self) -> int:
        """How often the same thing is sent again before the connection is given up: R2 (section 3.8.3)."""
        settings = self.settings
        if self.state is State.SYN_SENT:
            return settings.syn_retries
        if self.state is State.SYN_RECEIVED:
            return settings.synack_retries
        return settings.orphan_retries if self.orphan else settings.retries

    def gives_up(self) -> bool:
        """Tell whether it was sent again often enough."""
        return self.retries > self.most_retries()

    def _on_retransmission_timeout(self) -> None:
        self.retries += 1
        if self.gives_up():
            self.give_up()
        elif self.state in (State.SYN_SENT, State.SYN_RECEIVED):
            self.resend_syn()
        else:
            self.timed_out()
            if self.usable_window(self.snd_at) <= 0:
                self._on_persist_timeout()

    def resend_syn(self) -> None:
        """Send the SYN or the SYN-ACK again and wait twice as long (RFC 9293, section 3.8.3, MUST-22)."""
        self.rto.back_off()
        self.syn_resent = True
        self.timed = None
        self.total_retransmits += 1
        self.send_syn()
        self.rto_at = self.now + self.rto.current_us()

    # Persist.

    def _on_persist_timeout(self) -> None:
        if self.usable_window(self.snd_at) > 0:
            self.push_out()
            return
        self.probes_unanswered += 1
        if self.stops_probing():
            self.give_up()
            return
        self.probe()
        self.persist_at = self.now + self.persist_us()

    def stops_probing(self) -> bool:
        """Tell whether a closed window is taken for the end: never while probes are answered (MUST-37).

        But nobody waits for the octets of an orphan, and whoever keeps its window closed for ever keeps a connection
        (RFC 6429).
        """
        if self.orphan and self.persist_probes >= self.settings.orphan_retries:
            return True
        return self.probes_unanswered > self.settings.retries

    # Keepalive.

    def _on_silence(self) -> None:
        keepalive = self.keepalive
        if keepalive is None or self.state in (State.TIME_WAIT, State.SYN_SENT, State.SYN_RECEIVED):
            return
        quiet_until = self.last_heard + keepalive.idle_us
        if not self.is_idle() or (not self.keepalive_probes and quiet_until > self.now):
            self.keepalive_at = max(quiet_until, self.now + keepalive.interval_us)
        elif self.keepalive_probes >= keepalive.count:
            self.give_up()
        else:
            self.keepalive_probes += 1
            self.send_keepalive()
            self.keepalive_at = self.now + keepalive.interval_us

    def is_idle(self) -> bool:
        """Tell whether nothing of this side is under way: otherwise other timers watch (section 3.8.4, MUST-27)."""
        return self.snd_una == self.snd_nxt and not self.queue

    def send_keepalive(self) -> None:
        """Send an acknowledgment with a number that the peer has left behind, which it answers (section 3.8.4)."""
        self.send_ack(add(self.snd_nxt, -1))
