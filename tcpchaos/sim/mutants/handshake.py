"""Broken endpoints that open connections which they must not, or open them wrongly."""

from tcpchaos.seq import add
from tcpchaos.sim.mutants import mutant
from tcpchaos.sim.tcp import State, Tcp
from tcpchaos.wire import ACK, Packet


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
