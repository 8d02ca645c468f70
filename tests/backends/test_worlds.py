"""Worlds are opened: the lab, the simulated one, and what takes the place of what."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
import trio

from tcpchaos.backends import worlds
from tcpchaos.backends.host import Broken
from tcpchaos.backends.world import Setting, World
from tcpchaos.trace import Side
from tests.conftest import Passing

in_lab = pytest.mark.usefixtures("lab_or_skip")


async def what(world: World) -> tuple[str, tuple[str, str], str]:
    return world.backend, world.stacks, world.remark


@pytest.fixture
def no_lab(monkeypatch: pytest.MonkeyPatch) -> None:
    @asynccontextmanager
    async def refuse(*_: object, **__: object) -> AsyncIterator[None]:
        raise Broken("no namespaces", "ask for some")
        yield

    monkeypatch.setattr(worlds, "open_lab", refuse)


async def talk(world: World) -> bytes:
    """Connect, say something and have it said back."""
    client, server = world.endpoint(Side.CLIENT), world.endpoint(Side.SERVER)
    async with trio.open_nursery() as nursery:
        await nursery.start(world.pump, Passing())
        listener = await server.listen()
        here = await client.connect(server.address, listener.port)
        there = await listener.accept()
        await here.send_all(b"hello")
        await there.send_all(await there.receive())
        heard = await here.receive()
        for each in (here, there, listener):
            each.close()
        assert await world.losses() == {}
        nursery.cancel_scope.cancel()
    return heard


@in_lab
@pytest.mark.parametrize("endpoints", [("", ""), ("", "sim"), ("sim", ""), ("sim", "sim")])
@pytest.mark.parametrize("family", [4, 6])
async def test_in_the_lab_each_endpoint_may_be_ours(endpoints: tuple[str, str], family: Any) -> None:
    setting = Setting(backend="lab", endpoints=endpoints, family=family)

    assert await worlds.perform(setting, talk) == b"hello"
    backend, stacks, remark = await worlds.perform(setting, what)
    assert (backend, remark) == ("lab", "")
    for stack, endpoint in zip(stacks, endpoints, strict=True):
        assert stack == endpoint or (not endpoint and stack.startswith("linux "))


async def test_a_simulated_world_is_there_without_any_lab(no_lab: None) -> None:
    setting = Setting(backend="sim", endpoints=("", "sim"))

    assert await worlds.perform(setting, talk) == b"hello"
    assert await worlds.perform(setting, what) == ("sim", ("sim", "sim"), "")


async def test_where_there_is_no_lab_the_simulated_one_says_so(no_lab: None) -> None:
    backend, _, remark = await worlds.perform(Setting(), what)

    assert backend == "sim"
    assert remark == "simulated, because this machine has no lab: no namespaces; ask for some"


@pytest.mark.parametrize("setting", [Setting(backend="lab"), Setting(programs=True), Setting(sysctls={"a": "1"})])
async def test_what_needs_the_lab_is_broken_without_one(no_lab: None, setting: Setting) -> None:
    with pytest.raises(Broken, match="no namespaces"):
        await worlds.perform(setting, what)


async def test_an_unknown_endpoint_is_known_before_anything_is_made() -> None:
    with pytest.raises(LookupError, match="none-such"):
        await worlds.perform(Setting(endpoints=("", "sim:none-such")), what)


@in_lab
async def test_what_is_done_may_be_broken_itself() -> None:
    async def fail(world: World) -> None:
        raise Broken("something else", "do otherwise")

    with pytest.raises(Broken, match="something else"):
        await worlds.perform(Setting(), fail)


@in_lab
async def test_a_simulated_endpoint_runs_no_programs() -> None:
    async def place(world: World) -> str:
        with pytest.raises(Broken, match="the server is simulated"):
            world.place(Side.SERVER)
        return world.place(Side.CLIENT).address

    assert await worlds.perform(Setting(backend="lab", endpoints=("", "sim")), place) == "192.0.2.1"
