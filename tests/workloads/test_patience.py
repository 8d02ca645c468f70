"""Waiting for somebody on a busy machine."""

import pytest
import trio
import trio.testing

from tcpchaos.workloads.patience import TURN_S, patience


def test_it_ends_after_the_time() -> None:
    async def wait() -> float:
        async with patience(5.0) as waiting:
            await trio.sleep_forever()
        assert waiting.cancelled_caught
        return trio.current_time()

    assert trio.run(wait, clock=trio.testing.MockClock(autojump_threshold=0)) == pytest.approx(5.0, abs=TURN_S)


def test_a_stall_takes_nothing_from_it() -> None:
    clock = trio.testing.MockClock(autojump_threshold=0)

    async def wait() -> bool:
        async with patience(5.0) as waiting:
            for _ in range(3):
                await trio.sleep(1.0)
                clock.jump(100.0)  # nobody has a turn
            await trio.sleep(1.0)
        return waiting.cancelled_caught

    assert not trio.run(wait, clock=clock)


def test_who_is_done_is_not_cancelled() -> None:
    async def hurry() -> bool:
        async with patience(5.0) as waiting:
            await trio.sleep(1.0)
        return waiting.cancelled_caught

    assert not trio.run(hurry, clock=trio.testing.MockClock(autojump_threshold=0))
