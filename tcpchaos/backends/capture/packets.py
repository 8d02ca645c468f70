"""From a frame of someone's capture to a packet that an oracle may judge, or to the reason why it can't.

A capture made on an endpoint's own machine shows segments before the network card finished them: several in one, their
checksums and lengths not yet written. A capture with a short snap length lacks octets of payload. Neither is the
endpoint's fault. Nor can anyone who was elsewhere tell whether a wrong checksum was sent, or left to a card that fills
it in, or is the work of a wire: such a segment is counted, and nothing in it is believed.
"""

from dataclasses import dataclass, field
from typing import Final

from tcpchaos.backends.capture.files import Record
from tcpchaos.backends.capture.links import ETHERNET, ETHERTYPE_IPV4, NAMES, ip_octets
from tcpchaos.wire import Packet, WireError, parse
from tcpchaos.wire.basics import TCP
from tcpchaos.wire.captured import as_right, parse_captured, with_ip_checksum
from tcpchaos.wire.checksum import pseudo_header, residue

_FRAGMENT_HEADER: Final = 44
_EXTENSIONS: Final = frozenset((0, 43, 51, 60, 135, 139, 140))  # they may lead to TCP; anything else is not TCP
# Longer than what is sent over most links, so likely not finished: then its checksum is looked at before it is summed.
_LIKELY_JOINED_OCTETS: Final = 1500


@dataclass(slots=True, kw_only=True)
class Counts:
    """What became of the frames of a capture; `strange_links` counts those of each link type that is not understood."""

    read: int = 0
    judged: int = 0
    not_tcp: int = 0
    fragments: int = 0
    unreadable: int = 0
    truncated: int = 0
    unfinished: int = 0
    damaged: int = 0
    elsewhere: int = 0
    links: set[int] = field(default_factory=set)
    strange_links: dict[int, int] = field(default_factory=dict)


def packet_of(record: Record, counts: Counts, *, as_it_is: bool = False) -> tuple[Packet, bytes] | None:
    """Return the TCP packet of a record and where it was heard, or None and count why there is none.

    With `as_it_is` a wrong checksum was seen as it was sent.
    """
    counts.read += 1
    frame = record.octets
    link = record.link
    if link == ETHERNET and frame[12:14] == ETHERTYPE_IPV4:
        octets, place = frame[14:], b""
    elif link in NAMES:
        found = ip_octets(link, frame)
        if found is None:
            counts.not_tcp += 1
            return None
        octets, place = found
    else:
        counts.strange_links[link] = counts.strange_links.get(link, 0) + 1
        counts.unreadable += 1
        return None
    counts.links.add(link)
    missing = record.original - len(frame)
    try:
        packet = parse(octets, missing)
    except WireError:
        odd = _odd(octets, missing, counts)
        if odd is None:
            return None
        packet = odd
    if packet.end > len(packet.octets):
        counts.truncated += 1
        as_right(packet)
    if not as_it_is:
        finished = _finished(packet, counts)
        if finished is None:
            return None
        packet = finished
    counts.judged += 1
    return packet, place


def _odd(octets: bytes, missing: int, counts: Counts) -> Packet | None:
    """Return a packet that is not all there, or None and count what it is."""
    if not _may_be_tcp(octets):
        counts.not_tcp += 1
        return None
    if _is_fragment(octets):
        counts.fragments += 1
        return None
    try:
        return parse_captured(octets, missing)
    except WireError:
        counts.unreadable += 1
        return None


def _may_be_tcp(octets: bytes) -> bool:
    if octets[0] >> 4 == 4:
        return len(octets) >= 20 and octets[9] == TCP
    return len(octets) >= 40 and (octets[6] in (TCP, _FRAGMENT_HEADER) or octets[6] in _EXTENSIONS)


def _is_fragment(octets: bytes) -> bool:
    if octets[0] >> 4 == 4:
        return bool(int.from_bytes(octets[6:8], "big") & 0x3FFF)
    return octets[6] == _FRAGMENT_HEADER


def _finished(packet: Packet, counts: Counts) -> Packet | None:
    """Return the packet as its network card will have sent it, or None and count it where its checksum is wrong."""
    unfinished = packet.size > _LIKELY_JOINED_OCTETS and _is_unfinished(packet)
    if unfinished or not packet.checksum_ok:
        if not unfinished and not _is_unfinished(packet):
            counts.damaged += 1
            return None
        as_right(packet)
        counts.unfinished += 1
    if not packet.ip_checksum_ok:
        if packet.ip_checksum:
            counts.damaged += 1
            return None
        return with_ip_checksum(packet)
    return packet


def _is_unfinished(packet: Packet) -> bool:
    """Tell whether the checksum is what a host leaves to its network card: the sum over the pseudo header alone."""
    addresses, size = packet.src + packet.dst, packet.end - packet.tcp_at
    if size > 0xFFFF and packet.version == 4:
        size = 0  # there is no room for it, and each piece will have another
    return packet.checksum % 0xFFFF == residue(pseudo_header(addresses, size, TCP))
