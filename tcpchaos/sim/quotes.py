"""ICMP errors as their receiver reads them: which packet they quote, and whether they say that it is of no use.

Whoever quotes a connection's ports and a sequence number that is under way is believed (RFC 5927, section 4).
"""

from typing import Final, NamedTuple

_ICMP: Final = 1
_ICMPV6: Final = 58
_QUOTED_TCP_OCTETS: Final = 8  # ports and sequence number: what every error quotes of a segment (RFC 792)
# Type and code that say "protocol unreachable", "port unreachable", "administratively prohibited": hard errors, which
# may end an attempt to connect. All other unreachable codes are soft (RFC 9293, section 3.9.2.2).
_HARD4: Final = frozenset({(3, 2), (3, 3)})
_HARD6: Final = frozenset({(1, 1), (1, 4)})
_TOO_BIG: Final = ((3, 4), (2, 0))


class Complaint(NamedTuple):
    """What an ICMP error says about a packet of ours.

    `key` are the quoted packet's addresses and ports as octets, source first, and `seq` its sequence number. `mtu` is
    what the next link carries, in octets, where the error is about that.
    """

    key: bytes
    seq: int
    hard: bool
    mtu: int | None


def complaint(octets: bytes) -> Complaint | None:
    """Return what an ICMP error says that quotes a TCP segment, None for every other packet."""
    version = octets[0] >> 4 if octets else 0
    if version == 4:
        at = (octets[0] & 15) * 4
        protocol = octets[9:10]
    elif version == 6:
        at = 40
        protocol = octets[6:7]
    else:
        return None
    if protocol != bytes((_ICMP if version == 4 else _ICMPV6,)) or len(octets) < at + 8:
        return None
    kind, code = octets[at], octets[at + 1]
    big = (kind, code) == _TOO_BIG[version == 6]
    if kind != (3 if version == 4 else 1) and not big:
        return None
    rest = int.from_bytes(octets[at + 4 : at + 8], "big")
    return _quoted(
        octets[at + 8 :], version, (kind, code) in (_HARD4 if version == 4 else _HARD6), rest if big else None
    )


def _quoted(quote: bytes, version: int, hard: bool, mtu: int | None) -> Complaint | None:
    if not quote or quote[0] >> 4 != version:
        return None
    tcp_at = (quote[0] & 15) * 4 if version == 4 else 40
    if len(quote) < tcp_at + _QUOTED_TCP_OCTETS:
        return None
    addresses = quote[12:20] if version == 4 else quote[8:40]
    segment = quote[tcp_at : tcp_at + _QUOTED_TCP_OCTETS]
    return Complaint(addresses + segment[:4], int.from_bytes(segment[4:], "big"), hard, mtu)
