"""Simulated worlds for tests: something is done in one, in virtual time, while everything passes."""

from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

import trio

from tcpchaos.backends.simulated import SimulatedWorld, simulate
from tcpchaos.backends.world import Setting
from tests.conftest import Passing

T = TypeVar("T")


def within(act: Callable[[SimulatedWorld], Awaitable[T]], **setting: Any) -> T:
    """Do something in a pumped world and return what came of it."""

    async def pumped(world: SimulatedWorld) -> T:
        async with trio.open_nursery() as nursery:
            await nursery.start(world.pump, Passing())
            result = await act(world)
            nursery.cancel_scope.cancel()
        return result

    return simulate(Setting(backend="sim", **setting), pumped)
