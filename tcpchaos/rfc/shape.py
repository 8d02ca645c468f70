"""Segments that look as nearly all do, to whose shape no rule can object: a few comparisons stand for many rules.

A test holds each rule that looks at the shape of a segment to that.
"""

from typing import Final

from tcpchaos.wire import ACK, FIN, PSH, Packet

_ANY: Final = FIN | PSH
# Two octets of nothing, then timestamps and no more: kind 8, length 10 (RFC 7323, appendix A).
_USUAL: Final = b"\x01\x01\x08\x0a"


def is_plain(packet: Packet) -> bool:
    """Tell whether a segment is data, an acknowledgment or a FIN, with timestamps or without options, and all right."""
    if packet.flags & ~_ANY != ACK or packet.reserved or packet.urgent or not packet.checksum_ok:
        return False
    tcp_at = packet.tcp_at
    octets = packet.data_at - tcp_at
    if octets != 20 and (octets != 32 or packet.octets[tcp_at + 20 : tcp_at + 24] != _USUAL):
        return False
    return packet.offset * 4 == octets and packet.ip_checksum_ok
