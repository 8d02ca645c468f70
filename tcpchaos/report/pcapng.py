"""A capture of what passed, on both sides of the proxy, for Wireshark and every tool that reads pcapng.

Written here and not with scapy, because its writer is not a streaming one that comments packets: two interfaces, one
for each side of the proxy, raw IP packets, microsecond stamps, and on each packet what the proxy did to it. What is
known only afterwards (whose address is whose, what was broken where) is put in by copying the file once more.
"""

import struct
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from ipaddress import ip_address
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, Final, Self

from tcpchaos.corpus import store
from tcpchaos.trace import Event, Passage, Side, Trace

RAW_IP: Final = 101
_SECTION, _INTERFACE, _NAMES, _PACKET = 0x0A0D0D0A, 1, 4, 6
_NAME_RECORDS: Final = {4: 1, 16: 2}  # by the octets of an address
_COMMENT, _NAME, _DESCRIPTION, _FLAGS, _SYSTEM, _APPLICATION = 1, 2, 3, 2, 3, 4  # options, by kind of block
_INBOUND, _OUTBOUND = 1, 2  # as the proxy sees it: what an endpoint sent comes in
_UNSPECIFIED_LENGTH: Final = -1
_AFTER_COMMENTS: Final = 12  # octets of a packet's options behind its comments: the flags, and the end of options


@dataclass(frozen=True, slots=True, kw_only=True)
class Commentary:
    """What is known of a capture when it is whole: names by address, and comments by the frame that they belong to."""

    names: Mapping[str, str]
    comments: Mapping[int, Sequence[str]]


class CaptureSink:
    """A capture being written: call it with each event; it appears under its name only when it is whole.

    Raises OSError where the file can't be made; a failure later, such as a full disk, stands in `error`. `began_us` is
    the wall clock at time 0 of the run, in microseconds since 1970; `stack` names that of the endpoints ("linux 6.18").
    """

    def __init__(self, path: Path | str, *, began_us: int, version: str, stack: str = "") -> None:
        self.path = Path(path)
        self.packets = 0
        self.error: OSError | None = None
        self._began_us = began_us
        self._partial = store.partial_of(self.path)
        self._file = store.fresh(self._partial)
        header = struct.pack("<IHHq", 0x1A2B3C4D, 1, 0, _UNSPECIFIED_LENGTH)
        self._file.write(_block(_SECTION, header + _options((_SYSTEM, stack), (_APPLICATION, f"tcpchaos {version}"))))
        for side in Side:
            options = _options((_NAME, str(side)), (_DESCRIPTION, f"between the {side} and the proxy"))
            self._file.write(_block(_INTERFACE, struct.pack("<HHI", RAW_IP, 0, 0) + options))

    def __call__(self, event: Event) -> None:
        """Write one event; once that has failed (`error`), nothing more is written and no file will be left."""
        if self.error is not None:
            return
        octets = event.octets
        at_us = self._began_us + event.at_us
        lead = f"tcpchaos #{event.frame}" + (f" of #{event.origin}" if event.origin else "")
        comments = [(_COMMENT, f"{lead}: {deed}") for deed in event.deeds]
        direction = struct.pack("<I", _OUTBOUND if event.delivered else _INBOUND)
        options = _options(*comments, (_FLAGS, direction))
        head = struct.pack("<IIIII", event.side, at_us >> 32, at_us & 0xFFFFFFFF, len(octets), len(octets))
        try:
            self._file.write(_block(_PACKET, head + _padded(octets) + options))
        except OSError as error:
            self._give_up(error)
        else:
            self.packets += 1

    def close(self, commentary: Commentary | None = None) -> None:
        """Finish the file, with what is known by now, and give it its name.

        Where that fails, `error` says why and nothing is left.
        """
        if self._file.closed:
            return
        try:
            self._file.close()
            if commentary is not None:
                self._tell(commentary)
            self._partial.replace(self.path)
        except OSError as error:
            self._give_up(error)

    def _tell(self, commentary: Commentary) -> None:
        told = self._partial.with_suffix(".told")
        try:
            with open(self._partial, "rb") as plain, store.fresh(told) as file:
                for block in _commented(plain, commentary):
                    file.write(block)
            told.replace(self._partial)
        finally:
            told.unlink(missing_ok=True)

    def discard(self) -> None:
        """Leave nothing behind; after close() nothing is left to discard."""
        if not self._file.closed:
            with suppress(OSError):  # what could not be written before can't be written now, and need not be
                self._file.close()
            self._partial.unlink(missing_ok=True)

    def _give_up(self, error: OSError) -> None:
        self.error = error
        with suppress(OSError):
            self._file.close()
        self._partial.unlink(missing_ok=True)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close() if kind is None else self.discard()


class CapturedTrace(Trace):
    """A trace of which a capture file keeps all events, also those that the trace itself leaves out."""

    def __init__(self, sink: CaptureSink) -> None:
        super().__init__()
        self.commentary: Commentary | None = None  # to be put into the file when it is closed
        self._sink = sink

    def add(self, event: Event) -> None:
        """Append an event, and write it to the capture."""
        super().add(event)
        self._sink(event)

    def passed(self, passage: Passage) -> None:
        """Append the two events of a packet that passed, and write both to the capture."""
        super().passed(passage)
        for event in passage.events():
            self._sink(event)


def _commented(file: BinaryIO, commentary: Commentary) -> Iterator[bytes]:
    """Yield the blocks of a capture that was written here, with more comments, names before the first packet."""
    frame = 0
    while head := file.read(8):
        kind, size = struct.unpack("<II", head)
        body = file.read(size - 8)[:-4]
        if kind != _PACKET:
            yield _block(kind, body)
            continue
        if frame == 0 and commentary.names:
            yield _block(_NAMES, _name_records(commentary.names))
        frame += 1
        added = _options(*((_COMMENT, comment) for comment in commentary.comments.get(frame, ())))[:-4]
        yield _block(kind, body[:-_AFTER_COMMENTS] + added + body[-_AFTER_COMMENTS:])


def _name_records(names: Mapping[str, str]) -> bytes:
    records = []
    for address, name in names.items():
        octets = ip_address(address).packed
        value = octets + name.encode() + b"\0"
        records.append(struct.pack("<HH", _NAME_RECORDS[len(octets)], len(value)) + _padded(value))
    return b"".join(records) + bytes(8)  # the end of the records, and the end of no options


def _block(kind: int, body: bytes) -> bytes:
    size = struct.pack("<I", len(body) + 12)
    return b"".join((struct.pack("<I", kind), size, body, size))


def _options(*options: tuple[int, str | bytes]) -> bytes:
    parts = []
    for kind, value in options:
        octets = value.encode() if isinstance(value, str) else value
        parts.append(struct.pack("<HH", kind, len(octets)) + _padded(octets))
    return b"".join(parts) + bytes(4)


def _padded(octets: bytes) -> bytes:
    return octets + bytes(-len(octets) % 4)
