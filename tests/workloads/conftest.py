"""Two endpoints on the loopback, so that workloads are tested without any backend; and a judge of what they tell."""

import errno
import socket
from dataclasses import dataclass, field

import pytest
import trio

from tcpchaos.backends.host import Ready
from tcpchaos.trace import Side


class LoopbackStream:
    """A kernel's connection over the loopback."""

    def __init__(self, sock: trio.socket.SocketType) -> None:
        self._sock = sock
        self.local_port: int = sock.getsockname()[1]
        self.remote_port: int = sock.getpeername()[1]
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_OOBINLINE, 1)

    async def send_all(self, octets: bytes) -> None:
        left = memoryview(octets)
        while left:
            left = left[await self._sock.send(left) :]

    async def receive(self, most: int = 65536) -> bytes:
        return await self._sock.recv(most)

    async def send_urgent(self, octets: bytes) -> None:
        assert await self._sock.send(octets, socket.MSG_OOB) == len(octets)

    async def send_eof(self) -> None:
        self._sock.shutdown(socket.SHUT_WR)

    def close(self) -> None:
        self._sock.close()

    def abort(self) -> None:
        self._sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
        self._sock.close()

    def nodelay(self) -> None:
        self._sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def keepalive(self, idle_s: int, interval_s: int, count: int) -> None:
        self._sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPIDLE, idle_s)
        self._sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPINTVL, interval_s)
        self._sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPCNT, count)
        self._sock.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)


class LoopbackListener:
    def __init__(self, sock: trio.socket.SocketType) -> None:
        self._sock = sock
        self.port: int = sock.getsockname()[1]

    async def accept(self) -> LoopbackStream:
        try:
            sock, _ = await self._sock.accept()
        except trio.ClosedResourceError as error:
            raise OSError(errno.EBADF, "closed") from error
        return LoopbackStream(sock)

    def close(self) -> None:
        self._sock.close()


@dataclass
class LoopbackHost:
    side: Side
    address: str

    async def listen(self, port: int = 0, *, backlog: int = 128, receive_buffer: int | None = None) -> LoopbackListener:
        sock = self._socket(receive_buffer)
        await sock.bind((self.address, port))
        sock.listen(backlog)
        return LoopbackListener(sock)

    async def connect(
        self,
        address: str,
        port: int,
        *,
        local_port: int = 0,
        receive_buffer: int | None = None,
        ready: Ready | None = None,
    ) -> LoopbackStream:
        sock = self._socket(receive_buffer)
        try:
            await sock.bind((self.address, local_port))
            if ready is not None:
                await ready()
            await sock.connect((address, port))
        except BaseException:
            sock.close()
            raise
        return LoopbackStream(sock)

    def _socket(self, receive_buffer: int | None) -> trio.socket.SocketType:
        sock = trio.socket.socket()
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 32768)  # the loopback's own is larger than any workload
        if receive_buffer is not None:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
        return sock


@dataclass
class Told:
    """What was told of one connection: octets on their way, counts, and the rest in order, as "client eof"."""

    ports: tuple[int, int]
    under_way: list[bytearray] = field(default_factory=lambda: [bytearray(), bytearray()])
    octets_read: list[int] = field(default_factory=lambda: [0, 0])
    events: list[str] = field(default_factory=list)

    def wrote(self, side: Side, octets: bytes) -> None:
        self.under_way[side] += octets

    def read(self, side: Side, octets: bytes) -> None:
        sent = self.under_way[side.peer]
        assert sent.startswith(octets)
        del sent[: len(octets)]
        self.octets_read[side] += len(octets)

    def ended(self, side: Side, how: str) -> None:
        self.events.append(f"{side} {how}")

    def closed(self, side: Side, how: str) -> None:
        self.events.append(f"{side} {how}")

    def waits(self, side: Side, at_us: int) -> None:
        self.events.append(f"{side} waits at {at_us}")


class Judge:
    """A ledger that checks what was read as it is told, and keeps the rest for the test to look at."""

    def __init__(self) -> None:
        self.told: list[Told] = []

    def application(self, client_port: int, server_port: int) -> Told:
        self.told.append(Told((client_port, server_port)))
        return self.told[-1]


@pytest.fixture
def hosts() -> tuple[LoopbackHost, LoopbackHost]:
    return LoopbackHost(Side.CLIENT, "127.0.0.1"), LoopbackHost(Side.SERVER, "127.0.0.2")


@pytest.fixture
def judge() -> Judge:
    return Judge()
