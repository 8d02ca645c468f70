"""Reads lists of options in a plan: the text of a segment's options, with expressions for numbers."""

import re
from typing import Final

from tcpchaos.plan.cursor import WORD, Cursor
from tcpchaos.plan.expr import Expr, number
from tcpchaos.plan.fields import OPTION_NAMES, AnyOption, OptionSpec, RawOption, check_options
from tcpchaos.plan.values import expression
from tcpchaos.wire.options import EOL, FAST_OPEN, MD5, MSS, NOP, SACK, SACK_PERMITTED, TIMESTAMPS, USER_TIMEOUT

_EXAMPLE: Final = "<mss 1460,nop,wscale 7>"
_HEX: Final = re.compile(r"(?:0x)?(?:[0-9A-Fa-f]{2})+(?![A-Za-z0-9_])")
_TIMEOUT: Final = re.compile(r"([0-9]{1,6})(s|min)(?![A-Za-z0-9_])")
_NAMES: Final = {name.lower(): kind for name, kind in OPTION_NAMES.items()}
_BARE: Final = (EOL, NOP, SACK_PERMITTED)


def option_kind(cursor: Cursor) -> int:
    """Read which option is meant: a name, or `kind N`."""
    if not cursor.keyword("kind"):
        return _name(cursor, ("kind",))
    start = cursor.skip()
    kind = cursor.number("the kind of an option", "kind 254")
    with cursor.blame(start):
        OptionSpec(kind=kind)
    return kind


def option_list(cursor: Cursor) -> tuple[AnyOption, ...]:
    """Read `<mss 1460,nop,wscale 7>`."""
    start = cursor.skip()
    cursor.expect("<", f"and a list of options: {_EXAMPLE}")
    options: list[AnyOption] = []
    if cursor.symbol(">"):
        return ()
    while True:
        options.append(_option(cursor))
        if cursor.symbol(">"):
            break
        cursor.expect(",", "and another option, or > after the last one")
    with cursor.blame(start):
        check_options(tuple(options))
    return tuple(options)


def length(cursor: Cursor) -> int | None:
    """Read the length octet that an option is to have, if one stands here."""
    if not cursor.keyword("length"):
        return None
    start = cursor.skip()
    octet = cursor.number("a length", "length 9")
    with cursor.blame(start):
        OptionSpec(kind=MSS, length=octet)
    return octet


def _name(cursor: Cursor, others: tuple[str, ...]) -> int:
    start = cursor.skip()
    word = cursor.take(WORD)
    if word is not None and word.lower() in _NAMES:
        return _NAMES[word.lower()]
    cursor.at = start
    choices = {**OPTION_NAMES, **dict.fromkeys(others, 0)}
    return cursor.choice(choices, "an option", example=_EXAMPLE)


def _option(cursor: Cursor) -> AnyOption:
    start = cursor.skip()
    if cursor.keyword("raw"):
        return RawOption(body=_octets(cursor, "raw 0204"))
    values: tuple[Expr, ...] = ()
    body = b""
    if cursor.keyword("kind"):
        start = cursor.skip()
        kind = cursor.number("the kind of an option", "kind 254 dead")
        body = _octets(cursor, "")
    else:
        kind = _name(cursor, ("kind", "raw"))
        if kind in (MD5, FAST_OPEN):
            body = _octets(cursor, "")
        elif kind not in _BARE:
            start = cursor.skip()
            values = _numbers(cursor, kind)
    with cursor.blame(start):
        option = OptionSpec(kind=kind, values=values, body=body)
        return OptionSpec(kind=kind, values=values, body=body, length=length(cursor)) if kind > NOP else option


def _octets(cursor: Cursor, example: str) -> bytes:
    digits = cursor.take(_HEX)
    if digits is None and example:
        raise cursor.missing("octets", expected=f"two hexadecimal digits for each octet: {example}")
    return bytes.fromhex((digits or "").removeprefix("0x"))


def _numbers(cursor: Cursor, kind: int) -> tuple[Expr, ...]:
    if kind == TIMESTAMPS:
        _word(cursor, "val", "TS val 100 ecr 0")
        val = expression(cursor, "TS val 100 ecr 0")
        _word(cursor, "ecr", "TS val 100 ecr 0")
        return (val, expression(cursor, "TS val 100 ecr 0"))
    if kind == USER_TIMEOUT:
        return (_timeout(cursor),)
    if kind == SACK:
        return _edges(cursor)
    return (expression(cursor, "mss 1460" if kind == MSS else "wscale 7"),)


def _timeout(cursor: Cursor) -> Expr:
    start = cursor.skip()
    said = cursor.take(_TIMEOUT)
    found = _TIMEOUT.match(said or "")
    if found is None or int(found[1]) > 0x7FFF:
        raise cursor.error("this is not a user timeout", at=start, expected="0 to 32767 in s or min: uto 30s")
    return number(int(found[1]) | (0x8000 if found[2] == "min" else 0))


def _edges(cursor: Cursor) -> tuple[Expr, ...]:
    edges: list[Expr] = []
    while True:
        edges.append(expression(cursor, "sack snd.una:snd.una+100", tight=True))
        cursor.expect(":", "and the right edge: sack snd.una:snd.una+100")
        edges.append(expression(cursor, "sack snd.una:snd.una+100", tight=True))
        if cursor.over or any(map(cursor.sees, (",", ">", "length"))):
            return tuple(edges)


def _word(cursor: Cursor, word: str, example: str) -> None:
    if not cursor.keyword(word):
        raise cursor.missing(word, expected=f"{word}: {example}")
