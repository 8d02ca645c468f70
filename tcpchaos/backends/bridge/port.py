"""One end of the wire: an interface of the user's, heard whole while its socket lives, and left as it was."""

import errno
import os
import socket
import struct
from typing import Final

from tcpchaos.backends.bridge.interfaces import Interface
from tcpchaos.backends.host import Broken
from tcpchaos.backends.lab.edge import PACKET_IGNORE_OUTGOING, SOL_PACKET, Edge
from tcpchaos.backends.lab.frames import TAG_OCTETS

_PACKET_ADD_MEMBERSHIP: Final = 1
_MEMBERSHIP: Final = struct.Struct("=IHH8x")  # struct packet_mreq: interface, kind, no address
_PROMISCUOUS: Final = 1
# Tags that stay in a frame, besides the one that the kernel keeps beside it.
_TAGS_OCTETS: Final = 2 * TAG_OCTETS
# What a frame meets with that does not fit an interface, or comes while it is down for a while.
_PASSING: Final = frozenset({errno.EMSGSIZE, errno.ENETDOWN, errno.EIO})
_NOT_ALLOWED: Final = Broken(
    "no packet sockets for this user",
    "sudo tcpchaos ..., or sudo setcap cap_net_raw,cap_net_admin+ep on the Python that runs it",
)


class Port(Edge):
    """An edge on an interface that is somebody else's; it is deaf to frames for others again when this is closed."""

    def __init__(self, interface: Interface) -> None:
        """Listen there. Broken where the user may not, or the kernel can't."""
        self.interface = interface
        try:
            made = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0)
        except PermissionError:
            raise _NOT_ALLOWED from None
        try:
            made.setsockopt(SOL_PACKET, PACKET_IGNORE_OUTGOING, 1)
            super().__init__(made, interface.name, interface.mtu + _TAGS_OCTETS)
            made.setsockopt(SOL_PACKET, _PACKET_ADD_MEMBERSHIP, _MEMBERSHIP.pack(interface.index, _PROMISCUOUS, 0))
        except OSError as error:
            made.close()
            raise Broken(
                f"{interface.name} can't be listened to ({error.strerror})",
                "Linux 4.20 or newer with CONFIG_PACKET, and an interface that is there and up",
            ) from error

    def refuse(self, error: OSError) -> None:
        """Count a frame that the interface does not take; Broken where the interface itself is gone."""
        if error.errno not in _PASSING:
            raise Broken(
                f"{self.interface.name} takes no frames any more ({error.strerror})",
                "start again when the interface is there",
            ) from error
        self.refused += 1

    def look(self) -> str:
        """Return what has happened to the interface since the last look, "" if nothing."""
        number = self._socket.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
        return f"{self.interface.name}: {os.strerror(number)}" if number else ""
