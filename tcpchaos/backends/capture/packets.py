"""From a frame of someone's capture to a packet that an oracle may judge, or to the reason why it can't.

A capture made on an endpoint's own machine shows segments before the network card finished them: their checksum is
the sum over the pseudo header alone. A capture with a short snap length lacks octets of payload. Neither is the
endpoint's fault, so both are put right here and counted, and what can't be judged for their sake is said.
"""

from dataclasses import dataclass, field
from typing import Final

from tcpchaos.backends.capture.files import Record
from tcpchaos.backends.capture.links import NAMES, ip_octets
from tcpchaos.wire import Packet, WireError, parse
from tcpchaos.wire.basics import TCP
from tcpchaos.wire.checksum import pseudo_header, residue

_FRAGMENT_HEADER: Final = 44
_EXTENSIONS: Final = frozenset((0, 43, 51, 60, 135, 139, 140))  # they may lead to TCP; anything else is not TCP


@dataclass(slots=True, kw_only=True)
class Counts:
    """What became of the frames of a capture."""

    read: int = 0
    judged: int = 0
    not_tcp: int = 0
    fragments: int = 0
    unreadable: int = 0
    truncated: int = 0
    unfinished: int = 0
    links: set[int] = field(default_factory=set)
    strange_links: set[int] = field(default_factory=set)


def packet_of(record: Record, counts: Counts, *, blank: bool = False) -> Packet | None:
    """Return the TCP packet of a record, or None and count why there is none.

    With `blank` the payload is zeros: what is compared must all be there, or none of it.
    """
    counts.read += 1
    if record.link not in NAMES:
        counts.strange_links.add(record.link)
        counts.unreadable += 1
        return None
    counts.links.add(record.link)
    octets = ip_octets(record.link, record.octets)
    if octets is None or not _may_be_tcp(octets):
        counts.not_tcp += 1
        return None
    if _is_fragment(octets):
        counts.fragments += 1
        return None
    truncated = record.original > len(record.octets)
    counts.truncated += truncated
    try:
        packet = parse(_whole(octets, truncated))
    except WireError:
        counts.unreadable += 1
        return None
    if len(octets) < packet.data_at:
        counts.unreadable += 1  # not even the header is all there: its options would be made up
        return None
    counts.judged += 1
    if blank:
        finished = truncated or packet.checksum_ok or _unfinished(packet)
        packet = packet.replace(payload=bytes(packet.size))
        return packet.replace(checksum=packet.right_checksum) if finished else packet
    if not packet.checksum_ok and _unfinished(packet):
        counts.unfinished += 1
        return packet.replace(checksum=packet.right_checksum)
    return packet


def _may_be_tcp(octets: bytes) -> bool:
    if octets[0] >> 4 == 4:
        return len(octets) >= 20 and octets[9] == TCP
    return len(octets) >= 40 and (octets[6] in (TCP, _FRAGMENT_HEADER) or octets[6] in _EXTENSIONS)


def _is_fragment(octets: bytes) -> bool:
    if octets[0] >> 4 == 4:
        return bool(int.from_bytes(octets[6:8], "big") & 0x3FFF)
    return octets[6] == _FRAGMENT_HEADER


def _whole(octets: bytes, truncated: bool) -> bytes:
    """Return the packet in its full length: zeros for what was cut, and a length where offload left none."""
    if octets[0] >> 4 == 4:
        length = int.from_bytes(octets[2:4], "big")
        if length == 0 and not truncated:
            return octets[:2] + min(len(octets), 0xFFFF).to_bytes(2, "big") + octets[4:]
    else:
        length = 40 + int.from_bytes(octets[4:6], "big")
    return octets + bytes(length - len(octets)) if truncated and length > len(octets) else octets


def _unfinished(packet: Packet) -> bool:
    """Tell whether the checksum is what a host leaves to its network card: the sum over the pseudo header alone."""
    covered = pseudo_header(packet.src + packet.dst, packet.end - packet.tcp_at, TCP)
    return packet.checksum % 0xFFFF == residue(covered)
