"""What interfaces do to segments of their own accord: asked about, switched off, and put back.

A segment is to be judged as TCP made it, so nothing on the way may merge, split or checksum it. The calls are those of
linux/ethtool.h, which need no library and no program.
"""

import errno
import fcntl
import socket
import struct
from collections.abc import Iterable
from ctypes import addressof, create_string_buffer
from typing import Final

_SIOCETHTOOL: Final = 0x8946
# By ethtool's names: the request that asks, the one that sets, and the bits that are meant. In the order in which they
# can be switched on again: a card splits only what it can checksum and gather.
_REQUESTS: Final = {
    "rx": (0x14, 0x15, 1),
    "tx": (0x16, 0x17, 1),
    "sg": (0x18, 0x19, 1),
    "tso": (0x1E, 0x1F, 1),
    "gso": (0x23, 0x24, 1),
    "gro": (0x2B, 0x2C, 1),
    "lro": (0x25, 0x26, 1 << 15),
}
# What an interface may not offer at all.
_ABSENT: Final = frozenset({errno.EOPNOTSUPP, errno.EINVAL})


def on(interface: str) -> tuple[str, ...]:
    """Return which offloads are on, by ethtool's names; OSError where the interface can't be asked."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as any_socket:
        return tuple(name for name in _REQUESTS if _value(any_socket, interface, name) & _REQUESTS[name][2])


def switch_off(interface: str) -> tuple[str, ...]:
    """Switch all offloads off that can be, and return those that were on before; OSError where that is refused."""
    before = on(interface)
    _switch(interface, before, on=False)
    return before


def switch_on(interface: str, names: Iterable[str]) -> None:
    """Switch these offloads on; OSError where that is refused."""
    _switch(interface, [name for name in _REQUESTS if name in set(names)], on=True)


def _switch(interface: str, names: Iterable[str], *, on: bool) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as any_socket:
        for name in names:
            _, request, bits = _REQUESTS[name]
            value = bits if on else 0
            if bits != 1:
                others = _value(any_socket, interface, name) & ~bits
                value |= others
            try:
                _call(any_socket, interface, request, value)
            except OSError as error:
                if error.errno not in _ABSENT:
                    raise


def _value(any_socket: socket.socket, interface: str, name: str) -> int:
    try:
        return _call(any_socket, interface, _REQUESTS[name][0], 0)
    except OSError as error:
        if error.errno in _ABSENT:
            return 0
        raise


def _call(any_socket: socket.socket, interface: str, request: int, value: int) -> int:
    """Make a request with a number, and return the number that came of it."""
    held = create_string_buffer(struct.pack("=II", request, value))
    fcntl.ioctl(any_socket, _SIOCETHTOOL, struct.pack("16sP", interface.encode(), addressof(held)) + bytes(16))
    number: int = struct.unpack_from("=I", held.raw, 4)[0]
    return number
