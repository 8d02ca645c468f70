"""How a host without a kernel is found on an Ethernet, and finds others there: ARP (RFC 826), and RFC 4861 in IPv6.

Frames in, frames out: nothing is sent here, and nothing is remembered but the one neighbour that is looked for.
"""

from ipaddress import ip_address
from typing import Final

from tcpchaos.backends.lab.frames import IPV4, IPV6
from tcpchaos.wire.checksum import internet, pseudo_header

_ARP: Final = b"\x08\x06"
_EVERYONE: Final = b"\xff" * 6
# Ethernet and IPv4, with addresses of 6 and 4 octets.
_ARP_HEAD: Final = bytes.fromhex("000108000604")
_ASKS, _ANSWERS = b"\x00\x01", b"\x00\x02"
_ARP_OCTETS: Final = 28

_ICMPV6: Final = 58
_SOLICITATION, _ADVERTISEMENT = 135, 136
_SOURCE_LINK, _TARGET_LINK = b"\x01\x01", b"\x02\x01"  # options with an address of Ethernet's
_SOLICITED: Final = b"\x60\x00\x00\x00"  # an answer to a question, which overrides what was known
_HOP_LIMIT: Final = 255  # which no router can have let through
_SOLICITED_NODE: Final = ip_address("ff02::1:ff00:0").packed[:13]
_ETHERNET, _IPV6_HEADER = 14, 40
_LEAST_FRAME: Final = 60


class Neighbours:
    """Our side of an Ethernet: `own` is our address, `mac` ours, `wanted` the address that is looked for.

    `found` is the wanted one's MAC once it has answered, and `taken` tells that somebody else answers at our address.
    """

    def __init__(self, own: str, mac: bytes, wanted: str) -> None:
        self._own = ip_address(own).packed
        self._wanted = ip_address(wanted).packed
        self._mac = mac
        self.found: bytes | None = None
        self.taken = False

    def question(self) -> bytes:
        """Return the frame that asks for the wanted address."""
        return self._asking(self._wanted, self._own)

    def probe(self) -> bytes:
        """Return the frame that asks whether somebody has our address (RFC 5227, 2.1.1; RFC 4862, 5.4.2)."""
        return self._asking(self._own, bytes(len(self._own)))

    def hear(self, frame: bytes) -> bytes | None:
        """Take in a frame, and return the one to answer with, if it asks for our address."""
        kind = frame[12:14]
        if kind == _ARP and len(self._own) == 4:
            return self._hear_arp(frame[_ETHERNET : _ETHERNET + _ARP_OCTETS])
        if kind == IPV6 and len(self._own) == 16 and frame[20:21] == bytes((_ICMPV6,)):
            return self._hear_icmp(frame[_ETHERNET:])
        return None

    def _asking(self, address: bytes, source: bytes) -> bytes:
        if len(address) == 4:
            return _padded(_EVERYONE + self._mac + _ARP, _ARP_HEAD + _ASKS + self._mac + source + bytes(6) + address)
        group = _SOLICITED_NODE + address[13:]
        option = _SOURCE_LINK + self._mac if any(source) else b""
        return self._icmp(b"\x33\x33" + group[12:], source, group, _SOLICITATION, bytes(4) + address + option)

    def _hear_arp(self, octets: bytes) -> bytes | None:
        if len(octets) < _ARP_OCTETS or octets[:6] != _ARP_HEAD:
            return None
        does, mac, source, target = octets[6:8], octets[8:14], octets[14:18], octets[24:28]
        self._learn(source, mac)
        if does != _ASKS or target != self._own:
            return None
        return _padded(mac + self._mac + _ARP, _ARP_HEAD + _ANSWERS + self._mac + self._own + mac + source)

    def _hear_icmp(self, octets: bytes) -> bytes | None:
        source, body = octets[8:24], octets[_IPV6_HEADER:]
        if octets[7:8] != bytes((_HOP_LIMIT,)) or len(body) < 24:
            return None
        target, option = body[8:24], body[24:32]
        if body[0] == _ADVERTISEMENT and option[:2] == _TARGET_LINK:
            self._learn(target, option[2:])
        if body[0] != _SOLICITATION or target != self._own:
            return None
        mac = option[2:] if option[:2] == _SOURCE_LINK else b"\x33\x33\x00\x00\x00\x01"
        to = source if any(source) else ip_address("ff02::1").packed
        return self._icmp(mac, self._own, to, _ADVERTISEMENT, _SOLICITED + self._own + _TARGET_LINK + self._mac)

    def _learn(self, address: bytes, mac: bytes) -> None:
        if address == self._wanted:
            self.found = mac
        elif address == self._own and mac != self._mac:
            self.taken = True

    def _icmp(self, mac: bytes, source: bytes, to: bytes, kind: int, rest: bytes) -> bytes:
        message = bytes((kind, 0, 0, 0)) + rest
        checksum = internet(pseudo_header(source + to, len(message), _ICMPV6) + message)
        message = message[:2] + checksum.to_bytes(2, "big") + message[4:]
        header = b"\x60\x00\x00\x00" + len(message).to_bytes(2, "big") + bytes((_ICMPV6, _HOP_LIMIT))
        return mac + self._mac + IPV6 + header + source + to + message


def link_header(own: bytes, to: bytes, version: int) -> bytes:
    """Return what stands before a packet of ours to a neighbour."""
    return to + own + (IPV4 if version == 4 else IPV6)


def _padded(head: bytes, body: bytes) -> bytes:
    return (head + body).ljust(_LEAST_FRAME, b"\0")
