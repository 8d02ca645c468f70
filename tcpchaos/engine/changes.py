"""How a segment is rewritten: each change of a plan as a function from a packet to a packet.

A change touches what it names and nothing else; what cannot be written (more options than a header holds) raises
WireError, and the segment goes on without that change.
"""

from collections.abc import Callable, Iterable
from typing import Final

from tcpchaos.engine.numbers import Moment, evaluate, window_shift
from tcpchaos.plan import (
    AddOptions,
    AnyOption,
    Bad,
    Change,
    Corrupt,
    Edit,
    Expr,
    Field,
    GarbleOption,
    Operator,
    RemoveOption,
    ReplaceOption,
    SetOptions,
    Truncate,
)
from tcpchaos.plan.fields import CHECKSUMS, FLAG_FIELDS
from tcpchaos.wire import Packet
from tcpchaos.wire.checksum import internet
from tcpchaos.wire.options import EOL, MSS, RAW, TIMESTAMPS, USER_TIMEOUT, WSCALE, Option, encode, find, with_length

Rewrite = Callable[[Packet, Moment], Packet]

READ: Final[dict[Field, Callable[[Packet], int | None]]] = {
    Field.SPORT: lambda packet: packet.sport,
    Field.DPORT: lambda packet: packet.dport,
    Field.SEQ: lambda packet: packet.seq,
    Field.ACK: lambda packet: packet.ack,
    Field.OFFSET: lambda packet: packet.offset,
    Field.RESERVED: lambda packet: packet.reserved,
    Field.FLAGS: lambda packet: packet.flags,
    Field.WINDOW: lambda packet: packet.window,
    Field.CHECKSUM: lambda packet: packet.checksum,
    Field.URGENT: lambda packet: packet.urgent,
    Field.TTL: lambda packet: packet.ttl,
    Field.TOS: lambda packet: packet.tos,
    Field.ECN: lambda packet: packet.tos & 3,
    Field.IP_ID: lambda packet: packet.ip_id,
    Field.IP_FLAGS: lambda packet: packet.ip_flags,
    Field.IP_CHECKSUM: lambda packet: packet.ip_checksum,
}
WRITE: Final[dict[Field, Callable[[Packet, int], Packet]]] = {
    Field.SPORT: lambda packet, number: packet.replace(sport=number),
    Field.DPORT: lambda packet, number: packet.replace(dport=number),
    Field.SEQ: lambda packet, number: packet.replace(seq=number),
    Field.ACK: lambda packet, number: packet.replace(ack=number),
    Field.OFFSET: lambda packet, number: packet.replace(offset=number),
    Field.RESERVED: lambda packet, number: packet.replace(reserved=number),
    Field.FLAGS: lambda packet, number: packet.replace(flags=number),
    Field.WINDOW: lambda packet, number: packet.replace(window=number),
    Field.CHECKSUM: lambda packet, number: packet.replace(checksum=number),
    Field.URGENT: lambda packet, number: packet.replace(urgent=number),
    Field.TTL: lambda packet, number: packet.replace(ttl=number),
    Field.TOS: lambda packet, number: packet.replace(tos=number),
    Field.ECN: lambda packet, number: packet.replace(tos=packet.tos & ~3 | number),
    Field.IP_ID: lambda packet, number: packet.replace(ip_id=number),
    Field.IP_FLAGS: lambda packet, number: packet.replace(ip_flags=number),
    Field.IP_CHECKSUM: lambda packet, number: packet.replace(ip_checksum=number),
}
# Where a number stands in its option, counted from the kind octet, and how many octets option and number take.
_PLACES: Final = {
    Field.MSS: (MSS, 4, 2, 2),
    Field.WSCALE: (WSCALE, 3, 2, 1),
    Field.TSVAL: (TIMESTAMPS, 10, 2, 4),
    Field.TSECR: (TIMESTAMPS, 10, 6, 4),
    Field.UTO: (USER_TIMEOUT, 4, 2, 2),
}


def rewrite(change: Change) -> Rewrite:
    """Return the function that makes this change to a packet; it raises UnknownError and WireError."""
    match change:
        case Edit():
            return _edit(change)
        case Truncate(to=to):
            return lambda packet, _: packet.replace(payload=packet.payload[:to]) if packet.size > to else packet
        case Corrupt(at=at, xor=xor):
            return lambda packet, _: _corrupt(packet, at, xor)
        case SetOptions(options=options):
            return lambda packet, moment: packet.replace(options=written(options, moment))
        case AddOptions(options=options):
            return lambda packet, moment: _with_options(packet, _listed(packet), written(options, moment))
        case RemoveOption(kind=kind):
            return lambda packet, _: _each(packet, kind, lambda _: ())
        case GarbleOption(kind=kind, length=length):
            return lambda packet, _: _each(packet, kind, lambda option: (with_length(option, length),))
        case ReplaceOption(kind=kind, options=options):
            return lambda packet, moment: _each(packet, kind, lambda _: (Option(RAW, written(options, moment)),))


