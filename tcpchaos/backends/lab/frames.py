"""Ethernet frames, as far as a proxy must know them: where IP begins behind tags, and what a kernel takes off a frame.

A kernel hands a packet socket a frame without its outer VLAN tag, which it tells beside it, and, where a network card
was to compute the checksum, without that. On the wire both would have been there.
"""

from typing import Final

from tcpchaos.wire import WireError
from tcpchaos.wire.checksum import internet, pseudo_header
from tcpchaos.wire.locate import locate

ETHERNET_HEADER_OCTETS: Final = 14
TAG_OCTETS: Final = 4
IPV4, IPV6 = b"\x08\x00", b"\x86\xdd"
# IEEE 802.1Q and 802.1ad, and what some switches wrote before that.
TAGS: Final = frozenset((b"\x81\x00", b"\x88\xa8", b"\x91\x00"))
# A frame may have two tags; whoever writes more has another purpose than IP.
_MOST_TAGS: Final = 3
_ADDRESSES_OCTETS: Final = 12  # both MACs: what a tag stands behind

_TCP, _UDP = 6, 17
_TCP_CHECKSUM_AT, _UDP_CHECKSUM_AT = 16, 6
_UDP_HEADER_OCTETS: Final = 8


def ip_at(frame: bytes, begin: int = 0) -> int:
    """Return where the IP packet begins in a frame that begins at this octet, 0 where it carries something else."""
    at = begin + _ADDRESSES_OCTETS
    for _ in range(_MOST_TAGS):
        kind = frame[at : at + 2]
        if kind in (IPV4, IPV6):
            return at + 2
        if kind not in TAGS:
            return 0
        at += TAG_OCTETS
    return 0


def tagged(frame: bytes, kind: int, tag: int) -> bytes:
    """Return the frame with its outer tag back at its place: `kind` is the tag's own type, 0 for 802.1Q's."""
    octets = (kind or 0x8100).to_bytes(2, "big") + tag.to_bytes(2, "big")
    return frame[:_ADDRESSES_OCTETS] + octets + frame[_ADDRESSES_OCTETS:]


def finished(frame: bytes) -> bytes | None:
    """Return the frame with the checksum that was left for later, None where it is neither TCP's nor UDP's."""
    at = ip_at(frame)
    if not at:
        return None
    octets = frame[at:]
    try:
        place = locate(octets)
    except WireError:
        return _finished_udp(frame, at)
    return _summed(frame, at + place.tcp_at, at + place.end, place.addresses, _TCP, _TCP_CHECKSUM_AT)


def _finished_udp(frame: bytes, at: int) -> bytes | None:
    octets = frame[at:]
    if octets[0] >> 4 == 4:
        begin, protocol, end = (octets[0] & 15) * 4, octets[9], int.from_bytes(octets[2:4], "big")
        addresses, fragment = octets[12:20], int.from_bytes(octets[6:8], "big") & 0x3FFF
    else:
        begin, protocol, end = 40, octets[6], 40 + int.from_bytes(octets[4:6], "big")
        addresses, fragment = octets[8:40], 0
    if protocol != _UDP or fragment or not begin + _UDP_HEADER_OCTETS <= end <= len(octets):
        return None
    return _summed(frame, at + begin, at + end, addresses, _UDP, _UDP_CHECKSUM_AT)


def _summed(frame: bytes, begin: int, end: int, addresses: bytes, protocol: int, checksum_at: int) -> bytes:
    at = begin + checksum_at
    covered = pseudo_header(addresses, end - begin, protocol) + frame[begin:at] + bytes(2) + frame[at + 2 : end]
    # UDP writes no 0, which would say that there is no checksum (RFC 768).
    checksum = internet(covered) or (0xFFFF if protocol == _UDP else 0)
    return frame[:at] + checksum.to_bytes(2, "big") + frame[at + 2 :]
