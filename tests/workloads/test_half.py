"""The client's half of a workload, against servers that do what they should, or not."""

import re
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import pytest
import trio

from tcpchaos.backends.host import Broken, Host, Stream
from tcpchaos.trace import Side
from tcpchaos.workloads import WORKLOADS, Application, HalfPlayer, Scale, Unseen, workload

Serve = Callable[[Stream], Awaitable[None]]


class Half:
    """What was told of one connection, of which only the client's end is ours."""

    def __init__(self) -> None:
        self.events: list[str] = []
        self.octets = {"wrote": b"", "read": b""}

    def wrote(self, side: Side, octets: bytes) -> None:
        assert side is Side.CLIENT
        self.octets["wrote"] += octets

    def read(self, side: Side, octets: bytes) -> None:
        assert side is Side.CLIENT
        self.octets["read"] += octets

    def ended(self, side: Side, how: str) -> None:
        self.events.append(f"{side} {how}")

    def closed(self, side: Side, how: str) -> None:
        self.events.append(f"{side} {how}")

    def waits(self, side: Side, at_us: int) -> None:
        self.events.append(f"{side} waits at {at_us}")


class Ledger:
    def __init__(self) -> None:
        self.told: list[Half] = []

    def application(self, client_port: int, server_port: int, *, silent: Side) -> Half:
        assert silent is Side.SERVER
        self.told.append(Half())
        return self.told[-1]


async def echo(stream: Stream) -> None:
    while octets := await stream.receive():
        await stream.send_all(octets)


async def discard(stream: Stream) -> None:
    while await stream.receive():
        pass


async def shout(stream: Stream) -> None:
    while octets := await stream.receive():
        await stream.send_all(octets.upper())


async def stutter(stream: Stream) -> None:
    await echo(stream)
    await stream.send_all(b"!")


async def hurry(stream: Stream) -> None:
    await stream.send_all(await stream.receive(1))


@asynccontextmanager
async def serving(host: Host, serve: Serve) -> AsyncIterator[int]:
    listener = await host.listen()

    async def one(stream: Stream) -> None:
        try:
            await serve(stream)
        except OSError:
            pass  # the client has aborted, as it may
        finally:
            stream.close()

    async def accept() -> None:
        while True:
            nursery.start_soon(one, await listener.accept())

    async with trio.open_nursery() as nursery:
        nursery.start_soon(accept)
        yield listener.port
        nursery.cancel_scope.cancel()
    listener.close()


async def played(
    hosts: tuple[Host, Host], name: str, serve: Serve, *, times: int = 1
) -> tuple[HalfPlayer, Ledger, Application]:
    ledger = Ledger()
    async with serving(hosts[1], serve) as port:
        scale = Scale(octets=50_000, times=times)
        playing = HalfPlayer(workload(name), *hosts, ledger, Unseen("theirs", port), scale=scale)
        async with playing.serving():
            await playing.play()
            await playing.look_after()
        client, server = playing.applications()
        assert (server.what, server.ok, server.ended) == ("theirs", True, "not ours to know")
        return playing, ledger, client


@pytest.mark.parametrize("name", [name for name, each in WORKLOADS.items() if each.server])
async def test_it_goes_well_with_a_server_that_does_the_other_half(name: str, hosts: tuple[Host, Host]) -> None:
    serve = {"echo": echo, "discard": discard}[workload(name).server]
    playing, ledger, client = await played(hosts, name, serve)
    assert (client.what, client.ok) == (name, True)
    assert playing.waiting() == ()
    assert playing.after.called is None
    [told] = ledger.told
    assert told.octets["wrote"]
    assert told.octets["wrote"].startswith(told.octets["read"])


async def test_what_was_told_is_the_clients(hosts: tuple[Host, Host]) -> None:
    _, ledger, client = await played(hosts, "echo", echo)
    assert client.ended == "eof; wrote 3101 and read 3101 octets"
    assert ledger.told[0].events == ["client shutdown", "client eof", "client close"]


async def test_it_may_be_played_many_times(hosts: tuple[Host, Host]) -> None:
    playing, ledger, client = await played(hosts, "handshake", echo, times=20)
    assert (client.ok, client.ended) == (True, "eof (20); wrote 20 and read 20 octets")
    assert len(ledger.told) == len(playing.accounts) == 20


@pytest.mark.parametrize(
    ("name", "serve", "told"),
    [
        ("echo", shout, "read another octet at 0 than was sent there to come back"),
        ("echo", stutter, "read an octet at 3101 that nothing had called for"),
        ("echo", hurry, "; wrote 101 and read 1 octets"),
        ("bulk-up", stutter, "read an octet at 0 that nothing had called for"),
    ],
)
async def test_what_comes_back_is_compared_with_what_was_said(
    name: str, serve: Serve, told: str, hosts: tuple[Host, Host]
) -> None:
    _, _, client = await played(hosts, name, serve)
    assert not client.ok
    assert told in client.ended


async def test_nobody_there(hosts: tuple[Host, Host]) -> None:
    async with serving(hosts[1], echo) as port:
        pass
    playing = HalfPlayer(workload("echo"), *hosts, Ledger(), Unseen("theirs", port), scale=Scale())
    await playing.play()
    client, _ = playing.applications()
    assert (client.ok, client.ended) == (False, "refused; wrote 0 and read 0 octets")
    with pytest.raises(Broken, match=re.escape("nobody serves at theirs (refused)")):
        await playing.look_after()


def test_whose_other_half_is_more_than_a_server_can_be_asked_for(hosts: tuple[Host, Host]) -> None:
    assert {name for name, each in WORKLOADS.items() if each.server} == {
        "echo",
        "handshake",
        "bulk-up",
        "bulk-both",
        "abort",
        "keepalive",
    }
    with pytest.raises(ValueError, match="request-response needs a server of ours"):
        HalfPlayer(workload("request-response"), *hosts, Ledger(), Unseen("theirs", 7), scale=Scale())
