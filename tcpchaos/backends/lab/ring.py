"""What the kernel's tracing writes: pages of events, each laid out as a description beside it says.

Nothing about an event is known beforehand but its name and the names of its fields: where they stand, and how large
they are, differs from kernel to kernel and is read from events/*/format. How events stand in a page is told in the
kernel's Documentation/trace/ring-buffer-design.rst and in events/header_page.
"""

import re
import struct
import sys
from collections.abc import Iterator, Sequence
from typing import Any, Final, NamedTuple

_FIELD: Final = re.compile(
    r"field:\s*(?P<type>[^;]+?)\s*(?P<name>\w+)(\[\d*\])?;\s*offset:(?P<at>\d+);\s*size:(?P<size>\d+);"
)
_NUMBER: Final = re.compile(r"^ID:\s*(\d+)", re.MULTILINE)
_SYMBOL: Final = re.compile(r"\{\s*(-?\d+)\s*,\s*\"([^\"]*)\"\s*\}")
_LETTERS: Final = {1: "B", 2: "H", 4: "I", 8: "Q"}
_DYNAMIC: Final = "__data_loc"
_COMMON: Final = ("common_flags", "common_pid")

# What stands where the length of an event would: no event, or a longer time, in the compressed header of one.
_PADDING, _TIME_EXTEND, _TIME_STAMP = 29, 30, 31
_DELTA_BITS: Final = 27
_SHORT_DELTA: Final = (1 << _DELTA_BITS) - 1
_LITTLE: Final = sys.byteorder == "little"
_MISSED: Final = 1 << 31
_LENGTH: Final = (1 << 28) - 1
_WORD: Final = struct.Struct("=I")
_STAMP: Final = struct.Struct("=Q")


class Layout(NamedTuple):
    """How an event is to be read: its number, and the wanted fields in their order, behind flags and process.

    A field that this kernel does not have is None wherever it is read. `symbols` are the names of a field's values.
    """

    number: int
    struct: struct.Struct
    order: tuple[int | None, ...]
    dynamic: frozenset[int]
    symbols: dict[str, dict[int, str]]

    def read(self, page: bytes, at: int) -> tuple[Any, ...]:
        """Return the wanted fields of the event that stands there: numbers, octets of arrays, and text."""
        values = self.struct.unpack_from(page, at)
        return tuple(
            None if place is None else _text(page, at, values[place]) if place in self.dynamic else values[place]
            for place in self.order
        )


def _text(page: bytes, at: int, where: int) -> str:
    begin, size = at + (where & 0xFFFF), where >> 16
    return page[begin : begin + size].split(b"\0", 1)[0].decode(errors="replace")


def layout(description: str, wanted: Sequence[str]) -> Layout:
    """Read the description of an event (events/*/format); ValueError where it is none."""
    number = _NUMBER.search(description)
    fields = {}
    for field in _FIELD.finditer(description):
        fields[field["name"]] = int(field["at"]), int(field["size"]), field["type"].startswith(_DYNAMIC)
    if number is None or "common_pid" not in fields:
        raise ValueError("no description of an event")
    names = (*_COMMON, *wanted)
    present = sorted((fields[name][0], name) for name in set(names) & fields.keys())
    form, end = "=", 0
    for at, name in present:
        size = fields[name][1]
        form += f"{at - end}x" if at > end else ""
        form += _LETTERS.get(size, f"{size}s") if not _is_octets(name, size) else f"{size}s"
        end = at + size
    places = {name: place for place, (_, name) in enumerate(present)}
    return Layout(
        number=int(number[1]),
        struct=struct.Struct(form),
        order=tuple(places.get(name) for name in names),
        dynamic=frozenset(places[name] for name in places if fields[name][2]),
        symbols={name: dict(_symbols(description, name)) for name in wanted},
    )


def _is_octets(name: str, size: int) -> bool:
    """Tell whether a field is an address and not a number of the same size."""
    return "addr" in name and not name.endswith(("skaddr", "skbaddr")) and size in (4, 16, 28)


def _symbols(description: str, name: str) -> Iterator[tuple[int, str]]:
    """The names that the description gives to the values of a field."""
    begin = description.find(f"__print_symbolic(REC->{name},")
    if begin < 0:
        return
    end = description.find("})", begin)
    for value, text in _SYMBOL.findall(description[begin : end + 1]):
        yield int(value), text


class Shape(NamedTuple):
    """Where the parts of a page stand."""

    commit_at: int
    commit_octets: int
    data_at: int


def shape(description: str) -> Shape:
    """Read the description of a page (events/header_page); ValueError where it is none."""
    fields = {field["name"]: field for field in _FIELD.finditer(description)}
    if not {"timestamp", "commit", "data"} <= fields.keys():
        raise ValueError("no description of a page")
    return Shape(int(fields["commit"]["at"]), int(fields["commit"]["size"]), int(fields["data"]["at"]))


def missed(page: bytes, form: Shape) -> bool:
    """Tell whether events were lost right before this page."""
    return bool(_commit(page, form) & _MISSED)


def _commit(page: bytes, form: Shape) -> int:
    return int.from_bytes(page[form.commit_at : form.commit_at + form.commit_octets], sys.byteorder)


def events(page: bytes, form: Shape) -> Iterator[tuple[int, int, int]]:
    """The events of a page in their order: the time in nanoseconds, the number of its layout, and where it stands."""
    (now,) = _STAMP.unpack_from(page)
    at = form.data_at
    end = min(at + (_commit(page, form) & _LENGTH), len(page))
    while at + 4 <= end:
        (head,) = _WORD.unpack_from(page, at)
        kind, delta = (head & 0x1F, head >> 5) if _LITTLE else (head >> _DELTA_BITS, head & _SHORT_DELTA)
        at += 4
        if kind == _PADDING:
            if not delta or at + 4 > end:
                return
            now += delta
            at += _WORD.unpack_from(page, at)[0]
            continue
        if kind in (_TIME_EXTEND, _TIME_STAMP):
            if at + 4 > end:
                return
            longer = delta + (_WORD.unpack_from(page, at)[0] << _DELTA_BITS)
            # A stamp holds all but the highest bits of the time itself.
            now = now + longer if kind == _TIME_EXTEND else (now >> 59 << 59) | longer
            at += 4
            continue
        now += delta
        if kind:
            size = 4 * kind
        else:
            if at + 4 > end:
                return
            size = _WORD.unpack_from(page, at)[0] - 4
            at += 4
        if size < 4 or at + size > end:
            return
        yield now, int.from_bytes(page[at : at + 2], sys.byteorder), at
        at += size
