"""What a kernel says about its TCP sockets: sock_diag over netlink, asked within one network namespace.

The socket is one that the warden made in that namespace, and it is asked every few milliseconds while a run comes to
rest; pyroute2's makes its own, in the namespace of whoever asks. Message layouts: linux/netlink.h, linux/sock_diag.h,
linux/inet_diag.h. States go by RFC 9293's names.
"""

import os
import socket
import struct
import sys
from collections.abc import Iterator
from functools import lru_cache
from ipaddress import IPv6Address, ip_address

from tcpchaos.trace import Socket

NETLINK_SOCK_DIAG = 4
_SOCK_DIAG_BY_FAMILY = 20
_NLMSG_ERROR = 2
_NLMSG_DONE = 3
_NLM_F_REQUEST = 0x1
_NLM_F_REQUEST_DUMP = 0x301
_ALL_STATES = 0xFFFFFFFF
_ANSWER_OCTETS = 65536
_ADDRESSES = 256  # that are remembered in both forms: a lab has a handful

# The kernel's numbers, in its order (net/tcp_states.h); a request socket (12) is a connection in SYN-RECEIVED too.
STATES = {
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
_ONE = struct.Struct("=BBBxI2s2s16s16sIII")
_ANY_COOKIE = 0xFFFFFFFF
_ANSWER = struct.Struct("=BBBx2s2s16s16s12xIII4xI")
_ATTRIBUTE = struct.Struct("=HH")
_INET_DIAG_INFO = 2
_INFO_WANTED = 1 << (_INET_DIAG_INFO - 1)
_TIMERS = {1: "retransmission", 2: "keepalive", 3: "time-wait", 4: "probe"}
# struct tcp_info of linux/tcp.h: name of ours, where it stands, format. Older kernels know fewer of its fields.
_INFO = (
    ("retransmits", 2, "B"),
    ("probes", 3, "B"),
    ("backoff", 4, "B"),
    ("rto_us", 8, "I"),
    ("unacked", 24, "I"),
    ("total_retransmits", 100, "I"),
    ("bytes_acked", 120, "Q"),
    ("bytes_received", 128, "Q"),
    ("segments_sent", 136, "I"),
    ("segments_received", 140, "I"),
    ("snd_wnd", 228, "I"),
    ("rcv_wnd", 232, "I"),
)
_SHIFTS_AT = 6  # two halves of an octet: what shifts the windows announced to it, and its own


def dump(diag: socket.socket, *, info: bool = True) -> list[Socket]:
    """All TCP sockets of the namespace in which this sock_diag socket was made, IPv4's first; OSError if refused.

    Connections for which the kernel keeps nothing any more are in CLOSED, and absent. Without `info` only states,
    queues and timers are asked for, which the kernel tells without stopping a connection.
    """
    found = []
    for family in (socket.AF_INET, socket.AF_INET6):
        body = _REQUEST.pack(family, socket.IPPROTO_TCP, _INFO_WANTED if info else 0, _ALL_STATES)
        size = _HEADER.size + len(body)
        diag.send(_HEADER.pack(size, _SOCK_DIAG_BY_FAMILY, _NLM_F_REQUEST_DUMP, family, 0) + body)
        found += _answers(diag)
    return found


def find(
    diag: socket.socket, local: str, local_port: int, remote: str, remote_port: int, *, info: bool = True
) -> Socket | None:
    """The one socket between these ends in the namespace of this sock_diag socket, None where there is none.

    It costs the same however many sockets there are. OSError if refused.
    """
    ends = _packed(local), _packed(remote)
    family = socket.AF_INET if len(ends[0]) == 4 else socket.AF_INET6
    ports = local_port.to_bytes(2, "big"), remote_port.to_bytes(2, "big")
    wanted = _INFO_WANTED if info else 0
    body = _ONE.pack(family, socket.IPPROTO_TCP, wanted, _ALL_STATES, *ports, *ends, 0, _ANY_COOKIE, _ANY_COOKIE)
    diag.send(_HEADER.pack(_HEADER.size + len(body), _SOCK_DIAG_BY_FAMILY, _NLM_F_REQUEST, family, 0) + body)
    try:
        [(_, octets)] = messages(diag.recv(_ANSWER_OCTETS))
    except FileNotFoundError:
        return None
    found = _decode(octets)
    # Where nobody has such a connection, the kernel tells of whoever listens on the port.
    return found if found.remote_port == remote_port else None


def _answers(diag: socket.socket) -> list[Socket]:
    found: list[Socket] = []
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


def _decode(octets: bytes) -> Socket:
    family, state, timer, sport, dport, src, dst, expires_ms, rqueue, wqueue, inode = _ANSWER.unpack_from(octets)
    size = 4 if family == socket.AF_INET else 16
    name = STATES.get(state, "CLOSED")
    return Socket(
        state=name,
        local=_address(src[:size]),
        local_port=int.from_bytes(sport, "big"),
        remote=_address(dst[:size]),
        remote_port=int.from_bytes(dport, "big"),
        receive_queue=rqueue,
        send_queue=wqueue,
        held=inode != 0,
        timer=_TIMERS.get(timer, ""),
        timer_us=expires_ms * 1000 if timer in _TIMERS else None,
        **({} if name in ("LISTEN", "CLOSED") else _info(octets)),
    )


@lru_cache(maxsize=_ADDRESSES)
def _packed(address: str) -> bytes:
    return ip_address(address).packed


@lru_cache(maxsize=_ADDRESSES)
def _address(octets: bytes) -> str:
    """The address in text; that of IPv4 where a socket of IPv6 talks to one (RFC 4291, section 2.5.5.2)."""
    address = ip_address(octets)
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    return str(mapped or address)


def _info(octets: bytes) -> dict[str, int]:
    """What struct tcp_info says, as far as this kernel fills it; nothing where none was asked for or there is none."""
    at = _ANSWER.size
    while at + _ATTRIBUTE.size <= len(octets):
        length, kind = _ATTRIBUTE.unpack_from(octets, at)
        if kind == _INET_DIAG_INFO:
            info = octets[at + _ATTRIBUTE.size : at + length]
            found: dict[str, int] = {
                name: struct.unpack_from("=" + form, info, place)[0]
                for name, place, form in _INFO
                if place + struct.calcsize(form) <= len(info)
            }
            if len(info) > _SHIFTS_AT:
                low, high = info[_SHIFTS_AT] & 0xF, info[_SHIFTS_AT] >> 4
                found["snd_wscale"], found["rcv_wscale"] = (low, high) if sys.byteorder == "little" else (high, low)
            return found
        at += max(length, _ATTRIBUTE.size) + 3 & ~3
    return {}
