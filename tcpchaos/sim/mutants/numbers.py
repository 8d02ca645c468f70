"""Broken endpoints whose numbers are wrong: what they acknowledge, where their segments begin, how they count."""

from tcpchaos.seq import add, diff
from tcpchaos.sim.mutants import mutant
from tcpchaos.sim.tcp import State, Tcp
from tcpchaos.wire import ACK, Packet


@mutant("acks-one-too-many", rule="SA-02")
class AcksOneTooMany(Tcp):
    """Acknowledges one octet more than has arrived."""

    def ack_number(self) -> int:
        """Count the octet that is expected next as received."""
        return add(self.rcv_nxt, self.state is State.ESTABLISHED)


@mutant("acks-beyond-a-hole", rule="SA-02", plan="client data#2: drop", workload="bulk-up")
class AcksBeyondAHole(Tcp):
    """Acknowledges the last octet that has arrived, whether or not those before it have."""

    def ack_number(self) -> int:
        """Go by what arrived last."""
        recent = self.unread.recent
        return recent[0].right if recent else self.rcv_nxt


@mutant("echoes-old-numbers", rule="SA-03", workload="keepalive")
class EchoesOldNumbers(Tcp):
    """Acknowledges a segment from the past with the number that it has, so that its acknowledgments go back."""

    def answer_unacceptable(self, packet: Packet) -> None:
        """Answer at once with the segment's own number."""
        self.put(
            self.bare_seq(),
            ACK,
            ack=packet.seq,
            window=self.window_field(self.window(), False),
            options=self.options(False),
        )


@mutant("probes-before-its-stream", rule="SA-06", workload="keepalive")
class ProbesBeforeItsStream(Tcp):
    """Sends its keepalive probes with a number before its initial one."""

    def send_keepalive(self) -> None:
        """Take a number that the peer can't be waiting for: any before the SYN."""
        self.send_ack(add(self.iss, -1))


@mutant("takes-acks-of-the-future", rule="SA-09", plan="client data#2: ack+=1000000")
class TakesAcksOfTheFuture(Tcp):
    """Takes in the octets of a segment that acknowledges what was never sent."""

    def acks_the_future(self, ack: int) -> bool:
        """Let any acknowledgment pass."""
        return False


@mutant("takes-text-without-ack", rule="SA-11", plan="client data#2: flags-=ack")
class TakesTextWithoutAck(Tcp):
    """Takes in the octets of a segment without the ACK bit."""

    def _takes_ack_bit(self, packet: Packet) -> bool:
        return not packet.flags & ACK or super()._takes_ack_bit(packet)


@mutant("acks-fin-early", rule="SA-15", plan="client data#2: drop", workload="half-close-client")
class AcksFinEarly(Tcp):
    """Acknowledges a FIN that arrives while octets before it are missing."""

    def ack_number(self) -> int:
        """Count the FIN as soon as its place is known."""
        return self.rcv_nxt if self.peer_fin is None else add(self.peer_fin, 1)


# With this seed the server's stream crosses 2^32 while its first window is closed.
@mutant("forgets-to-wrap", rule="SA-07", plan="seed 19420", workload="slow-reader")
class ForgetsToWrap(Tcp):
    """Works out the window that is left as if sequence numbers never wrapped at 2^32."""

    def usable_window(self, at: int) -> int:
        """Add and subtract as with any other number."""
        return self.snd_una + self.snd_wnd - at


@mutant("leaves-a-number-out", rule="SA-04")
class LeavesANumberOut(Tcp):
    """Counts an octet too many somewhere in the middle of its stream, and goes on from there."""

    def send_segment(self, seq: int, payload: bytes, fin: bool) -> None:
        """Be off by one behind the first thousand octets."""
        super().send_segment(add(seq, diff(seq, self.iss) > 1000), payload, fin)


@mutant("acks-from-its-beginning", rule="SA-05", workload="keepalive")
class AcksFromItsBeginning(Tcp):
    """Puts the number of its first octet on segments that only acknowledge."""

    def bare_seq(self) -> int:
        """Take a number that was certainly sent."""
        return add(self.iss, 1)


@mutant("believes-ghost-acks", rule="SA-10", plan="client data#2: ack=iss-300000")
class BelievesGhostAcks(Tcp):
    """Takes in octets with an acknowledgment from before its stream (CVE-2023-52881)."""

    def acks_the_past(self, ack: int) -> bool:
        """Take any old acknowledgment for one that came late."""
        return False
