"""Packets that nobody sent: segments that look as if an endpoint's peer had sent them, and ICMP errors."""

from typing import Final

from tcpchaos.engine.changes import WRITE, asked, spoil, spoil_ip, written
from tcpchaos.engine.numbers import Moment, evaluate, window_shift
from tcpchaos.plan import BAD, Bad, Expr, Field, IcmpError, Inject, InjectIcmp, Variable, Whose, variable
from tcpchaos.plan.fields import CHECKSUMS
from tcpchaos.plan.inject import ICMP_V4, ICMP_V6
from tcpchaos.trace import Side
from tcpchaos.wire import ACK, Packet, build
from tcpchaos.wire.icmp import error

# What an endpoint of which no segment was seen yet is taken to offer.
_WINDOW_UNSEEN: Final = 65535
# "Protocol unreachable" of IPv6 is a parameter problem that points at the next header (RFC 4443, section 3.4).
_NEXT_HEADER_AT: Final = 6
_EXPECTED: Final = variable(Variable.RCV_NXT)
_ACKNOWLEDGED: Final = variable(Variable.RCV_NXT, whose=Whose.PEER)
# Fields that the segment is built with; the others are written over it, the checksums last.
_BUILT: Final = (Field.SEQ, Field.ACK, Field.WINDOW)


def receivers(deed: Inject | InjectIcmp) -> tuple[Side, ...]:
    """Return the endpoints that get the packet, client first."""
    return (Side.CLIENT, Side.SERVER) if deed.to is None else (deed.to,)


def expressions(deed: Inject | InjectIcmp) -> tuple[Expr, ...]:
    """Return what the packet asks before it can be made, the defaults included."""
    if isinstance(deed, InjectIcmp):
        return () if deed.seq is None else (deed.seq,)
    named = tuple(edit.value for edit in deed.fields if isinstance(edit.value, Expr))
    return (_seq(deed), _ack(deed), *named, *asked(deed.options))


def segment(inject: Inject, moment: Moment, newest: tuple[Packet | None, Packet | None]) -> Packet:
    """Return the segment to be delivered to the moment's receiver. Raises UnknownError and WireError.

    `newest` are the segments that client and server sent last, of which there is at least one.
    """
    peer = newest[moment.receiver.peer]
    src, dst, sport, dport = _flow(newest, moment.receiver)
    window = inject.field(Field.WINDOW)
    if isinstance(window, Expr):
        offered = evaluate(window, moment, window_shift(moment, inject.flags)) & 0xFFFF
    else:
        offered = _WINDOW_UNSEEN if peer is None else peer.window
    packet = build(
        src=src,
        dst=dst,
        sport=sport,
        dport=dport,
        seq=_cut(evaluate(_seq(inject), moment), Field.SEQ),
        ack=_cut(evaluate(_ack(inject), moment), Field.ACK),
        flags=inject.flags,
        window=offered,
        options=written(inject.options, moment),
        payload=inject.payload,
        ttl=64 if peer is None else peer.ttl,
        tos=0 if peer is None else peer.tos,
    )
    late = [edit for edit in inject.fields if edit.field not in _BUILT]
    late.sort(key=lambda edit: edit.field in CHECKSUMS)
    for edit in late:
        packet = _written(packet, edit.field, edit.value, moment)
    return packet


def icmp(deed: InjectIcmp, moment: Moment, newest: tuple[Packet | None, Packet | None]) -> tuple[Packet, bytes] | None:
    """Return what is quoted and the octets of the error, or None where its receiver has sent nothing to quote.

    Raises UnknownError and WireError.
    """
    quoted = newest[moment.receiver]
    if quoted is None:
        return None
    if deed.seq is not None:
        quoted = quoted.replace(seq=_cut(evaluate(deed.seq, moment), Field.SEQ))
    named = isinstance(deed.error, IcmpError)
    if isinstance(deed.error, IcmpError):
        kind, code = (ICMP_V4 if quoted.version == 4 else ICMP_V6)[deed.error]
    else:
        kind, code = (3 if quoted.version == 4 else 1), deed.error
    rest = deed.mtu or 0
    if named and kind == 4:
        rest = _NEXT_HEADER_AT
    return quoted, error(quoted, kind, code, rest)


def _seq(inject: Inject) -> Expr:
    value = inject.field(Field.SEQ)
    return value if isinstance(value, Expr) else _EXPECTED


def _ack(inject: Inject) -> Expr:
    value = inject.field(Field.ACK)
    if isinstance(value, Expr):
        return value
    return _ACKNOWLEDGED if inject.flags & ACK else Expr()


def _cut(number: int, field: Field) -> int:
    return number & (1 << field.width) - 1


def _flow(newest: tuple[Packet | None, Packet | None], receiver: Side) -> tuple[bytes, bytes, int, int]:
    like = newest[receiver.peer]
    if like is not None:
        return like.src, like.dst, like.sport, like.dport
    seen = newest[receiver]
    assert seen is not None
    return seen.dst, seen.src, seen.dport, seen.sport


def _written(packet: Packet, field: Field, value: Expr | Bad, moment: Moment) -> Packet:
    if packet.version == 6 and field in (Field.IP_ID, Field.IP_FLAGS, Field.IP_CHECKSUM):
        return packet
    if value is BAD or isinstance(value, Bad):
        return spoil_ip(packet, moment) if field is Field.IP_CHECKSUM else spoil(packet, moment)
    return WRITE[field](packet, _cut(evaluate(value, moment), field))
