"""Reads what a rule does: one function for each verb, in one table."""

from collections.abc import Callable
from typing import Final

from tcpchaos.plan.actions import (
    AddOptions,
    Blackhole,
    Coalesce,
    Corrupt,
    Delay,
    Drop,
    Duplicate,
    GarbleOption,
    Heal,
    Hold,
    HoldUntil,
    Rate,
    RemoveOption,
    ReplaceOption,
    SetOptions,
    Split,
    Truncate,
)
from tcpchaos.plan.cursor import NUMBER, WORD, Cursor
from tcpchaos.plan.errors import listing
from tcpchaos.plan.expr import Expr, number
from tcpchaos.plan.fields import BAD, CHECKSUMS, FLAG_FIELDS, Bad, Edit, Field, Operator
from tcpchaos.plan.inject import INJECTABLE, INJECTED, IcmpError, Inject, InjectIcmp
from tcpchaos.plan.model import Action
from tcpchaos.plan.option_reader import length, option_kind, option_list
from tcpchaos.plan.selectors import Kind
from tcpchaos.plan.values import BOTH, SIDES, expression, flags, has_octets, hexadecimal, octets, rate, time
from tcpchaos.plan.words import FLAG_NAMES
from tcpchaos.trace import Side

_FIELDS: Final = {str(field): field for field in Field}
_OPERATORS: Final = (Operator.ADD, Operator.SUBTRACT, Operator.SET)


def action(cursor: Cursor) -> Action:
    """Read one action."""
    start = cursor.skip()
    word = cursor.take(WORD)
    if word in _VERBS:
        with cursor.blame(start):
            return _VERBS[word](cursor)
    if word == "options":
        return _options(cursor)
    if word in _FIELDS:
        return _edit(cursor, _FIELDS[word], start, _OPERATORS)
    cursor.at = start
    raise cursor.missing(
        "an action",
        expected=f"{listing(_VERBS)}, or a field and its value: window=0, flags+=fin, ack-=1",
        near=ACTION_WORDS,
    )


def _delay(cursor: Cursor) -> Action:
    start = cursor.skip()
    us = time(cursor, "delay 50ms")
    with cursor.blame(start):
        return Delay(us=us)


def _rate(cursor: Cursor) -> Action:
    start = cursor.skip()
    bits = rate(cursor, "rate 1mbit")
    with cursor.blame(start):
        action = Rate(bits=bits)
    if not cursor.keyword("queue"):
        return action
    start = cursor.skip()
    queue = cursor.number("a number of segments", "rate 1mbit queue 20")
    with cursor.blame(start):
        return Rate(bits=bits, queue=queue)


def _duplicate(cursor: Cursor) -> Action:
    start = cursor.skip()
    copies = cursor.number("a number of copies", "duplicate 2") if _number_next(cursor) else 1
    with cursor.blame(start):
        action = Duplicate(copies=copies)
    if not cursor.keyword("after"):
        return action
    start = cursor.skip()
    us = time(cursor, "duplicate after 10ms")
    with cursor.blame(start):
        return Duplicate(copies=copies, after_us=us)


def _hold(cursor: Cursor) -> Action:
    if cursor.keyword("until"):
        who: Side | None = None
        for name, side in SIDES.items():
            if cursor.keyword(name):
                who = side
        return HoldUntil(kind=kind(cursor), who=who)
    start = cursor.skip()
    segments = cursor.number("a number of segments", "hold 3, or hold until fin")
    with cursor.blame(start):
        return Hold(segments=segments)


def _split(cursor: Cursor) -> Action:
    every = cursor.keyword("every")
    start = cursor.skip()
    at = cursor.number("a number of octets", "split 1, or split every 100")
    with cursor.blame(start):
        return Split(at=at, every=every)


def _truncate(cursor: Cursor) -> Action:
    start = cursor.skip()
    to = cursor.number("a number of octets", "truncate 5")
    with cursor.blame(start):
        return Truncate(to=to)


def _corrupt(cursor: Cursor) -> Action:
    start = cursor.skip()
    at = cursor.number("the number of an octet", "corrupt 0 0xff")
    with cursor.blame(start):
        Corrupt(at=at, xor=b"\xff")
    start = cursor.skip()
    xor = hexadecimal(cursor, "corrupt 0 0xff")
    with cursor.blame(start):
        return Corrupt(at=at, xor=xor)


def _remove(cursor: Cursor) -> Action:
    return RemoveOption(kind=option_kind(cursor))


def _add(cursor: Cursor) -> Action:
    start = cursor.skip()
    options = option_list(cursor)
    with cursor.blame(start):
        return AddOptions(options=options)


def _replace(cursor: Cursor) -> Action:
    which = option_kind(cursor)
    start = cursor.skip()
    options = option_list(cursor)
    with cursor.blame(start):
        return ReplaceOption(kind=which, options=options)


def _garble(cursor: Cursor) -> Action:
    start = cursor.skip()
    which = option_kind(cursor)
    octet = length(cursor)
    if octet is None:
        raise cursor.missing("length", expected="length and a number: garble mss length 3")
    with cursor.blame(start):
        return GarbleOption(kind=which, length=octet)


def _blackhole(cursor: Cursor) -> Action:
    who = cursor.choice(BOTH, "whom to cut off", example="blackhole client loses what the client sends")
    if not cursor.keyword("for"):
        return Blackhole(who=who)
    start = cursor.skip()
    us = time(cursor, "blackhole both for 500ms")
    with cursor.blame(start):
        return Blackhole(who=who, for_us=us)


def _heal(cursor: Cursor) -> Action:
    return Heal(who=cursor.choice(BOTH, "whom to connect again", example="heal both"))


