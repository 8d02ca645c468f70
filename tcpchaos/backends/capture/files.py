"""Capture files: pcap and pcapng, read record by record, whatever octets someone hands us.

Written here and not taken from scapy for three reasons: what is cut short or damaged must be told apart from what
simply ends, a second section of a pcapng file brings its own interfaces, and `check` starts without a second's worth
of imports. The formats are small: a pcap file is headers of 24 and 16 octets, pcapng is blocks that say their length.
"""

import gzip
import struct
import sys
import zlib
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, Final, NamedTuple, Self, cast

# No frame is larger: the biggest snap length that libpcap writes. What claims more is damage, not a packet.
MOST_OCTETS: Final = 262_144
MOST_BLOCK: Final = 16 * 1024 * 1024  # a pcapng block with comments, secrets or statistics
MOST_INTERFACES: Final = 65_536  # of one section of a pcapng file

_PCAP: Final = {
    b"\xa1\xb2\xc3\xd4": (">", 1000),
    b"\xd4\xc3\xb2\xa1": ("<", 1000),
    b"\xa1\xb2\x3c\x4d": (">", 1),
    b"\x4d\x3c\xb2\xa1": ("<", 1),
}
_SECTION: Final = 0x0A0D0D0A
_SECTION_OCTETS: Final = _SECTION.to_bytes(4, "big")  # the same in either byte order
_INTERFACE, _OLD_PACKET, _SIMPLE_PACKET, _PACKET = 1, 2, 3, 6
_PACKETS: Final = frozenset((_OLD_PACKET, _SIMPLE_PACKET, _PACKET))
_COMMENT, _NAME, _FLAGS, _SYSTEM, _APPLICATION, _TSRESOL, _TSOFFSET = 1, 2, 2, 3, 4, 9, 14  # options, by kind of block
_SECOND_NS: Final = 1_000_000_000
_LINK_AT: Final = 20  # where a pcap file says its link type
_BUFFER_OCTETS: Final = 1024 * 1024
_GZIP: Final = b"\x1f\x8b"
STANDARD_INPUT: Final = "-"

_OTHERS: Final = {
    b"\x28\xb5\x2f\xfd": "compressed with zstd: unpack it first (unzstd)",
    b"\xfd7zXZ": "compressed with xz: unpack it first (unxz)",
    b"BZh": "compressed with bzip2: unpack it first (bunzip2)",
    b"\x0a\x0d\x0a\x0d": "a pcapng file whose line ends were changed in transit: copy it again, as binary",
    b"\xa1\xb2\xcd\x34": "a modified pcap of an old kernel: convert it (editcap -F pcap)",
    b"\x34\xcd\xb2\xa1": "a modified pcap of an old kernel: convert it (editcap -F pcap)",
    b"RTSS": "a snoop or NetMon file: convert it (editcap -F pcap)",
    b"snoop": "a snoop file: convert it (editcap -F pcap)",
}


class CaptureError(ValueError):
    """A file from which not one packet can be read, and why."""


class Record(NamedTuple):
    """One frame of a capture: nanoseconds of its stamp, its link type, its octets, and how many there were.

    Of a pcapng file there may be more: the name of its interface, its direction there (1 in, 2 out, 0 unknown),
    comments, and the number of the interface, counted over all sections.
    """

    number: int
    at_ns: int
    link: int
    octets: bytes
    original: int
    interface: str = ""
    direction: int = 0
    comments: tuple[str, ...] = ()
    heard_at: int = 0


class _Interface(NamedTuple):
    link: int
    snap: int
    units: int  # of a second
    offset_s: int
    name: str = ""
    number: int = 0


class _Layout:
    """How the blocks of a section are read, in its byte order."""

    def __init__(self, order: str) -> None:
        self.order = order
        self.head = struct.Struct(order + "II").unpack  # kind of block, octets
        self.packet = struct.Struct(order + "IIIII").unpack_from  # interface, stamp (two halves), octets, of how many
        self.old_packet = struct.Struct(order + "HxxIIII").unpack_from


_LAYOUTS: Final = {b"\x1a\x2b\x3c\x4d": _Layout(">"), b"\x4d\x3c\x2b\x1a": _Layout("<")}


