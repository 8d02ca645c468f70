"""What the endpoints' kernel does with segments, and why: asked of its tracing, in a room of the lab's own.

Each frame that the proxy puts on a cable leaves a note with the address of its buffer, and so does each buffer that
the kernel throws away: a drop is that of the frame which had the buffer last. Sockets tell of each change of state and
each reset with their ports. The notes are only collected while a run lasts, page by page, and read at its end.
"""

import os
import socket
import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress
from ipaddress import ip_address
from typing import Any, Final, NamedTuple

from tcpchaos.backends.lab.diag import STATES
from tcpchaos.backends.lab.ring import Layout, Shape, events, layout, missed, shape
from tcpchaos.backends.testimony import Drop, Frame, Move, Reset, Statement
from tcpchaos.backends.warden.tracing import set_clock
from tcpchaos.trace import Side

_SENT, _DROPPED = "net/net_dev_start_xmit", "skb/kfree_skb"
_MOVED = "sock/inet_sock_set_state"
_RESETS, _WAS_RESET = "tcp/tcp_send_reset", "tcp/tcp_receive_reset"
_PLACES: Final = ("sport", "dport", "saddr", "daddr", "saddr_v6", "daddr_v6")
_WANTED: Final[Mapping[str, tuple[str, ...]]] = {
    _SENT: ("skbaddr", "len", "name"),
    _DROPPED: ("skbaddr", "rx_sk", "reason"),
    _MOVED: ("skaddr", "oldstate", "newstate", *_PLACES),
    _RESETS: ("skaddr", "reason", *_PLACES),
    _WAS_RESET: ("skaddr", *_PLACES),
}
# Other labs' frames are told, too: a buffer that had been one of ours may come into their hands.
_FILTERS: Final = {
    _SENT: 'name ~ "client*" || name ~ "server*"',
    _DROPPED: "protocol == 0x800 || protocol == 0x86dd",
    _MOVED: "protocol == 6",
}
# What is kept of a run: some two hundred thousand frames.
MOST_OCTETS: Final = 16 << 20
_MOST_PAGE_OCTETS: Final = 1 << 16
# A kernel deals with a frame at once, on the processor that sent it; what it puts aside belongs to a socket.
_AT_ONCE_US: Final = 1000
# The proxy's own network throws away whatever it has heard: frames that an endpoint sent, in buffers of their own.
_NOT_OURS: Final = frozenset({"OTHERHOST", "IPV6DISABLED"})
_IN_SOFTIRQ: Final = 0x10  # in common_flags
_ETHERNET_OCTETS: Final = 14
_SOCKADDR_OCTETS: Final = 28


class _Note(NamedTuple):
    """One event, with the processor that it happened on."""

    at_us: int
    processor: int
    kind: str
    flags: int
    values: tuple[Any, ...]


class Tracer:
    """Collects what the kernel tells of a lab, whose cables have these names (client's, server's)."""

    def __init__(self, directory: int, cables: tuple[str, str], addresses: tuple[str, str]) -> None:
        """Take over the descriptor of a room and have the kernel write; OSError, ValueError where that can't be."""
        self._directory = directory
        self._reader = _Reader(cables, addresses)
        self._pages: list[tuple[int, bytes]] = []
        self._octets = 0
        self._incomplete = False
        self._pipes: list[int] = []
        try:
            set_clock(directory)
            self._reader.shape = shape(self._read("events/header_page"))
            self._listen()
            processors = self._open("per_cpu", os.O_DIRECTORY)
            try:
                names = sorted(os.listdir(processors))
            finally:
                os.close(processors)
            for name in names:
                self._pipes.append(self._open(f"per_cpu/{name}/trace_pipe_raw", os.O_NONBLOCK))
        except (OSError, ValueError):
            self.close()
            raise

    def _listen(self) -> None:
        for name, wanted in _WANTED.items():
            with suppress(FileNotFoundError):  # this kernel does not have it: it is done without
                described = layout(self._read(f"events/{name}/format"), wanted)
                if name in _FILTERS:
                    with suppress(OSError):  # an older one lacks the field: more is told than is wanted
                        self._write(f"events/{name}/filter", _FILTERS[name])
                self._write(f"events/{name}/enable", "1")
                self._reader.layouts[described.number] = name, described

    @property
    def tells(self) -> frozenset[str]:
        """The events that this kernel has, of those that are wanted."""
        return frozenset(name for name, _ in self._reader.layouts.values())

    def gather(self) -> None:
        """Take over what the kernel has written so far; a page is kept as it is."""
        for processor, pipe in enumerate(self._pipes):
            while True:
                try:
                    page = os.read(pipe, _MOST_PAGE_OCTETS)
                except BlockingIOError:
                    break
                if not page:
                    break
                if self._octets + len(page) > MOST_OCTETS:
                    self._incomplete = True
                    continue
                self._pages.append((processor, page))
                self._octets += len(page)

    def finish(self, began_ns: int) -> Statement:
        """Have the kernel write no more, and read what it wrote; the run began then, by time.monotonic_ns()."""
        with suppress(OSError):
            self._write("tracing_on", "0")
        self.gather()
        return self._reader.read(self._pages, began_ns, incomplete=self._incomplete)

    def close(self) -> None:
        """Give everything back; the room itself is the warden's."""
        for descriptor in (*self._pipes, self._directory):
            os.close(descriptor)
        self._pipes.clear()

    def _open(self, path: str, flags: int) -> int:
        return os.open(path, os.O_RDONLY | os.O_CLOEXEC | flags, dir_fd=self._directory)

    def _read(self, path: str) -> str:
        with open(self._open(path, 0), encoding="ascii", errors="replace") as file:
            return file.read()

    def _write(self, path: str, text: str) -> None:
        descriptor = os.open(path, os.O_WRONLY | os.O_CLOEXEC, dir_fd=self._directory)
        try:
            os.write(descriptor, text.encode())
        finally:
            os.close(descriptor)


