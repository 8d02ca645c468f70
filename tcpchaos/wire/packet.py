"""An IP packet that carries a TCP segment: its octets, and its header fields unpacked once.

This is the hot path of the proxy. A plain header (IPv4 without options, IPv6 without extension headers) costs one
precompiled `struct` call; everything that is not asked for of each segment is a property over the octets. Nothing
here has an opinion about what a segment may look like: SYN with FIN and a data offset of 3 is a packet like any other.
"""

import struct
from typing import Final

from tcpchaos.wire.basics import TCP, TCP_HEADER_OCTETS, WireError
from tcpchaos.wire.checksum import internet, pseudo_header, residue, update
from tcpchaos.wire.edit import ip_header, tcp_header
from tcpchaos.wire.locate import locate
from tcpchaos.wire.options import MSS, SACK, SACK_PERMITTED, TIMESTAMPS, WSCALE, Option, decode, find, padded
from tcpchaos.wire.segment import Segment, decode_segment

# Both begin at the IP header: the fields that tell whether it is plain, then TCP's.
_PLAIN_IPV4: Final = struct.Struct("!BxHxxHxBxx8xHHIIBBHHH").unpack_from
_PLAIN_IPV6: Final = struct.Struct("!BxxxHBx32xHHIIBBHHH").unpack_from
_HEADER_AT: Final = struct.Struct("!HHIIBBHHH").unpack_from
_TWO_NUMBERS: Final = struct.Struct("!II").unpack_from
_THREE_NUMBERS: Final = struct.Struct("!III").unpack_from
# How nearly every segment of a connection with timestamps begins its options: two of nothing, kind 8, length 10.
_USUAL: Final = b"\x01\x01\x08\x0a"
_USUAL_NUMBER: Final = int.from_bytes(_USUAL, "big")
# And how it goes on where something was lost: two of nothing, kind 5, which is then the last option.
_THEN_SACK: Final = b"\x01\x01\x05"
_new: Final = object.__new__


def reversed_key(key: bytes) -> bytes:
    """Return the key of packets that go the other way."""
    if len(key) == 12:
        return key[4:8] + key[:4] + key[10:] + key[8:10]
    return key[16:32] + key[:16] + key[34:] + key[32:34]


