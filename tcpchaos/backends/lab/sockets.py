"""Streams and listeners of the kernel's TCP, driven by trio; the sockets come from the lab's warden."""

import errno
import os
import socket
import struct
from collections.abc import Awaitable, MutableSet
from contextlib import suppress
from typing import TypeVar

import trio

T = TypeVar("T")

_DO_NOT_LINGER = struct.pack("ii", 1, 0)


async def _or_ebadf(call: Awaitable[T]) -> T:
    """One family of errors: a socket closed by another task meanwhile is an OSError, as one closed before is."""
    try:
        return await call
    except trio.ClosedResourceError as error:
        raise OSError(errno.EBADF, os.strerror(errno.EBADF)) from error


class KernelStream:
    """One end of a connection of the kernel's; a Stream."""

    def __init__(self, connected: trio.socket.SocketType, remote_port: int) -> None:
        self._socket = connected
        # Asked now, and not of a peer that may have reset the connection already: then nobody is there to be named.
        self.local_port: int = connected.getsockname()[1]
        self.remote_port = remote_port

    async def send_all(self, octets: bytes) -> None:
        """Hand all octets to the kernel; OSError when the connection can't take them any more."""
        await self._send(octets, 0)

    async def send_urgent(self, octets: bytes) -> None:
        """Send all octets with the urgent pointer after the last of them (RFC 9293, 3.8.5)."""
        await self._send(octets, socket.MSG_OOB)

    async def _send(self, octets: bytes, flags: int) -> None:
        rest = memoryview(octets)
        while rest:
            rest = rest[await _or_ebadf(self._socket.send(rest, flags)) :]

    async def receive(self, most: int = 65536) -> bytes:
        """Wait for octets, urgent ones in line; b"" after the peer's FIN. OSError: reset, timed out."""
        return await _or_ebadf(self._socket.recv(most))

    async def send_eof(self) -> None:
        """Send FIN after what was handed over so far."""
        await trio.lowlevel.checkpoint()
        self._socket.shutdown(socket.SHUT_WR)

    def close(self) -> None:
        """Let go of both directions."""
        self._socket.close()

    def abort(self) -> None:
        """Let go with a RST."""
        with suppress(OSError):
            self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _DO_NOT_LINGER)
        self._socket.close()

    def nodelay(self) -> None:
        """Send small segments at once."""
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def keepalive(self, idle_s: int, interval_s: int, count: int) -> None:
        """Probe after `idle_s` seconds of silence, then every `interval_s`; give up after `count`."""
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPIDLE, idle_s)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPINTVL, interval_s)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPCNT, count)
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)


class KernelListener:
    """A listening socket of the kernel's; a Listener. What it accepts is noted in `accepted`."""

    def __init__(
        self, listening: trio.socket.SocketType, accepted: "MutableSet[KernelStream | KernelListener]"
    ) -> None:
        self._socket = listening
        self._accepted = accepted
        self.port: int = listening.getsockname()[1]

    async def accept(self) -> KernelStream:
        """Wait for the next connection; OSError once the listener is closed."""
        while True:
            try:
                accepted, peer = await _or_ebadf(self._socket.accept())
            except ConnectionAbortedError:
                continue  # it was reset before anyone could take it
            # Not every kernel hands this down from the listener.
            accepted.setsockopt(socket.SOL_SOCKET, socket.SO_OOBINLINE, 1)
            stream = KernelStream(accepted, peer[1])
            self._accepted.add(stream)
            return stream

    def close(self) -> None:
        """Listen no more."""
        self._socket.close()
