"""Segments cut apart and put together, so that the stream they carry stays the same octets."""

from itertools import pairwise

from tcpchaos.seq import add
from tcpchaos.wire import CWR, FIN, PSH, RST, SYN, URG, Packet

_LAST_ONLY = FIN | PSH | RST
_FIRST_ONLY = SYN | CWR
_MOST_URGENT = 0xFFFF


def split(packet: Packet, at: int, *, every: bool) -> list[Packet]:
    """Return the segment in pieces: the first with `at` octets of payload, or each with as many.

    FIN, PSH and RST go with the last piece, SYN and CWR with the first; the urgent pointer goes on pointing at the same
    octet (RFC 9293, section 3.8.5). A payload of at most `at` octets stays whole.
    """
    size = packet.size
    if size <= at:
        return [packet]
    cuts = [*range(0, size, at), size] if every else [0, at, size]
    payload, flags, syn = packet.payload, packet.flags, packet.flags >> 1 & 1
    pieces = []
    for left, right in pairwise(cuts):
        own = flags & ~(_LAST_ONLY if right < size else 0) & ~(_FIRST_ONLY if left else 0)
        urgent = packet.urgent
        if flags & URG and left:
            urgent -= left
            if urgent <= 0:
                own, urgent = own & ~URG, 0
        seq = add(packet.seq, left + syn if left else 0)
        pieces.append(packet.replace(seq=seq, payload=payload[left:right], flags=own, urgent=urgent))
    return pieces


def join(first: Packet, second: Packet) -> Packet | None:
    """Return both segments as one, or None where the second does not carry on the octets of the first.

    Acknowledgment, window and options are those of the second. Raises WireError where one packet cannot hold them.
    """
    flags = first.flags | second.flags
    carries_on = second.length and first.size and add(first.seq, first.size) == second.seq
    if not carries_on or flags & (SYN | RST) or first.flags & FIN or first.key != second.key:
        return None
    if not (first.checksum_ok and second.checksum_ok):
        return None
    urgent = first.urgent if first.flags & URG else 0
    if second.flags & URG:
        urgent = first.size + second.urgent
    if urgent > _MOST_URGENT:
        return None
    return second.replace(seq=first.seq, payload=first.payload + second.payload, flags=flags, urgent=urgent)
