"""TCP options as they stand in a header, well-formed or not, without loss (RFC 9293, section 3.1).

What an option means is its kind and its body. Octets that no longer parse (a length of 0 or 1, a length that points
past the end, anything after the end of the list) are kept as they are, as one option of the kind RAW.
"""

from collections.abc import Iterable
from functools import lru_cache
from typing import Final, NamedTuple

from tcpchaos.wire.basics import OPTIONS_MOST_OCTETS, WireError

EOL: Final = 0
NOP: Final = 1
MSS: Final = 2
WSCALE: Final = 3
SACK_PERMITTED: Final = 4
SACK: Final = 5
TIMESTAMPS: Final = 8
MD5: Final = 19
USER_TIMEOUT: Final = 28
AUTHENTICATION: Final = 29
FAST_OPEN: Final = 34
RAW: Final = -1

# What a length octet of 255 leaves after kind and length.
BODY_MOST_OCTETS: Final = 253


class Option(NamedTuple):
    """One option: its kind and what follows the length octet, or octets taken as they are under the kind RAW."""

    kind: int
    body: bytes = b""

    @property
    def octets(self) -> bytes:
        """The option as it stands in a header. Raises WireError where it cannot stand there."""
        kind, body = self
        if kind == RAW:
            return body
        if kind in (EOL, NOP):
            if body:
                raise WireError(f"an option of kind {kind} has neither length nor body")
            return b"\x01" if kind else b"\x00"
        if not 0 <= kind <= 255:
            raise WireError(f"option kind {kind} must be 0 to 255")
        if len(body) > BODY_MOST_OCTETS:
            raise WireError(f"an option's body of {len(body)} octets is longer than {BODY_MOST_OCTETS}")
        return bytes((kind, len(body) + 2)) + body


# Several rules look at the options of the same segment, one right after the other.
@lru_cache(maxsize=64)
def decode(octets: bytes) -> tuple[Option, ...]:
    """Return the options whose octets these are; `encode` gives the same octets again.

    Zeros after the end of the list are one EOL each; from the first other octet after it the rest is RAW.
    """
    options = []
    at, end = 0, len(octets)
    while at < end:
        kind = octets[at]
        if kind == NOP:
            options.append(_NOP)
            at += 1
            continue
        if kind == EOL:
            rest = octets[at:].lstrip(b"\0")
            options += [_EOL] * (end - at - len(rest))
            if rest:
                options.append(Option(RAW, rest))
            break
        size = octets[at + 1] if at + 1 < end else 0
        if size < 2 or at + size > end:
            options.append(Option(RAW, octets[at:]))
            break
        options.append(Option(kind, octets[at + 2 : at + size]))
        at += size
    return tuple(options)


def encode(options: Iterable[Option]) -> bytes:
    """Return the octets of the options, filled up with zeros to whole words (RFC 9293, section 3.1).

    Raises WireError where an option cannot be written.
    """
    octets = b"".join([option.octets for option in options])
    return octets + bytes(-len(octets) % 4)


def padded(octets: bytes) -> bytes:
    """Return the octets of options filled up with zeros to whole words; WireError where a header cannot hold them."""
    if len(octets) > OPTIONS_MOST_OCTETS:
        raise WireError(f"{len(octets)} octets of options are more than the {OPTIONS_MOST_OCTETS} that fit")
    return octets + bytes(-len(octets) % 4)


def find(octets: bytes, at: int, end: int, kind: int) -> int:
    """Return where the last option of this kind begins among the options at `at` to `end`, or -1.

    Stacks take the last of several, and stop at the first that does not parse.
    """
    found = _places(octets[at:end]).get(kind, -1)
    return found if found < 0 else at + found


# A SYN is asked for each of its options several times, one right after the other.
@lru_cache(maxsize=64)
def _places(octets: bytes) -> dict[int, int]:
    """Return where the last option of each kind begins."""
    found: dict[int, int] = {}
    at, end = 0, len(octets)
    while at < end:
        kind = octets[at]
        if kind == NOP:
            at += 1
            continue
        if kind == EOL or at + 1 >= end:
            break
        size = octets[at + 1]
        if size < 2 or at + size > end:
            break
        found[kind] = at
        at += size
    return found


_EOL: Final = Option(EOL)
_NOP: Final = Option(NOP)


def eol() -> Option:
    """Return the end of the option list (RFC 9293, section 3.1)."""
    return _EOL


def nop() -> Option:
    """Return the option that does nothing (RFC 9293, section 3.1)."""
    return _NOP


def mss(octets: int) -> Option:
    """Return the maximum segment size, 0 to 65535 octets (RFC 9293, section 3.7.1)."""
    return Option(MSS, _number(octets, 2))


def wscale(shift: int) -> Option:
    """Return the window scale, 0 to 255 bits, of which 14 are lawful (RFC 7323, section 2.2)."""
    return Option(WSCALE, _number(shift, 1))


def sack_permitted() -> Option:
    """Return the permission to send selective acknowledgments (RFC 2018, section 2)."""
    return Option(SACK_PERMITTED)


def sack(*blocks: tuple[int, int]) -> Option:
    """Return selective acknowledgments, each from its left edge to before its right edge (RFC 2018, section 3)."""
    return Option(SACK, b"".join([_number(edge, 4) for block in blocks for edge in block]))


def timestamps(val: int, ecr: int) -> Option:
    """Return the timestamps TSval and TSecr (RFC 7323, section 3.2)."""
    return Option(TIMESTAMPS, _number(val, 4) + _number(ecr, 4))


def fast_open(cookie: bytes = b"") -> Option:
    """Return a fast open cookie, or the request for one (RFC 7413, section 4.1.1)."""
    return Option(FAST_OPEN, cookie)


def md5(digest: bytes) -> Option:
    """Return an MD5 signature, of which 16 octets are lawful (RFC 2385, section 3)."""
    return Option(MD5, digest)


def user_timeout(minutes_or_seconds: int, *, minutes: bool = False) -> Option:
    """Return the user timeout, 0 to 32767 seconds or minutes (RFC 5482, section 3)."""
    if not 0 <= minutes_or_seconds <= 0x7FFF:
        raise WireError(f"a user timeout of {minutes_or_seconds} must be 0 to 32767")
    return Option(USER_TIMEOUT, _number(minutes << 15 | minutes_or_seconds, 2))


def raw(octets: bytes) -> Option:
    """Return octets that are written as they are, whatever they mean."""
    return Option(RAW, octets)


def with_length(option: Option, length: int) -> Option:
    """Return the option with another length octet (0 to 255) than the right one, its body kept."""
    if option.kind in (EOL, NOP, RAW):
        raise WireError(f"an option of kind {option.kind} has no length")
    octets = option.octets
    return Option(RAW, octets[:1] + _number(length, 1) + octets[2:])


def _number(value: int, octets: int) -> bytes:
    try:
        return value.to_bytes(octets, "big")
    except OverflowError:
        raise WireError(f"{value} must be 0 to {(1 << 8 * octets) - 1}") from None
