"""IPv4 and IPv6 packets whole, with options, extension headers and fragments, as values and without loss.

`packet` finds its way through these headers quickly and keeps none of it. This is for looking at them, changing them
and cutting packets into fragments. A length or checksum that is None is what would be computed.
"""

import struct
from dataclasses import dataclass, replace
from typing import Final

from tcpchaos.wire.basics import WireError
from tcpchaos.wire.checksum import internet
from tcpchaos.wire.locate import AUTHENTICATION, DESTINATION_OPTIONS, FRAGMENT, HOP_BY_HOP, IN_EIGHTS, ROUTING

_IPV4: Final = struct.Struct("!BBHHHBBH4s4s")
_IPV6: Final = struct.Struct("!IHBB16s16s")
_FRAGMENT_HEADER: Final = struct.Struct("!BHI")

DONT_FRAGMENT: Final = 2
MORE_FRAGMENTS: Final = 1

# Every fragment but the last holds a multiple of this many octets (RFC 791, section 3.2; RFC 8200, section 4.5).
_FRAGMENT_UNIT_OCTETS: Final = 8

# The bit of an IPv4 option's type that says that each fragment carries it (RFC 791, section 3.1).
_COPIED: Final = 0x80


@dataclass(frozen=True, slots=True, kw_only=True)
class IPv4:
    """An IPv4 packet (RFC 791, section 3.1), legal or not.

    `flags` are reserved 4, don't fragment 2 and more fragments 1; `fragment_offset` counts units of 8 octets;
    `header_words`, `length` and `checksum` are None to be computed; `trailer` is what stands beyond the IP length.
    """

    src: bytes
    dst: bytes
    protocol: int = 6
    payload: bytes = b""
    options: bytes = b""
    tos: int = 0
    ip_id: int = 0
    flags: int = 0
    fragment_offset: int = 0
    ttl: int = 64
    header_words: int | None = None
    length: int | None = None
    checksum: int | None = None
    trailer: bytes = b""

    def encode(self) -> bytes:
        """Return the octets; options are filled up with zeros unless `header_words` is a number.

        Raises WireError where a field cannot hold its value.
        """
        options, words = self.options, self.header_words
        if words is None:
            options += bytes(-len(options) % 4)
            words = 5 + len(options) // 4
        length = 20 + len(options) + len(self.payload) if self.length is None else self.length
        if not (0 <= words <= 15 and 0 <= self.flags <= 7 and 0 <= self.fragment_offset <= 0x1FFF):
            raise WireError("the IPv4 header length, flags or fragment offset do not fit")
        try:
            header = _IPV4.pack(
                0x40 | words,
                self.tos,
                length,
                self.ip_id,
                self.flags << 13 | self.fragment_offset,
                self.ttl,
                self.protocol,
                self.checksum or 0,
                self.src,
                self.dst,
            )
        except struct.error as error:
            raise WireError(f"a field of the IPv4 header cannot hold its value: {error}") from None
        header += options
        if len(self.src) != 4 or len(self.dst) != 4:
            raise WireError("an IPv4 address has 4 octets")
        if self.checksum is None:
            header = header[:10] + internet(header).to_bytes(2, "big") + header[12:]
        return b"".join((header, self.payload, self.trailer))