def expressions(change: Change) -> tuple[Expr, ...]:
    """Return what the change asks before it can be made."""
    match change:
        case Edit(value=Expr() as value):
            return (value,)
        case SetOptions() | AddOptions() | ReplaceOption():
            return asked(change.options)
        case _:
            return ()


def asked(options: Iterable[AnyOption]) -> tuple[Expr, ...]:
    """Return the expressions in a list of options."""
    return tuple(value for option in options for value in getattr(option, "values", ()))


def written(options: Iterable[AnyOption], moment: Moment) -> bytes:
    """Return the options of a plan as octets, not yet filled up to whole words. Raises UnknownError."""
    return b"".join([option.octets(lambda expr: evaluate(expr, moment)) for option in options])


def names_checksum(action: object) -> bool:
    """Tell whether an action writes a checksum, which is done last: after everything else that the rule does."""
    return isinstance(action, Edit) and action.field in CHECKSUMS


def _edit(edit: Edit) -> Rewrite:
    field, value = edit.field, edit.value
    if isinstance(value, Bad):
        return spoil_ip if field is Field.IP_CHECKSUM else spoil
    if field in _PLACES:
        return lambda packet, moment: _edit_option(packet, edit, evaluate(value, moment))
    read, write, mask = READ[field], WRITE[field], (1 << field.width) - 1

    def write_field(packet: Packet, moment: Moment) -> Packet:
        old = read(packet)
        if old is None:
            return packet
        number = evaluate(value, moment, window_shift(moment, packet.flags) if field is Field.WINDOW else 0)
        new = _combined(edit, old, number) & mask
        return packet if new == old else write(packet, new)

    return write_field


def spoil(packet: Packet, _: Moment) -> Packet:
    """Write a TCP checksum that is wrong by its lowest bit, whatever it was before."""
    return packet.replace(checksum=packet.right_checksum ^ 1)


def spoil_ip(packet: Packet, _: Moment) -> Packet:
    """Write an IPv4 header checksum that is wrong by its lowest bit; IPv6 has none."""
    if packet.version == 6:
        return packet
    header = packet.octets[: packet.tcp_at]
    return packet.replace(ip_checksum=internet(header[:10] + b"\0\0" + header[12:]) ^ 1)


def _combined(edit: Edit, old: int, number: int) -> int:
    if edit.operator is Operator.SET:
        return number
    if edit.field in FLAG_FIELDS:
        return old | number if edit.operator is Operator.ADD else old & ~number
    return old + number if edit.operator is Operator.ADD else old - number


def _edit_option(packet: Packet, edit: Edit, number: int) -> Packet:
    kind, size, at, width = _PLACES[edit.field]
    start = packet.tcp_at + 20
    found = find(packet.octets, start, packet.data_at, kind)
    there = found >= 0 and packet.octets[found + 1] == size
    if not there and edit.operator is not Operator.SET:
        return packet
    old = int.from_bytes(packet.octets[found + at : found + at + width], "big") if there else 0
    octets = (_combined(edit, old, number) & (1 << edit.field.width) - 1).to_bytes(width, "big")
    if not there:
        body = bytes(at - 2) + octets + bytes(size - at - width)
        return _with_options(packet, _listed(packet), Option(kind, body).octets)
    place = found - start + at
    options = packet.options_octets
    # The data offset is named so that it stays what it was, right or wrong.
    return packet.replace(options=options[:place] + octets + options[place + width :], offset=packet.offset)


def _corrupt(packet: Packet, at: int, xor: bytes) -> Packet:
    payload = packet.payload
    hit = payload[at : at + len(xor)]
    if not hit:
        return packet
    changed = bytes(old ^ bits for old, bits in zip(hit, xor, strict=False))
    return packet.replace(payload=payload[:at] + changed + payload[at + len(hit) :])


def _listed(packet: Packet) -> list[Option]:
    """Return the options without the padding at their end."""
    options = list(packet.options)
    while options and options[-1].kind == EOL:
        options.pop()
    return options


def _with_options(packet: Packet, options: list[Option], more: bytes = b"") -> Packet:
    octets = b"".join([option.octets for option in options]) + more
    return packet.replace(options=octets)


def _each(packet: Packet, kind: int, change: Callable[[Option], tuple[Option, ...]]) -> Packet:
    """Put what `change` makes of it in the place of each option of this kind."""
    options = packet.options
    if all(option.kind != kind for option in options):
        return packet
    made = [new for option in options for new in (change(option) if option.kind == kind else (option,))]
    if kind != EOL:
        while made and made[-1].kind == EOL:
            made.pop()
    return packet.replace(options=encode(made))
