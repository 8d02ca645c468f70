"""Reads the values in a plan: times, octets, ordinals, flags, states, expressions."""

import re
from typing import Final

from tcpchaos.plan.cursor import Cursor
from tcpchaos.plan.errors import listing
from tcpchaos.plan.expr import Expr, Term, Variable, Whose
from tcpchaos.plan.selectors import STATES, Nth
from tcpchaos.plan.words import FLAG_LETTERS, FLAG_NAMES, UNITS_BITS, UNITS_US
from tcpchaos.trace import Side

SIDES: Final = {"client": Side.CLIENT, "server": Side.SERVER}
MAX_TERMS: Final = 16  # in one sum: more than there are things to add
BOTH: Final[dict[str, Side | None]] = {**SIDES, "both": None}

_TIME: Final = re.compile(r"([0-9]{1,12})(us|ms|s)(?![A-Za-z0-9_%.])")
_RATE: Final = re.compile(r"([0-9]{1,12})(bit|kbit|mbit|gbit)(?![A-Za-z0-9_%.])")
_HEX: Final = re.compile(r"0x((?:[0-9A-Fa-f]{2})+)(?![A-Za-z0-9_])")
_ORDINAL: Final = re.compile(r"[0-9]{1,12}(?![A-Za-z0-9_%.])")
_PERCENT: Final = re.compile(r"([0-9]{1,9})(?:\.([0-9]{1,4}))?%")
_LETTERS: Final = re.compile(r"[A-Z.]+(?![A-Za-z0-9_-])")
_NAME: Final = re.compile(r"[A-Za-z]+(?:\.[A-Za-z]+)*")
_PLAIN: Final = re.compile(r'[^"\\]+')
_ESCAPE: Final = re.compile(r'\\(?:x([0-9A-Fa-f]{2})|([nrt0"\\]))')
_ESCAPED: Final = {"n": b"\n", "r": b"\r", "t": b"\t", "0": b"\0", '"': b'"', "\\": b"\\"}
_VARIABLES: Final = {
    str(Term(variable=variable, whose=whose)): (variable, whose)
    for whose in Whose
    for variable in Variable
    if not (whose and variable.of_segment)
}


def time(cursor: Cursor, example: str) -> int:
    """Read a time and return it in microseconds."""
    start = cursor.skip()
    if cursor.symbol("-"):
        raise cursor.error("a time is not negative", at=start, expected=f"a time: {example}")
    if (said := cursor.take(_TIME)) is None:
        raise cursor.missing("a time with its unit", expected=f"a whole number of us, ms or s: {example}")
    found = _TIME.match(said)
    return int(found[1]) * UNITS_US[found[2]] if found else 0


def rate(cursor: Cursor, example: str) -> int:
    """Read a rate and return it in bits a second."""
    if (said := cursor.take(_RATE)) is None:
        raise cursor.missing("a rate with its unit", expected=f"a whole number of bit, kbit, mbit or gbit: {example}")
    found = _RATE.match(said)
    return int(found[1]) * UNITS_BITS[found[2]] if found else 0


def percent(cursor: Cursor) -> int | None:
    """Read a probability, if one stands here, and return it in parts per million."""
    if (said := cursor.take(_PERCENT)) is None:
        return None
    found = _PERCENT.match(said)
    return int(found[1]) * 10_000 + int((found[2] or "").ljust(4, "0")) if found else None


def has_octets(cursor: Cursor) -> bool:
    """Whether octets stand here."""
    return cursor.sees('"') or cursor.sees("0x")


def octets(cursor: Cursor, example: str) -> bytes:
    """Read octets: a quoted string or hexadecimal."""
    if cursor.sees('"'):
        return _string(cursor)
    return hexadecimal(cursor, example)


def hexadecimal(cursor: Cursor, example: str) -> bytes:
    """Read octets in hexadecimal."""
    said = cursor.take(_HEX)
    if said is None:
        raise cursor.missing("octets", expected=f"two hexadecimal digits for each octet: {example}")
    return bytes.fromhex(said[2:])


