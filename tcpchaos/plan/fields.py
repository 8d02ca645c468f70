"""What a plan may write in a header: the fields of TCP and IP, and the options, legal or not."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum, StrEnum
from typing import Final

from tcpchaos.plan.expr import Expr
from tcpchaos.plan.words import FLAG_NAMES, IP_FLAG_NAMES, bits
from tcpchaos.wire.basics import OPTIONS_MOST_OCTETS
from tcpchaos.wire.options import (
    EOL,
    FAST_OPEN,
    MD5,
    MSS,
    NOP,
    SACK,
    SACK_PERMITTED,
    TIMESTAMPS,
    USER_TIMEOUT,
    WSCALE,
)

# The words that the text of a segment has, so that a list of options can be copied from a report.
OPTION_NAMES: Final = {
    "eol": EOL,
    "nop": NOP,
    "mss": MSS,
    "wscale": WSCALE,
    "sackOK": SACK_PERMITTED,
    "sack": SACK,
    "TS": TIMESTAMPS,
    "md5": MD5,
    "uto": USER_TIMEOUT,
    "FO": FAST_OPEN,
}
_NAME_OF: Final = {kind: name for name, kind in OPTION_NAMES.items()}
# The widths in octets of the numbers in the body of an option; SACK has as many pairs as are given.
_WIDTHS: Final = {MSS: (2,), WSCALE: (1,), TIMESTAMPS: (4, 4), USER_TIMEOUT: (2,)}
_WITH_BODY: Final = (MD5, FAST_OPEN)


class Field(StrEnum):
    """A number that an action can set, add to or take from."""

    SPORT = "sport"
    DPORT = "dport"
    SEQ = "seq"
    ACK = "ack"
    OFFSET = "offset"
    RESERVED = "reserved"
    FLAGS = "flags"
    WINDOW = "window"
    CHECKSUM = "checksum"
    URGENT = "urgent"
    # The number inside an option: `=` puts the option there if it is missing, `+=` and `-=` leave it missing.
    MSS = "mss"
    WSCALE = "wscale"
    TSVAL = "tsval"
    TSECR = "tsecr"
    UTO = "uto"
    # IP. Hop limit and traffic class of IPv6 go by the names of IPv4; what IPv6 lacks stays untouched there.
    TTL = "ttl"
    TOS = "tos"
    ECN = "ecn"
    IP_ID = "ip-id"
    IP_FLAGS = "ip-flags"
    IP_CHECKSUM = "ip-checksum"

    @property
    def width(self) -> int:
        """Its width in bits."""
        return _BITS[self]

    @property
    def option(self) -> int | None:
        """The kind of the option in which it lies, if it does."""
        return _OPTION_OF.get(self)


_BITS: Final[dict[Field, int]] = {
    **dict.fromkeys((Field.SPORT, Field.DPORT, Field.WINDOW, Field.CHECKSUM, Field.URGENT, Field.MSS, Field.UTO), 16),
    **dict.fromkeys((Field.SEQ, Field.ACK, Field.TSVAL, Field.TSECR), 32),
    **dict.fromkeys((Field.IP_ID, Field.IP_CHECKSUM), 16),
    **dict.fromkeys((Field.FLAGS, Field.WSCALE, Field.TTL, Field.TOS), 8),
    **dict.fromkeys((Field.OFFSET, Field.RESERVED), 4),
    Field.IP_FLAGS: 3,
    Field.ECN: 2,
}
_OPTION_OF: Final[dict[Field, int]] = {
    Field.MSS: MSS,
    Field.WSCALE: WSCALE,
    Field.TSVAL: TIMESTAMPS,
    Field.TSECR: TIMESTAMPS,
    Field.UTO: USER_TIMEOUT,
}
FLAG_FIELDS: Final[dict[Field, dict[str, int]]] = {Field.FLAGS: FLAG_NAMES, Field.IP_FLAGS: IP_FLAG_NAMES}
CHECKSUMS: Final = (Field.CHECKSUM, Field.IP_CHECKSUM)


class Operator(StrEnum):
    """What an edit does with its value. On flags `+=` sets bits and `-=` clears them."""

    SET = "="
    ADD = "+="
    SUBTRACT = "-="


class Bad(Enum):
    """The one value that is not a number: the right checksum with its lowest bit flipped."""

    BAD = "bad"


BAD: Final = Bad.BAD


@dataclass(frozen=True, slots=True, kw_only=True)
class Edit:
    """Writes a field. Checksums follow, except one that an edit of the same rule names.

    The value of flags is a constant of bits. `BAD` can only be set, and only in a checksum.
    """

    field: Field
    operator: Operator = Operator.SET
    value: Expr | Bad

    def __post_init__(self) -> None:
        if isinstance(self.value, Bad):
            if self.field not in CHECKSUMS or self.operator is not Operator.SET:
                raise ValueError(f"only a checksum can be set to bad: write checksum=bad, or a number for {self.field}")
            return
        if self.field in FLAG_FIELDS and not self.value.constant:
            raise ValueError(f"{self.field} takes names of flags: write {self.field}={'|'.join(self.names)}")
        top = (1 << self.field.width) - 1
        if self.value.constant and not 0 <= self.value.offset <= top:
            raise ValueError(f"{self.field} has {self.field.width} bits: write a number from 0 to {top}")
        if self.operator is not Operator.SET and self.value == Expr():
            raise ValueError(f"{self.field}{self.operator}0 changes nothing: write a number from 1 to {top}")

    @property
    def names(self) -> dict[str, int]:
        """The names of the bits of a field of flags; empty for another field."""
        return FLAG_FIELDS.get(self.field, {})

    def __str__(self) -> str:
        if isinstance(self.value, Bad):
            return f"{self.field}{self.operator}{self.value.value}"
        said = bits(self.value.offset, self.names) if self.names else str(self.value)
        return f"{self.field}{self.operator}{said}"


@dataclass(frozen=True, slots=True, kw_only=True)
class OptionSpec:
    """An option to be written: its numbers may be expressions, its length octet may lie.

    `values` are the numbers of MSS, window scale, timestamps (val, ecr), user timeout and SACK (left, right, left,
    right ...); everything else has its octets in `body`. `length` None is the true one. The user timeout is a constant
    whose highest bit means minutes (RFC 5482, section 3).
    """

    kind: int
    values: tuple[Expr, ...] = ()
    body: bytes = b""
    length: int | None = None

    def __post_init__(self) -> None:
        if not 0 <= self.kind <= 255:
            raise ValueError("the kind of an option is one octet: write a number from 0 to 255")
        if self.length is not None and not 0 <= self.length <= 255:
            raise ValueError("the length of an option is one octet: write a number from 0 to 255")
        if self.kind in (EOL, NOP) and (self.values or self.body or self.length is not None):
            raise ValueError(f"{_NAME_OF[self.kind]} is a single octet: write raw {self.kind:02x}00 for two octets")
        if self.values and self.body:
            raise ValueError("an option has numbers or octets, not both")
        if self.values and len(self.values) != len(self.widths):
            raise ValueError(f"{option_name(self.kind)} has {len(self.widths)} numbers")
        if self.kind == USER_TIMEOUT and not all(value.constant for value in self.values):
            raise ValueError("a user timeout is a constant: write uto 30s or uto 5min")
        for value, width in zip(self.values, self.widths, strict=False):
            if value.constant and not 0 <= value.offset < 1 << 8 * width:
                raise ValueError(f"{option_name(self.kind)} takes a number from 0 to {(1 << 8 * width) - 1}")

    @property
    def widths(self) -> tuple[int, ...]:
        """How many octets each of its numbers takes."""
        if self.kind == SACK:
            return (4, 4) * max(1, (len(self.values) + 1) // 2)
        return _WIDTHS.get(self.kind, ())

    @property
    def size(self) -> int:
        """How many octets it takes in the header, whatever its length octet says."""
        if self.kind in (EOL, NOP):
            return 1
        return 2 + (sum(self.widths) if self.values else 0) + len(self.body)

    def octets(self, resolve: Callable[[Expr], int]) -> bytes:
        """Return it as octets; `resolve` tells what an expression is at this moment."""
        if self.kind in (EOL, NOP):
            return bytes([self.kind])
        body = self.body
        for value, width in zip(self.values, self.widths, strict=False):
            body += (resolve(value) % (1 << 8 * width)).to_bytes(width, "big")
        length = (2 + len(body)) & 0xFF if self.length is None else self.length
        return bytes([self.kind, length]) + body

    def __str__(self) -> str:
        lie = "" if self.length is None else f" length {self.length}"
        return self._said() + lie

    def _said(self) -> str:
        name = _NAME_OF.get(self.kind)
        if self.values and self.kind == SACK:
            pairs = zip(self.values[::2], self.values[1::2], strict=True)
            return "sack " + " ".join(f"{left}:{right}" for left, right in pairs)
        if self.values and self.kind == TIMESTAMPS:
            return f"TS val {self.values[0]} ecr {self.values[1]}"
        if self.values and self.kind == USER_TIMEOUT:
            number = self.values[0].offset
            return f"uto {number & 0x7FFF}{'min' if number >> 15 else 's'}"
        if self.values:
            return f"{name} {self.values[0]}"
        octets = f" {self.body.hex()}" if self.body else ""
        bare = self.kind in (EOL, NOP) or (self.kind == SACK_PERMITTED and not self.body)
        return f"{name}{octets}" if bare or self.kind in _WITH_BODY else f"kind {self.kind}{octets}"


@dataclass(frozen=True, slots=True, kw_only=True)
class RawOption:
    """Octets among the options that need not be an option at all."""

    body: bytes

    def __post_init__(self) -> None:
        if not self.body:
            raise ValueError("raw takes at least one octet: write raw 00")

    @property
    def size(self) -> int:
        """How many octets it takes."""
        return len(self.body)

    def octets(self, resolve: Callable[[Expr], int]) -> bytes:
        """Return the octets."""
        return self.body

    def __str__(self) -> str:
        return f"raw {self.body.hex()}"


AnyOption = OptionSpec | RawOption


def option_name(kind: int) -> str:
    """Return how an option is called where a plan points at one: `mss`, `kind 254`."""
    return _NAME_OF.get(kind) or f"kind {kind}"


def option_list(options: tuple[AnyOption, ...]) -> str:
    """Print a list of options: `<mss 1460,nop,wscale 7>`."""
    return "<" + ",".join(map(str, options)) + ">"


def check_options(options: tuple[AnyOption, ...]) -> None:
    """Raise ValueError where the options cannot fit into any header (RFC 9293, section 3.1)."""
    size = sum(option.size for option in options)
    if size > OPTIONS_MOST_OCTETS:
        raise ValueError(
            f"these options take {size} octets and a header has room for {OPTIONS_MOST_OCTETS}: leave some out"
        )
