"""Broken endpoints that report wrongly what they hold (RFC 2018, RFC 2883)."""

from tcpchaos.seq import add
from tcpchaos.sim.mutants import mutant
from tcpchaos.sim.tcp import Tcp
from tcpchaos.wire import Packet


@mutant("sacks-too-much", rule="OP-12", plan="client data#2: drop", workload="bulk-up")
class SacksTooMuch(Tcp):
    """Reports blocks that reach an octet further than what it holds."""

    def sack_blocks(self, room: int) -> list[tuple[int, int]]:
        """Take the right edge for the last octet, not for the one behind it."""
        return [(left, add(right, 1)) for left, right in super().sack_blocks(room)]


@mutant("sacks-the-hole", rule="OP-12", plan="client data#2: drop", workload="bulk-up")
class SacksTheHole(Tcp):
    """Reports what is missing and not what it holds."""

    def sack_blocks(self, room: int) -> list[tuple[int, int]]:
        """Report the first hole."""
        return [(self.rcv_nxt, left) for left, _ in super().sack_blocks(room)[:1]] * room


@mutant("sacks-unasked", rule="OP-20", plan="client syn#1: remove sackOK\nclient data#2: drop", workload="bulk-up")
class SacksUnasked(Tcp):
    """Reports blocks to a peer that has not permitted it."""

    def learn_offer(self, packet: Packet) -> None:
        """Expect everybody to understand them."""
        super().learn_offer(packet)
        self.sack_ok = True


@mutant("swaps-the-edges", rule="OP-21", plan="client data#2: drop", workload="bulk-up")
class SwapsTheEdges(Tcp):
    """Writes the right edge of a block before the left one."""

    def sack_blocks(self, room: int) -> list[tuple[int, int]]:
        """Turn them round."""
        return [(right, left) for left, right in super().sack_blocks(room)]


@mutant(
    "reports-duplicates-last",
    rule="OP-21",
    plan="client data#2: duplicate 1 after 20ms\nclient data#5: drop\nclient data again: delay 200ms",
    workload="bulk-up",
)
class ReportsDuplicatesLast(Tcp):
    """Reports what was received twice behind the other blocks, where it means something else."""

    def sack_blocks(self, room: int) -> list[tuple[int, int]]:
        """Put the news last."""
        return super().sack_blocks(room)[::-1]


@mutant(
    "remembers-sack-for-ever",
    rule="OP-15",
    plan="server data#2: drop\nclient syn: remove TS\nclient ack: remove sack, add <nop,nop,sack snd.una:snd.una+3000>",
    workload="bulk-down",
)
class RemembersSackForEver(Tcp):
    """Never sends again what was reported by SACK, even after a timeout."""

    def timed_out(self) -> None:
        """Keep the scoreboard."""
        ranges, octets = self.sacked.ranges, self.sacked.octets
        super().timed_out()
        self.sacked.ranges, self.sacked.octets = ranges, octets


@mutant(
    "reports-the-oldest-first",
    rule="OP-13",
    plan="client syn: remove TS\n"
    "client data#3: drop\n"
    "client data#6: drop\n"
    "client data again: delay 2s\n"
    "on server=established after 1500ms: inject to server ack seq=rcv.nxt-1",
    workload="bulk-up",
)
class ReportsTheOldestFirst(Tcp):
    """Reports the block that it has had for longest first."""

    def sack_blocks(self, room: int) -> list[tuple[int, int]]:
        """Keep them in the order of the stream."""
        return [(island.left, island.right) for island in self.unread.islands[:room]]


@mutant("reports-false-duplicates", rule="OP-14", plan="client data#2: drop", workload="bulk-up")
class ReportsFalseDuplicates(Tcp):
    """Reports octets as received twice that came once."""

    def sack_blocks(self, room: int) -> list[tuple[int, int]]:
        """Begin with what was acknowledged last."""
        return [(add(self.rcv_nxt, -100), self.rcv_nxt), *super().sack_blocks(room)[:-1]]
