"""Broken endpoints whose timers do not run, run for too long, or go off when nothing is due."""

from tcpchaos.sim.mutants import mutant
from tcpchaos.sim.tcp import State, Tcp
from tcpchaos.sim.tcp.block import NEVER
from tcpchaos.wire import Packet


@mutant("forgets-the-timer-in-close-wait", rule="RT-02", plan="server data#1-10: drop", workload="half-close-client")
class ForgetsTheTimerInCloseWait(Tcp):
    """Has no retransmission timer in CLOSE-WAIT (utcp, found by netsem)."""

    def set_timers(self) -> None:
        """Take the sending for over."""
        if self.state is not State.CLOSE_WAIT:
            super().set_timers()


@mutant("sends-its-fin-once", rule="RT-11", plan="server fin#1: drop")
class SendsItsFinOnce(Tcp):
    """Has no retransmission timer once its FIN was sent."""

    def set_timers(self) -> None:
        """Trust that a FIN arrives."""
        if not self.fin_sent:
            super().set_timers()


@mutant("never-recovers-fast", rule="RT-08", plan="any any: delay 150ms\nserver data#5: drop", workload="bulk-down")
class NeverRecoversFast(Tcp):
    """Waits for the timeout, however many duplicate acknowledgments tell of a loss."""

    def shows_loss(self) -> bool:
        """See nothing but what is late."""
        return False


@mutant("never-probes", rule="WF-04", plan="client syn: remove wscale\nclient ack#6: drop", workload="slow-reader")
class NeverProbes(Tcp):
    """Waits at a closed window until its peer says that it is open."""

    def persist_timer_runs(self) -> bool:
        """Be patient."""
        return super().persist_timer_runs() and self.usable_window(self.snd_at) > 0


@mutant("nagles-for-ever", rule="RT-31")
class NaglesForEver(Tcp):
    """Sends nothing before it fills a segment."""

    def holds_back(self, size: int, queued: int, limit: int) -> bool:
        """Wait for more."""
        return size < limit

    def push_out(self) -> None:
        """Go on waiting."""


@mutant("acks-when-it-likes", rule="TL-01", plan="server data#1-2 again: drop", workload="keepalive", side="client")
class AcksWhenItLikes(Tcp):
    """Delays its acknowledgments by two seconds."""

    def delay_ack_us(self) -> int:
        """Take four times as long as is allowed."""
        return 2_000_000


@mutant("acks-only-at-leisure", rule="SA-14", plan="any any: delay 150ms", workload="bulk-up")
class AcksOnlyAtLeisure(Tcp):
    """Acknowledges nothing before its timer for acknowledgments goes off."""

    def acks_at_once(self, packet: Packet, in_order: bool, joined: bool) -> bool:
        """Never hurry."""
        return False

    def tells_of_window(self) -> bool:
        """Keep the window to itself, too."""
        return False

    def delay_ack_us(self) -> int:
        """Take as long as is allowed."""
        return 490_000


@mutant("loses-patience", rule="RT-10", plan="server data#1: blackhole both for 5s")
class LosesPatience(Tcp):
    """Gives a connection up after two retransmissions."""

    def most_retries(self) -> int:
        """Try twice."""
        return 2


@mutant(
    "gives-up-on-shut-windows",
    rule="WF-06",
    plan="client syn: remove wscale\non server=established after 900ms: blackhole client for 20s",
    workload="slow-reader",
)
class GivesUpOnShutWindows(Tcp):
    """Gives a connection up whose peer answers the first probe with a closed window."""

    def stops_probing(self) -> bool:
        """Probe once."""
        return self.persist_probes > 0


@mutant("never-reopens", rule="WF-13", plan="client syn#1: remove wscale", workload="slow-reader", side="client")
class NeverReopens(Tcp):
    """Never opens a window again that was closed once (Linux lost it in a memory squeeze)."""

    def worth_opening(self, octets: int) -> bool:
        """Leave it closed."""
        return self.offered() > 0 and super().worth_opening(octets)


@mutant("stays-in-last-ack", rule="TL-03", plan="client ack#1 when client=time-wait: drop")
class StaysInLastAck(Tcp):
    """Has no timer in LAST-ACK, and stays there for ever (CVE-2015-5358)."""

    def set_timers(self) -> None:
        """Take all for done."""
        if self.state is State.LAST_ACK:
            self.rto_at = self.persist_at = NEVER
        else:
            super().set_timers()
