"""A TCP segment alone, as values that can be compared, varied and printed; `None` means "computed when sent".

A packet is octets with offsets into them, made for speed. A segment is the same for thinking: it holds no addresses,
and prints in packetdrill's notation.
"""

import struct
from dataclasses import dataclass
from typing import Final

from tcpchaos.seq import add
from tcpchaos.wire.basics import ACK, TCP, TCP_HEADER_OCTETS, URG, WireError
from tcpchaos.wire.checksum import internet, pseudo_header
from tcpchaos.wire.edit import tcp_header
from tcpchaos.wire.option_text import options_text, relative_text
from tcpchaos.wire.options import Option, decode, padded

_HEADER_OF: Final = struct.Struct("!HHIIBBHHH").unpack_from

# The letters of packetdrill's notation, from the lowest bit up, in the order in which they are printed.
FLAG_LETTERS: Final = "FSRP.UEW"


@dataclass(frozen=True, slots=True, kw_only=True)
class Segment:
    """The fields of a TCP header and the payload (RFC 9293, section 3.1), legal or not.

    `offset` and `checksum` are None to be computed when sent; a number stands exactly as it is. Options are filled
    up to whole words when sent unless the offset is a number.
    """

    sport: int = 0
    dport: int = 0
    seq: int = 0
    ack: int = 0
    flags: int = 0
    window: int = 65535
    options: tuple[Option, ...] = ()
    payload: bytes = b""
    urgent: int = 0
    reserved: int = 0
    offset: int | None = None
    checksum: int | None = None

    def encode(self, addresses: bytes = b"") -> bytes:
        """Return the octets of the segment.

        `addresses`, the source's followed by the destination's, are needed where the checksum is to be computed.
        Raises WireError where a field cannot hold its value.
        """
        octets = b"".join([option.octets for option in self.options])
        offset = self.offset
        if offset is None:
            octets = padded(octets)
            offset = 5 + len(octets) // 4
        header = tcp_header(
            self.sport,
            self.dport,
            self.seq,
            self.ack,
            offset,
            self.reserved,
            self.flags,
            self.window,
            self.checksum or 0,
            self.urgent,
        )
        segment = b"".join((header, octets, self.payload))
        if self.checksum is None:
            if len(addresses) not in (8, 32):
                raise WireError("a checksum cannot be computed without two addresses of one IP version")
            right = internet(pseudo_header(addresses, len(segment), TCP) + segment)
            segment = segment[:16] + right.to_bytes(2, "big") + segment[18:]
        return segment

    def notation(self, *, iss: int = 0, irs: int = 0) -> str:
        """Return packetdrill's notation, with `seq` relative to `iss`, `ack` and SACK blocks relative to `irs`.

        Ports and payload have no place in it. `reserved`, `offset` and `checksum` are printed where they are not zero
        and not to be computed.
        """
        letters = "".join([letter for bit, letter in enumerate(FLAG_LETTERS) if self.flags >> bit & 1])
        size = len(self.payload)
        left, right = relative_text(self.seq, iss), relative_text(add(self.seq, size), iss)
        words = [letters or "-", f"{left}:{right}({size})"]
        if self.flags & ACK or self.ack:
            words.append(f"ack {relative_text(self.ack, irs)}")
        words.append(f"win {self.window}")
        if self.flags & URG or self.urgent:
            words.append(f"urg {self.urgent}")
        if self.reserved:
            words.append(f"reserved {self.reserved}")
        if self.offset is not None:
            words.append(f"offset {self.offset}")
        if self.checksum is not None:
            words.append(f"checksum {self.checksum:#06x}")
        if self.options:
            words.append(f"<{options_text(self.options, irs=irs)}>")
        return " ".join(words)

    def __str__(self) -> str:
        return self.notation()


def decode_segment(octets: bytes, addresses: bytes = b"") -> Segment:
    """Return the segment whose octets these are; `encode` gives the same octets again.

    With `addresses`, the source's followed by the destination's, a right checksum becomes None. Raises WireError
    where the octets cannot hold the fixed header.
    """
    if len(octets) < TCP_HEADER_OCTETS:
        raise WireError(f"{len(octets)} octets cannot hold a TCP header")
    sport, dport, seq, ack, word, flags, window, written, urgent = _HEADER_OF(octets)
    offset: int | None = word >> 4
    data_at = max((word >> 4) * 4, TCP_HEADER_OCTETS)
    if word >> 4 >= 5 and data_at <= len(octets):
        offset = None
    checksum: int | None = written
    if addresses and written == internet(
        b"".join((pseudo_header(addresses, len(octets), TCP), octets[:16], b"\0\0", octets[18:]))
    ):
        checksum = None
    return Segment(
        sport=sport,
        dport=dport,
        seq=seq,
        ack=ack,
        flags=flags,
        window=window,
        options=decode(octets[TCP_HEADER_OCTETS:data_at]),
        payload=octets[data_at:],
        urgent=urgent,
        reserved=word & 15,
        offset=offset,
        checksum=checksum,
    )