class Packet:
    """A packet as it was on the wire. Immutable by convention: `replace` makes another one.

    Two packets are equal where their octets are. `key` names the flow as its sender sees it; `tcp_at`, `data_at` and
    `end` are offsets into `octets`; `size` counts the octets of payload and `length` is SEG.LEN, which counts SYN and
    FIN too (RFC 9293, section 3.3.1). A data offset below 5 has no options and its payload begins after the fixed
    header; with one that points past the end everything is options.
    """

    __slots__ = (
        "_ip_right",
        "_right",
        "ack",
        "checksum",
        "data_at",
        "dport",
        "end",
        "flags",
        "key",
        "length",
        "octets",
        "offset",
        "reserved",
        "seq",
        "size",
        "sport",
        "tcp_at",
        "urgent",
        "version",
        "window",
    )

    octets: bytes
    version: int
    key: bytes
    sport: int
    dport: int
    seq: int
    ack: int
    offset: int
    reserved: int
    flags: int
    window: int
    checksum: int
    urgent: int
    tcp_at: int
    data_at: int
    end: int
    size: int
    length: int
    _right: bool | None
    _ip_right: bool | None

    def __eq__(self, other: object) -> bool:
        return self.octets == other.octets if isinstance(other, Packet) else NotImplemented

    def __hash__(self) -> int:
        return hash(self.octets)

    def __repr__(self) -> str:
        return f"parse(bytes.fromhex({self.octets.hex()!r}))"

    @property
    def reverse_key(self) -> bytes:
        """The key of packets that go the other way."""
        return reversed_key(self.key)

    @property
    def src(self) -> bytes:
        """The source address, 4 or 16 octets."""
        return self.key[: (len(self.key) - 4) // 2]

    @property
    def dst(self) -> bytes:
        """The address of the final destination, 4 or 16 octets."""
        return self.key[(len(self.key) - 4) // 2 : -4]

    @property
    def payload(self) -> bytes:
        """The octets after the TCP header, without what a link appended to the packet."""
        return self.octets[self.data_at : self.end]

    @property
    def options_octets(self) -> bytes:
        """The octets between the fixed TCP header and the payload, padding included."""
        return self.octets[self.tcp_at + 20 : self.data_at]

    @property
    def options(self) -> tuple[Option, ...]:
        """The options, those that do not parse as raw octets."""
        return decode(self.options_octets) if self.data_at - self.tcp_at > 20 else ()

    @property
    def segment(self) -> Segment:
        """TCP alone; its checksum and data offset are None where they are what would be computed."""
        return decode_segment(self.octets[self.tcp_at : self.end], self.key[:-4])

    @property
    def mss(self) -> int | None:
        """The maximum segment size option in octets, None where there is none of the right length."""
        at = self._option(MSS, 4)
        return None if at < 0 else int.from_bytes(self.octets[at + 2 : at + 4], "big")

    @property
    def wscale(self) -> int | None:
        """The window scale option as written, 0 to 255 bits, None where there is none of the right length."""
        at = self._option(WSCALE, 3)
        return None if at < 0 else self.octets[at + 2]

    @property
    def sack_permitted(self) -> bool:
        """Whether there is a SACK-permitted option of the right length."""
        return self._option(SACK_PERMITTED, 2) >= 0

    @property
    def timestamps(self) -> tuple[int, int] | None:
        """TSval and TSecr, None where there is no timestamps option of the right length (RFC 7323, section 3.2)."""
        tcp_at, octets = self.tcp_at, self.octets
        header = self.data_at - tcp_at
        if header == 20:
            return None
        if header == 32:
            usual, value, echo = _THREE_NUMBERS(octets, tcp_at + 20)
            if usual == _USUAL_NUMBER:
                return value, echo
        elif octets[tcp_at + 20 : tcp_at + 24] == _USUAL and self._ends_in_sack():
            return _TWO_NUMBERS(octets, tcp_at + 24)
        at = self._option(TIMESTAMPS, 10)
        return None if at < 0 else _TWO_NUMBERS(octets, at + 2)

    @property
    def sack(self) -> tuple[tuple[int, int], ...]:
        """The blocks of the SACK option, as many as are whole; none without the option (RFC 2018, section 3)."""
        tcp_at, data_at, octets = self.tcp_at, self.data_at, self.octets
        if data_at <= tcp_at + 28:
            return ()
        at = -1
        if octets[tcp_at + 20 : tcp_at + 24] == _USUAL:
            if data_at == tcp_at + 32:
                return ()
            if self._ends_in_sack():
                at = tcp_at + 34
        if at < 0:
            at = find(octets, tcp_at + 20, data_at, SACK)
        if at < 0:
            return ()
        return tuple([_TWO_NUMBERS(octets, left) for left in range(at + 2, at + octets[at + 1] - 7, 8)])

    def _ends_in_sack(self) -> bool:
        """Tell whether options that begin in the usual way go on with two of nothing and a last SACK option."""
        octets, at = self.octets, self.tcp_at + 32
        return octets[at : at + 3] == _THEN_SACK and self.data_at > at + 3 and at + 2 + octets[at + 3] == self.data_at

    def _option(self, kind: int, size: int) -> int:
        """Return where the last option of this kind begins, or -1 where its length is not this one."""
        octets, tcp_at, data_at = self.octets, self.tcp_at, self.data_at
        if data_at == tcp_at + 20:
            return -1
        if data_at == tcp_at + 32 and kind != TIMESTAMPS and octets[tcp_at + 20 : tcp_at + 24] == _USUAL:
            return -1
        at = find(self.octets, self.tcp_at + 20, self.data_at, kind)
        return at if at >= 0 and self.octets[at + 1] == size else -1

    @property
    def checksum_ok(self) -> bool:
        """Whether the TCP checksum is right (RFC 9293, section 3.1)."""
        right = self._right
        if right is None:
            octets = self.octets
            tcp_at = self.tcp_at
            size = self.end - tcp_at
            if tcp_at == 20 or (tcp_at == 40 and self.version == 6):
                # The addresses stand right before the segment: one sum has all but the length and the protocol.
                right = not (residue(octets[12 if tcp_at == 20 else 8 : self.end]) + size + TCP) % 0xFFFF
            else:
                right = not (residue(octets[tcp_at : self.end]) + residue(self.key[:-4]) + size + TCP) % 0xFFFF
            self._right = right
        return right

    @property
    def offset_ok(self) -> bool:
        """Whether the data offset has room for a header and does not point beyond the end (RFC 9293, section 3.1)."""
        return self.offset >= 5 and self.tcp_at + 4 * self.offset <= self.end

    @property
    def right_checksum(self) -> int:
        """The TCP checksum that the segment ought to carry, whatever it does carry."""
        segment = self.octets[self.tcp_at : self.tcp_at + 16] + b"\0\0" + self.octets[self.tcp_at + 18 : self.end]
        return internet(pseudo_header(self.key[:-4], len(segment), TCP) + segment)

    @property
    def ip_checksum_ok(self) -> bool:
        """Whether the checksum of the IPv4 header is right; IPv6 has none, which is always right."""
        right = self._ip_right
        if right is None:
            right = self._ip_right = self.version == 6 or not residue(self.octets[: self.tcp_at])
        return right

    @property
    def ip_checksum(self) -> int | None:
        """The checksum of the IPv4 header as written, or None for IPv6."""
        return None if self.version == 6 else int.from_bytes(self.octets[10:12], "big")

    @property
    def ttl(self) -> int:
        """The time to live, or the hop limit of IPv6."""
        return self.octets[8 if self.version == 4 else 7]

    @property
    def tos(self) -> int:
        """The octet of DSCP and ECN (RFC 3168), which IPv6 calls the traffic class."""
        octets = self.octets
        return octets[1] if self.version == 4 else (octets[0] << 4 | octets[1] >> 4) & 0xFF

    @property
    def ip_id(self) -> int | None:
        """The identification of the IPv4 header, or None for IPv6."""
        return None if self.version == 6 else int.from_bytes(self.octets[4:6], "big")

    @property
    def ip_flags(self) -> int | None:
        """The three flags of the IPv4 header (reserved 4, don't fragment 2, more fragments 1), or None for IPv6."""
        return None if self.version == 6 else self.octets[6] >> 5

    def replace(
        self,
        *,
        sport: int | None = None,
        dport: int | None = None,
        seq: int | None = None,
        ack: int | None = None,
        offset: int | None = None,
        reserved: int | None = None,
        flags: int | None = None,
        window: int | None = None,
        checksum: int | None = None,
        urgent: int | None = None,
        options: bytes | None = None,
        payload: bytes | None = None,
        ttl: int | None = None,
        tos: int | None = None,
        ip_id: int | None = None,
        ip_flags: int | None = None,
        ip_checksum: int | None = None,
    ) -> "Packet":
        """Return a packet in which only what is named differs.

        Checksums follow incrementally unless they are named, so that a wrong one stays wrong (RFC 1624). Lengths
        follow options and payload, and so does the data offset unless it is named; where it is not, options are
        filled up with zeros to whole words. `ip_flags` with the bit for more fragments makes a packet that `parse`
        refuses. Raises WireError where a field cannot hold its value or the IP version has no such field.
        """
        octets, tcp_at, end = self.octets, self.tcp_at, self.end
        if options is not None and offset is None:
            options = padded(options)
            offset = 5 + len(options) // 4
        header = tcp_header(
            self.sport if sport is None else sport,
            self.dport if dport is None else dport,
            self.seq if seq is None else seq,
            self.ack if ack is None else ack,
            self.offset if offset is None else offset,
            self.reserved if reserved is None else reserved,
            self.flags if flags is None else flags,
            self.window if window is None else window,
            self.checksum if checksum is None else checksum,
            self.urgent if urgent is None else urgent,
        )
        follows = update(self.checksum, octets[tcp_at : tcp_at + 20], header)
        rest, length = octets[tcp_at + 20 :], end
        if not (options is payload is None):
            options = self.options_octets if options is None else options
            rest = options + (self.payload if payload is None else payload)
            length = tcp_at + 20 + len(rest)
            follows = update(follows, (end - tcp_at).to_bytes(4, "big"), (length - tcp_at).to_bytes(4, "big"))
            follows = update(follows, octets[tcp_at + 20 : end], rest)
            rest += octets[end:]
        if checksum is None:
            header = header[:16] + follows.to_bytes(2, "big") + header[18:]
        front = octets[:tcp_at]
        if length != end or not (tos is ttl is ip_id is ip_flags is ip_checksum is None):
            front = ip_header(front, length, tos=tos, ttl=ttl, ip_id=ip_id, ip_flags=ip_flags, checksum=ip_checksum)
        edited = front + header + rest
        try:
            return parse(edited)
        except WireError:
            return read(edited, whole=False)


def parse(octets: bytes, missing: int = 0) -> Packet:
    """Read an IP packet, without a link header, that carries a whole TCP header.

    What a link appended beyond the IP length stays in `octets` and is not payload. Up to `missing` octets of payload
    may lack at its end: then `end` is where they would end. Raises WireError, and nothing else whatever the octets are,
    where there is no TCP header, where the packet is cut short by more, or for a fragment.
    """
    p: Packet = _new(Packet)
    most = len(octets) + missing
    try:
        first = octets[0]
        if first == 0x45:
            _, end, fragment, protocol, p.sport, p.dport, p.seq, p.ack, word, flags, p.window, p.checksum, p.urgent = (
                _PLAIN_IPV4(octets)
            )
            if fragment & 0x3FFF or protocol != TCP or not 40 <= end <= most:
                return read(octets)
            p.version = 4
            p.key = octets[12:24]
            p.tcp_at = 20
            data_at = 20 + (word >> 2 & 0x3C)
            if data_at < 40:
                data_at = 40
        elif first >> 4 == 6:
            _, end, protocol, p.sport, p.dport, p.seq, p.ack, word, flags, p.window, p.checksum, p.urgent = _PLAIN_IPV6(
                octets
            )
            end += 40
            if protocol != TCP or not 60 <= end <= most:
                return read(octets)
            p.version = 6
            p.key = octets[8:44]
            p.tcp_at = 40
            data_at = 40 + (word >> 2 & 0x3C)
            if data_at < 60:
                data_at = 60
        else:
            return read(octets)
    except (struct.error, IndexError):
        return read(octets)
    if data_at > end:
        data_at = end
    if missing and data_at > len(octets):
        raise WireError("the TCP header is not all there")
    p.octets = octets
    p.offset = word >> 4
    p.reserved = word & 15
    p.flags = flags
    p.data_at = data_at
    p.end = end
    p.size = size = end - data_at
    p.length = size + (flags & 1) + (flags >> 1 & 1)
    p._right = p._ip_right = None
    return p


def read(octets: bytes, *, whole: bool = True) -> Packet:
    """Read any IP packet with a TCP header the long way; with `whole=False` a first fragment will do.

    Raises WireError as `parse` does, which is the short way to the same packet.
    """
    version, addresses, tcp_at, end = locate(octets, whole=whole)
    packet: Packet = _new(Packet)
    sport, dport, seq, ack, word, flags, window, checksum, urgent = _HEADER_AT(octets, tcp_at)
    packet.octets = octets
    packet.version = version
    packet.key = addresses + octets[tcp_at : tcp_at + 4]
    packet.sport, packet.dport, packet.seq, packet.ack = sport, dport, seq, ack
    packet.offset, packet.reserved, packet.flags = word >> 4, word & 15, flags
    packet.window, packet.checksum, packet.urgent = window, checksum, urgent
    packet.tcp_at, packet.end = tcp_at, end
    packet.data_at = min(max(tcp_at + (word >> 4) * 4, tcp_at + TCP_HEADER_OCTETS), end)
    packet.size = end - packet.data_at
    packet.length = packet.size + (flags & 1) + (flags >> 1 & 1)
    packet._right = packet._ip_right = None
    return packet
