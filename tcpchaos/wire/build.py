"""Packets made from nothing, as an injected segment is: every field can be right or wrong."""

import struct
from typing import Final

from tcpchaos.wire.basics import TCP, WireError
from tcpchaos.wire.checksum import internet, pseudo_header
from tcpchaos.wire.edit import tcp_header
from tcpchaos.wire.options import padded
from tcpchaos.wire.packet import Packet, parse

_IPV4: Final = struct.Struct("!BBHHHBBH")
_IPV6: Final = struct.Struct("!IHBB")

DONT_FRAGMENT: Final = 2


def build(
    *,
    src: bytes,
    dst: bytes,
    sport: int,
    dport: int,
    seq: int,
    flags: int,
    ack: int = 0,
    window: int = 65535,
    options: bytes = b"",
    payload: bytes = b"",
    urgent: int = 0,
    offset: int | None = None,
    reserved: int = 0,
    checksum: int | None = None,
    ttl: int = 64,
    tos: int = 0,
    ip_id: int = 0,
) -> Packet:
    """Return a packet of IPv4 or IPv6, as the addresses (4 or 16 octets each) say.

    Options are filled up to whole words unless `offset` says what the data offset is to be; a `checksum` of None is
    computed. IPv4 packets are not to be fragmented, and IPv6 has no place for `ip_id`. Raises WireError where a
    field cannot hold its value or the packet would be longer than 65,535 octets of IP length.
    """
    if len(src) != len(dst) or len(src) not in (4, 16):
        raise WireError(f"addresses of {len(src)} and {len(dst)} octets are neither IPv4 nor IPv6")
    if offset is None:
        options = padded(options)
        offset = 5 + len(options) // 4
    size = 20 + len(options) + len(payload)
    header = tcp_header(sport, dport, seq, ack, offset, reserved, flags, window, checksum or 0, urgent)
    try:
        if len(src) == 4:
            front = _IPV4.pack(0x45, tos, 20 + size, ip_id, DONT_FRAGMENT << 13, ttl, TCP, 0)
            front = front[:10] + internet(front + src + dst).to_bytes(2, "big")
        else:
            front = _IPV6.pack(6 << 28 | tos << 20, size, TCP, ttl)
            struct.pack("!B", tos)
    except struct.error as error:
        raise WireError(f"a field of the IP header cannot hold its value: {error}") from None
    if checksum is None:
        right = internet(b"".join((pseudo_header(src + dst, size, TCP), header, options, payload)))
        header = header[:16] + right.to_bytes(2, "big") + header[18:]
    return parse(b"".join((front, src, dst, header, options, payload)))
