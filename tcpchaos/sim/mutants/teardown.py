"""Broken endpoints that close wrongly, or do not notice that they were closed."""

from tcpchaos.seq import add, diff
from tcpchaos.sim.mutants import mutant
from tcpchaos.sim.tcp import State, Tcp, TcpError


@mutant(
    "never-acks-the-fin",
    rule="TD-03",
    plan="client fin#1: drop\nserver data: delay 300ms",
    workload="half-close-client",
)
class NeverAcksTheFin(Tcp):
    """Acknowledges all octets before a FIN and never the FIN."""

    def ack_number(self) -> int:
        """Leave the FIN out."""
        return add(self.rcv_nxt, -int(self.fin_received))


@mutant("deaf-after-its-fin", rule="TD-31", workload="half-close-client", side="client")
class DeafAfterItsFin(Tcp):
    """Takes in nothing any more once it has sent its own FIN."""

    def takes_text(self) -> bool:
        """Take its own end for the end."""
        return self.state is State.ESTABLISHED


@mutant("keeps-the-end-to-itself", rule="TD-41")
class KeepsTheEndToItself(Tcp):
    """Never tells its application that the peer has closed."""

    def receive(self, most: int, now_us: int) -> bytes | None:
        """Have it wait for more."""
        return super().receive(most, now_us) or None


@mutant("mute-once-its-peer-has-closed", rule="RS-43", workload="half-close-client")
class MuteOnceItsPeerHasClosed(Tcp):
    """Takes nothing from its application any more once the peer has closed, as if it had gone."""

    def send(self, octets: bytes, now_us: int, *, urgent: bool = False) -> int:
        """Say that nobody listens."""
        if self.fin_received:
            raise TcpError("pipe")
        return super().send(octets, now_us, urgent=urgent)


@mutant("closes-before-the-rest", rule="TD-01", workload="bulk-down")
class ClosesBeforeTheRest(Tcp):
    """Sends its FIN at once when its application closes, and forgets what it has not sent yet."""

    def shutdown(self, now_us: int) -> None:
        """Throw away what is queued."""
        if not self.closing and self.state is State.ESTABLISHED:
            del self.queue[diff(self.snd_nxt, self.snd_una) :]
            self.snd_end = self.snd_nxt
        super().shutdown(now_us)


@mutant(
    "leaves-at-once",
    rule="ST-14",
    plan="server fin#1: duplicate 1 after 2s",
    workload="keepalive",
    side="client",
)
class LeavesAtOnce(Tcp):
    """Does not wait in TIME-WAIT, though it closed first."""

    def wait_out(self) -> None:
        """Wait for a microsecond."""
        super().wait_out()
        self.waiting_at = self.now + 1
