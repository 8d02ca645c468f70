"""Broken endpoints that are wrong about windows: how far they may send, and how much they offer."""

from tcpchaos.seq import add, diff
from tcpchaos.sim.mutants import mutant
from tcpchaos.sim.tcp import Tcp
from tcpchaos.sim.tcp.congestion import Reno
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


@mutant("takes-its-window-back", rule="WF-01", workload="keepalive")
class TakesItsWindowBack(Tcp):
    """Takes most of its window back when nothing has come for half a second."""

    def window(self) -> int:
        """Give the memory to somebody else."""
        return super().window() if self.now - self.last_heard < 500_000 else 1000


@mutant(
    "sends-beyond-what-is-left",
    rule="WF-02",
    plan="client syn: remove wscale\nclient any#4-8: window=0",
    workload="keepalive",
)
class SendsBeyondWhatIsLeft(Tcp):
    """Goes on with new octets beyond the edge that its peer has moved back."""

    def usable_window(self, at: int) -> int:
        """Go by the largest window there ever was."""
        return diff(add(self.iss, 60_000), at)


@mutant("opens-silly-windows", rule="WF-09", plan="client syn#1: remove wscale", workload="slow-reader", side="client")
class OpensSillyWindows(Tcp):
    """Opens a shut window by a few octets as soon as there is room for them."""

    def window(self) -> int:
        """Offer forty octets first."""
        return super().window() if self.offered() else min(self.free(), 40)


class _Eager(Reno):
    """A first window of a hundred segments."""

    __slots__ = ()

    def __init__(self, mss: int, initial: int | None = None) -> None:
        super().__init__(mss, 100 * mss)


@mutant("begins-with-everything", rule="WF-12", workload="bulk-down")
class BeginsWithEverything(Tcp):
    """Sends a hundred segments before anything was acknowledged."""

    congestion_control = _Eager
