"""A Ctrl-C on its way to a run."""

import os
import signal
import threading

import trio
import trio.testing

from tcpchaos.run.interrupts import Interrupts


async def test_a_signal_is_told_by_its_name() -> None:
    interrupts, told = Interrupts(), trio.Event()
    names: list[str] = []

    def heed(name: str) -> None:
        names.append(name)
        told.set()

    async with trio.open_nursery() as nursery:
        nursery.start_soon(interrupts.listen)
        await trio.testing.wait_all_tasks_blocked()
        os.kill(os.getpid(), signal.SIGTERM)  # too early: nobody heeds it
        await trio.testing.wait_all_tasks_blocked(0.01)
        interrupts.heed(heed)
        os.kill(os.getpid(), signal.SIGINT)
        await told.wait()
        nursery.cancel_scope.cancel()
    assert names == ["SIGINT"]


async def test_a_run_in_another_thread_is_told_there() -> None:
    interrupts = Interrupts()
    heard: list[bool] = []

    async def wait() -> None:
        told = trio.Event()

        def heed(name: str) -> None:
            heard.append(threading.current_thread() is not threading.main_thread())
            told.set()

        interrupts.heed(heed)
        os.kill(os.getpid(), signal.SIGINT)
        await told.wait()

    async with trio.open_nursery() as nursery:
        nursery.start_soon(interrupts.listen)
        await trio.testing.wait_all_tasks_blocked()
        await trio.to_thread.run_sync(trio.run, wait)
        nursery.cancel_scope.cancel()
    assert heard == [True]


async def test_a_run_that_is_over_is_not_told() -> None:
    interrupts = Interrupts()

    async def heed() -> None:
        interrupts.heed(lambda name: None)

    await trio.to_thread.run_sync(trio.run, heed)
    async with trio.open_nursery() as nursery:
        nursery.start_soon(interrupts.listen)
        await trio.testing.wait_all_tasks_blocked()
        os.kill(os.getpid(), signal.SIGINT)
        await trio.testing.wait_all_tasks_blocked(0.01)
        nursery.cancel_scope.cancel()


async def test_outside_the_main_thread_nobody_listens() -> None:
    await trio.to_thread.run_sync(trio.run, Interrupts().listen)
