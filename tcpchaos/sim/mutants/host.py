"""Broken hosts: what they answer where there is no connection, how they choose numbers, what they forget."""

from tcpchaos.seq import add
from tcpchaos.sim.host import Host, Listener
from tcpchaos.sim.mutants import mutant
from tcpchaos.sim.tcp import Tcp
from tcpchaos.wire import ACK, RST, Packet


@mutant("listens-to-anything", rule="HS-02", plan="client syn#1: flags=fin")
class ListensToAnything(Host):
    """Begins a connection in LISTEN with any segment, as if it were a SYN."""

    def begins(self, packet: Packet) -> bool:
        """Let anybody in."""
        return True


@mutant("acks-for-nobody", rule="HS-19", plan="client syn#1: flags=ack")
class AcksForNobody(Host):
    """Answers a segment for which there is no connection with an acknowledgment."""

    def answer_for_nobody(self, packet: Packet) -> None:
        """Say what would be right in a connection."""
        self._reply(packet, seq=packet.ack, flags=ACK, ack=packet.seq)


@mutant("resets-with-zero", rule="RS-05", plan="client syn#1: flags=ack, ack=4711")
class ResetsWithZero(Host):
    """Resets what belongs to no connection with number 0, even where the segment acknowledges something."""

    def answer_for_nobody(self, packet: Packet) -> None:
        """Leave the number out."""
        if not packet.flags & RST:
            self._reply(packet, seq=0, flags=RST)


@mutant("plays-dead", rule="HS-12", plan="client syn#1: flags=ack, ack=4711")
class PlaysDead(Host):
    """Answers nothing that belongs to no connection."""

    def is_answered(self, packet: Packet) -> bool:
        """Show nobody that it is there."""
        return False


@mutant("hears-no-syn", rule="HS-11")
class HearsNoSyn(Host):
    """Answers no SYN, as if the queue of connections were always full."""

    def has_room(self, listener: Listener) -> bool:
        """Have none."""
        return False


@mutant("stops-listening", rule="AP-02", plan="server syn-ack#1: inject to server rst seq=rcv.nxt")
class StopsListening(Host):
    """Listens no more once a half-open connection was reset."""

    def _grow_up(self, tcp: Tcp) -> None:
        if tcp.done:
            self._listeners.pop(tcp.local[1])
        super()._grow_up(tcp)


@mutant("numbers-in-steps", rule="HS-16", workload="many-connections")
class NumbersInSteps(Host):
    """Begins each connection 64,000 numbers after the one before (of this kind: NUMBER:JACK, nine stacks, 2021)."""

    last = 0

    def isn(self, key: bytes, now_us: int) -> int:
        """Go on from the last one."""
        self.last = add(self.last, 64_000)
        return self.last


@mutant(
    "reopens-for-an-old-syn",
    rule="TD-07",
    plan="on server=time-wait: inject to server syn seq=rcv.nxt-1000",
    workload="half-close-server",
)
class ReopensForAnOldSyn(Host):
    """Takes any SYN in TIME-WAIT for one that opens another connection, though it may be an old one that was late."""

    def reopens(self, before: Tcp, packet: Packet) -> bool:
        """Ask only whether somebody listens."""
        return self.intact(packet) and packet.dport in self._listeners


@mutant(
    "reopens-among-its-old-numbers",
    rule="TD-32",
    plan="on server=time-wait: inject to server syn seq=rcv.nxt+1000",
    workload="half-close-server",
)
class ReopensAmongItsOldNumbers(Host):
    """Begins a connection in the place of one in TIME-WAIT with a number that it has just used."""

    def reopened_isn(self, before: Tcp) -> int:
        """Begin where the one before ended, and not beyond."""
        return add(before.snd_nxt, -1)
