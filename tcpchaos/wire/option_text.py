"""The text form of TCP options, packetdrill's where it has one: `mss 1460,nop,wscale 7,sackOK,TS val 100 ecr 0`.

Every list of options that octets can hold has a text form which gives the same options again. What packetdrill cannot
say has forms of its own: `uto 30s` (user timeout), `kind 254 dead` (any kind with any body), `raw 0200` (octets that
are no option), and `length 5` behind any option with a length for a length octet that is wrong.
"""

import re
from collections.abc import Callable, Iterable
from typing import Final

from tcpchaos.seq import MODULUS, add, ahead
from tcpchaos.wire import options as opt
from tcpchaos.wire.options import Option
from tcpchaos.wire.scan import Scanner

# A number this little behind the initial one is printed as negative: one largest window (RFC 7323, section 2.3).
# Further behind it is more likely far ahead.
_BEHIND_OCTETS: Final = 1 << 30

_NUMBER: Final = MODULUS - 1
_TIMEOUT: Final = re.compile(r"([0-9]{1,5})(s|min)(?![0-9A-Za-z_])", re.IGNORECASE)


def relative_text(number: int, start: int) -> str:
    """Return a sequence number relative to the initial one; negative where it lies a little behind it."""
    distance = ahead(start, number)
    return str(distance - MODULUS if distance > MODULUS - _BEHIND_OCTETS else distance)


def read_relative(scanner: Scanner, start: int, expected: str) -> int:
    """Return the sequence number that is written here relative to `start`. Raises TextError."""
    return add(start, scanner.number(expected, _NUMBER, -_NUMBER))


def options_text(options: Iterable[Option], *, irs: int = 0) -> str:
    """Return the text form of the options, SACK blocks relative to `irs`."""
    return ",".join([option_text(option, irs=irs) for option in options])


def option_text(option: Option, *, irs: int = 0) -> str:
    """Return the text form of one option, SACK blocks relative to `irs`."""
    kind, body = option
    size = len(body)
    number = int.from_bytes(body[:4], "big")
    if kind == opt.RAW:
        return f"raw {body.hex()}".rstrip()
    if kind in _BARE and size == 0:
        return _BARE[kind]
    if kind == opt.MSS and size == 2:
        return f"mss {number}"
    if kind == opt.WSCALE and size == 1:
        return f"wscale {number}"
    if kind == opt.TIMESTAMPS and size == 8:
        return f"TS val {number} ecr {int.from_bytes(body[4:], 'big')}"
    if kind == opt.SACK and size % 8 == 0:
        edges = [relative_text(int.from_bytes(body[at : at + 4], "big"), irs) for at in range(0, size, 4)]
        return " ".join(["sack"] + [f"{left}:{right}" for left, right in zip(edges[::2], edges[1::2], strict=True)])
    if kind == opt.USER_TIMEOUT and size == 2:
        return f"uto {number & 0x7FFF}{'min' if number >> 15 else 's'}"
    if kind in _HEXED:
        return f"{_HEXED[kind]} {body.hex()}".rstrip()
    return f"kind {kind} {body.hex()}".rstrip()


_BARE: Final = {opt.EOL: "eol", opt.NOP: "nop", opt.SACK_PERMITTED: "sackOK"}
_HEXED: Final = {opt.MD5: "md5", opt.FAST_OPEN: "FO"}


def parse_options(text: str, *, irs: int = 0, at: int = 0, end: int | None = None) -> tuple[Option, ...]:
    """Return the options that the text from `at` to `end` says, with or without `<` and `>` around them.

    SACK blocks are relative to `irs`. Words may be in any case. Raises TextError, whose `at` is an offset into the
    whole text.
    """
    scanner = Scanner(text, at, end)
    options = read_options(scanner, irs=irs) if scanner.mark("<") else _read_list(scanner, irs)
    if not scanner.done():
        raise scanner.error("the end of the options")
    return options


def read_options(scanner: Scanner, *, irs: int = 0) -> tuple[Option, ...]:
    """Return the options up to the `>` and move behind it; the `<` is read already. Raises TextError."""
    options = _read_list(scanner, irs)
    if not scanner.mark(">"):
        raise scanner.error("',' or '>'")
    return options


def _read_list(scanner: Scanner, irs: int) -> tuple[Option, ...]:
    options: list[Option] = []
    if scanner.done() or scanner.text[scanner.at] == ">":
        return ()
    while True:
        options.append(_read_option(scanner, irs))
        if not scanner.mark(","):
            return tuple(options)


def _read_option(scanner: Scanner, irs: int) -> Option:
    scanner.skip()
    at = scanner.at
    word = scanner.word()
    if word is None or word not in _READERS:
        raise scanner.error("a TCP option", _READERS, at=at)
    option = _READERS[word](scanner, irs)
    if len(option.body) > opt.BODY_MOST_OCTETS and option.kind != opt.RAW:
        raise scanner.error(f"an option of at most {opt.BODY_MOST_OCTETS} octets after its length", at=at)
    if scanner.peek() == "length":
        if option.kind in (opt.EOL, opt.NOP, opt.RAW):
            raise scanner.error("',' ('length' needs an option that has one)")
        scanner.word()
        option = opt.with_length(option, scanner.number("a length octet", 255))
    return option


def _read_timestamps(scanner: Scanner, _: int) -> Option:
    values = []
    for name in ("val", "ecr"):
        if scanner.peek() != name:
            raise scanner.error(f"{name!r}", (name,))
        scanner.word()
        values.append(scanner.number("a timestamp", _NUMBER))
    return opt.timestamps(values[0], values[1])


def _read_sack(scanner: Scanner, irs: int) -> Option:
    blocks = []
    while not scanner.done() and scanner.text[scanner.at] in "+-0123456789":
        left = read_relative(scanner, irs, "the left edge of a block")
        scanner.need(":")
        blocks.append((left, read_relative(scanner, irs, "the right edge of a block")))
    return opt.sack(*blocks)


def _read_user_timeout(scanner: Scanner, _: int) -> Option:
    found = scanner.match(_TIMEOUT)
    if found is None or int(found.group(1)) > 0x7FFF:
        raise scanner.error("a user timeout, 0 to 32767 with 's' or 'min' behind it")
    scanner.at = found.end()
    return opt.user_timeout(int(found.group(1)), minutes=found.group(2).lower() == "min")


def _read_kind(scanner: Scanner, _: int) -> Option:
    kind = scanner.number("an option kind", 255)
    return Option(kind, b"" if kind in (opt.EOL, opt.NOP) else scanner.octets())


_READERS: Final[dict[str, Callable[[Scanner, int], Option]]] = {
    "eol": lambda scanner, irs: opt.eol(),
    "nop": lambda scanner, irs: opt.nop(),
    "mss": lambda scanner, irs: opt.mss(scanner.number("a segment size", 0xFFFF)),
    "wscale": lambda scanner, irs: opt.wscale(scanner.number("a shift", 255)),
    "sackok": lambda scanner, irs: opt.sack_permitted(),
    "sack": _read_sack,
    "ts": _read_timestamps,
    "fo": lambda scanner, irs: opt.fast_open(scanner.octets()),
    "md5": lambda scanner, irs: opt.md5(scanner.octets()),
    "uto": _read_user_timeout,
    "kind": _read_kind,
    "raw": lambda scanner, irs: opt.raw(scanner.octets()),
}