class CaptureFile:
    """An open capture file, packed with gzip or not: iterate once over its records, then ask `damage` if that was all.

    `application` and `system` name what wrote a pcapng file and where, as far as it was read; `links` tells of each
    link type the octet of the file at which it is said. The path `-` is the standard input.

    Raises OSError where the file can't be read, CaptureError where it is no capture.
    """

    def __init__(self, path: Path | str) -> None:
        self.damage: str | None = None
        self.application = ""
        self.system = ""
        self.links: dict[int, int] = {}
        self._at = 0  # octets read, up to the end of what was read whole
        self._interfaces = 0
        self._block_octets = 0
        self._file = _opened(path)
        try:
            self._magic = self._file.read(4)
            if self._magic.startswith(_GZIP):
                self._unpack(path)
            self.format = self._recognised()
        except BaseException:
            self._file.close()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._file.close()

    def __iter__(self) -> Iterator[Record]:
        try:
            yield from self._pcap() if self.format == "pcap" else self._pcapng()
        except (EOFError, zlib.error, gzip.BadGzipFile):
            self._damaged("what gzip has packed is cut short or damaged")

    def _unpack(self, path: Path | str) -> None:
        if str(path) == STANDARD_INPUT:
            raise CaptureError("what comes from the standard input is compressed with gzip: unpack it first (gunzip)")
        self._file.close()
        self._file = cast(BinaryIO, gzip.open(path, "rb"))  # noqa: SIM115 - closed by __exit__
        try:
            self._magic = self._file.read(4)
        except (EOFError, zlib.error, gzip.BadGzipFile):
            raise CaptureError("what gzip has packed is cut short or damaged") from None

    def _recognised(self) -> str:
        if not self._magic:
            raise CaptureError("the file is empty")
        if self._magic in _PCAP:
            return "pcap"
        if self._magic == _SECTION_OCTETS:
            return "pcapng"
        start = self._magic + self._file.read(4)
        for magic, what in _OTHERS.items():
            if start.startswith(magic):
                raise CaptureError(f"the file is {what}")
        raise CaptureError("this is neither a pcap nor a pcapng file")

    def _damaged(self, what: str) -> None:
        self.damage = f"{what}, at octet {self._at:,} of the file"

    def _pcap(self) -> Iterator[Record]:
        order, unit_ns = _PCAP[self._magic]
        read = self._file.read
        header = read(20)
        if len(header) < 20:
            raise CaptureError("the file ends inside its first header")
        link = struct.unpack_from(order + "I", header, 16)[0] & 0xFFFF  # the upper bits tell of an FCS
        self.links[link] = _LINK_AT
        head = struct.Struct(order + "IIII").unpack
        number = 0
        self._at = 24
        while lead := read(16):
            if len(lead) < 16:
                return self._damaged("the file is cut short inside the header of a packet")
            at_s, at_units, size, original = head(lead)
            if size > MOST_OCTETS:
                return self._damaged(f"a packet claims {size:,} octets")
            octets = read(size)
            if len(octets) < size:
                return self._damaged("the file is cut short inside a packet")
            number += 1
            self._at += 16 + size
            yield Record(number, at_s * _SECOND_NS + at_units * unit_ns, link, octets, max(original, size))
        return None

    def _pcapng(self) -> Iterator[Record]:
        layout = _LAYOUTS[b"\x4d\x3c\x2b\x1a"]  # until the first section says what it is
        interfaces: list[_Interface] = []
        read = self._file.read
        lead = self._magic + read(4)
        number = 0
        last_ns = 0
        while lead:
            if len(lead) < 8:
                where = "between two blocks" if len(lead) < 4 else "inside the header of a block"
                return self._damaged(f"the file is cut short {where}")
            if lead[:4] == _SECTION_OCTETS:
                magic = read(4)
                if magic not in _LAYOUTS and not number:
                    raise CaptureError("the pcapng file's first block is damaged or cut short")
                if magic not in _LAYOUTS:
                    return self._damaged("a section's header is damaged or cut short")
                layout = _LAYOUTS[magic]
                interfaces = []
            kind, size = layout.head(lead)
            body = self._rest(size, read=12 if kind == _SECTION else 8)
            if body is None:
                return None
            if kind in _PACKETS:
                record = _packet(layout, kind, body, interfaces, number + 1, last_ns)
                if record is None:
                    return self._damaged("a packet's block contradicts itself")
                number, last_ns = record.number, record.at_ns
                yield record
            elif kind == _INTERFACE:
                if len(interfaces) >= MOST_INTERFACES:
                    return self._damaged(f"a section claims more than {MOST_INTERFACES:,} interfaces")
                interfaces.append(self._described(_interface(layout.order, body)))
            elif kind == _SECTION:
                self._introduce(dict(_options(layout.order, body, 12)))
            self._at += self._block_octets
            lead = read(8)
        return None

    def _described(self, interface: _Interface) -> _Interface:
        self.links.setdefault(interface.link, self._at)
        self._interfaces += 1
        return interface._replace(number=self._interfaces)

    def _rest(self, size: int, *, read: int) -> bytes | None:
        """Return the rest of a block of so many octets, of which so many were read, without its second length."""
        if size > MOST_BLOCK or size < 4 + read:
            self._damaged(f"a block claims a length of {size:,} octets")
            return None
        self._block_octets = whole = size + 3 & ~3
        body = self._file.read(whole - read)
        if len(body) < size - read:
            self._damaged("the file is cut short inside a block")
            return None
        return body[:-4]

    def _introduce(self, options: dict[int, bytes]) -> None:
        self.application = _text(options.get(_APPLICATION, b""))
        self.system = _text(options.get(_SYSTEM, b""))


