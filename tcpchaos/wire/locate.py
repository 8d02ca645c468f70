"""Where in an IP packet its TCP segment begins and ends, whatever headers stand before it.

Only packets with IPv4 options or IPv6 extension headers come here: the plain ones are read in one go by `packet`.
"""

import struct
from typing import Final, NamedTuple

from tcpchaos.wire.basics import TCP, TCP_HEADER_OCTETS, WireError

HOP_BY_HOP: Final = 0
ROUTING: Final = 43
FRAGMENT: Final = 44
AUTHENTICATION: Final = 51
DESTINATION_OPTIONS: Final = 60
MOBILITY: Final = 135
HOST_IDENTITY: Final = 139
SHIM6: Final = 140

# Extension headers whose second octet is their length in units of 8 octets, the first not counted (RFC 8200,
# section 4; RFC 6564 promises the same of those to come).
IN_EIGHTS: Final = frozenset((HOP_BY_HOP, ROUTING, DESTINATION_OPTIONS, MOBILITY, HOST_IDENTITY, SHIM6))

_LOOSE_ROUTE: Final = 131
_STRICT_ROUTE: Final = 137
_ROUTE_SEGMENTS: Final = 4


class Place(NamedTuple):
    """Where a TCP segment stands in a packet: octet offsets, and the addresses that its checksum covers."""

    version: int
    addresses: bytes
    tcp_at: int
    end: int


def locate(octets: bytes, *, whole: bool = True) -> Place:
    """Find the TCP segment of an IP packet; with `whole=False` a first fragment will do.

    Raises WireError where there is none, where the packet is cut short, or where it is a fragment.
    """
    try:
        version = octets[0] >> 4
        if version == 4:
            place = _in_ipv4(octets, whole)
        elif version == 6:
            place = _in_ipv6(octets, whole)
        else:
            raise WireError(f"IP version {version} is neither 4 nor 6")
    except (IndexError, struct.error):
        raise WireError(f"{len(octets)} octets end inside an IP header") from None
    if place.end > len(octets):
        raise WireError(f"the IP length says {place.end} octets and there are {len(octets)}")
    if place.tcp_at + TCP_HEADER_OCTETS > place.end:
        raise WireError(f"{place.end - place.tcp_at} octets cannot hold a TCP header")
    return place


def _in_ipv4(octets: bytes, whole: bool) -> Place:
    length, _, fragment, _, protocol = struct.unpack_from("!HHHBB", octets, 2)
    tcp_at = (octets[0] & 15) * 4
    if tcp_at < 20:
        raise WireError(f"an IPv4 header of {tcp_at} octets is too short")
    if protocol != TCP:
        raise WireError(f"protocol {protocol} is not TCP")
    if fragment & (0x3FFF if whole else 0x1FFF):
        raise WireError("a fragment is not a whole packet")
    if tcp_at > len(octets):
        raise WireError(f"{len(octets)} octets end inside an IP header")
    final = _route_end_ipv4(octets[20:tcp_at]) or octets[16:20]
    return Place(4, octets[12:16] + final, tcp_at, length)


def _in_ipv6(octets: bytes, whole: bool) -> Place:
    length, header, _ = struct.unpack_from("!HBB", octets, 4)
    final = octets[24:40]
    at = 40
    while header != TCP:
        if header in IN_EIGHTS:
            size = 8 + octets[at + 1] * 8
        elif header == AUTHENTICATION:
            size = 8 + octets[at + 1] * 4
        elif header == FRAGMENT:
            size = 8
            (fragment,) = struct.unpack_from("!H", octets, at + 2)
            if fragment & (0xFFF9 if whole else 0xFFF8):
                raise WireError("a fragment is not a whole packet")
        else:
            raise WireError(f"next header {header} does not lead to TCP")
        if header == ROUTING:
            final = _route_end_ipv6(octets[at : at + size]) or final
        header = octets[at]
        at += size
    return Place(6, octets[8:24] + final, at, 40 + length)


def _route_end_ipv4(options: bytes) -> bytes | None:
    """Return the last address of a source route with hops to go: the checksum covers that one (RFC 1122, 4.1.3.3)."""
    at = 0
    while at < len(options) and options[at]:
        if options[at] == 1:
            at += 1
            continue
        size = options[at + 1] if at + 1 < len(options) else 0
        if size < 2 or at + size > len(options):
            return None
        if options[at] in (_LOOSE_ROUTE, _STRICT_ROUTE) and size >= 7 and options[at + 2] < size:
            return options[at + size - 4 : at + size]
        at += size
    return None


def _route_end_ipv6(header: bytes) -> bytes | None:
    """Return the last address of a routing header that has segments to go (RFC 8200, section 8.1; RFC 8754)."""
    if len(header) < 24 or not header[3]:
        return None
    if header[2] in (0, 2):
        return header[8 + (len(header) - 8) // 16 * 16 - 16 :][:16]
    return header[8:24] if header[2] == _ROUTE_SEGMENTS else None
