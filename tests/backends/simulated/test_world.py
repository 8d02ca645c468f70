"""A world of two simulated hosts, from opening it to closing it."""

import pytest

from tcpchaos.backends.host import Broken
from tcpchaos.backends.simulated import SimulatedWorld, simulate
from tcpchaos.backends.world import Setting
from tcpchaos.sim.mutants import mutants
from tcpchaos.trace import Side

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
