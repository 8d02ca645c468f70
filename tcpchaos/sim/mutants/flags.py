"""Broken endpoints that set control bits which they must not, or leave out those that they must."""

from tcpchaos.seq import add
from tcpchaos.sim.mutants import mutant
from tcpchaos.sim.tcp import Tcp
from tcpchaos.wire import ACK, FIN, RST, SYN, Packet


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
