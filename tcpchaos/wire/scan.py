"""A cursor over a line of notation, whose errors know where they are, what was expected and what was nearly right."""

import re
from collections.abc import Iterable
from difflib import get_close_matches
from typing import Final

from tcpchaos.wire.basics import WireError

_BLANK: Final = re.compile(r"[ \t]*")
_WORD: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_-]*")
_NUMBER: Final = re.compile(r"[+-]?(0[xX][0-9A-Fa-f]{1,16}|[0-9]{1,20})(?![0-9A-Za-z_])")
_HEX: Final = re.compile(r"(0[xX])?((?:[0-9A-Fa-f]{2})+)(?![0-9A-Za-z_])")
_THING: Final = re.compile(r"[A-Za-z0-9_.+-]+|[^ \t]")


class TextError(WireError):
    """A mistake in a notation: `at` is the offset into the text, `nearest` the nearest right word or None."""

    def __init__(self, at: int, found: str, expected: str, nearest: str | None = None) -> None:
        self.at = at
        self.found = found
        self.expected = expected
        self.nearest = nearest
        hint = f" (did you mean {nearest!r}?)" if nearest else ""
        super().__init__(f"at offset {at}: expected {expected}, not {found or 'the end'!r}{hint}")


class Scanner:
    """A position in a text that moves over words, numbers and marks, skipping blanks before each."""

    def __init__(self, text: str, at: int = 0, end: int | None = None) -> None:
        self.text = text
        self.at = at
        self.end = len(text) if end is None else end

    def skip(self) -> None:
        """Move over blanks."""
        found = _BLANK.match(self.text, self.at, self.end)
        self.at = found.end() if found else self.at

    def done(self) -> bool:
        """Tell whether nothing but blanks is left."""
        self.skip()
        return self.at >= self.end

    def mark(self, mark: str) -> bool:
        """Move over this mark if it stands here, and tell whether it did."""
        self.skip()
        if self.text.startswith(mark, self.at, self.end):
            self.at += len(mark)
            return True
        return False

    def need(self, mark: str) -> None:
        """Move over this mark, or raise TextError."""
        if not self.mark(mark):
            raise self.error(repr(mark))

    def match(self, pattern: re.Pattern[str]) -> re.Match[str] | None:
        """Return what of this pattern stands here, without moving."""
        self.skip()
        return pattern.match(self.text, self.at, self.end)

    def word(self) -> str | None:
        """Return the word here, in lower case, and move over it; None, without moving, where there is none."""
        found = self.match(_WORD)
        if found is None:
            return None
        self.at = found.end()
        return found.group().lower()

    def peek(self) -> str | None:
        """Return the word here, in lower case, without moving."""
        found = self.match(_WORD)
        return None if found is None else found.group().lower()

    def number(self, expected: str, most: int, least: int = 0) -> int:
        """Return the number here, decimal or 0x, and move over it; TextError where it is not `least` to `most`."""
        found = self.match(_NUMBER)
        value = int(found.group(), 0) if found and not _octal(found.group()) else None
        if found is None or value is None or not least <= value <= most:
            raise self.error(f"{expected}, {least} to {most}")
        self.at = found.end()
        return value

    def octets(self) -> bytes:
        """Return the octets written here in pairs of hexadecimal digits, none where there are no digits."""
        found = self.match(_HEX)
        if found is None:
            return b""
        self.at = found.end()
        return bytes.fromhex(found.group(2))

    def error(self, expected: str, words: Iterable[str] = (), at: int | None = None) -> TextError:
        """Return the error that something else was expected here, with the nearest of these words."""
        self.skip()
        at = self.at if at is None else at
        thing = _THING.match(self.text, at, self.end)
        found = thing.group() if thing else ""
        near = get_close_matches(found.lower(), list(words), n=1, cutoff=0.5)
        return TextError(at, found, expected, near[0] if near else None)


def _octal(digits: str) -> bool:
    """Tell whether these are digits that Python would refuse: a decimal number with leading zeros."""
    digits = digits.lstrip("+-")
    return digits.isdigit() and digits.startswith("0") and bool(digits.strip("0"))