@dataclass(frozen=True, slots=True, kw_only=True)
class Extension:
    """An IPv6 extension header: its kind, and its octets after the one that names the next header."""

    kind: int
    body: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class IPv6:
    """An IPv6 packet (RFC 8200, sections 3 and 4), legal or not.

    `protocol` is what the last header says comes next, which may be an extension header that is cut short and
    therefore stands in `payload`; `length` is None to be computed; `trailer` is what stands beyond the IP length.
    """

    src: bytes
    dst: bytes
    protocol: int = 6
    payload: bytes = b""
    extensions: tuple[Extension, ...] = ()
    traffic_class: int = 0
    flow_label: int = 0
    hop_limit: int = 64
    length: int | None = None
    trailer: bytes = b""

    def encode(self) -> bytes:
        """Return the octets. Raises WireError where a field cannot hold its value."""
        kinds = [extension.kind for extension in self.extensions] + [self.protocol]
        if not all(0 <= kind <= 255 for kind in kinds):
            raise WireError("a next header must be 0 to 255")
        middle = b"".join(
            [bytes((follows,)) + header.body for header, follows in zip(self.extensions, kinds[1:], strict=True)]
        )
        length = len(middle) + len(self.payload) if self.length is None else self.length
        if not (0 <= self.traffic_class <= 255 and 0 <= self.flow_label < 1 << 20):
            raise WireError("the traffic class or flow label does not fit")
        if len(self.src) != 16 or len(self.dst) != 16:
            raise WireError("an IPv6 address has 16 octets")
        try:
            first = 6 << 28 | self.traffic_class << 20 | self.flow_label
            header = _IPV6.pack(first, length, kinds[0], self.hop_limit, self.src, self.dst)
        except struct.error as error:
            raise WireError(f"a field of the IPv6 header cannot hold its value: {error}") from None
        return b"".join((header, middle, self.payload, self.trailer))


def decode_ip(octets: bytes) -> IPv4 | IPv6:
    """Return the packet whose octets these are; `encode` gives the same octets again.

    Raises WireError where the octets cannot hold the fixed header or are of neither version.
    """
    version = octets[0] >> 4 if octets else 0
    if version == 4 and len(octets) >= 20:
        return _decode_ipv4(octets)
    if version == 6 and len(octets) >= 40:
        return _decode_ipv6(octets)
    raise WireError(f"{len(octets)} octets of IP version {version} are no packet")


def _decode_ipv4(octets: bytes) -> IPv4:
    first, tos, length, ip_id, fragment, ttl, protocol, checksum, src, dst = _IPV4.unpack_from(octets)
    words = first & 15
    data_at = min(max(words * 4, 20), len(octets))
    end = min(max(length, data_at), len(octets))
    header = octets[:10] + b"\0\0" + octets[12:data_at]
    return IPv4(
        src=src,
        dst=dst,
        protocol=protocol,
        payload=octets[data_at:end],
        options=octets[20:data_at],
        tos=tos,
        ip_id=ip_id,
        flags=fragment >> 13,
        fragment_offset=fragment & 0x1FFF,
        ttl=ttl,
        header_words=None if words * 4 == data_at else words,
        length=None if length == end else length,
        checksum=None if checksum == internet(header) else checksum,
        trailer=octets[end:],
    )


def _decode_ipv6(octets: bytes) -> IPv6:
    first, length, kind, hop_limit, src, dst = _IPV6.unpack_from(octets)
    end = min(40 + length, len(octets))
    at = 40
    extensions = []
    while (size := _extension_octets(kind, octets, at, end)) > 0:
        extensions.append(Extension(kind=kind, body=octets[at + 1 : at + size]))
        partial = kind == FRAGMENT and int.from_bytes(octets[at + 2 : at + 4], "big") & 0xFFF9
        kind = octets[at]
        at += size
        if partial:
            break  # What follows is a piece of something, and only the first piece begins with a header.
    return IPv6(
        src=src,
        dst=dst,
        protocol=kind,
        payload=octets[at:end],
        extensions=tuple(extensions),
        traffic_class=first >> 20 & 0xFF,
        flow_label=first & 0xFFFFF,
        hop_limit=hop_limit,
        length=None if 40 + length == end else length,
        trailer=octets[end:],
    )


def _extension_octets(kind: int, octets: bytes, at: int, end: int) -> int:
    """Return how long the extension header of this kind is, or 0 where it is none or is cut short."""
    if at + 8 > end:
        return 0
    if kind in IN_EIGHTS:
        size = 8 + octets[at + 1] * 8
    elif kind == AUTHENTICATION:
        size = 8 + octets[at + 1] * 4
    else:
        size = 8 if kind == FRAGMENT else 0
    return size if at + size <= end else 0


def extension(kind: int, data: bytes) -> Extension:
    """Return an extension header with this after its length octet, filled up with zeros to a multiple of 8 octets."""
    data += bytes(-(len(data) + 2) % 8)
    units = (len(data) + 2) // 8 - 1
    if units > 255:
        raise WireError(f"an extension header of {len(data) + 2} octets is too long")
    return Extension(kind=kind, body=bytes((units,)) + data)


