"""What stands before the IP header in a captured frame, by link type (the numbers that pcap and pcapng write)."""

import struct
from typing import Final

BSD_LOOPBACK: Final = 0
ETHERNET: Final = 1
RAW: Final = 101
OPENBSD_LOOPBACK: Final = 108
LINUX_COOKED: Final = 113
IPV4: Final = 228
IPV6: Final = 229
LINUX_COOKED_2: Final = 276

NAMES: Final = {
    BSD_LOOPBACK: "BSD loopback",
    ETHERNET: "Ethernet",
    12: "raw IP",
    14: "raw IP",
    RAW: "raw IP",
    OPENBSD_LOOPBACK: "OpenBSD loopback",
    LINUX_COOKED: "Linux cooked",
    IPV4: "raw IPv4",
    IPV6: "raw IPv6",
    LINUX_COOKED_2: "Linux cooked v2",
}

_ETHERTYPES_IP: Final = frozenset((0x0800, 0x86DD))
_ETHERTYPES_TAG: Final = frozenset((0x8100, 0x88A8, 0x9100))  # IEEE 802.1Q and 802.1ad, and what came before it
# Where a link header says what it carries, and where that begins.
_TYPED: Final = {ETHERNET: (12, 14), LINUX_COOKED: (14, 16), LINUX_COOKED_2: (0, 20)}
_PLAIN: Final = {BSD_LOOPBACK: 4, OPENBSD_LOOPBACK: 4, RAW: 0, 12: 0, 14: 0, IPV4: 0, IPV6: 0}


def ip_octets(link: int, frame: bytes) -> bytes | None:
    """Return the IP packet of a frame of a known link type, or None where it carries something else."""
    if link in _PLAIN:
        octets = frame[_PLAIN[link] :]
    else:
        type_at, at = _TYPED[link]
        if len(frame) < at:
            return None
        (ethertype,) = struct.unpack_from("!H", frame, type_at)
        while ethertype in _ETHERTYPES_TAG and len(frame) >= at + 4:
            (ethertype,) = struct.unpack_from("!H", frame, at + 2)
            at += 4
        if ethertype not in _ETHERTYPES_IP:
            return None
        octets = frame[at:]
    return octets if octets and octets[0] >> 4 in (4, 6) else None
