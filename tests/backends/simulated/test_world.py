"""A world of two simulated hosts, from opening it to closing it."""

import pytest
import trio

from tcpchaos.backends.host import Broken
from tcpchaos.backends.simulated import SimulatedWorld, simulate
from tcpchaos.backends.testimony import Statement
from tcpchaos.backends.world import Setting
from tcpchaos.sim.mutants import mutants
from tcpchaos.trace import Side
from tests.conftest import Passing

NAME = next(iter(mutants()))


async def facts(world: SimulatedWorld) -> tuple[str, tuple[str, str], str, dict[str, int], int]:
    return world.backend, world.stacks, world.remark, await world.losses(), world.clock()


def test_it_says_what_it_is() -> None:
    assert simulate(Setting(), facts) == ("sim", ("sim", "sim"), "", {}, 0)
    named = Setting(endpoints=("", f"sim:{NAME}"))
    assert simulate(named, facts, remark="so")[1:3] == (("sim", f"sim:{NAME}"), "so")


def test_an_endpoint_that_is_not_known() -> None:
    with pytest.raises(LookupError, match="no broken endpoint is called none-such"):
        simulate(Setting(endpoints=("sim:none-such", "")), facts)


def test_programs_need_a_kernel() -> None:
    async def place(world: SimulatedWorld) -> None:
        world.place(Side.SERVER)

    with pytest.raises(Broken, match="the server is simulated and runs no programs"):
        simulate(Setting(), place)


async def opened_and_closed(world: SimulatedWorld) -> Statement:
    async with trio.open_nursery() as nursery:
        await nursery.start(world.pump, Passing())
        listener = await world.endpoint(Side.SERVER).listen()
        stream = await world.endpoint(Side.CLIENT).connect(world.endpoint(Side.SERVER).address, listener.port)
        stream.abort()
        await trio.sleep(1)
        nursery.cancel_scope.cancel()
    return await world.testimony()


def test_its_endpoints_tell_how_their_connections_moved() -> None:
    said = simulate(Setting(), opened_and_closed)
    assert [(move.side, move.before, move.after, move.reset) for move in said.moves] == [
        (Side.CLIENT, "CLOSED", "SYN-SENT", False),
        (Side.SERVER, "LISTEN", "SYN-RECEIVED", False),
        (Side.CLIENT, "SYN-SENT", "ESTABLISHED", False),
        (Side.CLIENT, "ESTABLISHED", "CLOSED", False),
        (Side.SERVER, "SYN-RECEIVED", "ESTABLISHED", False),
        (Side.SERVER, "ESTABLISHED", "CLOSED", True),
    ]
    assert {move.socket for move in said.moves if move.side is Side.CLIENT} == {1}
    assert not said.incomplete