class _Reader:
    """Reads the pages of one run: from notes to what they mean."""

    def __init__(self, cables: tuple[str, str], addresses: tuple[str, str]) -> None:
        self.layouts: dict[int, tuple[str, Layout]] = {}
        self.shape: Shape | None = None
        self._cables = dict(zip(cables, Side, strict=True))
        self._sides = {ip_address(address).packed: side for address, side in zip(addresses, Side, strict=True)}

    def read(self, pages: Sequence[tuple[int, bytes]], began_ns: int, *, incomplete: bool) -> Statement:
        """Return what stands in the pages, each with the processor that wrote it."""
        form = self.shape
        if form is None:
            return Statement(incomplete=True)
        notes = [
            _Note((at_ns - began_ns) // 1000, processor, *self._decoded(number, page, at))
            for processor, page in pages
            for at_ns, number, at in events(page, form)
            if number in self.layouts
        ]
        notes.sort(key=_time)
        told = Statement(incomplete=incomplete or any(missed(page, form) for _, page in pages))
        self._buffers(notes, told)
        self._sockets(notes, told)
        return told

    def _decoded(self, number: int, page: bytes, at: int) -> tuple[str, int, tuple[Any, ...]]:
        name, described = self.layouts[number]
        flags, _, *values = described.read(page, at)
        return name, flags, tuple(values)

    def _buffers(self, notes: Sequence[_Note], told: Statement) -> None:
        """Find out whose buffers were thrown away."""
        holders: dict[int, tuple[_Note, Side, int] | None] = {}
        reasons = self._symbols(_DROPPED, "reason")
        ours = {note.values[0] for note in notes if note.kind == _MOVED and self._is_here(note.values[3:])}
        elsewhere = {note.values[0] for note in notes if note.kind == _MOVED} - ours
        for note in notes:
            if note.kind == _SENT:
                buffer, octets, cable = note.values
                side = self._cables.get(cable)
                holders[buffer] = None if side is None else (note, side, len(told.frames[side]))
                if side is not None:
                    told.frames[side].append(Frame(note.at_us, octets - _ETHERNET_OCTETS))
            elif note.kind == _DROPPED:
                buffer, owner, reason = note.values
                holder = holders.pop(buffer, None)
                if holder is None or reasons.get(reason) in _NOT_OURS:
                    continue
                sent, side, nth = holder
                at_once = note.processor == sent.processor and note.at_us - sent.at_us < _AT_ONCE_US
                if owner in ours or (owner not in elsewhere and at_once and note.flags & _IN_SOFTIRQ):
                    told.drops.append(Drop(note.at_us, side, nth, reasons.get(reason, str(reason))))

    def _sockets(self, notes: Sequence[_Note], told: Statement) -> None:
        """Read what sockets tell of themselves."""
        causes = self._symbols(_RESETS, "reason")
        reset_at: dict[int, int] = {}
        for note in notes:
            if note.kind == _MOVED:
                owner, before, after = note.values[:3]
                place = self._place(note.values[3:])
                was_reset = note.at_us - reset_at.pop(owner, -_AT_ONCE_US) < _AT_ONCE_US
                if place is not None and before in STATES and after in STATES:
                    states = STATES[before], STATES[after]
                    told.moves.append(Move(note.at_us, place[0], owner, place[1], place[2], *states, was_reset))
            elif note.kind == _WAS_RESET:
                reset_at[note.values[0]] = note.at_us
            elif note.kind == _RESETS:
                place = self._place(note.values[2:])
                if place is not None:
                    told.resets.append(Reset(note.at_us, *place, causes.get(note.values[1], "")))

    def _symbols(self, kind: str, name: str) -> dict[int, str]:
        return next((each.symbols[name] for found, each in self.layouts.values() if found == kind), {})

    def _is_here(self, values: Sequence[Any]) -> bool:
        """Tell whether a socket speaks between endpoints such as this lab's, or listens at one of them."""
        _, dport, source, _, source6, _ = values
        listens = not dport and (source in self._sides or source6 in self._sides)
        return listens or self._place(values) is not None

    def _place(self, values: Sequence[Any]) -> tuple[Side, int, int] | None:
        """Tell which endpoint of this lab speaks, its port and the other's; None where it is none of this lab."""
        sport, dport, source, target, source6, target6 = values
        if source is not None and len(source) == _SOCKADDR_OCTETS:
            (source, sport), (target, dport) = _unpacked(source), _unpacked(target)
        for here, there in ((source, target), (source6, target6)):
            side = self._sides.get(here)
            if side is not None and self._sides.get(there) is side.peer:
                return side, sport, dport
        return None


def _time(note: _Note) -> int:
    return note.at_us


def _unpacked(sockaddr: bytes) -> tuple[bytes, int]:
    """The address and the port in a struct sockaddr_in or sockaddr_in6."""
    port = int.from_bytes(sockaddr[2:4], "big")
    family = int.from_bytes(sockaddr[:2], sys.byteorder)
    return (sockaddr[4:8] if family == socket.AF_INET else sockaddr[8:24]), port
