"""Many runs at the same time: each is judged by itself, and a server of the user's serves them all."""

import sys
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest
import trio
import trio.testing

from tcpchaos.backends.host import Broken
from tcpchaos.plan import parse
from tcpchaos.run import RunConfig, RunResult, arena, run
from tcpchaos.run.arena import FIRST, LATE_S, LEAST, LOOK_S, MOST, Throttle, open_arena, wanted_s
from tcpchaos.workloads import WORKLOADS, Commands, Exchange
from tests.backends.foreign.foreigners import MISSING, compiled, lwip
from tests.bridged import among

# Says what it is told, and ends where it is told to.
SERVER = (
    f"{sys.executable} -c '"
    "import socket, sys\n"
    's = socket.create_server(("{{host}}", {{port}}))\n'
    "while True:\n"
    "    c, _ = s.accept()\n"
    "    try:\n"
    "        t = c.recv(100)\n"
    '        if t == b"die": sys.exit(3)\n'
    "        c.sendall(t)\n"
    "    except OSError: pass\n"
    "    c.close()"
    "'"
)

PLANS = (
    ("", "pass", "none"),
    ("client syn#1: drop", "pass", "survivable"),
    ("on client=established: inject to client rst seq=rcv.nxt", "pass", "lethal"),
    ("server data#1: duplicate", "pass", "survivable"),
)


async def all_of(configs: list[RunConfig], server: str = "") -> list[RunResult]:
    results: list[RunResult | None] = [None] * len(configs)
    async with open_arena(server) as place, trio.open_nursery() as nursery:

        async def one(number: int) -> None:
            results[number] = await place.run(configs[number])

        for number in range(len(configs)):
            nursery.start_soon(one, number)
    return [each for each in results if each is not None]


@pytest.mark.usefixtures("lab_or_skip")
async def test_each_has_its_own_plan_and_verdict() -> None:
    configs = [RunConfig(plan=parse(PLANS[n % 4][0]), play="echo", backend="lab") for n in range(24)]

    results = await all_of(configs)

    for number, result in enumerate(results):
        assert (result.outcome, result.verdict.faults) == PLANS[number % 4][1:]
        assert len(result.connections) == 1
        assert [fired.times for fired in result.fired] == [1] * len(configs[number].plan.rules)


@pytest.mark.usefixtures("lab_or_skip")
async def test_every_workload_passes_beside_the_others() -> None:
    results = await all_of([RunConfig(play=name, family=6, backend="lab") for name in WORKLOADS])

    assert [(each.config.play, each.outcome, each.findings) for each in results if each.outcome != "pass"] == []


@pytest.mark.usefixtures("lab_or_skip")
async def test_a_broken_endpoint_is_found_beside_sound_ones() -> None:
    sound = [RunConfig(play="echo", backend="lab")] * 6
    broken = RunConfig(play="echo", backend="lab", endpoints=("", "sim:acks-one-too-many"), timeout_s=3)

    *others, found = await all_of([*sound, broken])

    assert {each.outcome for each in others} == {"pass"}
    assert found.outcome == "violation"
    assert {finding.blame for finding in found.findings if finding.counts} == {1}


@pytest.mark.usefixtures("lab_or_skip")
async def test_a_server_serves_all_and_is_started_again_after_it_has_ended() -> None:
    hello = RunConfig(play=Exchange(send=b"hello", expect="hello"), backend="lab")
    die = RunConfig(play=Exchange(send=b"die", expect="."), backend="lab")
    results = []
    async with open_arena(SERVER.replace("{{", "{").replace("}}", "}")) as place:
        for config in (hello, hello, die, hello):
            results.append(await place.run(config))

    assert [each.applications[0].ok for each in results] == [True, True, False, True]
    assert results[2].applications[1].ended == "exit 3"
    assert results[3].applications[1].ended == "running"


async def test_without_a_lab_it_is_simulated_and_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise Broken("no namespaces", "ask for some")

    monkeypatch.setattr(arena, "open_shared", refuse)
    async with open_arena() as place:
        result = await place.run(RunConfig(play="echo"))
        assert result.backend == "sim"
        assert place.remark == "simulated, because this machine has no lab: no namespaces: ask for some"
        with pytest.raises(Broken, match="no namespaces"):
            await place.run(RunConfig(play="echo", backend="lab"))


