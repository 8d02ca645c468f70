"""A loop in a thread of its own does what is asked for, whoever asks."""

import asyncio

import pytest
import trio

from tcpchaos.testing.worker import Worker


async def twice(number: int) -> int:
    await trio.sleep(0)
    return 2 * number


async def fail() -> None:
    raise KeyError("x")


def test_it_answers_and_raises_in_the_thread_of_whoever_asks() -> None:
    worker = Worker()

    assert worker.call(twice, 4) == 8
    with pytest.raises(KeyError):
        worker.call(fail)
    assert worker.call(twice, 5) == 10
    worker.close()


def test_it_may_be_asked_from_within_another_loop() -> None:
    worker = Worker()

    async def ask() -> int:
        return worker.call(twice, 4)

    assert trio.run(ask) == 8
    assert asyncio.run(ask()) == 8
    worker.close()


def test_what_goes_on_in_it_ends_with_it() -> None:
    ended = []

    async def go_on() -> None:
        try:
            await trio.sleep_forever()
        finally:
            ended.append(True)

    async def start() -> None:
        worker.nursery.start_soon(go_on)

    worker = Worker()
    worker.call(start)
    worker.close()
    assert ended == [True]