def fragment_header(*, offset: int, more: bool, identification: int) -> Extension:
    """Return an IPv6 fragment header; `offset` counts units of 8 octets (RFC 8200, section 4.5)."""
    try:
        return Extension(kind=FRAGMENT, body=_FRAGMENT_HEADER.pack(0, offset << 3 | more, identification))
    except struct.error as error:
        raise WireError(f"a field of the fragment header cannot hold its value: {error}") from None


def fragment(octets: bytes, size: int, *, identification: int | None = None) -> list[bytes]:
    """Cut a packet into fragments of at most `size` octets each, in their order (RFC 791, 3.2; RFC 8200, 4.5).

    Don't-fragment is not obeyed, and stays. A packet that is short enough comes back alone and unchanged. The
    `identification` is by default the packet's own, 0 in IPv6. Raises WireError where 8 octets do not fit.
    """
    packet = decode_ip(octets)
    if len(octets) - len(packet.trailer) <= size:
        return [octets]
    if isinstance(packet, IPv4):
        return _fragment_ipv4(packet, size, identification)
    return _fragment_ipv6(packet, size, identification or 0)


def _fragment_ipv4(packet: IPv4, size: int, identification: int | None) -> list[bytes]:
    later = _copied_options(packet.options)
    room = (size - 20 - max(len(packet.options), len(later) + -len(later) % 4)) // 8 * 8
    cuts = _cuts(packet.payload, room)
    last = packet.fragment_offset + len(packet.payload) // _FRAGMENT_UNIT_OCTETS
    if last > 0x1FFF:
        raise WireError("the last fragment would begin beyond 65,535 octets")
    return [
        replace(
            packet,
            ip_id=packet.ip_id if identification is None else identification,
            flags=packet.flags | (MORE_FRAGMENTS if at + room < len(packet.payload) else 0),
            fragment_offset=packet.fragment_offset + at // _FRAGMENT_UNIT_OCTETS,
            options=packet.options if at == 0 else later,
            payload=part,
            header_words=None,
            length=None,
            checksum=None,
            trailer=b"",
        ).encode()
        for at, part in cuts
    ]


def _fragment_ipv6(packet: IPv6, size: int, identification: int) -> list[bytes]:
    """Cut behind the headers that every router on the way reads; what follows them is cut with the payload."""
    kinds = [header.kind for header in packet.extensions]
    per_hop = 0
    for index, kind in enumerate(kinds):
        if kind in (HOP_BY_HOP, ROUTING):
            per_hop = index + 1
        elif kind != DESTINATION_OPTIONS:
            break
    rest = replace(packet, extensions=packet.extensions[per_hop:], length=None, trailer=b"").encode()[40:]
    front = packet.extensions[:per_hop]
    room = (size - 48 - sum(len(header.body) + 1 for header in front)) // 8 * 8
    first_kind = kinds[per_hop] if per_hop < len(kinds) else packet.protocol
    return [
        replace(
            packet,
            extensions=(
                *front,
                fragment_header(
                    offset=at // _FRAGMENT_UNIT_OCTETS, more=at + room < len(rest), identification=identification
                ),
            ),
            protocol=first_kind,
            payload=part,
            length=None,
            trailer=b"",
        ).encode()
        for at, part in _cuts(rest, room)
    ]


def _cuts(payload: bytes, room: int) -> list[tuple[int, bytes]]:
    if room < _FRAGMENT_UNIT_OCTETS:
        raise WireError("fragments of this size have no room for 8 octets")
    return [(at, payload[at : at + room]) for at in range(0, len(payload), room)]


def _copied_options(options: bytes) -> bytes:
    """Return those options that the fragments after the first carry too, without padding."""
    copied = b""
    at = 0
    while at < len(options) and options[at]:
        size = 1 if options[at] == 1 else options[at + 1] if at + 1 < len(options) else 0
        if size < 1 or at + size > len(options) or (options[at] != 1 and size < 2):
            break
        if options[at] & _COPIED:
            copied += options[at : at + size]
        at += size
    return copied
