"""Broken endpoints that are wrong about what they send again: which octets, how often, and when."""

from tcpchaos.seq import add, diff
from tcpchaos.sim.mutants import mutant
from tcpchaos.sim.tcp import Tcp


@mutant("resends-another-octet", rule="RT-01", plan="server data#1: drop")
class ResendsAnotherOctet(Tcp):
    """Sends another octet when it has to send the same one again."""

    def octets_at(self, seq: int, size: int) -> bytes:
        """Return the octets of the own stream, the last of them changed once anything was sent again."""
        octets = super().octets_at(seq, size)
        return octets[:-1] + bytes((octets[-1] ^ 1,)) if self.total_retransmits and octets else octets


@mutant("resends-from-the-border", rule="RT-01", plan="server data#3: truncate 700", workload="bulk-down")
class ResendsFromTheBorder(Tcp):
    """Sends again, where a part of a segment was acknowledged, the octets of the segment behind it.

    Linux has collapsed segments across such a border in its retransmission queue.
    """

    def octets_at(self, seq: int, size: int) -> bytes:
        """Look octets up by segments unless they are sent for the first time."""
        size_of_each = self.usual_payload()
        begun = diff(seq, add(self.iss, 1)) % size_of_each
        if not begun or add(seq, size) == self.snd_nxt:
            return super().octets_at(seq, size)
        return super().octets_at(add(seq, size_of_each - begun), size)


@mutant(
    "trusts-sack",
    rule="RT-01",
    plan="server data#2: truncate 700\nserver data#1 again: drop",
    workload="bulk-down",
)
class TrustsSack(Tcp):
    """Throws away what was reported by SACK, as if it had been acknowledged (RFC 2018, section 8)."""

    def timed_out(self) -> None:
        """Find nothing there when it has to be sent again."""
        una = self.stream_una()
        for left, right in self.sacked.ranges:
            self.queue[diff(left, una) : diff(right, una)] = bytes(diff(right, left))
        super().timed_out()
