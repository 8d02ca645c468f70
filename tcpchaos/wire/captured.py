"""Packets as somebody's capture has them: perhaps only their beginning, and before a network card has finished them.

What a capture lacks is not made up: such a packet has the length that it had on the wire and fewer octets, and its
checksum, which nobody can compute, is taken as right.
"""

import struct
from typing import Final

from tcpchaos.wire.basics import WireError
from tcpchaos.wire.checksum import internet
from tcpchaos.wire.packet import Packet, parse

_MOST_LENGTH: Final = 0xFFFF
# No segment is longer, however many its network card cuts it into: Linux joins 512 KiB at the most.
_MOST_OCTETS: Final = 1 << 20
_PADDED_OCTETS: Final = 46  # what Ethernet fills a short packet up to, which tells nothing of its length
_HOP_BY_HOP: Final = 0
_JUMBO: Final = b"\xc2\x04"  # RFC 2675, section 2: the length of a packet that its header has no room for


def parse_captured(octets: bytes, missing: int = 0) -> Packet:
    """Read an IP packet that carries TCP and of which `missing` octets at its end were not captured.

    Raises WireError, and nothing else whatever the octets are, where `parse` would for another reason than its length,
    and where the TCP header and its options are not all there.
    """
    try:
        return parse(octets)
    except WireError:
        length = _length(octets, missing)
        if length is None or length > _MOST_OCTETS:
            raise
    at = 2 if octets[0] >> 4 == 4 else 4
    written = min(length, _MOST_LENGTH) - (0 if at == 2 else 40)
    whole = octets[:at] + struct.pack("!H", written) + octets[at + 2 :]
    packet = parse(whole + bytes(max(0, min(length, _MOST_LENGTH) - len(octets))))
    if packet.data_at > len(octets):
        raise WireError("the TCP header is not all there")
    packet.octets = _with_length(octets, whole[: packet.tcp_at]) if not any(octets[at : at + 2]) else octets
    packet.end = length
    packet.length += length - packet.data_at - packet.size
    packet.size = length - packet.data_at
    return as_right(packet)


def _length(octets: bytes, missing: int) -> int | None:
    """Return how long an IP packet was whose length is not that of its octets, None where that is not what is amiss."""
    if len(octets) >= 20 and octets[0] >> 4 == 4:
        # Segmentation offload leaves no length where there is no room for it.
        length = int.from_bytes(octets[2:4], "big")
        if not length:
            return len(octets) + missing if len(octets) + missing > _PADDED_OCTETS else None
        return length if length > len(octets) else None
    if len(octets) >= 40 and octets[0] >> 4 == 6:
        length = 40 + int.from_bytes(octets[4:6], "big")
        if length == 40 and octets[6] == _HOP_BY_HOP and octets[42:44] == _JUMBO:
            length = 40 + int.from_bytes(octets[44:48], "big")
        return length if length > len(octets) or length > 40 + _MOST_LENGTH else None
    return None


def _with_length(octets: bytes, header: bytes) -> bytes:
    """Return an IPv4 packet with this header and a right checksum in it; an IPv6 packet as it is."""
    if header[0] >> 4 == 6:
        return octets
    right = internet(header[:10] + b"\0\0" + header[12:])
    return header[:10] + struct.pack("!H", right) + header[12:] + octets[len(header) :]


def as_right(packet: Packet) -> Packet:
    """Take the TCP checksum of a packet as right, whatever stands there, and return it."""
    packet._right = True
    return packet


def with_ip_checksum(packet: Packet) -> Packet:
    """Return the packet with a right checksum in its IPv4 header, where the network card was to write one."""
    header = packet.octets[: packet.tcp_at]
    return _copy(packet, _with_length(packet.octets, header))


def headers_only(packet: Packet) -> Packet:
    """Return the packet without the octets of its payload, for somebody who keeps many."""
    return _copy(packet, packet.octets[: packet.data_at])


def _copy(packet: Packet, octets: bytes) -> Packet:
    copy: Packet = object.__new__(Packet)
    copy.octets, copy._right, copy._ip_right = octets, packet._right, None
    copy.version, copy.key, copy.sport, copy.dport = packet.version, packet.key, packet.sport, packet.dport
    copy.seq, copy.ack, copy.offset, copy.reserved = packet.seq, packet.ack, packet.offset, packet.reserved
    copy.flags, copy.window, copy.checksum, copy.urgent = packet.flags, packet.window, packet.checksum, packet.urgent
    copy.tcp_at, copy.data_at, copy.end = packet.tcp_at, packet.data_at, packet.end
    copy.size, copy.length = packet.size, packet.length
    return copy
