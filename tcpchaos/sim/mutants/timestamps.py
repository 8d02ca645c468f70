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


@mutant(
    "poisoned-by-one-stamp",
    rule="TL-02",
    plan="client data#2: inject to server ack seq=rcv.nxt+100000000 <nop,nop,TS val 1000000000 ecr 0>",
    workload="bulk-up",
)
class PoisonedByOneStamp(Tcp):
    """Takes over the timestamp of any segment before it looks at anything else (CVE-2005-0356)."""

    def is_past(self, packet: Packet) -> bool:
        """Look and learn at the same time."""
        past = super().is_past(packet)
        if not past and packet.timestamps is not None:
            self.ts_recent = packet.timestamps[0]
        return past


@mutant("echoes-itself", rule="OP-08")
class EchoesItself(Tcp):
    """Echoes its own clock instead of its peer's."""

    def echo(self) -> int:
        """Read the nearest clock."""
        return self.clock() + 5000


@mutant("echoes-the-first", rule="OP-28", workload="keepalive")
class EchoesTheFirst(Tcp):
    """Echoes the first timestamp that it heard, for ever."""

    def updates_recent(self, packet: Packet, stamp: int) -> bool:
        """Keep what there is."""
        return False


@mutant("stops-its-clock", rule="OP-31", workload="keepalive")
class StopsItsClock(Tcp):
    """Has a clock for timestamps that does not go."""

    def clock(self) -> int:
        """Show the time at which it was wound up."""
        return self.settings.timestamp_offset
