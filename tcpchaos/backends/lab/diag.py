"""What a kernel says about its TCP sockets: sock_diag over netlink, asked within one network namespace.

Message layouts: linux/sock_diag.h, linux/inet_diag.h. States go by RFC 9293's names.
"""

import socket
import struct
from ipaddress import ip_address
from typing import NamedTuple

from tcpchaos.backends.warden.netlink import NLM_F_REQUEST, NLMSG_DONE, message, messages

NETLINK_SOCK_DIAG = 4
_SOCK_DIAG_BY_FAMILY = 20
_NLM_F_DUMP = 0x300
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
        diag.send(message(_SOCK_DIAG_BY_FAMILY, NLM_F_REQUEST | _NLM_F_DUMP, family, body))
        found += _answers(diag)
    return found


def _answers(diag: socket.socket) -> list[KernelSocket]:
    found: list[KernelSocket] = []
    while True:
        for kind, octets in messages(diag.recv(_ANSWER_OCTETS)):
            if kind == NLMSG_DONE:
                return found
            if kind == _SOCK_DIAG_BY_FAMILY:
                found.append(_decode(octets))


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
