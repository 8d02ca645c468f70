"""Assistants in labs of their own: they share the work, what fails is told, and none is left."""

import os
import signal

import pytest
import trio
import trio.testing

from tcpchaos.backends.host import Broken
from tcpchaos.run import RunConfig
from tcpchaos.search import crew
from tcpchaos.search.assistant import Assignment
from tcpchaos.search.crew import MOST_LABS, assembled
from tcpchaos.search.trials import Sighting, Trial
from tests.processes import children

SIMULATED = Assignment(usual=RunConfig(backend="sim"), server="", at_once=9)


def trial(*plan: str) -> Trial:
    return Trial(number=0, strategy="x", workload="handshake", plan=plan)


async def test_all_is_played_whoever_does_it_and_nobody_is_left() -> None:
    before, seen = children(), []
    async with assembled(SIMULATED, 2) as both:
        assert len(children() - before) == 2
        await both.ready()
        assert both.stacks is None

        async def one(number: int) -> None:
            plan = ("client syn#1: drop",) if number % 2 else ()
            sighting = await both.see(trial(*plan), ahead=number > 5)
            assert isinstance(sighting, Sighting)
            assert sighting.fired == bool(number % 2)
            seen.append(number)

        async with trio.open_nursery() as nursery:
            for number in range(8):
                nursery.start_soon(one, number)
    assert sorted(seen) == list(range(8))
    assert both.stacks == ("sim", "sim")
    assert children() == before


async def test_there_is_one_for_each_processor_up_to_a_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    before = children()
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: range(99))
    async with assembled(SIMULATED):
        assert len(children() - before) == MOST_LABS


async def test_an_assistant_that_ends_is_broken_for_who_waits_and_who_comes() -> None:
    before = children()
    async with assembled(SIMULATED, 1) as alone:
        [process] = children() - before
        os.kill(process, signal.SIGSTOP)

        async def waits() -> None:
            with pytest.raises(Broken, match="a process that plays in a lab has ended"):
                await alone.see(trial())

        async with trio.open_nursery() as nursery:
            nursery.start_soon(waits)
            await trio.testing.wait_all_tasks_blocked()
            os.kill(process, signal.SIGKILL)
        await waits()
    assert children() == before


async def test_what_the_environment_lacks_is_broken() -> None:
    usual = RunConfig(backend="lab", endpoints=("", "sim"), sysctls={"net.ipv4.no_such_thing": "1"})
    async with assembled(Assignment(usual=usual, server="", at_once=1), 1) as alone:
        with pytest.raises(Broken):
            await alone.ready()
        with pytest.raises(Broken):
            await alone.see(trial())


async def test_a_ctrl_c_at_the_terminal_is_not_for_them() -> None:
    before = children()
    async with assembled(SIMULATED, 1) as alone:
        [process] = children() - before
        assert os.getpgid(process) != os.getpgid(0)
        assert (await alone.see(trial())).outcome == "pass"


async def test_one_that_does_not_leave_is_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(crew, "_LEAVE_S", 0.1)
    before = children()
    async with assembled(SIMULATED, 1):
        [process] = children() - before
        os.kill(process, signal.SIGSTOP)
    assert children() == before


async def test_who_is_cancelled_leaves_nobody() -> None:
    before = children()
    with trio.move_on_after(0.2):
        async with assembled(SIMULATED, 2) as both, trio.open_nursery() as nursery:
            for _ in range(50):
                nursery.start_soon(both.see, trial())
    assert children() == before
