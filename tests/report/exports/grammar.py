"""A checker for the part of packetdrill's language that an export uses, after the grammar in its documentation.

It asks what packetdrill's own parser asks: that a line is an option or an event, that numbers fit their fields, that
the two ends of a range are as far apart as the octets between them say.
"""

import re

_TOKEN = re.compile(r'\s*(\.\.\.|"[^"]*"|-?\d+\.\d+|-?\d+|0x[0-9a-fA-F]+|\w+|[^\s\w])')
_FLAGS = re.compile(r"[FSRPEWAU]*")


class Words:
    """The tokens of a line, taken one after the other."""

    def __init__(self, line: str) -> None:
        self.line = line
        self.words = _TOKEN.findall(line)

    def next(self) -> str:
        return self.words[0] if self.words else ""

    def take(self, *expected: str) -> str:
        assert self.words, f"the line ends too early: {self.line}"
        word: str = self.words.pop(0)
        assert not expected or word in expected, f"{word} instead of {' or '.join(expected)}: {self.line}"
        return word

    def number(self, most: int) -> int:
        value = int(self.take())
        assert 0 <= value <= most, f"{value} is not 0 to {most}: {self.line}"
        return value


def check(script: str) -> int:
    """Return how many events a script has; AssertionError where it isn't one."""
    events = 0
    for line in script.splitlines():
        code = line.partition("//")[0].strip()
        if code.startswith("--"):
            assert not events, f"an option behind an event: {line}"
            assert re.fullmatch(r"--[a-z_]+(=[\w.]+)?", code), line
        elif code:
            _event(Words(code))
            events += 1
    assert events
    return events


def _event(words: Words) -> None:
    if words.next() == "+":
        words.take()
    time = words.take()
    assert re.fullmatch(r"\d+(\.\d+)?", time), f"{time} is no time: {words.line}"
    if words.next() in ("<", ">"):
        _packet(words)
    else:
        _call(words)
    assert not words.words, f"left over: {words.words}: {words.line}"


def _packet(words: Words) -> None:
    words.take("<", ">")
    if words.next() == "-":
        words.take()
    else:
        if words.next() != ".":
            assert _FLAGS.fullmatch(words.take()), words.line
        if words.next() == ".":
            words.take()
    start = words.number(2**32 - 1)
    words.take(":")
    end = words.number(2**32 - 1)
    words.take("(")
    assert end == start + words.number(0xFFFF), words.line
    words.take(")")
    for word, most in (("ack", 2**32 - 1), ("win", 0xFFFF), ("urg", 0xFFFF)):
        if words.next() == word:
            words.take()
            words.number(most)
    if words.next() == "<":
        words.take()
        _option(words)
        while words.take(",", ">") == ",":
            _option(words)


def _option(words: Words) -> None:
    kind = words.take("nop", "eol", "mss", "wscale", "sackOK", "sack", "TS", "FO")
    if kind in ("mss", "wscale"):
        words.number(0xFFFF if kind == "mss" else 0xFF)
    elif kind == "sack":
        assert words.next() not in (",", ">"), words.line
        while words.next() not in (",", ">"):
            words.number(2**32 - 1)
            words.take(":")
            words.number(2**32 - 1)
    elif kind == "TS":
        words.take("val")
        words.number(2**32 - 1)
        words.take("ecr")
        words.number(2**32 - 1)
    elif kind == "FO" and words.next() not in (",", ">"):
        words.take()


def _call(words: Words) -> None:
    assert re.fullmatch(r"[a-z]\w*", words.take()), words.line
    words.take("(")
    _expression(words)
    while words.take(",", ")") == ",":
        _expression(words)
    words.take("=")
    assert re.fullmatch(r"-?\d+|0x[0-9a-f]+", words.take()), words.line
    if words.words:
        assert re.fullmatch(r"E[A-Z]+", words.take()), words.line
        words.take("(")
        while words.take() != ")":
            pass


def _expression(words: Words) -> None:
    word = words.take()
    if word in ("[", "{"):
        closing = "]" if word == "[" else "}"
        _expression(words)
        while words.take(",", closing) == ",":
            _expression(words)
    else:
        assert word == "..." or re.fullmatch(r'-?\w+|"[^"]*"', word), words.line
    if words.next() in ("|", "="):
        words.take()
        _expression(words)
