"""Small things that every report says the same way: octets, times, counts, wrapped lines."""

import re
from typing import Final

_UNITS: Final = ("kB", "MB", "GB")


def octets(number: int) -> str:
    """Return a number of octets as a person would say it: exact below 10,000, in kB, MB or GB above."""
    if number < 10_000:
        return counted(number, "octet")
    size = number / 1000
    for unit in _UNITS[:-1]:
        if size < 1000:
            return f"{size:.1f} {unit}"
        size /= 1000
    return f"{size:.1f} {_UNITS[-1]}"


def counted(number: int, thing: str) -> str:
    """Return "1 segment", "12 segments", "1,200 segments"."""
    return f"{number:,} {thing}{'' if number == 1 else 's'}"


def times(number: int) -> str:
    """Return how often: "never", "once", "twice", "21 times"."""
    return ("never", "once", "twice")[number] if number < 3 else f"{number:,} times"


def milliseconds(at_us: int) -> str:
    """Return microseconds as milliseconds with three decimals."""
    return f"{at_us // 1000}.{at_us % 1000:03d}"


def seconds(at_us: int) -> str:
    """Return microseconds as a length of time that a person reads at a glance."""
    return f"{milliseconds(at_us)} ms" if at_us < 1_000_000 else f"{at_us / 1_000_000:.2f} s"


def roughly(at_us: int) -> str:
    """Return microseconds in three digits or so: for pictures, and for silences that are long anyway."""
    if at_us >= 1_000_000:
        return f"{at_us / 1_000_000:.2f} s"
    return f"{at_us / 1000:.0f} ms" if at_us >= 10_000 else f"{at_us / 1000:.1f} ms"


def wrap(text: str, room: int, between: str = " ") -> list[str]:
    """Return the text in pieces of at most `room` columns, broken after `between` where possible, or as names break."""
    pieces = [""]
    for word in re.split(f"(?<={re.escape(between)})", text):
        if pieces[-1] and len(pieces[-1]) + len(word.rstrip()) > room:
            pieces.append("")
        pieces[-1] += word
        while len(pieces[-1].rstrip()) > room:
            at = _joint(pieces[-1], room)
            pieces[-1:] = [pieces[-1][:at], pieces[-1][at:]]
    return [piece.rstrip() for piece in pieces if piece.strip()]


def _joint(word: str, room: int) -> int:
    """Return where to break what is too long for a line: behind a joint of a path or a name, if one is near its end."""
    at = max(word.rfind(joint, room // 2, room) for joint in "/-")
    return room if at < 0 else at + 1
