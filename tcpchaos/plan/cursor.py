"""Reads a line of a plan piece by piece, and knows the column of each.

What a piece is depends on where it stands (`rcv.nxt-iss` is a difference, `syn-ack` a word, `#` an ordinal or a
comment), so the reader asks for what it wants instead of being handed tokens.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Final, TypeVar

from tcpchaos.plan.errors import PlanError, listing, nearest

T = TypeVar("T")

WORD: Final = re.compile(r"[A-Za-z][A-Za-z0-9]*(?:[-_.][A-Za-z0-9]+)*")
NUMBER: Final = re.compile(r"(?:0x[0-9A-Fa-f]+|[0-9]+)(?![A-Za-z0-9_%.])")
_BLANKS: Final = re.compile(r"[ \t]*")
_FOUND: Final = re.compile(r'"[^"]*"?|[^\s:,#<>"=|]+|\S')
_SHOWN: Final = 40  # characters of a wrong word that are repeated in a sentence about it
_DIGITS: Final = 24  # more than any number here has, and few enough to convert
MAX_LINE: Final = 16_384  # characters: a rule with every action there is takes less


class Cursor:
    """A place in one line of a plan. Whatever is wrong comes out as PlanError."""

    def __init__(self, text: str, *, line: int, name: str) -> None:
        self.text = text
        self.line = line
        self.name = name
        self.at = 0
        # Whether expressions may speak of a matched segment: there is none when a state is entered.
        self.segment = True
        if len(text) > MAX_LINE:
            raise self.error(f"a line has at most {MAX_LINE} characters", at=MAX_LINE)

    def skip(self) -> int:
        """Pass over blanks and return where the next piece begins."""
        blanks = _BLANKS.match(self.text, self.at)
        self.at = blanks.end() if blanks else self.at
        return self.at

    def take(self, pattern: re.Pattern[str]) -> str | None:
        """Take what matches here, after blanks, or nothing."""
        if found := pattern.match(self.text, self.skip()):
            self.at = found.end()
            return found.group()
        return None

    def sees(self, text: str) -> bool:
        """Whether this text is next, after blanks."""
        return self.text.startswith(text, self.skip())

    def symbol(self, text: str) -> bool:
        """Take this text if it is next, after blanks."""
        if self.sees(text):
            self.at += len(text)
            return True
        return False

    def keyword(self, word: str) -> bool:
        """Take this whole word if it is next, after blanks."""
        start = self.skip()
        if self.take(WORD) == word:
            return True
        self.at = start
        return False

    def expect(self, text: str, what: str) -> None:
        """Take this text or fail, saying what it is for."""
        if not self.symbol(text):
            raise self.missing(text, expected=f"{text} {what}")

    @property
    def over(self) -> bool:
        """Whether nothing but a comment is left."""
        at = self.skip()
        return at == len(self.text) or (self.text[at] == "#" and self.text[at - 1 : at] in ("", " ", "\t"))

    def found(self) -> str:
        """Return what stands here, or nothing at the end of the line."""
        self.skip()
        if piece := _FOUND.match(self.text, self.at):
            said = piece.group()
            return said if len(said) <= _SHOWN else said[:_SHOWN] + "..."
        return ""

    def error(self, problem: str, *, at: int | None = None, expected: str = "", near: Iterable[str] = ()) -> PlanError:
        """Return the error about the piece that stands at `at`, by default the next one; `near` it may be meant."""
        start = self.skip() if at is None else at
        piece = _FOUND.match(self.text, start)
        return PlanError(
            problem,
            source=self.text[: MAX_LINE + _SHOWN],
            line=self.line,
            column=start + 1,
            width=piece.end() - start if piece else 1,
            name=self.name,
            expected=expected,
            suggestion=nearest(piece.group(), near) if piece else None,
        )

    def missing(self, what: str, *, expected: str, near: Iterable[str] = ()) -> PlanError:
        """Return the error that what stands here is not what belongs here."""
        found = self.found()
        problem = f"{what} is missing at the end of the line"
        if found:
            problem = f"{found} is not {what}" if what[0].isalpha() else f"{found} stands where {what} belongs"
        return self.error(problem, expected=expected, near=near)

    @contextmanager
    def blame(self, at: int) -> Iterator[None]:
        """Turn a ValueError of the model into one about the piece at `at`."""
        try:
            yield
        except PlanError:
            raise
        except ValueError as wrong:
            raise self.error(str(wrong), at=at) from None

    def choice(self, choices: Mapping[str, T], what: str, *, pattern: re.Pattern[str] = WORD, example: str = "") -> T:
        """Take one of these words; `what` names them all in an error: `a state`."""
        start = self.skip()
        word = self.take(pattern)
        if word is not None and word in choices:
            return choices[word]
        self.at = start
        raise self.missing(what, expected=listing(choices) + (f": {example}" if example else ""), near=choices)

    def number(self, what: str, example: str) -> int:
        """Take a whole number, decimal or hexadecimal; `what` says in an error what it is."""
        start = self.skip()
        digits = self.take(NUMBER)
        if digits is None:
            raise self.missing(what, expected=f"{what}: {example}")
        if len(digits) > _DIGITS:
            raise self.error("this number is too long", at=start, expected=f"{what}: {example}")
        return int(digits, 0) if digits.startswith("0x") else int(digits)
