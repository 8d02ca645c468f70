"""Streams and listeners of the kernel's: what they carry, how they end, and what they say when it goes wrong."""

import errno
from typing import Any

import pytest
import trio
import trio.testing

from tcpchaos.backends.lab import Lab
from tcpchaos.backends.lab.sockets import KernelStream
from tcpchaos.trace import Side
from tcpchaos.wire import FIN, RST, URG

pytestmark = pytest.mark.usefixtures("lab_or_skip")


async def pair(lab: Lab, **options: int) -> tuple[KernelStream, KernelStream]:
    listener = await lab.server.listen(**options)
    client = await lab.client.connect(lab.server.address, listener.port)
    server = await listener.accept()
    listener.close()
    return client, server


def flags(passing: Any, side: Side) -> list[int]:
    return [packet.flags for sender, packet in passing.seen if sender is side]


async def test_half_close(open_pumped: Any, passing: Any) -> None:
    async with open_pumped(passing) as lab:
        client, server = await pair(lab)
        await client.send_eof()
        assert await server.receive() == b""
        await server.send_all(b"still here")
        assert await client.receive() == b"still here"
        server.close()
        assert await client.receive() == b""
        client.close()
    assert any(seen & FIN for seen in flags(passing, Side.CLIENT))
    assert not any(seen & RST for side in Side for seen in flags(passing, side))


async def test_abort(open_pumped: Any, passing: Any) -> None:
    async with open_pumped(passing) as lab:
        client, server = await pair(lab)
        client.abort()
        with pytest.raises(ConnectionResetError):
            await server.receive()
        with pytest.raises(BrokenPipeError):
            await server.send_all(b"too late")
        server.close()
    assert flags(passing, Side.CLIENT)[-1] & RST


async def test_urgent_octets_stay_in_their_place(open_pumped: Any, passing: Any) -> None:
    async with open_pumped(passing) as lab:
        client, server = await pair(lab)
        await client.send_all(b"before ")
        await client.send_urgent(b"urgent ")
        await client.send_all(b"after")
        await client.send_eof()
        received = b""
        while octets := await server.receive():
            received += octets
        assert received == b"before urgent after"
        client.close()
        server.close()
    assert any(seen & URG for seen in flags(passing, Side.CLIENT))


async def test_a_small_window(open_pumped: Any, passing: Any, eventually: Any) -> None:
    async with open_pumped(passing) as lab:
        client, server = await pair(lab, receive_buffer=2048)
        async with trio.open_nursery() as nursery:
            nursery.start_soon(client.send_all, bytes(10_000_000))
            await eventually(lambda: 0 in {packet.window for side, packet in passing.seen if side is Side.SERVER})
            nursery.cancel_scope.cancel()
        client.abort()
        server.abort()


async def test_keepalive(open_pumped: Any, passing: Any, eventually: Any) -> None:
    """After a second of silence the client asks with an octet that it has already sent, and is answered."""
    async with open_pumped(passing) as lab:
        client, server = await pair(lab)
        client.nodelay()
        client.keepalive(1, 1, 3)
        passed = len(passing.seen)
        await eventually(lambda: len(passing.seen) >= passed + 3)
        (_, last), (_, probe), (_, answer) = passing.seen[passed - 1 : passed + 2]
        if last.ack == probe.ack:
            assert probe.seq == (answer.ack - 1) % (1 << 32)
        client.abort()
        server.abort()


async def test_closed_by_another_task(open_pumped: Any) -> None:
    async with open_pumped() as lab:
        client, server = await pair(lab)
        listener = await lab.server.listen()
        problems: list[int | None] = []

        async def wait(call: Any) -> None:
            try:
                await call()
            except OSError as error:
                problems.append(error.errno)

        async with trio.open_nursery() as nursery:
            nursery.start_soon(wait, client.receive)
            nursery.start_soon(wait, listener.accept)
            await trio.testing.wait_all_tasks_blocked(0.01)
            client.close()
            listener.close()
        assert problems == [errno.EBADF] * 2
        assert (client.local_port, client.remote_port) == (server.remote_port, server.local_port)
        with pytest.raises(OSError, match="Bad file descriptor"):
            await client.send_all(b"x")
        client.close()
        client.abort()
        server.abort()


async def test_a_port_that_is_taken(open_pumped: Any) -> None:
    async with open_pumped() as lab:
        listener = await lab.server.listen(80)
        with pytest.raises(OSError, match="Address already in use"):
            await lab.server.listen(80)
        listener.close()
        again = await lab.server.listen(80)
        assert again.port == 80
        again.close()


async def test_what_was_left_open_closes_with_the_lab(open_pumped: Any) -> None:
    async with open_pumped() as lab:
        client, server = await pair(lab)
        listener = await lab.client.listen()
    for call in (client.receive, server.receive, listener.accept):
        with pytest.raises(OSError, match="Bad file descriptor"):
            await call()
