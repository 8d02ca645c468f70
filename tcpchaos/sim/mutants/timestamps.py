"""Broken endpoints that are wrong about timestamps (RFC 7323)."""

from tcpchaos.sim.mutants import mutant
from tcpchaos.sim.tcp import Tcp
from tcpchaos.wire import Packet


@mutant("saves-on-timestamps", rule="OP-06")
class SavesOnTimestamps(Tcp):
    """Leaves the timestamps out of segments without data, though they were agreed on."""

    def options(self, with_data: bool) -> bytes:
        """Send them only where something is measured."""
        return super().options(with_data) if with_data else b""


@mutant("counts-down", rule="OP-07", workload="keepalive")
class CountsDown(Tcp):
    """Takes its timestamps from a clock that counts down."""

    def clock(self) -> int:
        """Turn the clock round."""
        return 1_000_000 - super().clock()


@mutant("lives-in-the-past", rule="OP-09", plan="client data#2: tsval-=1000")
class LivesInThePast(Tcp):
    """Takes in segments with timestamps that are older than those it has seen: no PAWS."""

    def is_past(self, packet: Packet) -> bool:
        """Ask for sequence numbers alone."""
        return False


@mutant("stamps-unasked", rule="OP-22", plan="client syn#1: remove TS")
class StampsUnasked(Tcp):
    """Sends timestamps to a peer that has not offered them."""

    def options(self, with_data: bool) -> bytes:
        """Send them to everybody."""
        return self.timestamps_option(0)


@mutant("echoes-before-it-heard", rule="OP-23", side="client")
class EchoesBeforeItHeard(Tcp):
    """Has something to echo in its first SYN, when nothing has come yet."""

    def timestamps_option(self, ecr: int) -> bytes:
        """Fill the field with the own clock."""
        return super().timestamps_option(ecr or self.clock())