def _opened(path: Path | str) -> BinaryIO:
    if str(path) == STANDARD_INPUT:
        return sys.stdin.buffer
    return open(path, "rb", buffering=_BUFFER_OCTETS)


def _interface(order: str, body: bytes) -> _Interface:
    if len(body) < 8:
        return _Interface(-1, 0, 1_000_000, 0)
    link, snap = struct.unpack_from(order + "HxxI", body)
    options = dict(_options(order, body, 8))
    units = 1_000_000
    if len(resolution := options.get(_TSRESOL, b"")) == 1:
        exponent = resolution[0] & 0x7F
        units = 2**exponent if resolution[0] & 0x80 else 10**exponent
    offset = options.get(_TSOFFSET, b"")
    offset_s = struct.unpack(order + "q", offset)[0] if len(offset) == 8 else 0
    return _Interface(link, snap, units, offset_s, _text(options.get(_NAME, b"")))


def _text(octets: bytes) -> str:
    return octets.rstrip(b"\0").decode(errors="replace")


def _options(order: str, body: bytes, at: int) -> Iterator[tuple[int, bytes]]:
    while at + 4 <= len(body):
        kind, size = struct.unpack_from(order + "HH", body, at)
        if kind == 0:
            return
        yield kind, body[at + 4 : at + 4 + size]
        at += 4 + (size + 3 & ~3)


def _packet(
    layout: _Layout, kind: int, body: bytes, interfaces: list[_Interface], number: int, last_ns: int
) -> Record | None:
    if kind == _SIMPLE_PACKET:
        if len(body) < 4 or not interfaces:
            return None
        (original,) = struct.unpack_from(layout.order + "I", body)
        first = interfaces[0]
        size = min(original, first.snap or original, len(body) - 4)
        return Record(number, last_ns, first.link, body[4 : 4 + size], original, first.name, heard_at=first.number)
    if len(body) < 20:
        return None
    index, high, low, size, original = (layout.packet if kind == _PACKET else layout.old_packet)(body)
    if index >= len(interfaces) or size > len(body) - 20:
        return None
    link, _, units, offset_s, name, heard_at = interfaces[index]
    at_ns = (high << 32 | low) * _SECOND_NS // units + offset_s * _SECOND_NS
    octets = body[20 : 20 + size]
    direction = 0
    comments: tuple[str, ...] = ()
    options_at = 20 + (size + 3 & ~3)
    if kind == _PACKET and len(body) > options_at:
        direction, comments = _remarks(layout.order, body, options_at)
    return Record(number, at_ns, link, octets, max(original, size), name, direction, comments, heard_at)


def _remarks(order: str, body: bytes, at: int) -> tuple[int, tuple[str, ...]]:
    """Return the direction that the options of a packet's block name, and their comments."""
    options = list(_options(order, body, at))
    comments = tuple(_text(octets) for option, octets in options if option == _COMMENT)
    flags = dict(options).get(_FLAGS, b"")
    return struct.unpack(order + "I", flags)[0] & 3 if len(flags) == 4 else 0, comments
