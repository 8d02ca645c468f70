"""The Internet checksum (RFC 1071) and its incremental update (RFC 1624), which keeps a wrong checksum wrong.

The one's complement sum of 16-bit words is the remainder modulo 2^16 - 1 of all of them read as one large number,
because 2^16 leaves the remainder 1. Python does that division in C, which makes it the fastest checksum there is
here. Zero has two forms in one's complement, +0 (0x0000) and -0 (0xffff): a sum that is not of zeros only is
never +0, so the checksum that is written for one is never 0xffff.
"""

from typing import Final

_ONES: Final = 0xFFFF
_number: Final = int.from_bytes

# From this many octets on, folding the number three times and dividing what is left is faster than one long division.
_LONG_OCTETS: Final = 400
# How many bits the folds leave: whole words, and each half of the one before; 744 octets are half of a full Ethernet
# frame's packet.
_HALF, _QUARTER, _EIGHTH = 8 * 744, 8 * 372, 8 * 186
_LOW_HALF, _LOW_QUARTER, _LOW_EIGHTH = (1 << _HALF) - 1, (1 << _QUARTER) - 1, (1 << _EIGHTH) - 1


def residue(octets: bytes) -> int:
    """Return the one's complement sum of the octets as 16-bit words, with -0 written as 0 (RFC 1071, section 1).

    An odd last octet counts as the upper half of a word.
    """
    size = len(octets)
    if size < _LONG_OCTETS:
        return (_number(octets, "big") << 8 if size & 1 else _number(octets, "big")) % _ONES
    # The sum of swapped words is the swapped sum (RFC 1071, section 2), Python reads this order faster, and an odd last
    # octet is where it belongs. Swapping back is multiplying by 256.
    number = _number(octets, "little")
    number = (number >> _HALF) + (number & _LOW_HALF)
    number = (number >> _QUARTER) + (number & _LOW_QUARTER)
    number = (number >> _EIGHTH) + (number & _LOW_EIGHTH)
    return (number % _ONES << 8) % _ONES


def internet(octets: bytes) -> int:
    """Return the checksum to write for the octets, in which the checksum's own place is zero (RFC 1071)."""
    if not any(octets):
        return _ONES
    return (-residue(octets)) % _ONES


def update(checksum: int, old: bytes, new: bytes) -> int:
    """Return the checksum after `old` was exchanged for `new` in what it covers (RFC 1624, section 3).

    Both must begin at an even place. A right checksum becomes exactly what the full computation gives, as long as
    what is covered is not of zeros only (headers never are); a wrong one stays wrong by the same amount.
    """
    if old == new:
        return checksum
    return (checksum + residue(old) - residue(new)) % _ONES


def pseudo_header(addresses: bytes, octets: int, protocol: int) -> bytes:
    """Return what a transport checksum covers beside the segment (RFC 9293, section 3.1; RFC 8200, section 8.1).

    `addresses` is the source followed by the final destination, 8 octets or 32, and `octets` the length of the segment.
    """
    if len(addresses) == 8:
        return addresses + bytes((0, protocol)) + octets.to_bytes(2, "big")
    return addresses + octets.to_bytes(4, "big") + bytes((0, 0, 0, protocol))
