"""One end of the wire: an interface of the user's, heard whole while its socket lives, and left as it was.

Frames come and go behind the header of `virtio`, and what a sender left for its card to do is done for those alone that
somebody wants to see as segments. A frame that is larger than a slot of the ring waits, whole, in the socket's queue,
and the ring tells that it does, and since when.
"""

import errno
import os
import socket
import struct
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from typing import Final

from tcpchaos.backends.bridge import virtio
from tcpchaos.backends.bridge.interfaces import Interface
from tcpchaos.backends.host import Broken
from tcpchaos.backends.lab.edge import (
    FRAME_AT,
    KEPT,
    LENGTH,
    NEVER,
    NS,
    NS_PER_S,
    PACKET_IGNORE_OUTGOING,
    SECONDS,
    SOL_PACKET,
    STATUS_TAG,
    STATUS_USER,
    TAG,
    Edge,
    tag_of,
)
from tcpchaos.backends.lab.frames import TAG_OCTETS

_PACKET_ADD_MEMBERSHIP: Final = 1
_PACKET_COPY_THRESH: Final = 7
_PACKET_VNET_HDR: Final = 15
_SO_RCVBUFFORCE: Final = 33
_STATUS_COPY: Final = 0x02
_MEMBERSHIP: Final = struct.Struct("=IHH8x")  # struct packet_mreq: interface, kind, no address
_PROMISCUOUS: Final = 1
# Tags that stay in a frame, besides the one that the kernel keeps beside it.
_TAGS_OCTETS: Final = 2 * TAG_OCTETS
# What may wait of frames that fit no slot. Only root may have more than a sysctl says, which is too little for many.
_QUEUE_OCTETS: Final = 32 << 20
# What a frame meets with that does not fit an interface, or comes while it is down for a while.
_PASSING: Final = frozenset({errno.EMSGSIZE, errno.ENETDOWN, errno.EIO})
_NOT_ALLOWED: Final = Broken(
    "no packet sockets for this user",
    "sudo tcpchaos ..., or sudo setcap cap_net_raw,cap_net_admin+ep on the Python that runs it",
)


class Port(Edge):
    """An edge on an interface that is somebody else's; it is deaf to frames for others again when this is closed.

    `crowded` counts frames that found the queue full, and of which nobody wanted to see the segments.
    """

    def __init__(self, interface: Interface, wants: Callable[[bytes], bool]) -> None:
        """Listen there. Broken where the user may not, or the kernel can't.

        `wants` tells of a frame, behind its header, whether somebody has to see it as the segments that it stands for.
        """
        self.interface = interface
        self._wants = wants
        self._pieces: deque[bytes] = deque()
        self._pieces_ns = 0
        self._trouble = 0
        self.crowded = 0
        try:
            made = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0)
        except PermissionError:
            raise _NOT_ALLOWED from None
        try:
            for option in (PACKET_IGNORE_OUTGOING, _PACKET_VNET_HDR, _PACKET_COPY_THRESH):
                made.setsockopt(SOL_PACKET, option, 1)
            made.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _QUEUE_OCTETS)
            with suppress(PermissionError):
                made.setsockopt(socket.SOL_SOCKET, _SO_RCVBUFFORCE, _QUEUE_OCTETS)
            super().__init__(made, interface.name, interface.mtu + _TAGS_OCTETS + virtio.OCTETS)
            made.setsockopt(SOL_PACKET, _PACKET_ADD_MEMBERSHIP, _MEMBERSHIP.pack(interface.index, _PROMISCUOUS, 0))
        except OSError as error:
            made.close()
            raise Broken(
                f"{interface.name} can't be listened to ({error.strerror})",
                "Linux 4.20 or newer with CONFIG_PACKET, and an interface that is there and up",
            ) from error

    def head(self) -> int:
        """When the oldest frame that waits here arrived, in nanoseconds of real time; NEVER if there is none."""
        if self._pieces:
            return self._pieces_ns
        words = self._words
        while True:
            word = self._at >> 2
            status = words[word]
            if not status & STATUS_USER:
                return NEVER
            if words[word + LENGTH] == words[word + KEPT] or status & _STATUS_COPY:
                return words[word + SECONDS] * NS_PER_S + words[word + NS]
            self._lose(words[word + KEPT])

    def pop(self) -> bytes:
        """Take the oldest frame, which `head` has told of."""
        if self._pieces:
            return self._pieces.popleft()
        words, at = self._words, self._at
        word = at >> 2
        status, octets = words[word], words[word + LENGTH] + virtio.OCTETS
        frame = self._queued(octets) if status & _STATUS_COPY else self._ring[at + FRAME_AT : at + FRAME_AT + octets]
        if status & STATUS_TAG:
            frame = virtio.with_tag(frame, *tag_of(words[word + TAG]))
        self._pieces_ns = words[word + SECONDS] * NS_PER_S + words[word + NS]
        self._give_back()
        if not virtio.unfinished(frame) or not self._wants(frame):
            return frame
        pieces = virtio.finished(frame)
        if pieces is None:
            self.odd += 1
            return frame
        self._pieces.extend(pieces)
        return self._pieces.popleft()

    def _lose(self, kept: int) -> None:
        """Count a frame of which there is only the beginning, since the queue was full."""
        begin = self._at + FRAME_AT
        if self._wants(self._ring[begin : begin + virtio.OCTETS + kept]):
            self._overrun += 1
        else:
            self.crowded += 1
        self._give_back()

    def _queued(self, octets: int) -> bytes:
        """Take the frame that waits in the queue; what has happened to the interface would be told first."""
        try:
            return self._socket.recv(octets)
        except OSError as error:
            self._trouble = error.errno or 0
            return self._socket.recv(octets)

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
        number = self._trouble or self._socket.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
        self._trouble = 0
        return f"{self.interface.name}: {os.strerror(number)}" if number else ""
