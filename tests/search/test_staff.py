"""Worker processes: they share the work, and none is left."""

import os

import pytest
import trio

from tcpchaos.backends.host import Broken
from tcpchaos.search.staff import employed
from tcpchaos.search.trials import Trial
from tcpchaos.search.worker import Against, Order
from tests.processes import children


def order(number: int) -> Order:
    trial = Trial(number=number, strategy="x", workload="handshake", plan=())
    return Order(trials=(trial,), against=Against())


async def test_all_is_done_whoever_does_it_and_nobody_is_left() -> None:
    before, done = children(), set()
    async with employed(2) as staff:
        assert len(children() - before) == 2

        async def one(number: int) -> None:
            answer = await staff.do(order(number))
            assert [each.outcome for each in answer.sightings] == ["pass"]
            done.add(answer.trials[0].number)

        async with trio.open_nursery() as nursery:
            for number in range(7):
                nursery.start_soon(one, number)
    assert done == set(range(7))
    assert children() == before


async def test_there_is_one_for_each_processor() -> None:
    async with employed() as staff:
        assert staff.size == len(os.sched_getaffinity(0))


async def test_a_worker_that_ends_is_broken() -> None:
    before = children()
    async with employed(1) as staff:
        [worker] = children() - before
        os.kill(worker, 9)
        with pytest.raises(Broken, match="a process that draws and plays has ended"):
            await staff.do(order(1))


async def test_a_worker_whose_order_is_cancelled_is_there_for_the_next_one() -> None:
    async with employed(1) as staff:
        for number in range(3):
            with trio.move_on_after(0.01 * number):
                await staff.do(order(number))
        with trio.fail_after(60):
            answer = await staff.do(order(7))
    assert answer.trials[0].number == 7


async def test_who_is_cancelled_leaves_nobody() -> None:
    before = children()
    with trio.move_on_after(0.2):
        async with employed(2) as staff, trio.open_nursery() as nursery:
            for number in range(50):
                nursery.start_soon(staff.do, order(number))
    assert children() == before
