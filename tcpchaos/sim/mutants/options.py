"""Broken endpoints whose options are malformed, stand where they must not, or are missing."""

from tcpchaos.sim.mutants import mutant
from tcpchaos.sim.tcp import Tcp
from tcpchaos.wire import RST, Packet


@mutant("mss-on-data", rule="OP-01")
class MssOnData(Tcp):
    """Repeats the maximum segment size on segments that are no SYN."""

    def options(self, with_data: bool) -> bytes:
        """Say it once more."""
        return super().options(with_data) + b"\x02\x04\x05\xb4"


@mutant("wscale-on-data", rule="OP-03")
class WscaleOnData(Tcp):
    """Repeats the window scale on segments that are no SYN."""

    def options(self, with_data: bool) -> bytes:
        """Say it once more."""
        return super().options(with_data) + b"\x03\x03\x07"


@mutant("sackok-on-data", rule="OP-19")
class SackPermittedOnData(Tcp):
    """Repeats that SACK is permitted on segments that are no SYN."""

    def options(self, with_data: bool) -> bytes:
        """Say it once more."""
        return super().options(with_data) + b"\x04\x02"


@mutant("deaf-to-mss", rule="OP-02", plan="client syn#1: mss=600")
class DeafToMss(Tcp):
    """Sends segments as long as fit its own network, whatever maximum its peer has announced."""

    def mss_to_use(self, announced: int | None) -> int:
        """Go by the own one."""
        return self.own_mss()


@mutant("assumes-ethernet", rule="OP-02", plan="client syn#1: remove mss")
class AssumesEthernet(Tcp):
    """Takes a peer that has announced no maximum segment size for one that has announced 1460."""

    def mss_to_use(self, announced: int | None) -> int:
        """Expect everybody to be on an Ethernet."""
        return min(announced or 1460, self.own_mss())


@mutant("forgets-option-octets", rule="OP-02")
class ForgetsOptionOctets(Tcp):
    """Fills segments with as many octets of data as the maximum segment size says, and adds its options to them."""

    def usual_payload(self) -> int:
        """Count the data alone."""
        return self.snd_mss


@mutant("shifts-too-far", rule="OP-05")
class ShiftsTooFar(Tcp):
    """Offers to shift its windows by 15 bits."""

    def shift_to_offer(self, ack: bool) -> int | None:
        """Offer one more than is allowed."""
        return 15


@mutant("pads-with-noise", rule="OP-16")
class PadsWithNoise(Tcp):
    """Leaves old octets behind the end of its option list."""

    def options(self, with_data: bool) -> bytes:
        """End the list in the middle of a word."""
        return super().options(with_data) + b"\x00\xde\xad\xbe"


@mutant("odd-cookie", rule="OP-17", side="client")
class OddCookie(Tcp):
    """Sends a fast open cookie of five octets."""

    def syn_options(self, ack: bool) -> bytes:
        """Present a cookie that nobody has baked."""
        return super().syn_options(ack) + b"\x22\x07cooki\x01"


@mutant("says-mss-twice", rule="OP-18")
class SaysMssTwice(Tcp):
    """Announces two maximum segment sizes on one SYN."""

    def syn_options(self, ack: bool) -> bytes:
        """Begin with another one."""
        return b"\x02\x04\x02\x18" + super().syn_options(ack)


@mutant("stretches-options", rule="OP-24")
class StretchesOptions(Tcp):
    """Gives its window scale option a length of four."""

    def syn_options(self, ack: bool) -> bytes:
        """Fill the word from within."""
        return super().syn_options(ack).replace(b"\x01\x03\x03\x07", b"\x03\x04\x07\x00")


@mutant("miscounts-its-header", rule="OP-25", workload="abort-server")
class MiscountsItsHeader(Tcp):
    """Says of its reset that the header has fewer words than a header must have."""

    def emit(self, packet: Packet) -> None:
        """Count four words."""
        super().emit(packet.replace(offset=4) if packet.flags & RST else packet)


@mutant("sums-up-wrongly", rule="OP-26")
class SumsUpWrongly(Tcp):
    """Forgets the carry of its checksum now and then."""

    def emit(self, packet: Packet) -> None:
        """Be off by one where the sum is even."""
        super().emit(packet.replace(checksum=packet.checksum ^ 1) if not packet.checksum & 3 else packet)
