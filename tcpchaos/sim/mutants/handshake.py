"""Broken endpoints that open connections which they must not, or open them wrongly."""

from tcpchaos.seq import add
from tcpchaos.sim.mutants import mutant
from tcpchaos.sim.tcp import State, Tcp
from tcpchaos.wire import ACK, RST, Packet


@mutant("acks-the-syn-itself", rule="HS-01")
class AcksTheSynItself(Tcp):
    """Acknowledges, in its SYN-ACK, the number of the SYN and not the one that follows."""

    def ack_number(self) -> int:
        """Forget that a SYN takes up a number."""
        return self.irs if self.state is State.SYN_RECEIVED else self.rcv_nxt


@mutant("opens-on-ack-alone", rule="HS-06", plan="server syn-ack#1: flags=ack", side="client")
class OpensOnAckAlone(Tcp):
    """Takes any acknowledgment of its SYN for the answer, though it comes without a SYN."""

    def _arrives_in_syn_sent(self, packet: Packet) -> None:
        if packet.flags & ACK and self.acks_syn(packet):
            self.learn_offer(packet)
            self.take_ack(packet)
            self.opened()
            self.ack_now = True


@mutant("new-number-when-crossed", rule="HS-07", workload="simultaneous-open")
class NewNumberWhenCrossed(Tcp):
    """Chooses another initial sequence number for its SYN-ACK when the two SYNs have crossed."""

    def send_syn(self) -> None:
        """Begin anew in SYN-RECEIVED."""
        if self.state is State.SYN_RECEIVED and not self.passive:
            self.iss = self.snd_una = add(self.iss, 64_000)
            self.snd_end = add(self.iss, 1)
        super().send_syn()


@mutant("opens-on-any-ack", rule="HS-08", plan="client ack#1: ack-=1", workload="bulk-down")
class OpensOnAnyAck(Tcp):
    """Enters ESTABLISHED and sends, whatever the first segment after the SYN acknowledges (FreeBSD D52934)."""

    def acks_syn(self, packet: Packet) -> bool:
        """Believe it."""
        return True


@mutant("scales-unasked", rule="HS-20", plan="client syn: remove wscale")
class ScalesUnasked(Tcp):
    """Offers window scaling in its SYN-ACK, though the SYN did not."""

    def shift_to_offer(self, ack: bool) -> int | None:
        """Offer it to everybody."""
        return self.settings.wscale


@mutant("timestamps-unasked", rule="HS-21", plan="client syn: remove TS")
class TimestampsUnasked(Tcp):
    """Offers timestamps in its SYN-ACK, though the SYN did not."""

    def syn_options(self, ack: bool) -> bytes:
        """Have them in any case."""
        options = super().syn_options(ack)
        return options if self.ts_ok or not ack else options + self.timestamps_option(0)


@mutant("ignores-crossed-syns", rule="HS-31", workload="simultaneous-open")
class IgnoresCrossedSyns(Tcp):
    """Knows no simultaneous open: a SYN in SYN-SENT leaves it cold (smoltcp pull request 1001)."""

    def _arrives_in_syn_sent(self, packet: Packet) -> None:
        if packet.flags & ACK:
            super()._arrives_in_syn_sent(packet)


@mutant("never-refuses", rule="HS-34", plan="server syn-ack#1: ack+=1000", side="client")
class NeverRefuses(Tcp):
    """Keeps silent in SYN-SENT when something else than its SYN is acknowledged."""

    def send_refusal(self, ack: int) -> None:
        """Leave the peer in its belief."""


@mutant("refuses-nothing-half-open", rule="HS-33", plan="client syn#1: remove TS\nclient ack#1: ack+=100")
class RefusesNothingHalfOpen(Tcp):
    """Keeps silent in SYN-RECEIVED when something else than its SYN-ACK is acknowledged."""

    def send_refusal(self, ack: int) -> None:
        """Leave the peer in its belief."""


@mutant("leaves-the-handshake-open", rule="HS-32", workload="bulk-down", side="client")
class LeavesTheHandshakeOpen(Tcp):
    """Does not acknowledge the SYN-ACK before it has something to say."""

    def opened(self) -> None:
        """Note when."""
        super().opened()
        self.challenged_at = self.now

    def send_ack(self, seq: int | None = None) -> None:
        """Wait for data, or at least a challenge."""
        if self.rcv_nxt != add(self.irs, 1):
            super().send_ack(seq)
        self.ack_now = False


@mutant(
    "silent-while-half-open",
    rule="HS-13",
    plan="client ack#1: delay 1s\nserver syn-ack#1: inject to server ack seq=rcv.nxt+10000000 ack=snd.nxt",
    workload="bulk-down",
)
class SilentWhileHalfOpen(Tcp):
    """Does not answer what lies outside of its window in SYN-RECEIVED."""

    def answer_unacceptable(self, packet: Packet) -> None:
        """Wait until it is open."""
        if self.state is not State.SYN_RECEIVED:
            super().answer_unacceptable(packet)


@mutant("asks-once", rule="HS-17", plan="client syn#1: drop", side="client")
class AsksOnce(Tcp):
    """Sends its SYN once and then waits."""

    def resend_syn(self) -> None:
        """Be patient."""


@mutant("answers-once", rule="RT-13", plan="server syn-ack#1: drop")
class AnswersOnce(Tcp):
    """Sends its SYN-ACK once and then waits."""

    def resend_syn(self) -> None:
        """Be patient."""


@mutant("answers-with-a-new-number", rule="HS-03", plan="server syn-ack#1: drop")
class AnswersWithANewNumber(Tcp):
    """Chooses another initial sequence number each time it sends its SYN-ACK."""

    def resend_syn(self) -> None:
        """Begin anew."""
        self.iss = self.snd_una = add(self.iss, 64_000)
        self.snd_end = add(self.iss, 1)
        super().resend_syn()


@mutant("refuses-with-its-own-number", rule="HS-04", plan="server syn-ack#1: ack+=1000", side="client")
class RefusesWithItsOwnNumber(Tcp):
    """Refuses a wrong answer to its SYN with a reset that its peer can't accept."""

    def send_refusal(self, ack: int) -> None:
        """Count from the own number."""
        super().send_refusal(add(self.iss, 77))


@mutant("bakes-unasked", rule="OP-32")
class BakesUnasked(Tcp):
    """Hands out a fast open cookie to a client that has not asked for one."""

    def syn_options(self, ack: bool) -> bytes:
        """Be generous."""
        return super().syn_options(ack) + b"\x22\x0acookies!\x01\x01"


@mutant(
    "dies-of-any-reset",
    rule="RS-19",
    plan="client syn#1: inject to client rst seq=4711",
    workload="simultaneous-open",
    side="client",
)
class DiesOfAnyReset(Tcp):
    """Takes a reset in SYN-SENT for a refusal, though it does not acknowledge the SYN."""

    def _arrives_in_syn_sent(self, packet: Packet) -> None:
        if packet.flags & RST:
            self.end("refused")
        else:
            super()._arrives_in_syn_sent(packet)
