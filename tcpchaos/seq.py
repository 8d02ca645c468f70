"""The circle of 2^32 on which sequence numbers live (RFC 9293, section 3.4).

TCP never asks whether one number is smaller than another: it asks whether a number lies on an arc. Nothing outside
this module knows how long the circle is.
"""

from typing import Final

MODULUS: Final = 1 << 32
_MASK: Final = MODULUS - 1
_HALF: Final = 1 << 31


def add(number: int, octets: int) -> int:
    """Return the number that lies `octets` (which may be negative) further along the circle."""
    return (number + octets) & _MASK


def ahead(start: int, number: int) -> int:
    """Return how many octets forward from `start` the number lies: 0 to 2^32 - 1."""
    return (number - start) & _MASK


def diff(number: int, start: int) -> int:
    """Return the signed distance from `start` to the number by the shorter way: -2^31 to 2^31 - 1."""
    return ((number - start + _HALF) & _MASK) - _HALF


def on_arc(start: int, number: int, end: int) -> bool:
    """Tell whether the number lies on the arc that begins at `start` and stops before `end`."""
    return (number - start) & _MASK < (end - start) & _MASK


def unwrap(number: int, near: int) -> int:
    """Return the integer closest to `near` that is the number on the circle.

    This is how a position of a stream, which only grows and never wraps, is got from a sequence number: `near` is any
    position known to lie within half a circle of it.
    """
    return near + (((number - near + _HALF) & _MASK) - _HALF)


def wrap(position: int) -> int:
    """Return the sequence number at which a position of a stream stands."""
    return position & _MASK