def _string(cursor: Cursor) -> bytes:
    start = cursor.skip()
    cursor.symbol('"')
    text = cursor.text
    said = b""
    while cursor.at < len(text) and text[cursor.at] != '"':
        at = cursor.at
        if plain := _PLAIN.match(text, at):
            try:
                said += plain.group().encode()
            except UnicodeEncodeError:
                raise cursor.error("half a character is no octet", at=at, expected="the octets: 0xff00") from None
            cursor.at = plain.end()
        elif escape := _ESCAPE.match(text, at):
            said += bytes.fromhex(escape[1]) if escape[1] else _ESCAPED[escape[2]]
            cursor.at = escape.end()
        else:
            raise cursor.error("this escape is not known", at=at, expected=r"one of \n \r \t \0 \" \\ \xff")
    if cursor.at == len(text):
        raise cursor.error("this string has no end", at=start, expected='" after it')
    cursor.at += 1
    return said


def flags(cursor: Cursor, names: dict[str, int]) -> int:
    """Read flags: names joined by `|`, `none`, or for those of TCP the letters that the text of a segment has."""
    start = cursor.skip()
    if names is FLAG_NAMES and (letters := cursor.take(_LETTERS)):
        if all(letter in FLAG_LETTERS for letter in letters):
            return sum(FLAG_LETTERS[letter] for letter in set(letters))
        cursor.at = start
    if cursor.keyword("none"):
        return 0
    value = cursor.choice(names, "a flag", example="syn|ack")
    while cursor.symbol("|"):
        value |= cursor.choice(names, "a flag", example="syn|ack")
    return value


def expression(cursor: Cursor, example: str, *, tight: bool = False) -> Expr:
    """Read a sum of variables and numbers, which ends before a blank where it is `tight`."""
    terms: list[Term] = []
    offset = 0
    negative = cursor.symbol("-")
    while True:
        start = cursor.skip()
        if name := cursor.take(_NAME):
            cursor.at = start
            if name.startswith("seg.") and not cursor.segment:
                raise cursor.error(f"no segment is here whose {name} it could be", expected=f"a number: {example}")
            if len(terms) == MAX_TERMS:
                raise cursor.error(f"a sum has at most {MAX_TERMS} variables")
            variable, whose = _variable(cursor, name, example)
            terms.append(Term(variable=variable, whose=whose, negative=negative))
        else:
            number = cursor.number("a number or a variable", example)
            offset += -number if negative else number
        # `+=` belongs to what comes next, and there it is an error with a better word for it.
        blank = cursor.text[cursor.at : cursor.at + 1] in (" ", "\t")
        if (blank and tight) or any(map(cursor.sees, ("+=", "-="))) or not any(map(cursor.sees, "+-")):
            return Expr(terms=tuple(terms), offset=offset)
        negative = cursor.symbol("-")
        if not negative:
            cursor.symbol("+")


def _variable(cursor: Cursor, name: str, example: str) -> tuple[Variable, Whose]:
    if name in _VARIABLES:
        cursor.take(_NAME)
        return _VARIABLES[name]
    owners = listing(f"{whose}." for whose in Whose if whose)
    expected = f"{listing(Variable)}, the first ones also with {owners} before them: {example}"
    raise cursor.missing("a variable", expected=expected, near=_VARIABLES)


def nth(cursor: Cursor) -> Nth | None:
    """Read an ordinal (`#3`, `#2-5`, `#2-`, `#2-20/3`), if one stands here."""
    start = cursor.skip()
    if not (cursor.sees("#") and cursor.text[cursor.at + 1 : cursor.at + 2].strip()):
        return None
    cursor.symbol("#")
    digits = cursor.take(_ORDINAL)
    if digits is None:
        raise cursor.error(
            f"{cursor.found()} is not an ordinal", at=start, expected="#3, #2-5, #2- (and all after it) or #2-20/3"
        )
    first = int(digits)
    last: int | None = first
    if cursor.symbol("-"):
        digits = cursor.take(_ORDINAL)
        last = int(digits) if digits else None
    every = 1
    if cursor.symbol("/"):
        step = cursor.skip()
        if (digits := cursor.take(_ORDINAL)) is None:
            raise cursor.error(f"{cursor.found()} is not a step", at=step, expected="a number: #1-/3 is every third")
        every = int(digits)
    with cursor.blame(start):
        return Nth(first=first, last=last, every=every)


def state(cursor: Cursor) -> str:
    """Read the name of a state."""
    return cursor.choice(dict(zip(STATES, STATES, strict=True)), "a state")