async def test_simulated_runs_need_no_lab(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(arena, "open_shared")

    [result] = await all_of([RunConfig(play="echo", backend="sim")])

    assert (result.outcome, result.backend) == ("pass", "sim")


@pytest.mark.usefixtures("lab_or_skip")
async def test_an_exchange_outside_of_an_arena_is_a_mistake() -> None:
    with pytest.raises(ValueError, match="an exchange needs a server"):
        await run(RunConfig(play=Exchange(), backend="lab"))


@pytest.mark.usefixtures("lab_or_skip")
async def test_programs_have_a_lab_of_their_own() -> None:
    commands = Commands(server=SERVER.replace("{{", "{").replace("}}", "}"), client=Exchange(send=b"x", expect="x"))

    [result] = await all_of([RunConfig(play=commands, backend="lab")])

    assert (result.outcome, result.applications[0].ended) == ("pass", "answered")


@pytest.mark.usefixtures("lab_or_skip")
async def test_what_a_host_keeps_in_mind_of_a_path_is_not_for_the_others() -> None:
    narrow = parse("client data#3: inject to client icmp too-big mtu=68")
    async with open_arena(SERVER.replace("{{", "{").replace("}}", "}")) as place:
        told = await place.run(RunConfig(play="echo", plan=narrow, backend="lab"))
        other = await place.run(RunConfig(play="echo", backend="lab"))
        visited = await place.run(RunConfig(play=Exchange(send=b"x", expect="x"), plan=narrow, backend="lab"))

    assert [fired.times for fired in told.fired] == [1]
    assert max(event.packet.size for event in other.trace) == 1448
    assert visited.applications[0].ended == "answered"


class Machine:
    """Where turns come as late as it is told."""

    def __init__(self, clock: trio.testing.MockClock, wanted: Callable[[], float]) -> None:
        self.clock = clock
        self.throttle = Throttle(wanted=wanted)
        self.late_s = 0.0

    async def looks(self, times: int) -> None:
        for _ in range(times):
            await trio.sleep(LOOK_S / 2)
            if self.late_s:
                self.clock.jump(self.late_s + LOOK_S)
            await trio.testing.wait_all_tasks_blocked()


def test_as_many_at_a_time_as_the_machine_bears() -> None:
    clock = trio.testing.MockClock(autojump_threshold=0.01)

    async def act() -> tuple[int, int, int]:
        machine = Machine(clock, wanted=trio.current_time)
        async with trio.open_nursery() as nursery:
            nursery.start_soon(machine.throttle.govern)
            for _ in range(1000):
                nursery.start_soon(machine_turn, machine.throttle)
            await machine.looks(20)
            calm = machine.throttle.at_once
            machine.late_s = 2 * LATE_S
            await machine.looks(20)
            busy = machine.throttle.at_once
            await machine.looks(200)
            nursery.cancel_scope.cancel()
        return calm, busy, machine.throttle.at_once

    calm, busy, least = trio.run(act, clock=clock)
    assert calm > FIRST
    assert busy < calm
    assert least == LEAST


def test_whoever_is_late_because_of_others_plays_on() -> None:
    clock = trio.testing.MockClock(autojump_threshold=0.01)

    async def act() -> int:
        machine = Machine(clock, wanted=lambda: 0.0)
        machine.late_s = 2 * LATE_S
        async with trio.open_nursery() as nursery:
            nursery.start_soon(machine.throttle.govern)
            for _ in range(1000):
                nursery.start_soon(machine_turn, machine.throttle)
            await machine.looks(200)
            nursery.cancel_scope.cancel()
        return machine.throttle.at_once

    assert trio.run(act, clock=clock) == MOST


def test_what_a_thread_has_of_a_processor_is_wanted(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    before_s, worked_s = wanted_s(), time.thread_time()
    while time.thread_time() - worked_s < 0.05:
        pass
    assert wanted_s() - before_s > 0.02  # it is brought up to date with each tick of the kernel's
    monkeypatch.setattr(arena, "_SCHEDULED", tmp_path / "none")
    assert wanted_s() == pytest.approx(time.thread_time(), abs=0.01)


async def test_who_goes_ahead_waits_for_one_of_the_others_at_the_most() -> None:
    throttle, turns = Throttle(1), []

    async def turn(name: str, *, ahead: bool = False) -> None:
        async with throttle.turn(ahead=ahead):
            turns.append(name)

    async with trio.open_nursery() as nursery, throttle.turn():
        for name in ("first", "second", "third"):
            nursery.start_soon(turn, name)
            await trio.testing.wait_all_tasks_blocked()
        nursery.start_soon(partial(turn, "ahead", ahead=True))
        await trio.testing.wait_all_tasks_blocked()
    assert turns == ["first", "ahead", "second", "third"]


async def machine_turn(throttle: Throttle) -> None:
    async with throttle.turn():
        await trio.sleep_forever()


FOREIGN = """
import trio
from tcpchaos.backends.world import Foreign
from tcpchaos.plan import parse
from tcpchaos.run import RunConfig
from tcpchaos.run.arena import open_arena
from tcpchaos.workloads import Exchange

foreign = Foreign(address="10.8.0.2", port=7, interfaces=("tap7",), own="10.8.0.77")

async def play():
    async def one(arena, number):
        plan = parse(f"client data#{1 + number % 3}: drop\\nserver data#1: delay 5ms")
        config = RunConfig(plan=plan, play=Exchange(send=bytes(5000), expect="(?s).{5000}"), foreign=foreign)
        result = await arena.run(config)
        print(result.outcome, len(result.connections), [str(each.rule) for each in result.findings], flush=True)

    async with open_arena() as arena, trio.open_nursery() as nursery:
        for number in range(12):
            nursery.start_soon(one, arena, number)

trio.run(play)
"""


@pytest.mark.usefixtures("lab_or_skip")
@pytest.mark.skipif(bool(MISSING), reason=f"{', '.join(MISSING)} missing")
async def test_a_server_that_is_somebody_elses_is_called_many_times_at_once(tmp_path: Path) -> None:
    async with lwip(compiled(tmp_path)) as lab:
        said = await among(lab, "proxy", FOREIGN)
    assert said.splitlines() == ["pass 1 []"] * 12
