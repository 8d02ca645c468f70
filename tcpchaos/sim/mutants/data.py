"""Broken endpoints whose application gets other octets than were sent, or fewer, or some that nobody has sent."""

from tcpchaos.seq import add, diff
from tcpchaos.sim.mutants import mutant
from tcpchaos.sim.tcp import Tcp
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
