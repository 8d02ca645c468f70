"""What a kernel says about its TCP sockets: sock_diag over netlink, asked within one network namespace.

The socket is one that the warden made in that namespace, and it is asked every few milliseconds while a run comes to
rest; pyroute2's makes its own, in the namespace of whoever asks. Message layouts: linux/netlink.h, linux/sock_diag.h,
linux/inet_diag.h. States go by RFC 9293's names.
"""

import os
import socket
import struct
from collections.abc import Iterator
from ipaddress import ip_address
from typing import NamedTuple

NETLINK_SOCK_DIAG = 4
_SOCK_DIAG_BY_FAMILY = 20
_NLMSG_ERROR = 2
_NLMSG_DONE = 3
_NLM_F_REQUEST_DUMP = 0x301
_ALL_STATES = 0xFFFFFFFF
_ANSWER_OCTETS = 65536

# The kernel's numbers, in its order (net/tcp_states.h); a request socket (12) is a connection in SYN-RECEIVED too.
_STATES = {
    1: "ESTABLISHED",
    2: "SYN-SENT",
    3: "SYN-RECEIVED",
    4: "FIN-WAIT-1",
    5: "FIN-WAIT-2",
    6: "TIME-WAIT",
    7: "CLOSED",
    8: "CLOSE-WAIT",
    9: "LAST-ACK",
    10: "LISTEN",
    11: "CLOSING",
    12: "SYN-RECEIVED",
}

_HEADER = struct.Struct("=IHHII")
_REQUEST = struct.Struct("=BBBxI48x")
_ANSWER = struct.Struct("=BBBB2s2s16s16sI8xIIIII")


class KernelSocket(NamedTuple):
    """A TCP socket as its kernel sees it: state, both ends, octets waiting in both directions, whose it is.

    While it listens, `receive_queue` counts connections not yet accepted, and `send_queue` is the backlog.
    """

    state: str
    local: str
    local_port: int
    remote: str
    remote_port: int
    receive_queue: int
    send_queue: int
    uid: int


def dump(diag: socket.socket) -> list[KernelSocket]:
    """All TCP sockets of the namespace in which this sock_diag socket was made, IPv4's first; OSError if refused.

    Connections for which the kernel keeps nothing any more are in CLOSED, and absent.
    """
    found = []
    for family in (socket.AF_INET, socket.AF_INET6):
        body = _REQUEST.pack(family, socket.IPPROTO_TCP, 0, _ALL_STATES)
        size = _HEADER.size + len(body)
        diag.send(_HEADER.pack(size, _SOCK_DIAG_BY_FAMILY, _NLM_F_REQUEST_DUMP, family, 0) + body)
        found += _answers(diag)
    return found


def _answers(diag: socket.socket) -> list[KernelSocket]:
    found: list[KernelSocket] = []
    while True:
        for kind, octets in messages(diag.recv(_ANSWER_OCTETS)):
            if kind == _NLMSG_DONE:
                return found
            if kind == _SOCK_DIAG_BY_FAMILY:
                found.append(_decode(octets))


def messages(octets: bytes) -> Iterator[tuple[int, bytes]]:
    """The netlink messages of one datagram: type and body; OSError for an error that one of them carries."""
    at = 0
    while at + _HEADER.size <= len(octets):
        length, kind, _, _, _ = _HEADER.unpack_from(octets, at)
        body = octets[at + _HEADER.size : at + length]
        if kind == _NLMSG_ERROR and len(body) >= 4:
            (number,) = struct.unpack_from("=i", body)
            if number:
                raise OSError(-number, os.strerror(-number))
        yield kind, body
        at += max(length, _HEADER.size) + 3 & ~3


def _decode(octets: bytes) -> KernelSocket:
    family, state, _, _, sport, dport, src, dst, _, _, rqueue, wqueue, uid, _ = _ANSWER.unpack_from(octets)
    size = 4 if family == socket.AF_INET else 16
    return KernelSocket(
        state=_STATES.get(state, "CLOSED"),
        local=str(ip_address(src[:size])),
        local_port=int.from_bytes(sport, "big"),
        remote=str(ip_address(dst[:size])),
        remote_port=int.from_bytes(dport, "big"),
        receive_queue=rqueue,
        send_queue=wqueue,
        uid=uid,
    )
