"""Streams and listeners over simulated TCP, as applications use them."""

import errno
from collections.abc import Awaitable, Callable

import pytest
import trio

from tcpchaos.backends.simulated import SimulatedWorld
from tcpchaos.backends.simulated.host import SimulatedStream
from tcpchaos.trace import Side
from tests.backends.simulated.worlds import within

Pair = tuple[SimulatedStream, SimulatedStream]


async def opened(world: SimulatedWorld, local_port: int = 0, receive_buffer: int | None = None) -> Pair:
    client, server = (world.endpoint(side) for side in Side)
    listener = await server.listen(80)
    here = await client.connect(server.address, 80, local_port=local_port, receive_buffer=receive_buffer)
    there = await listener.accept()
    listener.close()
    return here, there


def code(caught: pytest.ExceptionInfo[OSError]) -> str:
    return errno.errorcode[caught.value.errno or 0]


def test_octets_pass_both_ways_and_end() -> None:
    async def talk(world: SimulatedWorld) -> None:
        here, there = await opened(world)
        assert (here.remote_port, there.local_port) == (80, 80)
        assert here.local_port == there.remote_port
        await here.send_all(b"hello")
        assert await there.receive(3) == b"hel"
        assert await there.receive() == b"lo"
        await there.send_urgent(b"!")
        assert await here.receive() == b"!"
        await here.send_eof()
        assert await there.receive() == b""
        await there.send_all(b"bye")
        there.close()
        assert [await here.receive(), await here.receive()] == [b"bye", b""]
        here.close()

    within(talk)


def test_more_than_all_buffers_hold_waits_for_the_reader() -> None:
    async def talk(world: SimulatedWorld) -> None:
        here, there = await opened(world)
        sent = trio.Event()

        async def send() -> None:
            await here.send_all(bytes(1_000_000))
            sent.set()

        async with trio.open_nursery() as nursery:
            nursery.start_soon(send)
            await trio.sleep(10)
            assert not sent.is_set()
            read = 0
            while read < 1_000_000:
                read += len(await there.receive())
            await sent.wait()

    within(talk)


@pytest.mark.parametrize("family", [4, 6])
def test_nobody_listens(family: int) -> None:
    async def call(world: SimulatedWorld) -> None:
        with pytest.raises(OSError) as caught:  # noqa: PT011 - its number is looked at
            await world.endpoint(Side.CLIENT).connect(world.endpoint(Side.SERVER).address, 9)
        assert code(caught) == "ECONNREFUSED"

    within(call, family=family)


def test_a_port_in_use() -> None:
    async def call(world: SimulatedWorld) -> None:
        client, server = (world.endpoint(side) for side in Side)
        await server.listen(80)
        with pytest.raises(OSError) as caught:  # noqa: PT011
            await server.listen(80)
        assert code(caught) == "EADDRINUSE"
        await client.connect(server.address, 80, local_port=4000)
        with pytest.raises(OSError) as caught:  # noqa: PT011
            await client.connect(server.address, 80, local_port=4000)
        assert code(caught) == "EADDRNOTAVAIL"

    within(call)


def test_a_reset_is_told_to_reader_and_writer() -> None:
    async def call(world: SimulatedWorld) -> None:
        here, there = await opened(world)
        here.abort()
        with pytest.raises(OSError) as caught:  # noqa: PT011
            await there.receive()
        assert code(caught) == "ECONNRESET"
        with pytest.raises(OSError):  # noqa: PT011
            await there.send_all(b"x")

    within(call)


def test_after_close_there_is_nothing_to_talk_through() -> None:
    async def call(world: SimulatedWorld) -> None:
        here, _ = await opened(world)
        here.close()
        here.close()
        here.abort()
        for call in (here.receive, here.send_eof):
            with pytest.raises(OSError) as caught:  # noqa: PT011
                await call()
            assert code(caught) == "EBADF"
        for setting in (here.nodelay, lambda: here.keepalive(1, 1, 1)):
            with pytest.raises(OSError) as caught:  # noqa: PT011
                setting()
            assert code(caught) == "EBADF"

    within(call)


def test_whoever_waits_learns_that_another_task_has_closed() -> None:
    async def call(world: SimulatedWorld) -> None:
        here, _ = await opened(world)
        listener = await world.endpoint(Side.SERVER).listen(81)
        told: list[str] = []

        async def wait(what: Callable[[], Awaitable[object]]) -> None:
            with pytest.raises(OSError) as caught:  # noqa: PT011
                await what()
            told.append(code(caught))

        async with trio.open_nursery() as nursery:
            nursery.start_soon(wait, here.receive)
            nursery.start_soon(wait, listener.accept)
            await trio.sleep(1)
            here.close()
            listener.close()
        assert told == ["EBADF", "EBADF"]

    within(call)


def test_a_call_that_is_given_up_leaves_no_connection() -> None:
    async def call(world: SimulatedWorld) -> None:
        client = world.endpoint(Side.CLIENT)
        with trio.move_on_after(0.5):
            await client.connect("192.0.2.77", 80)
        await trio.sleep(0.001)
        assert client.sockets() == []

    within(call)


def test_a_receive_buffer_bounds_the_window() -> None:
    async def call(world: SimulatedWorld) -> None:
        here, there = await opened(world, receive_buffer=5000)
        with trio.move_on_after(5):
            await there.send_all(bytes(10_000_000))
        [socket] = world.endpoint(Side.CLIENT).sockets()
        assert 4900 < socket.receive_queue <= 5000
        here.abort()

    within(call)


def test_a_silent_peer_is_probed() -> None:
    async def call(world: SimulatedWorld) -> None:
        here, _ = await opened(world)
        here.nodelay()
        here.keepalive(1, 1, 3)
        await trio.sleep(5.5)
        [socket] = world.endpoint(Side.CLIENT).sockets()
        assert (socket.state, socket.timer) == ("ESTABLISHED", "keepalive")
        assert (socket.segments_sent or 0) >= 5

    within(call)
