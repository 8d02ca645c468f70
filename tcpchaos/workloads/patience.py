"""How long to wait for somebody, where a busy machine may keep everybody waiting: only time with turns in it counts."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from math import ceil
from typing import Final

import trio

TURN_S: Final = 0.05  # counted as this much, however long it took until the turn came


@asynccontextmanager
async def patience(for_s: float) -> AsyncIterator[trio.CancelScope]:
    """Wait for the block for so many seconds, in which everybody had a turn every now and then; then cancel it."""

    async def lose(scope: trio.CancelScope) -> None:
        for _ in range(ceil(for_s / TURN_S)):
            await trio.sleep(TURN_S)
        scope.cancel()

    async with trio.open_nursery() as nursery:
        with trio.CancelScope() as scope:
            nursery.start_soon(lose, scope)
            yield scope
        nursery.cancel_scope.cancel()
