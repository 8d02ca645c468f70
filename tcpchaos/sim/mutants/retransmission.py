"""Broken endpoints that are wrong about what they send again: which octets, how often, and when."""

from tcpchaos.seq import add, diff
from tcpchaos.sim.mutants import mutant
from tcpchaos.sim.tcp import Tcp
from tcpchaos.sim.tcp.rto import Rto


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


class _Steady(Rto):
    """A timeout that never grows."""

    __slots__ = ()

    def back_off(self) -> None:
        """Wait as long as before."""


class _Hasty(_Steady):
    """A timeout of two milliseconds."""

    __slots__ = ()

    def current_us(self) -> int:
        """Wait for two ticks of a clock."""
        return 2_000


@mutant("never-backs-off", rule="RT-03", plan="server data#1: blackhole both for 5s")
class NeverBacksOff(Tcp):
    """Waits after each timeout as long as before the first."""

    estimator = _Steady


@mutant("storms", rule="RT-12", plan="server data#1: blackhole both for 100ms")
class Storms(Tcp):
    """Sends again every other millisecond, and never waits any longer (Linux did at a shut window: CVE-2024-41007)."""

    estimator = _Hasty

    def most_retries(self) -> int:
        """Never give up."""
        return 1000


class _Impatient(Rto):
    """A first timeout of a tenth of a second."""

    __slots__ = ()

    def current_us(self) -> int:
        """Expect an answer from next door."""
        return 100_000 << self.backoff


@mutant("asks-too-soon", rule="RT-05", plan="client syn#1: drop", side="client")
class AsksTooSoon(Tcp):
    """Sends its SYN again after a tenth of a second."""

    estimator = _Impatient


@mutant("sends-old-octets-again", rule="RT-06", workload="keepalive")
class SendsOldOctetsAgain(Tcp):
    """Sends its last segment again, long acknowledged, to see whether its peer is alive."""

    last = (0, b"")

    def send_segment(self, seq: int, payload: bytes, fin: bool) -> None:
        """Keep a copy of it."""
        self.last = seq, payload
        super().send_segment(seq, payload, fin)

    def send_keepalive(self) -> None:
        """Send the copy."""
        super().send_segment(*self.last, fin=False)


@mutant("probes-with-garbage", rule="TL-04", workload="keepalive")
class ProbesWithGarbage(Tcp):
    """Has an octet in its keepalive probes, as BSD once had."""

    def send_keepalive(self) -> None:
        """Send an octet that was acknowledged before."""
        self.send_segment(add(self.snd_nxt, -1), b"\x00", fin=False)


@mutant("says-it-again-and-again", rule="TL-06", workload="keepalive")
class SaysItAgainAndAgain(Tcp):
    """Sends its acknowledgment every ten milliseconds, whether or not anything comes."""

    def _acknowledged(self) -> None:
        super()._acknowledged()
        self.delayed_ack_at = self.now + 10_000
