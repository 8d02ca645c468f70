"""Packets of ours on a live host: written to raw sockets, with the mark that keeps them out of the queue."""

import errno
import socket
from contextlib import suppress
from ipaddress import ip_address
from types import TracebackType
from typing import Final

from tcpchaos.backends.host import Broken
from tcpchaos.backends.queue.place import Place
from tcpchaos.backends.queue.rules import MARK
from tcpchaos.wire import WireError, fragment

_SO_MARK: Final = 36
_ROOM_OCTETS: Final = 8 << 20
_SO_SNDBUFFORCE: Final = 32
# What one packet meets with, and the next one need not: it fits no interface, nobody is there, no room, a filter.
_PASSING: Final = frozenset(
    {
        errno.EMSGSIZE,
        errno.EAGAIN,
        errno.ENOBUFS,
        errno.ENETUNREACH,
        errno.EHOSTUNREACH,
        errno.ENETDOWN,
        errno.EPERM,
        errno.EINVAL,
    }
)


class Sender:
    """Raw sockets for both families; a context manager. `refused` counts packets that could not be sent."""

    def __init__(self, place: Place) -> None:
        """Make them in this network. Raises Broken where this user may not."""
        self.refused = 0
        self._sockets: dict[int, socket.socket] = {}
        try:
            self._sockets[4] = place.do(lambda: _raw(socket.AF_INET))
            self._sockets[6] = place.do(lambda: _raw(socket.AF_INET6))
        except PermissionError as error:
            self.close()
            raise Broken(
                f"no raw sockets for this user ({error.strerror})", "run as root, or give CAP_NET_RAW and CAP_NET_ADMIN"
            ) from error
        except OSError:
            if 4 not in self._sockets:
                raise  # without IPv6 there are no packets of it to send

    def send(self, octets: bytes, mtu: int) -> None:
        """Send a packet to whom it is addressed, in fragments where it is longer than `mtu` octets."""
        try:
            pieces = [octets] if len(octets) <= mtu else fragment(octets, mtu)
        except WireError:
            self.refused += 1
            return
        for piece in pieces:
            version = piece[0] >> 4
            address = str(ip_address(piece[16:20] if version == 4 else piece[24:40]))
            try:
                self._sockets[version].sendto(piece, (address, 0))
            except OSError as error:
                if error.errno not in _PASSING:
                    raise Broken(
                        f"a packet can't be sent to {address} ({error.strerror})", "see whether the network is still up"
                    ) from error
                self.refused += 1

    def close(self) -> None:
        """Send no more."""
        for each in self._sockets.values():
            each.close()

    def __enter__(self) -> "Sender":
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()


def _raw(family: socket.AddressFamily) -> socket.socket:
    made = socket.socket(family, socket.SOCK_RAW, socket.IPPROTO_RAW)
    try:
        made.setsockopt(socket.SOL_SOCKET, _SO_MARK, MARK)
        with suppress(PermissionError):  # in a user namespace the usual room has to do
            made.setsockopt(socket.SOL_SOCKET, _SO_SNDBUFFORCE, _ROOM_OCTETS)
    except OSError:
        made.close()
        raise
    return made
