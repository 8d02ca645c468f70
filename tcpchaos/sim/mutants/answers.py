"""Broken endpoints that do not answer what has to be answered, and so leave their peer in its error."""

from tcpchaos.sim.mutants import mutant
from tcpchaos.sim.tcp import State, Tcp
from tcpchaos.wire import Packet


@mutant("silent-about-old-segments", rule="SA-08", plan="client data#1: duplicate 1 after 300ms", workload="keepalive")
class SilentAboutOldSegments(Tcp):
    """Drops what is not acceptable without a word, keepalive probes among it."""

    def answer_unacceptable(self, packet: Packet) -> None:
        """Say nothing."""


@mutant(
    "silent-at-a-shut-window", rule="WF-08", plan="client syn: remove wscale", workload="slow-reader", side="client"
)
class SilentAtAShutWindow(Tcp):
    """Does not answer octets that meet its shut window."""

    def answer_unacceptable(self, packet: Packet) -> None:
        """Say nothing until there is room."""
        if self.offered():
            super().answer_unacceptable(packet)


@mutant(
    "silent-about-acks-of-the-future",
    rule="SA-31",
    plan='client syn: remove TS\non server=established after 1200ms: inject to server data "x" ack=snd.nxt+1000000',
    workload="keepalive",
)
class SilentAboutAcksOfTheFuture(Tcp):
    """Drops a segment that acknowledges what was never sent without a word (Linux until 42726ec644cb, 13 years)."""

    def answer_unacceptable(self, packet: Packet) -> None:
        """Answer all others."""
        if not self.acks_the_future(packet.ack):
            super().answer_unacceptable(packet)


@mutant(
    "silent-about-syns",
    rule="SA-32",
    plan="on server=established after 700ms: inject to server syn seq=rcv.nxt+5",
    workload="keepalive",
)
class SilentAboutSyns(Tcp):
    """Drops a SYN in a synchronized state without a challenge."""

    def take_syn(self, packet: Packet) -> None:
        """Say nothing."""


@mutant(
    "silent-about-resets",
    rule="RS-31",
    plan="on server=established after 700ms: inject to server rst seq=rcv.nxt+5",
    workload="keepalive",
)
class SilentAboutResets(Tcp):
    """Drops a reset in its window that is not exact without a challenge."""

    def challenge(self) -> None:
        """Challenge nobody."""


@mutant(
    "silent-about-the-past",
    rule="OP-51",
    plan="client data#2: tsval-=5000\nclient data#1 again: drop",
    workload="keepalive",
)
class SilentAboutThePast(Tcp):
    """Drops what PAWS refuses without a word."""

    def answer_unacceptable(self, packet: Packet) -> None:
        """Answer what is not past."""
        if not self.is_past(packet):
            super().answer_unacceptable(packet)


@mutant(
    "silent-about-what-is-old-twice",
    rule="OP-52",
    plan="on server=established after 700ms: inject to server ack seq=rcv.nxt-1 <nop,nop,TS val ts.recent-5000 ecr 0>",
    workload="keepalive",
)
class SilentAboutWhatIsOldTwice(Tcp):
    """Drops an acknowledgment with an old number and an old timestamp without a word (Linux since 124c4c32e9f3)."""

    def answer_unacceptable(self, packet: Packet) -> None:
        """Answer what has octets, and what only its number makes old."""
        if packet.length or not self.is_past(packet):
            super().answer_unacceptable(packet)


@mutant("silent-in-time-wait", rule="TD-06", plan="server fin#1: duplicate 1 after 500ms", side="client")
class SilentInTimeWait(Tcp):
    """Does not answer a FIN that comes again in TIME-WAIT."""

    def answer_unacceptable(self, packet: Packet) -> None:
        """Say nothing any more."""
        if self.state is not State.TIME_WAIT:
            super().answer_unacceptable(packet)


@mutant("silent-about-holes", rule="SA-12", plan="any any: delay 150ms\nclient data#11: drop", workload="bulk-up")
class SilentAboutHoles(Tcp):
    """Takes its time to acknowledge what lies beyond a hole."""

    def acks_at_once(self, packet: Packet, in_order: bool, joined: bool) -> bool:
        """Hurry only where there is no hole."""
        return in_order and super().acks_at_once(packet, in_order, joined)

    def delay_ack_us(self) -> int:
        """Take as long as is allowed."""
        return 450_000
