"""Calls that are carried out by rank, wait, and are given up."""

import errno
from functools import partial

import pytest
import trio
import trio.testing

from tcpchaos.backends.simulated.desk import RECEIVE, SEND, Desk, NotYet
from tcpchaos.sim.host import Host
from tcpchaos.trace import Side

HERE, THERE = b"\xc0\0\2\1", b"\xc0\0\2\2"


class Bench:
    """A desk at which a test works itself."""

    def __init__(self) -> None:
        self.woken = 0
        self.done: list[str] = []
        self.desk = Desk(lambda: 77, self.wake)
        self.host = Host(HERE)
        self.desk.serve(self.host)

    def wake(self) -> None:
        self.woken += 1

    def note(self, name: str, now_us: int) -> None:
        self.done.append(name)

    def work(self) -> list[str]:
        """Do all there is and tell what that was."""
        self.done.clear()
        while not self.desk.idle:
            self.desk.work()
            self.desk.look()
        return list(self.done)


def test_by_endpoint_then_stream_then_kind() -> None:
    bench = Bench()
    for side, number, kind in ((1, 1, SEND), (0, 2, SEND), (0, 1, RECEIVE), (0, 1, SEND), (0, 1, SEND)):
        name = f"{side} {number} {kind} {bench.woken}"
        bench.desk.post((Side(side), number, kind), partial(bench.note, name))

    assert bench.woken == 5
    assert bench.work() == [f"0 1 {SEND} 3", f"0 1 {SEND} 4", f"0 1 {RECEIVE} 2", f"0 2 {SEND} 1", f"1 1 {SEND} 0"]


async def test_a_call_is_told_the_time_and_its_result_is_returned() -> None:
    bench = Bench()
    async with trio.open_nursery() as nursery:

        async def ask() -> None:
            assert await bench.desk.ask((Side.CLIENT, 1, SEND), lambda now_us: now_us + 1) == 78

        nursery.start_soon(ask)
        await trio.testing.wait_all_tasks_blocked()
        assert bench.desk.work()
    assert bench.desk.idle


async def test_an_error_is_the_caller_s() -> None:
    bench = Bench()

    def refuse(now_us: int) -> None:
        raise OSError(errno.ECONNREFUSED, "no")

    async with trio.open_nursery() as nursery:

        async def ask() -> None:
            with pytest.raises(OSError, match="no"):
                await bench.desk.ask((Side.CLIENT, 1, SEND), refuse)

        nursery.start_soon(ask)
        await trio.testing.wait_all_tasks_blocked()
        bench.work()


async def test_what_can_t_be_finished_waits_for_its_subject() -> None:
    bench = Bench()
    listener = bench.host.listen(80)
    bench.host.changes()
    ready = False

    def accept(now_us: int) -> str:
        bench.done.append("tried")
        if not ready:
            raise NotYet(listener)
        return "done"

    async with trio.open_nursery() as nursery:

        async def ask() -> None:
            assert await bench.desk.ask((Side.CLIENT, 1, RECEIVE), accept) == "done"

        nursery.start_soon(ask)
        await trio.testing.wait_all_tasks_blocked()
        assert bench.work() == ["tried"]
        bench.desk.look()
        assert bench.work() == []

        ready = True
        bench.host.unlisten(listener, 0)
        bench.desk.look()
        assert bench.work() == ["tried"]


async def test_a_call_that_was_given_up_is_not_carried_out() -> None:
    bench = Bench()
    with trio.move_on_after(0):
        await bench.desk.ask((Side.CLIENT, 1, SEND), lambda _: bench.done.append("never"))
    async with trio.open_nursery() as nursery:
        nursery.start_soon(bench.desk.ask, (Side.CLIENT, 1, SEND), lambda _: bench.done.append("never"))
        await trio.testing.wait_all_tasks_blocked()
        nursery.cancel_scope.cancel()

    assert bench.work() == []
