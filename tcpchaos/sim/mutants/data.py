"""Broken endpoints whose application gets other octets than were sent, or fewer, or some that nobody has sent."""

from tcpchaos.seq import add, diff
from tcpchaos.sim.mutants import mutant
from tcpchaos.sim.tcp import State, Tcp
from tcpchaos.sim.tcp.reassembly import Reassembly
from tcpchaos.wire import Packet


@mutant("takes-damaged-segments", rule="DI-05", plan="client data#2: corrupt 0 0xff, checksum=bad")
class TakesDamagedSegments(Tcp):
    """Takes in segments whose checksum is wrong."""

    def is_intact(self, packet: Packet) -> bool:
        """Trust the link."""
        return True


@mutant("loses-what-it-acked", rule="DI-01", workload="bulk-up")
class LosesWhatItAcked(Tcp):
    """Acknowledges octets for which it has no buffer left, and throws them away."""

    def append(self, payload: bytes) -> bool:
        """Keep no more than a part of the buffer."""
        room = 16_384 - len(self.arrived)
        self.rcv_nxt = add(self.rcv_nxt, max(len(payload) - max(room, 0), 0))
        return super().append(payload[: max(room, 0)])


class _Careless(Reassembly):
    """Islands whose overlaps nobody looks at."""

    def take(self, nxt: int) -> bytes | bytearray:
        """Return the whole first island, even where its beginning is known already."""
        if not self.islands or diff(nxt, self.islands[0].left) < 0:
            return b""
        island = self.islands.pop(0)
        self.recent.remove(island)
        return island.octets[: len(island.octets) - diff(nxt, island.left)]


@mutant(
    "joins-without-looking",
    rule="DI-01",
    plan="client syn: remove sackOK\nclient data#2: truncate 700",
    workload="bulk-up",
)
class JoinsWithoutLooking(Tcp):
    """Appends what waited behind a hole from its first octet on, even where the hole is more than filled."""

    reassembly = _Careless


@mutant("hangs-up-on-the-reader", rule="TD-10", workload="slow-reader", side="client")
class HangsUpOnTheReader(Tcp):
    """Throws away what its application has not read yet when the peer closes."""

    def peer_has_closed(self) -> None:
        """Tidy up."""
        self.arrived.clear()
        super().peer_has_closed()


@mutant("reads-what-paws-refused", rule="DI-03", plan="client data#2: tsval-=1000, corrupt 0 0xff")
class ReadsWhatPawsRefused(Tcp):
    """Gives its application what came with a timestamp from the past, and acknowledges nothing of it."""

    def is_past(self, packet: Packet) -> bool:
        """Take it for what is waited for."""
        past = super().is_past(packet)
        if past:
            self.arrived += packet.payload
        return past


@mutant("reads-duplicates-twice", rule="DI-11", plan="client data#2: duplicate")
class ReadsDuplicatesTwice(Tcp):
    """Gives its application again what arrives again."""

    def answer_unacceptable(self, packet: Packet) -> None:
        """Take whatever comes."""
        self.arrived += packet.payload
        super().answer_unacceptable(packet)


@mutant(
    "garbles-when-confused",
    rule="DI-02",
    plan='client data#2: inject to server data "forged" seq=rcv.nxt+50 <nop,nop,TS val 1100 ecr 1000>',
)
class GarblesWhenConfused(Tcp):
    """Gives its application zeros where two segments disagree."""

    def append(self, payload: bytes) -> bool:
        """Be neutral."""
        return super().append(payload if not self.unread.islands else bytes(len(payload)))


@mutant("ends-with-a-line-feed", rule="TD-01")
class EndsWithALineFeed(Tcp):
    """Sends a line feed of its own after the last octet of its application."""

    def shutdown(self, now_us: int) -> None:
        """Add it."""
        if not self.closing:
            self.queue += b"\n"
            self.snd_end = add(self.snd_end, 1)
        super().shutdown(now_us)


@mutant(
    "takes-what-follows-the-fin",
    rule="TD-05",
    plan="client syn: remove TS\n"
    "server data#1: drop\n"
    'server data when server=close-wait: inject to server data "more" seq=rcv.nxt',
    workload="bulk-both",
)
class TakesWhatFollowsTheFin(Tcp):
    """Takes in octets that come behind the FIN."""

    def takes_text(self) -> bool:
        """Take them while there is anybody to read."""
        return super().takes_text() or self.state is State.CLOSE_WAIT

    def take_fin(self) -> None:
        """Forget where it stood."""
        super().take_fin()
        self.peer_fin = None
        self.rcv_adv = add(self.rcv_nxt, 10_000)


@mutant("garbles-before-the-end", rule="DI-04", workload="abort")
class GarblesBeforeTheEnd(Tcp):
    """Gives its application other octets than came, and then the error that came."""

    def append(self, payload: bytes) -> bool:
        """Forget to put the octets where they belong."""
        return super().append(bytes(len(payload)))


@mutant("keeps-the-last-octet", rule="DI-41")
class KeepsTheLastOctet(Tcp):
    """Gives its application what has come but for the last octet, which waits for the next one."""

    def receive(self, most: int, now_us: int) -> bytes | None:
        """Keep one back."""
        return super().receive(min(most, len(self.arrived) - 1), now_us) if len(self.arrived) > 1 else None


@mutant("sends-what-lies-behind", rule="DI-12")
class SendsWhatLiesBehind(Tcp):
    """Sends, in place of the last octet of a segment, whatever lies behind it in memory."""

    def octets_at(self, seq: int, size: int) -> bytes:
        """Read on from the wrong place, always in the same way."""
        octets = super().octets_at(seq, size)
        return octets[:-1] + b"\xdb" if size > 1 else octets
