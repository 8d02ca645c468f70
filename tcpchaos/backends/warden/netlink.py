"""As much of rtnetlink as it takes to furnish a lab: links, addresses, neighbours, counters.

Message layouts: linux/netlink.h, linux/rtnetlink.h, linux/if_link.h, linux/if_addr.h, linux/neighbour.h.
"""

import os
import socket
import struct
from collections.abc import Iterator, Sequence
from ipaddress import IPv4Address, IPv6Address
from types import TracebackType

NLMSG_ERROR = 2
NLMSG_DONE = 3
NLM_F_REQUEST = 0x1
NLM_F_ACK = 0x4
NLM_F_EXCL = 0x200
NLM_F_CREATE = 0x400

_RTM_NEWLINK = 16
_RTM_GETLINK = 18
_RTM_SETLINK = 19
_RTM_NEWADDR = 20
_RTM_NEWNEIGH = 28

_IFLA_ADDRESS = 1
_IFLA_IFNAME = 3
_IFLA_MTU = 4
_IFLA_MASTER = 10
_IFLA_LINKINFO = 18
_IFLA_STATS64 = 23
_IFLA_AF_SPEC = 26
_IFLA_NET_NS_FD = 28
_IFLA_INFO_KIND = 1
_IFLA_INFO_DATA = 2
_VETH_INFO_PEER = 1
_IFLA_INET6_ADDR_GEN_MODE = 8
_ADDR_GEN_MODE_NONE = 1

_IFA_ADDRESS = 1
_IFA_LOCAL = 2
_IFA_F_NODAD = 0x02
_NDA_DST = 1
_NDA_LLADDR = 2
_NUD_PERMANENT = 0x80

_IFF_UP = 1
_RX_DROPPED_AT = 6 * 8  # struct rtnl_link_stats64: eight-octet counters in a fixed order
_ANSWER_OCTETS = 65536

HEADER = struct.Struct("=IHHII")
_ATTRIBUTE = struct.Struct("=HH")
_IFINFOMSG = struct.Struct("=BxHiII")
_IFADDRMSG = struct.Struct("=BBBBI")
_NDMSG = struct.Struct("=BxxxiHBB")


def attribute(kind: int, *parts: bytes) -> bytes:
    """One attribute with these octets (nested attributes, too) as its value, padded to four."""
    value = b"".join(parts)
    return _ATTRIBUTE.pack(_ATTRIBUTE.size + len(value), kind) + value + bytes(-len(value) % 4)


def attributes(octets: bytes) -> Iterator[tuple[int, bytes]]:
    """The attributes of an answer: kind (flags removed) and value."""
    at = 0
    while at + _ATTRIBUTE.size <= len(octets):
        length, kind = _ATTRIBUTE.unpack_from(octets, at)
        if length < _ATTRIBUTE.size:
            return
        yield kind & 0x3FFF, octets[at + _ATTRIBUTE.size : at + length]
        at += length + 3 & ~3


def message(kind: int, flags: int, sequence: int, body: bytes) -> bytes:
    """One netlink message."""
    return HEADER.pack(HEADER.size + len(body), kind, flags, sequence, 0) + body


def messages(octets: bytes) -> Iterator[tuple[int, bytes]]:
    """The messages of one datagram: type and body; OSError for an error that one of them carries."""
    at = 0
    while at + HEADER.size <= len(octets):
        length, kind, _, _, _ = HEADER.unpack_from(octets, at)
        body = octets[at + HEADER.size : at + length]
        if kind == NLMSG_ERROR:
            (number,) = struct.unpack_from("=i", body)
            if number:
                raise OSError(-number, os.strerror(-number))
        yield kind, body
        at += max(length, HEADER.size) + 3 & ~3


def _name(name: str) -> bytes:
    return attribute(_IFLA_IFNAME, name.encode() + b"\0")


def _mtu(mtu: int) -> bytes:
    return attribute(_IFLA_MTU, struct.pack("=I", mtu))


