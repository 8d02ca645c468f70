"""What interfaces do to segments of their own accord: asked about, switched off, and put back.

A segment is to be judged as TCP made it, so nothing on the way may merge, split or checksum it, unless whoever judges
does so himself. The calls are those of linux/ethtool.h, which need no library and no program.
"""

import errno
import fcntl
import socket
import struct
from collections.abc import Collection, Iterable
from ctypes import addressof, c_char
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
# All that is done to TCP.
TCP: Final = tuple(_REQUESTS)
# What is merged on arrival: nobody can tell afterwards in how many segments it came, or when.
ARRIVING: Final = frozenset({"gro", "lro"})
# What else may be left undone, by the names of features: those who read frames are not told of it, or not all of it.
_UNTOLD: Final = frozenset(
    {"tx-tcp-accecn-segmentation"}
    | {"tx-gre-segmentation", "tx-gre-csum-segmentation", "tx-ipxip4-segmentation", "tx-ipxip6-segmentation"}
    | {"tx-udp_tnl-segmentation", "tx-udp_tnl-csum-segmentation", "tx-tunnel-remcsum-segmentation"}
    | {"tx-sctp-segmentation", "tx-esp-segmentation", "tx-udp-segmentation", "tx-gso-list"}
)
# What has to be off where runs of TCP's segments may stay whole, and nothing else may be merged.
ALL_BUT_RUNS: Final = ARRIVING | _UNTOLD
_COUNT_STRINGS, _STRINGS, _GET_FEATURES, _SET_FEATURES = 0x37, 0x1B, 0x3A, 0x3B
_NAMES_OF_FEATURES: Final = 4  # ETH_SS_FEATURES
_NAME_OCTETS: Final = 32
_BLOCK: Final = struct.Struct("=IIII")  # of 32 features each: available, requested, active, never changed
_ACTIVE: Final = 2
_WANTED: Final = struct.Struct("=II")  # which of 32 are meant, and which of those are to be on
# What an interface may not offer at all.
_ABSENT: Final = frozenset({errno.EOPNOTSUPP, errno.EINVAL})


def on(interface: str, meant: Iterable[str] = TCP) -> tuple[str, ...]:
    """Return which of these offloads are on, by ethtool's names; OSError where the interface can't be asked."""
    wanted = set(meant)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as any_socket:
        found = [name for name in TCP if name in wanted and _value(any_socket, interface, name) & _REQUESTS[name][2]]
        if wanted & _UNTOLD:
            features = _features(any_socket, interface)
            blocks = _blocks(any_socket, interface, len(features))
            active = (name for name, at in features.items() if blocks[at // 32][_ACTIVE] >> at % 32 & 1)
            found += [name for name in active if name in wanted & _UNTOLD]
    return tuple(found)


def switch_off(interface: str, meant: Iterable[str] = TCP) -> tuple[str, ...]:
    """Switch off of these offloads what can be, and return those that were on before; OSError where that is refused."""
    before = on(interface, meant)
    _switch(interface, before, on=False)
    return before


def switch_on(interface: str, names: Iterable[str]) -> None:
    """Switch these offloads on; OSError where that is refused."""
    wanted = set(names)
    _switch(interface, [name for name in (*TCP, *sorted(_UNTOLD)) if name in wanted], on=True)


def _switch(interface: str, names: Collection[str], *, on: bool) -> None:
    features = [name for name in names if name in _UNTOLD]
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as any_socket:
        for name in (name for name in names if name in _REQUESTS):
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
        if features:
            _switch_features(any_socket, interface, features, on=on)


def _features(any_socket: socket.socket, interface: str) -> dict[str, int]:
    """Return the number of each feature that this kernel knows."""
    # struct ethtool_sset_info: request, a reserved word, a mask of 64 bits, and how many there are of each in it.
    held = bytearray(struct.pack("=IIQI", _COUNT_STRINGS, 0, 1 << _NAMES_OF_FEATURES, 0))
    _ask(any_socket, interface, held)
    (count,) = struct.unpack_from("=I", held, 16)
    held = bytearray(struct.pack("=III", _STRINGS, _NAMES_OF_FEATURES, count) + bytes(count * _NAME_OCTETS))
    _ask(any_socket, interface, held)
    names = [bytes(held[at : at + _NAME_OCTETS]) for at in range(12, len(held), _NAME_OCTETS)]
    return {name.split(b"\0", 1)[0].decode(): number for number, name in enumerate(names)}


def _blocks(any_socket: socket.socket, interface: str, count: int) -> list[tuple[int, int, int, int]]:
    size = (count + 31) // 32
    held = bytearray(struct.pack("=II", _GET_FEATURES, size) + bytes(size * _BLOCK.size))
    _ask(any_socket, interface, held)
    return list(_BLOCK.iter_unpack(held[8:]))


def _switch_features(any_socket: socket.socket, interface: str, names: Iterable[str], *, on: bool) -> None:
    numbers = _features(any_socket, interface)
    words = [0] * ((len(numbers) + 31) // 32)
    for name in names:
        words[numbers[name] // 32] |= 1 << numbers[name] % 32
    held = struct.pack("=II", _SET_FEATURES, len(words))
    _ask(any_socket, interface, bytearray(held + b"".join(_WANTED.pack(word, word if on else 0) for word in words)))


def _value(any_socket: socket.socket, interface: str, name: str) -> int:
    try:
        return _call(any_socket, interface, _REQUESTS[name][0], 0)
    except OSError as error:
        if error.errno in _ABSENT:
            return 0
        raise


def _call(any_socket: socket.socket, interface: str, request: int, value: int) -> int:
    """Make a request with a number, and return the number that came of it."""
    held = bytearray(struct.pack("=II", request, value))
    _ask(any_socket, interface, held)
    number: int = struct.unpack_from("=I", held, 4)[0]
    return number


def _ask(any_socket: socket.socket, interface: str, held: bytearray) -> None:
    """Make a request, and have the answer in its place."""
    room = (c_char * len(held)).from_buffer(held)
    fcntl.ioctl(any_socket, _SIOCETHTOOL, struct.pack("16sP", interface.encode(), addressof(room)) + bytes(16))
