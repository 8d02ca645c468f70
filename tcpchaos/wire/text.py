"""The text form of a segment, packetdrill's: `S. 0:0(0) ack 1 win 64240 <mss 1460,nop,wscale 7>`.

Sequence numbers are relative to the initial ones, so that a line means the same on every connection. What packetdrill
leaves out, and what a fuzzer must not, is said with words that it lacks: `reserved 1`, `offset 3`, `checksum 0xbeef`.
"""

from typing import Final

from tcpchaos.seq import add
from tcpchaos.wire.option_text import option_text, options_text, parse_options, read_options, read_relative
from tcpchaos.wire.options import Option
from tcpchaos.wire.packet import Packet
from tcpchaos.wire.scan import Scanner, TextError
from tcpchaos.wire.segment import FLAG_LETTERS, Segment

__all__ = ["TextError", "notation", "option_text", "options_text", "parse_options", "parse_segment"]

_MOST_PAYLOAD: Final = 65535

# The words behind the sequence numbers that take one plain number, and the most that fits.
_FIELDS: Final = {"win": 0xFFFF, "urg": 0xFFFF, "reserved": 15, "offset": 15, "checksum": 0xFFFF}
_WORDS: Final = ("ack", *_FIELDS)


def notation(packet: Packet, *, iss: int = 0, irs: int = 0) -> str:
    """Return the packet's segment in packetdrill's notation.

    `seq` is printed relative to `iss`, the initial sequence number of its sender; `ack` and SACK blocks relative to
    `irs`, that of its receiver. A checksum is printed where it is wrong, a data offset where it is impossible.
    """
    return packet.segment.notation(iss=iss, irs=irs)


def parse_segment(
    text: str, *, iss: int = 0, irs: int = 0, payload: bytes | None = None, sport: int = 0, dport: int = 0
) -> Segment:
    """Return the segment that the text says, the inverse of `notation`.

    What the notation has no place for is given beside it; a payload of None is zeros. Raises TextError with the
    offset of the mistake.
    """
    scanner = Scanner(text)
    flags = _read_flags(scanner)
    seq, size = _read_range(scanner, iss)
    if payload is not None and len(payload) != size:
        raise TextError(0, text, f"a payload of {len(payload)} octets")
    fields: dict[str, int] = {}
    options: tuple[Option, ...] = ()
    while not scanner.done():
        if scanner.mark("<"):
            options = read_options(scanner, irs=irs)
            break
        at = scanner.at
        word = scanner.word()
        if word is None or word not in _WORDS or word in fields:
            raise scanner.error("'ack', 'win', 'urg', 'reserved', 'offset', 'checksum' or '<'", _WORDS, at=at)
        if word == "ack":
            fields[word] = read_relative(scanner, irs, "an acknowledgment number")
        else:
            fields[word] = scanner.number(f"the value of {word}", _FIELDS[word])
    if not scanner.done():
        raise scanner.error("the end of the segment")
    return Segment(
        sport=sport,
        dport=dport,
        seq=seq,
        ack=fields.get("ack", 0),
        flags=flags,
        window=fields.get("win", 65535),
        options=options,
        payload=bytes(size) if payload is None else payload,
        urgent=fields.get("urg", 0),
        reserved=fields.get("reserved", 0),
        offset=fields.get("offset"),
        checksum=fields.get("checksum"),
    )


def _read_flags(scanner: Scanner) -> int:
    scanner.skip()
    if scanner.mark("-"):
        return 0
    flags = 0
    first = scanner.at
    while scanner.at < scanner.end and scanner.text[scanner.at] in FLAG_LETTERS:
        flags |= 1 << FLAG_LETTERS.index(scanner.text[scanner.at])
        scanner.at += 1
    if scanner.at == first or (scanner.at < scanner.end and scanner.text[scanner.at] not in " \t"):
        raise scanner.error(f"flags out of {FLAG_LETTERS!r}, or '-' for none", at=scanner.at)
    return flags


def _read_range(scanner: Scanner, iss: int) -> tuple[int, int]:
    seq = read_relative(scanner, iss, "a sequence number")
    scanner.need(":")
    scanner.skip()
    at = scanner.at
    end = read_relative(scanner, iss, "the sequence number after the payload")
    scanner.need("(")
    size = scanner.number("the octets of payload", _MOST_PAYLOAD)
    scanner.need(")")
    if end != add(seq, size):
        raise scanner.error(f"a range of {size} octets", at=at)
    return seq, size