class Route:
    """A conversation with rtnetlink in the network namespace in which it was opened; a context manager."""

    def __init__(self) -> None:
        self._socket = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, socket.NETLINK_ROUTE)
        self._sequence = 0

    def __enter__(self) -> "Route":
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._socket.close()

    def _ask(self, kind: int, flags: int, body: bytes) -> list[bytes]:
        self._sequence += 1
        self._socket.send(message(kind, NLM_F_REQUEST | NLM_F_ACK | flags, self._sequence, body))
        answers: list[bytes] = []
        while True:
            for answered, octets in messages(self._socket.recv(_ANSWER_OCTETS)):
                if answered == NLMSG_ERROR:  # the acknowledgment: an error number of zero
                    return answers
                answers.append(octets)

    def add_veth(self, name: str, mtu: int, peer: str, peer_mac: bytes, peer_namespace: int) -> None:
        """Make a pair of interfaces: `name` here, `peer` in the namespace behind the file descriptor."""
        other = (
            _IFINFOMSG.pack(socket.AF_UNSPEC, 0, 0, 0, 0),
            _name(peer),
            _mtu(mtu),
            attribute(_IFLA_ADDRESS, peer_mac),
            attribute(_IFLA_NET_NS_FD, struct.pack("=I", peer_namespace)),
        )
        info = (
            attribute(_IFLA_INFO_KIND, b"veth"),
            attribute(_IFLA_INFO_DATA, attribute(_VETH_INFO_PEER, *other)),
        )
        body = _IFINFOMSG.pack(socket.AF_UNSPEC, 0, 0, 0, 0) + _name(name) + _mtu(mtu)
        self._ask(_RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL, body + attribute(_IFLA_LINKINFO, *info))

    def add_bridge(self, name: str, ports: Sequence[int]) -> None:
        """Make a bridge of the kernel's between these interfaces, and take it into service."""
        info = attribute(_IFLA_INFO_KIND, b"bridge")
        body = _IFINFOMSG.pack(socket.AF_UNSPEC, 0, 0, _IFF_UP, _IFF_UP) + _name(name)
        self._ask(_RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL, body + attribute(_IFLA_LINKINFO, info))
        bridge = attribute(_IFLA_MASTER, struct.pack("=I", socket.if_nametoindex(name)))
        for port in ports:
            self._ask(_RTM_SETLINK, 0, _IFINFOMSG.pack(socket.AF_UNSPEC, 0, port, 0, 0) + bridge)

    def silence(self, index: int) -> None:
        """Make no link-local IPv6 address of its own on an interface, so that it starts no conversation."""
        mode = attribute(_IFLA_INET6_ADDR_GEN_MODE, bytes([_ADDR_GEN_MODE_NONE]))
        spec = attribute(_IFLA_AF_SPEC, attribute(socket.AF_INET6, mode))
        self._ask(_RTM_SETLINK, 0, _IFINFOMSG.pack(socket.AF_UNSPEC, 0, index, 0, 0) + spec)

    def up(self, index: int) -> None:
        """Take an interface into service."""
        self._ask(_RTM_NEWLINK, 0, _IFINFOMSG.pack(socket.AF_UNSPEC, 0, index, _IFF_UP, _IFF_UP))

    def add_address(self, index: int, address: IPv4Address | IPv6Address, prefix: int) -> None:
        """Give an interface an address, usable at once."""
        family = socket.AF_INET if address.version == 4 else socket.AF_INET6
        body = _IFADDRMSG.pack(family, prefix, _IFA_F_NODAD, 0, index)
        body += attribute(_IFA_LOCAL, address.packed) + attribute(_IFA_ADDRESS, address.packed)
        self._ask(_RTM_NEWADDR, NLM_F_CREATE | NLM_F_EXCL, body)

    def add_neighbour(self, index: int, address: IPv4Address | IPv6Address, mac: bytes) -> None:
        """Say for good which MAC an address has, so that nobody needs to ask."""
        family = socket.AF_INET if address.version == 4 else socket.AF_INET6
        body = _NDMSG.pack(family, index, _NUD_PERMANENT, 0, 0)
        body += attribute(_NDA_DST, address.packed) + attribute(_NDA_LLADDR, mac)
        self._ask(_RTM_NEWNEIGH, NLM_F_CREATE, body)

    def dropped(self, index: int) -> int:
        """How many frames an interface threw away so far, in either direction."""
        for body in self._ask(_RTM_GETLINK, 0, _IFINFOMSG.pack(socket.AF_UNSPEC, 0, index, 0, 0)):
            for kind, value in attributes(body[_IFINFOMSG.size :]):
                if kind == _IFLA_STATS64:
                    received, sent = struct.unpack_from("=QQ", value, _RX_DROPPED_AT)
                    return int(received + sent)
        return 0
