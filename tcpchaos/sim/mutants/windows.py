"""Broken endpoints that are wrong about windows: how far they may send, and how much they offer."""

from tcpchaos.sim.mutants import mutant
from tcpchaos.sim.tcp import Tcp
from tcpchaos.wire import Packet


@mutant("deaf-to-windows", rule="SA-07", workload="slow-reader")
class DeafToWindows(Tcp):
    """Sends as much as the network takes, whatever window its peer offers."""

    def usable_window(self, at: int) -> int:
        """Expect every peer to have room."""
        return 1 << 20


@mutant("scales-what-was-not-agreed", rule="SA-07", plan="client syn#1: remove wscale", workload="slow-reader")
class ScalesWhatWasNotAgreed(Tcp):
    """Shifts the peer's windows though the peer has not offered to scale them (INET issue 92)."""

    def announced_window(self, packet: Packet) -> int:
        """Shift by the own offer."""
        return packet.window << 7


@mutant(
    "scales-the-window-of-a-syn", rule="OP-04", plan="server syn-ack: window=2000", workload="bulk-up", side="client"
)
class ScalesTheWindowOfASyn(Tcp):
    """Shifts the window of the SYN-ACK, too."""

    def announced_window(self, packet: Packet) -> int:
        """Shift it like all others."""
        return packet.window << self.snd_shift


@mutant("keeps-the-largest-window", rule="SA-07", workload="slow-reader")
class KeepsTheLargestWindow(Tcp):
    """Never takes note that its peer's window has become smaller."""

    def update_window(self, packet: Packet) -> None:
        """Keep the largest window that was ever offered."""
        super().update_window(packet)
        self.snd_wnd = self.max_snd_wnd
