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
