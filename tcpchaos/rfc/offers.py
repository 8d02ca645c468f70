"""What a SYN offers for the whole connection, and the SYNs that were delivered to an endpoint."""

from typing import NamedTuple

from tcpchaos.wire import Packet
from tcpchaos.wire.options import FAST_OPEN, MSS


class Offer(NamedTuple):
    """The options of a SYN that bind the whole connection.

    An MSS of 0 is none: nobody could send anything that is no longer than that, so another one beside it counts, and
    without one the default is what remains.
    """

    mss: int | None
    wscale: int | None
    sack: bool
    timestamps: bool
    fast_open: bool = False

    @classmethod
    def of(cls, packet: Packet) -> "Offer":
        """Read the offer of a SYN."""
        return cls(
            packet.mss or _other_mss(packet),
            packet.wscale,
            packet.sack_permitted,
            packet.timestamps is not None,
            has_fast_open(packet),
        )


def _other_mss(packet: Packet) -> int | None:
    sizes = (int.from_bytes(body, "big") for kind, body in packet.options if kind == MSS and len(body) == 2)
    return max(sizes, default=0) or None


def has_fast_open(packet: Packet) -> bool:
    """Tell whether a SYN has the option of TCP Fast Open, with a cookie or without (RFC 7413, section 4.1.1)."""
    return any(option.kind == FAST_OPEN for option in packet.options)


class DeliveredSyn(NamedTuple):
    """A SYN that was delivered: where it stands, how much it carried, what it offered."""

    seq: int
    size: int
    with_ack: bool
    offer: Offer
