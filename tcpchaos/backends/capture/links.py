"""What stands before the IP header in a captured frame, by link type (the numbers that pcap and pcapng write)."""

from typing import Final

BSD_LOOPBACK: Final = 0
ETHERNET: Final = 1
PPP: Final = 9
RAW: Final = 101
OPENBSD_LOOPBACK: Final = 108
LINUX_COOKED: Final = 113
IPV4: Final = 228
IPV6: Final = 229
LINUX_COOKED_2: Final = 276

NAMES: Final = {
    BSD_LOOPBACK: "BSD loopback",
    ETHERNET: "Ethernet",
    PPP: "PPP",
    12: "raw IP",
    14: "raw IP",
    RAW: "raw IP",
    OPENBSD_LOOPBACK: "OpenBSD loopback",
    LINUX_COOKED: "Linux cooked",
    IPV4: "raw IPv4",
    IPV6: "raw IPv6",
    LINUX_COOKED_2: "Linux cooked v2",
}

ETHERTYPE_IPV4: Final = b"\x08\x00"
_ETHERTYPES_IP: Final = frozenset((ETHERTYPE_IPV4, b"\x86\xdd"))
_TAGS: Final = frozenset((b"\x81\x00", b"\x88\xa8", b"\x91\x00"))  # IEEE 802.1Q and 802.1ad, and what came before it
_MPLS: Final = frozenset((b"\x88\x47", b"\x88\x48"))  # RFC 5332, section 2
_PPPOE: Final = b"\x88\x64"  # RFC 2516, section 4
_PPP_IP: Final = frozenset((b"\x00\x21", b"\x00\x57"))  # RFC 1332, section 4; RFC 5072, section 2
_BOTTOM_OF_STACK: Final = 1  # in the third octet of an MPLS label (RFC 3032, section 2.1)
# Where a link header says what it carries, and where that begins.
_TYPED: Final = {ETHERNET: (12, 14), LINUX_COOKED: (14, 16), LINUX_COOKED_2: (0, 20)}
_PLAIN: Final = {BSD_LOOPBACK: 4, OPENBSD_LOOPBACK: 4, RAW: 0, 12: 0, 14: 0, IPV4: 0, IPV6: 0}


def ip_octets(link: int, frame: bytes) -> tuple[bytes, bytes] | None:
    """Return the IP packet of a frame of a known link type and where it was heard, None where it is something else.

    Where it was heard is told by what the link header says of the interface, of the direction there, and of the VLAN: a
    packet that one capture has twice differs in that.
    """
    found = _behind(link, frame)
    if found is None:
        return None
    at, place = found
    octets = frame[at:]
    return (octets, place) if octets and octets[0] >> 4 in (4, 6) else None


def _behind(link: int, frame: bytes) -> tuple[int, bytes] | None:
    if link in _PLAIN:
        return _PLAIN[link], b""
    if link == PPP:
        at = 2 if frame.startswith(b"\xff\x03") else 0  # address and control, which may be left out
        return (at + 2, b"") if frame[at : at + 2] in _PPP_IP else None
    type_at, at = _TYPED[link]
    place = b""
    if link == LINUX_COOKED:
        place = frame[:2]
    elif link == LINUX_COOKED_2:
        place = frame[4:8] + frame[10:11]
    carried = frame[type_at : type_at + 2]
    while carried in _TAGS:
        place += frame[at : at + 2]
        carried = frame[at + 2 : at + 4]
        at += 4
    if carried in _ETHERTYPES_IP:
        return at, place
    if carried in _MPLS:
        while at + 4 <= len(frame):
            at += 4
            if frame[at - 2] & _BOTTOM_OF_STACK:
                return at, place
    if carried == _PPPOE and frame[at + 6 : at + 8] in _PPP_IP:
        return at + 8, place
    return None
