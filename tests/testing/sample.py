"""What a user writes: a server of theirs must survive what a network does, however their tests are run."""

import asyncio
import threading

import pytest
import trio
from hypothesis import given, settings

from tcpchaos.search import actions, plans, rules, selectors


def echo(listening):
    """The server under test: it sends back what it is sent, to one client."""
    with listening.accept()[0] as served:
        while octets := served.recv(1000):
            served.sendall(octets)


@pytest.mark.tcpchaos(plan="client data#1: drop")
def test_blocking(tcpchaos_lab):
    with tcpchaos_lab.listen() as listening:
        threading.Thread(target=echo, args=(listening,)).start()
        with tcpchaos_lab.connect() as client:
            client.sendall(b"hello")
            assert client.recv(10) == b"hello"


@pytest.mark.tcpchaos(plan=["client syn#1: delay 20ms", "server data: split 2"])
def test_asyncio(tcpchaos_lab):
    async def answer(reader, writer):
        while octets := await reader.read(1000):
            writer.write(octets)
        writer.close()
        await writer.wait_closed()
        answered.set()

    answered = asyncio.Event()

    async def talk():
        server = await asyncio.start_server(answer, sock=tcpchaos_lab.listen())
        client = tcpchaos_lab.client_socket()
        client.setblocking(False)
        await asyncio.get_running_loop().sock_connect(client, (tcpchaos_lab.server_address, tcpchaos_lab.port))
        reader, writer = await asyncio.open_connection(sock=client)
        writer.write(b"hello")
        assert await reader.readexactly(5) == b"hello"
        writer.close()
        await writer.wait_closed()
        await answered.wait()
        server.close()
        await server.wait_closed()

    asyncio.run(talk())


@pytest.mark.tcpchaos("any ack: duplicate", family=6)
def test_trio(tcpchaos_lab):
    async def answer(listening):
        stream = trio.SocketStream((await listening.accept())[0])
        async with stream:
            async for octets in stream:
                await stream.send_all(octets)

    async def talk():
        with trio.socket.from_stdlib_socket(tcpchaos_lab.listen()) as listening:
            async with trio.open_nursery() as nursery:
                nursery.start_soon(answer, listening)
                client = trio.socket.from_stdlib_socket(tcpchaos_lab.client_socket())
                await client.connect((tcpchaos_lab.server_address, tcpchaos_lab.port))
                async with trio.SocketStream(client) as stream:
                    await stream.send_all(b"hello")
                    assert await stream.receive_some(10) == b"hello"

    trio.run(talk)


@settings(max_examples=5, deadline=None)
@given(plan=plans(rules(selectors("client data#1", "server ack"), actions("delay 5ms", "duplicate"))))
def test_whatever_happens(tcpchaos_proxy, plan):
    with tcpchaos_proxy(plan) as lab, lab.listen() as listening:
        threading.Thread(target=echo, args=(listening,)).start()
        with lab.connect() as client:
            client.sendall(b"hello")
            assert client.recv(10) == b"hello"
