"""A packet queue of the kernel's, bound to a socket: packets come out of it, and for each goes in what becomes of it.

What could not be heard is counted: an oracle that missed a segment would blame an endpoint for it.
"""

import errno
import os
import socket
from contextlib import suppress
from types import TracebackType
from typing import Final

from tcpchaos.backends.host import Broken
from tcpchaos.backends.queue.netlink import ACCEPT, DROP, Queued, bind, errors, packets, unbind, verdict

# Packets that wait for a verdict. The room of the socket is the real limit, and the kernel tells where that is full.
_MOST_WAITING: Final = 1 << 20
_ROOM_OCTETS: Final = 64 << 20
_SO_RCVBUFFORCE: Final = 33
_DATAGRAM_OCTETS: Final = 1 << 17
_QUEUES: Final = 1 << 16
_ATTEMPTS: Final = 16
_NUMBERS: Final = 1 << 32


class Queue:
    """A bound queue; a context manager. After it, what still waits in it is dropped, and what comes then passes.

    `number` is the queue's. `unheard` counts packets that the kernel let pass because nobody was quick enough.
    """

    def __init__(self, netlink: socket.socket) -> None:
        """Bind a queue that nobody uses in the network in which this netlink socket was made. Raises Broken."""
        self._socket = netlink
        self._room = bytearray(_DATAGRAM_OCTETS)
        self._view = memoryview(self._room)
        self._pending: list[bytes] = []
        self._last = 0
        self.unheard = 0
        with suppress(PermissionError):  # in a user namespace the usual room has to do
            netlink.setsockopt(socket.SOL_SOCKET, _SO_RCVBUFFORCE, _ROOM_OCTETS)
        self.number = self._bind()
        netlink.setblocking(False)

    def _bind(self) -> int:
        refusal: OSError | None = None
        for attempt in range(_ATTEMPTS):
            number = (os.getpid() + attempt) % _QUEUES
            try:
                for message in bind(number, _MOST_WAITING):
                    self._ask(message)
            except PermissionError as error:
                refusal = error  # of everything, or of this queue, because it is somebody else's
            except OSError as error:
                if error.errno != errno.EBUSY:
                    raise Broken(
                        f"the kernel has no packet queues ({error.strerror})",
                        "sudo modprobe nfnetlink_queue, or a kernel with CONFIG_NETFILTER_NETLINK_QUEUE",
                    ) from error
            else:
                return number
        raise Broken(
            "no packet queue may be used by this user",
            "run as root, or give CAP_NET_ADMIN and CAP_NET_RAW in the network that is meant",
        ) from refusal

    def _ask(self, message: bytes) -> None:
        """Make a request, and raise the OSError that answers it, if one does."""
        self._socket.send(message)
        for number in errors(self._socket.recv(_DATAGRAM_OCTETS)):
            if number:
                raise OSError(number, os.strerror(number))

    def fileno(self) -> int:
        """The file descriptor that is readable while packets wait."""
        return self._socket.fileno()

    def receive(self) -> Queued | None:
        """Take the packet that has waited longest, None where none does."""
        while True:
            try:
                size = self._socket.recv_into(self._room)
            except BlockingIOError:
                return None
            except OSError as error:
                if error.errno != errno.ENOBUFS:
                    raise
                continue  # the numbers of what comes tell how much is missing
            for queued in packets(self._view[:size]):
                self.unheard += (queued.number - self._last - 1) % _NUMBERS
                self._last = queued.number
                return queued

    def accept(self, number: int, octets: bytes | None = None) -> None:
        """Let a packet go on, with other octets where given, as soon as `flush` is called."""
        self._pending.append(verdict(self.number, number, ACCEPT, octets))

    def drop(self, number: int) -> None:
        """Let a packet go no further, as soon as `flush` is called."""
        self._pending.append(verdict(self.number, number, DROP))

    def flush(self) -> None:
        """Have done what was decided, in that order."""
        if self._pending:
            self._socket.send(b"".join(self._pending))
            self._pending.clear()

    def close(self) -> None:
        """Give the queue back."""
        self._view.release()
        self._socket.setblocking(True)
        self._socket.send(unbind(self.number))
        self._socket.close()

    def __enter__(self) -> "Queue":
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()
