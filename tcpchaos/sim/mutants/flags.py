"""Broken endpoints that set control bits which they must not, or leave out those that they must."""

from tcpchaos.seq import add
from tcpchaos.sim.mutants import mutant
from tcpchaos.sim.tcp import Tcp
from tcpchaos.wire import ACK, CWR, ECE, FIN, PSH, RST, SYN, URG, Packet


@mutant("data-without-ack", rule="SA-01")
class DataWithoutAck(Tcp):
    """Sends its data without the ACK bit."""

    def control_bits(self, seq: int, payload: bytes, fin: bool) -> int:
        """Set it only where nothing else is said."""
        bits = super().control_bits(seq, payload, fin)
        return bits & ~ACK if payload else bits


@mutant("aborts-with-fin", rule="FL-01", workload="abort-server")
class AbortsWithFin(Tcp):
    """Sets FIN beside RST when it aborts, to be on the safe side."""

    def send_abort(self) -> None:
        """Say both."""
        self.put(self.bare_seq(), RST | FIN | ACK, ack=self.ack_number())


@mutant("probes-without-flags", rule="FL-02", workload="keepalive")
class ProbesWithoutFlags(Tcp):
    """Sends keepalive probes that have no control bit set at all."""

    def send_keepalive(self) -> None:
        """Send a header and nothing else."""
        self.put(add(self.snd_nxt, -1), 0)


@mutant("fin-without-ack", rule="FL-03")
class FinWithoutAck(Tcp):
    """Sends its FIN without the ACK bit."""

    def control_bits(self, seq: int, payload: bytes, fin: bool) -> int:
        """Set one or the other."""
        bits = super().control_bits(seq, payload, fin)
        return bits & ~ACK if fin else bits


@mutant("fin-moves-on", rule="FL-09", plan="server fin#1: drop")
class FinMovesOn(Tcp):
    """Gives its FIN the next number when it is sent again."""

    def send_segment(self, seq: int, payload: bytes, fin: bool) -> None:
        """Number what is sent after the FIN."""
        super().send_segment(add(seq, fin and self.retries > 0), payload, fin)


@mutant("fin-on-every-last", rule="FL-09", workload="bulk-down")
class FinOnEveryLast(Tcp):
    """Puts its FIN on every segment that leaves once the application has closed, though more octets follow."""

    def send_segment(self, seq: int, payload: bytes, fin: bool) -> None:
        """Close as soon as it was asked for."""
        super().send_segment(seq, payload, fin or self.closing)


@mutant(
    "syn-ack-for-a-challenge",
    rule="FL-12",
    plan="on server=established after 900ms: inject to server syn seq=irs",
    workload="keepalive",
)
class SynAckForAChallenge(Tcp):
    """Answers a SYN in ESTABLISHED with its SYN-ACK again."""

    def take_syn(self, packet: Packet) -> None:
        """Take it for a SYN that was sent again because the answer was lost."""
        self.put(self.iss, SYN | ACK, ack=add(self.irs, 1), window=0xFFFF, options=self.syn_options(True))


@mutant("data-after-fin", rule="TD-02")
class DataAfterFin(Tcp):
    """Sends an octet with the number after its FIN when that is acknowledged."""

    def fin_was_acked(self) -> None:
        """Send another one."""
        self.send_segment(self.snd_nxt, b"x", fin=False)
        super().fin_was_acked()


@mutant("pushes-its-syn", rule="FL-04")
class PushesItsSyn(Tcp):
    """Sets PSH on its SYN-ACK, which carries nothing."""

    def emit(self, packet: Packet) -> None:
        """Push it."""
        super().emit(packet.replace(flags=packet.flags | PSH) if packet.flags & SYN else packet)


@mutant("leaves-octets-in-the-header", rule="FL-06", side="client")
class LeavesOctetsInTheHeader(Tcp):
    """Leaves something in the field for acknowledgments of its first SYN."""

    def emit(self, packet: Packet) -> None:
        """Show what memory held before."""
        super().emit(packet if packet.flags & ACK else packet.replace(ack=0xDEADBEEF))


@mutant("uses-reserved-bits", rule="FL-05")
class UsesReservedBits(Tcp):
    """Sets a bit of the header that is reserved."""

    def emit(self, packet: Packet) -> None:
        """Mark the own segments."""
        super().emit(packet.replace(reserved=4))


@mutant("urgent-about-nothing", rule="FL-07", workload="urgent")
class UrgentAboutNothing(Tcp):
    """Sets URG with a pointer of 0, so that the urgent data end before they begin.

    Whoever takes such a pointer for the end of something reads beyond the end of something else (CVE-2019-12255).
    """

    def emit(self, packet: Packet) -> None:
        """Point to the beginning of the segment."""
        super().emit(packet.replace(urgent=0) if packet.flags & URG else packet)


@mutant("takes-urgency-back", rule="FL-13", plan="server data#2: blackhole both for 500ms", workload="urgent")
class TakesUrgencyBack(Tcp):
    """Points, in a segment that it sends again, to an earlier end of the urgent data than before."""

    def urgent_pointer(self, seq: int) -> int:
        """Count from the segment, not from the data."""
        pointer = super().urgent_pointer(seq)
        return 1 if pointer and self.total_retransmits else pointer


@mutant("agrees-unasked", rule="FL-10")
class AgreesUnasked(Tcp):
    """Agrees to congestion notification in its SYN-ACK, though the SYN did not ask for it."""

    def emit(self, packet: Packet) -> None:
        """Be polite."""
        super().emit(packet.replace(flags=packet.flags | ECE) if packet.flags & SYN else packet)


@mutant("notifies-unasked", rule="FL-14")
class NotifiesUnasked(Tcp):
    """Sets CWR on data, though congestion notification was never agreed on."""

    def control_bits(self, seq: int, payload: bytes, fin: bool) -> int:
        """Say that the window was reduced."""
        return super().control_bits(seq, payload, fin) | CWR


@mutant("marks-its-syn", rule="FL-16", side="client")
class MarksItsSyn(Tcp):
    """Marks the packet with its SYN as one that routers may mark instead of dropping it."""

    def emit(self, packet: Packet) -> None:
        """Set ECT(0)."""
        super().emit(packet.replace(tos=2) if packet.flags & SYN else packet)


@mutant("sees-congestion-everywhere", rule="FL-17", plan="client syn: flags+=ece|cwr")
class SeesCongestionEverywhere(Tcp):
    """Agrees to congestion notification, and then tells of congestion that no packet has met."""

    def emit(self, packet: Packet) -> None:
        """Set ECE on everything."""
        super().emit(packet.replace(flags=packet.flags | ECE))