def _inject(cursor: Cursor) -> Action:
    if not cursor.keyword("to"):
        raise cursor.missing("to", expected="to and an endpoint: inject to client rst seq=rcv.nxt")
    to = cursor.choice(BOTH, "an endpoint", example="inject to client rst seq=rcv.nxt")
    if cursor.keyword("icmp"):
        return _icmp(cursor, to)
    bits, word = _injected(cursor)
    payload_at = cursor.skip()
    payload = octets(cursor, '"hello"') if has_octets(cursor) else b""
    with cursor.blame(payload_at):
        Inject(to=to, flags=bits, payload=payload)
    if word == "data" and not payload:
        raise cursor.error("data without a payload is an ack", at=payload_at, expected='data "hello" or data 0xff00')
    edits: dict[Field, Edit] = {}
    options = None
    while True:
        start = cursor.skip()
        if options is None and cursor.sees("<"):
            options = option_list(cursor)
        elif name := cursor.take(WORD):
            edit = _injected_field(cursor, name, start)
            if edit.field in edits:
                raise cursor.error(f"{name} stands here twice", at=start, expected="each field once")
            edits[edit.field] = edit
        else:
            break
    fields = tuple(edits[field] for field in INJECTABLE if field in edits)
    return Inject(to=to, flags=bits, payload=payload, fields=fields, options=options or ())


def _injected(cursor: Cursor) -> tuple[int, str]:
    start = cursor.skip()
    if cursor.keyword("flags"):
        cursor.expect("=", "and names: flags=syn|fin")
        return flags(cursor, FLAG_NAMES), ""
    cursor.at = start
    words = {word: word for word in (*INJECTED, "icmp", "flags=")}
    word = cursor.choice(words, "what can be injected", example="inject to client rst seq=rcv.nxt")
    return INJECTED[word], word


def _injected_field(cursor: Cursor, name: str, start: int) -> Edit:
    known = {str(field): field for field in INJECTABLE}
    if name in known:
        return _edit(cursor, known[name], start, (Operator.SET,))
    hint = "the flags stand behind the endpoint: inject to client flags=syn|fin" if name == "flags" else ""
    raise cursor.error(
        f"{name} is not a field of an injected segment",
        at=start,
        expected=hint or f"{listing([*known, '<options>'])}",
        near=known,
    )


def _icmp(cursor: Cursor, to: Side | None) -> Action:
    start = cursor.skip()
    error: IcmpError | int
    if cursor.keyword("code"):
        cursor.expect("=", "and a number: code=9")
        start = cursor.skip()
        error = cursor.number("a code", "code=9")
        with cursor.blame(start):
            InjectIcmp(to=to, error=error)
    else:
        cursor.at = start
        names = {str(name): name for name in IcmpError}
        word = cursor.choice({**dict(zip(names, names, strict=True)), "code=": ""}, "an ICMP error")
        error = names[word]
    mtu: int | None = None
    seq: Expr | None = None
    while True:
        at = cursor.skip()
        if mtu is None and cursor.keyword("mtu"):
            cursor.expect("=", "and a number of octets: mtu=1280")
            start = cursor.skip()
            mtu = cursor.number("a number of octets", "mtu=1280")
        elif seq is None and cursor.keyword("seq"):
            cursor.expect("=", "and a sequence number: seq=snd.una")
            start = cursor.skip()
            seq = expression(cursor, "seq=snd.una")
        elif cursor.take(WORD):
            raise cursor.error("an ICMP error takes mtu= and seq=, each once", at=at, near=("mtu", "seq"))
        else:
            break
    with cursor.blame(start):
        return InjectIcmp(to=to, error=error, mtu=mtu, seq=seq)


def kind(cursor: Cursor) -> Kind:
    """Read the kind of a segment."""
    return cursor.choice({str(kind): kind for kind in Kind}, "a kind of segment")


def _options(cursor: Cursor) -> Action:
    cursor.expect("=", "and all the options: options=<mss 1460>")
    return SetOptions(options=option_list(cursor))


def _edit(cursor: Cursor, field: Field, start: int, operators: tuple[Operator, ...]) -> Edit:
    operator = next((operator for operator in operators if cursor.symbol(operator)), None)
    if operator is None:
        one = f"=: {field}=1" if len(operators) == 1 else f"{listing(operators)}: {field}=1"
        raise cursor.missing(f"what to do with {field}", expected=one)
    value_at = cursor.skip()
    value: Expr | Bad
    if field in FLAG_FIELDS:
        value = number(flags(cursor, FLAG_FIELDS[field]))
    elif field in CHECKSUMS and cursor.keyword("bad"):
        value = BAD
    else:
        example = f"{field}=rcv.nxt+1" if field.width == 32 else f"{field}=1"
        value = expression(cursor, "checksum=bad, or a number" if field in CHECKSUMS else example)
    with cursor.blame(value_at):
        return Edit(field=field, operator=operator, value=value)


def _number_next(cursor: Cursor) -> bool:
    start = cursor.skip()
    found = cursor.take(NUMBER) is not None
    cursor.at = start
    return found


_VERBS: Final[dict[str, Callable[[Cursor], Action]]] = {
    "drop": lambda cursor: Drop(),
    "delay": _delay,
    "rate": _rate,
    "duplicate": _duplicate,
    "hold": _hold,
    "split": _split,
    "coalesce": lambda cursor: Coalesce(),
    "truncate": _truncate,
    "corrupt": _corrupt,
    "remove": _remove,
    "add": _add,
    "replace": _replace,
    "garble": _garble,
    "inject": _inject,
    "blackhole": _blackhole,
    "heal": _heal,
}
ACTION_WORDS: Final = (*_VERBS, "options", *_FIELDS)
