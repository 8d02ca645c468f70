"""Packets that nobody sent: forged segments and forged ICMP errors."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from tcpchaos.plan.expr import Expr
from tcpchaos.plan.fields import AnyOption, Bad, Edit, Field, Operator, check_options, option_list
from tcpchaos.plan.selectors import whom
from tcpchaos.plan.words import FLAG_NAMES, bits, quote
from tcpchaos.trace import Side
from tcpchaos.wire import ACK, FIN, PSH, RST, SYN

# The words for the usual flags. `data` is followed by a payload, the others may be.
INJECTED: Final = {"syn": SYN, "syn-ack": SYN | ACK, "ack": ACK, "data": PSH | ACK, "fin": FIN | ACK, "rst": RST}
MAX_PAYLOAD: Final = 1_400  # octets: fits into the smallest Ethernet with any headers
# What an injected segment may say of itself, in the order in which it is printed.
INJECTABLE: Final = tuple(field for field in Field if field.option is None and field is not Field.FLAGS)


@dataclass(frozen=True, slots=True, kw_only=True)
class Inject:
    """Sends a segment to `to` (None: one to each endpoint) that looks as if its peer had sent it.

    Unless `fields` say otherwise seq is the receiver's `rcv.nxt`; ack, with the flag, the peer's `rcv.nxt`, else 0;
    the window the field that the peer last sent; addresses, ports, ttl and the rest as the peer's segments have them;
    offset and checksums are right.
    """

    to: Side | None
    flags: int
    payload: bytes = b""
    fields: tuple[Edit, ...] = ()  # operator SET, each field once, in the order of Field
    options: tuple[AnyOption, ...] = ()

    def __post_init__(self) -> None:
        if not 0 <= self.flags <= 255:
            raise ValueError("flags are eight bits: write names such as flags=syn|ack")
        if len(self.payload) > MAX_PAYLOAD:
            raise ValueError(f"an injected segment carries at most {MAX_PAYLOAD} octets")
        check_options(self.options)
        order = [INJECTABLE.index(edit.field) for edit in self.fields if edit.field in INJECTABLE]
        if len(order) < len(self.fields) or order != sorted(set(order)):
            raise ValueError(f"an injected segment has each of these at most once: {', '.join(INJECTABLE)}")
        if any(edit.operator is not Operator.SET for edit in self.fields):
            raise ValueError("an injected segment has nothing to add to yet: write seq=rcv.nxt+1")

    def field(self, field: Field) -> Expr | Bad | None:
        """Return what was written for this field, or None."""
        return next((edit.value for edit in self.fields if edit.field is field), None)

    def __str__(self) -> str:
        names = (name for name, flags in INJECTED.items() if flags == self.flags and (name != "data" or self.payload))
        words = [f"inject to {whom(self.to)}", next(names, f"flags={bits(self.flags, FLAG_NAMES)}")]
        if self.payload:
            words.append(quote(self.payload))
        words += map(str, self.fields)
        if self.options:
            words.append(option_list(self.options))
        return " ".join(words)


class IcmpError(StrEnum):
    """Errors by names that mean the same for both families."""

    NET_UNREACHABLE = "net-unreachable"
    HOST_UNREACHABLE = "host-unreachable"
    PROTOCOL_UNREACHABLE = "protocol-unreachable"
    PORT_UNREACHABLE = "port-unreachable"
    PROHIBITED = "prohibited"
    TOO_BIG = "too-big"  # fragmentation needed, or packet too big


# Type and code in ICMP (RFC 792, RFC 1812, section 5.2.7.1) and in ICMPv6 (RFC 4443, section 3).
ICMP_V4: Final = {
    IcmpError.NET_UNREACHABLE: (3, 0),
    IcmpError.HOST_UNREACHABLE: (3, 1),
    IcmpError.PROTOCOL_UNREACHABLE: (3, 2),
    IcmpError.PORT_UNREACHABLE: (3, 3),
    IcmpError.PROHIBITED: (3, 13),
    IcmpError.TOO_BIG: (3, 4),
}
ICMP_V6: Final = {
    IcmpError.NET_UNREACHABLE: (1, 0),
    IcmpError.HOST_UNREACHABLE: (1, 3),
    IcmpError.PROTOCOL_UNREACHABLE: (4, 1),
    IcmpError.PORT_UNREACHABLE: (1, 4),
    IcmpError.PROHIBITED: (1, 1),
    IcmpError.TOO_BIG: (2, 0),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class InjectIcmp:
    """Sends an ICMP error to `to` (None: one to each endpoint) that quotes the segment it sent last.

    `error` is a name, or the code of an unreachable (type 3, in ICMPv6 type 1). `mtu` is in octets. `seq` None
    leaves the quoted sequence number as it was sent.
    """

    to: Side | None
    error: IcmpError | int
    mtu: int | None = None
    seq: Expr | None = None

    def __post_init__(self) -> None:
        if not isinstance(self.error, IcmpError) and not 0 <= self.error <= 255:
            raise ValueError("a code is one octet: write a number from 0 to 255")
        if self.error is IcmpError.TOO_BIG and self.mtu is None:
            raise ValueError("too-big says what would fit: write icmp too-big mtu=1280")
        if self.error is IcmpError.PROTOCOL_UNREACHABLE and self.mtu is not None:
            raise ValueError("only an unreachable or too-big has an mtu: leave it out")
        if self.mtu is not None and not 0 <= self.mtu <= 0xFFFF:
            raise ValueError("an mtu has 16 bits: write a number from 0 to 65535")

    def __str__(self) -> str:
        error = self.error if isinstance(self.error, IcmpError) else f"code={self.error}"
        words = [f"inject to {whom(self.to)} icmp {error}"]
        if self.mtu is not None:
            words.append(f"mtu={self.mtu}")
        if self.seq is not None:
            words.append(f"seq={self.seq}")
        return " ".join(words)
