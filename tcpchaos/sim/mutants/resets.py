"""Broken endpoints that are wrong about resets: which to send, which to believe, and what comes after one."""

from tcpchaos.sim.host import Host
from tcpchaos.sim.mutants import mutant
from tcpchaos.sim.tcp import Tcp
from tcpchaos.wire import Packet


@mutant(
    "answers-resets",
    rule="FL-11",
    plan="on server=closed after 1s: inject to server rst seq=snd.nxt",
    workload="abort-server",
)
class AnswersResets(Host):
    """Answers a reset for which there is no connection with another one."""

    def is_answered(self, packet: Packet) -> bool:
        """Answer everything."""
        return True


@mutant(
    "deaf-to-resets",
    rule="RS-01",
    plan="on server=established after 500ms: inject to server rst seq=rcv.nxt",
    workload="keepalive",
)
class DeafToResets(Tcp):
    """Goes on after a reset with exactly the number that is expected."""

    def is_exact_reset(self, packet: Packet) -> bool:
        """Believe none."""
        return False


@mutant("believes-any-in-window", rule="RS-02", plan="client data#2: inject to server rst seq=rcv.nxt+1")
class BelievesAnyInWindow(Tcp):
    """Believes a reset anywhere in its window, as RFC 793 had it (CVE-2004-0230)."""

    def is_exact_reset(self, packet: Packet) -> bool:
        """Ask for the window alone."""
        return self.is_reset_in_window(packet)


@mutant(
    "takes-a-reset-for-the-end",
    rule="RS-13",
    plan="on server=established after 500ms: inject to server rst seq=rcv.nxt",
    workload="keepalive",
)
class TakesAResetForTheEnd(Tcp):
    """Tells its application of a reset as if the peer had closed in good order."""

    def believe_reset(self) -> None:
        """Have it read the end of the stream."""
        self.fin_received = True
        self.end()
