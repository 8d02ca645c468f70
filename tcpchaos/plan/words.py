"""The smallest words of the plan's notation: durations, octets, flags, probabilities.

They are printed here and nowhere else, so that a thing is written in one way wherever it appears.
"""

from typing import Final

from tcpchaos.wire import ACK, CWR, ECE, FIN, PSH, RST, SYN, URG

FLAG_NAMES: Final = {"syn": SYN, "fin": FIN, "rst": RST, "psh": PSH, "ack": ACK, "urg": URG, "ece": ECE, "cwr": CWR}
FLAG_LETTERS: Final = {"F": FIN, "S": SYN, "R": RST, "P": PSH, ".": ACK, "U": URG, "E": ECE, "W": CWR}
# The three bits above the fragment offset of IPv4 (RFC 791; RFC 3514 gave the reserved one its name).
IP_FLAG_NAMES: Final = {"mf": 1, "df": 2, "evil": 4}

ALWAYS_PPM: Final = 1_000_000
UNITS_US: Final = {"us": 1, "ms": 1_000, "s": 1_000_000}
UNITS_BITS: Final = {"bit": 1, "kbit": 1_000, "mbit": 1_000_000, "gbit": 1_000_000_000}  # each second, as tc has them
_ESCAPES: Final = {0x09: "\\t", 0x0A: "\\n", 0x0D: "\\r", 0x22: '\\"', 0x5C: "\\\\"}


def duration(us: int) -> str:
    """Print microseconds in the largest unit in which they are a whole number: `50ms`."""
    unit = next(unit for unit in ("s", "ms", "us") if us % UNITS_US[unit] == 0)
    return f"{us // UNITS_US[unit]}{unit}"


def bits_a_second(bits: int) -> str:
    """Print bits a second in the largest unit in which they are a whole number: `10mbit`."""
    unit = next(unit for unit in reversed(UNITS_BITS) if bits % UNITS_BITS[unit] == 0)
    return f"{bits // UNITS_BITS[unit]}{unit}"


def chance(ppm: int) -> str:
    """Print parts per million as percent: `10%`, `0.0001%`."""
    whole, rest = divmod(ppm, 10_000)
    return f"{whole}.{rest:04d}".rstrip("0").rstrip(".") + "%"


def bits(value: int, names: dict[str, int]) -> str:
    """Print a set of flags as their names: `syn|ack`, or `none`."""
    return "|".join(name for name, bit in names.items() if value & bit) or "none"


def hexadecimal(octets: bytes) -> str:
    """Print octets as `0x` and two digits for each."""
    return "0x" + octets.hex()


def quote(octets: bytes) -> str:
    """Print octets as a quoted string where half of them or more can be read, else in hexadecimal."""
    readable = sum(0x20 <= octet < 0x7F or octet in _ESCAPES for octet in octets)
    return '"' + "".join(map(_escape, octets)) + '"' if 2 * readable >= len(octets) else hexadecimal(octets)


def _escape(octet: int) -> str:
    return _ESCAPES.get(octet) or (chr(octet) if 0x20 <= octet < 0x7F else f"\\x{octet:02x}")
