"""Headers with some of their fields changed: the part of an edit that only writes."""

import struct
from typing import Final

from tcpchaos.wire.basics import WireError
from tcpchaos.wire.checksum import update

_TCP: Final = struct.Struct("!HHIIBBHHH").pack


def tcp_header(
    sport: int,
    dport: int,
    seq: int,
    ack: int,
    offset: int,
    reserved: int,
    flags: int,
    window: int,
    checksum: int,
    urgent: int,
) -> bytes:
    """Return the fixed part of a TCP header (RFC 9293, section 3.1); WireError where a field cannot hold its value."""
    if not (0 <= offset <= 15 and 0 <= reserved <= 15):
        raise WireError(f"data offset {offset} and reserved bits {reserved} must be 0 to 15")
    try:
        return _TCP(sport, dport, seq, ack, offset << 4 | reserved, flags, window, checksum, urgent)
    except struct.error as error:
        raise WireError(f"a field of the TCP header cannot hold its value: {error}") from None


def ip_header(
    front: bytes,
    length: int,
    *,
    tos: int | None = None,
    ttl: int | None = None,
    ip_id: int | None = None,
    ip_flags: int | None = None,
    checksum: int | None = None,
) -> bytes:
    """Return what stands before a TCP header with these fields changed and the packet's length in octets.

    An IPv4 header's checksum follows unless it is named (RFC 1624). Raises WireError where a field cannot hold its
    value or the IP version has no such field.
    """
    new = bytearray(front)
    try:
        if front[0] >> 4 == 4:
            _change_ipv4(new, front, length, tos, ttl, ip_id, ip_flags, checksum)
        elif not (ip_id is ip_flags is checksum is None):
            raise WireError("IPv6 has no identification, flags or checksum in its header")
        else:
            struct.pack_into("!H", new, 4, length - 40)
            if tos is not None:
                struct.pack("!B", tos)  # which spreads over two octets, so its range is checked alone
                new[0], new[1] = 0x60 | tos >> 4, (tos & 15) << 4 | front[1] & 15
            if ttl is not None:
                struct.pack_into("!B", new, 7, ttl)
    except struct.error as error:
        raise WireError(f"a field of the IP header cannot hold its value: {error}") from None
    return bytes(new)


def _change_ipv4(
    new: bytearray,
    front: bytes,
    length: int,
    tos: int | None,
    ttl: int | None,
    ip_id: int | None,
    ip_flags: int | None,
    checksum: int | None,
) -> None:
    struct.pack_into("!H", new, 2, length)
    if tos is not None:
        struct.pack_into("!B", new, 1, tos)
    if ip_id is not None:
        struct.pack_into("!H", new, 4, ip_id)
    if ip_flags is not None:
        if not 0 <= ip_flags <= 7:
            raise WireError(f"IP flags {ip_flags} must be 0 to 7")
        new[6] = ip_flags << 5 | front[6] & 31
    if ttl is not None:
        struct.pack_into("!B", new, 8, ttl)
    if checksum is None:
        checksum = update(int.from_bytes(front[10:12], "big"), front, bytes(new))
    struct.pack_into("!H", new, 10, checksum)
