"""Every workload between every two kinds of endpoints: kernels and our own, in the lab and in virtual time."""

import math
from itertools import pairwise

import pytest
import trio

from tcpchaos.backends.simulated.virtual import VirtualTime
from tcpchaos.plan import parse
from tcpchaos.run import RunConfig, RunResult, run, run_simulated
from tcpchaos.workloads import WORKLOADS, Scale, workload

in_lab = pytest.mark.usefixtures("lab_or_skip")

SMALL = Scale(octets=60_000, connections=8, at_once=4)
# Each of these must be survived, on both sides.
FAULTS = {
    "clean": "",
    "lost": "client data#1: drop\nserver data#1: drop\nclient fin#1: drop\nserver fin#1: drop",
    "lost at first": "client syn#1: drop\nserver syn-ack#1: drop",
    "twice": "any data: duplicate\nany fin: duplicate",
    "late": "any data: delay 3ms 20%\nany ack: delay 3ms 20%",
    "out of order": "any data: hold 2 10%",
    "in pieces": "any data: split 100 20%",
    "bad line": "seed 9\nany data: drop 3%\nany any: duplicate 3%\nany data: hold 2 5%\n"
    "any any: delay 20ms 5%\nany ack: drop 2%",
}
# Of client and server, the one that is ours.
WITH_A_KERNEL = (("", "sim"), ("sim", ""))


def config(name: str, faults: str, **how: object) -> RunConfig:
    return RunConfig(play=name, plan=parse(FAULTS[faults]), scale=SMALL, **how)  # type: ignore[arg-type]


def passes(result: RunResult) -> None:
    # A kernel has its known ways, our own endpoint has none.
    unknown = [found for found in result.findings if not found.known or result.stacks[found.blame or 0] == "sim"]
    assert (result.outcome, unknown) == ("pass", [])
    assert result.verdict.faults in ("none", "survivable")
    assert result.notes == ()
    assert all(application.ok for application in result.applications)


def seen(result: RunResult) -> list[tuple[object, ...]]:
    """The trace, to the octet."""
    return [(e.frame, e.at_us, e.side, e.delivered, e.deeds, e.states, e.octets) for e in result.trace]


@pytest.mark.parametrize(("faults", "family"), [*((each, 4) for each in FAULTS), ("clean", 6), ("bad line", 6)])
@pytest.mark.parametrize("name", WORKLOADS)
def test_simulated(name: str, faults: str, family: int) -> None:
    first, second = (run_simulated(config(name, faults, family=family)) for _ in range(2))

    passes(first)
    assert (first.backend, first.stacks) == ("sim", ("sim", "sim"))
    assert seen(first) == seen(second)
    assert first.took_us == second.took_us


async def all_of(*wanted: RunConfig) -> list[RunResult]:
    """Run all of these at the same time."""
    results: dict[int, RunResult] = {}

    async def one(number: int) -> None:
        results[number] = await run(wanted[number])

    async with trio.open_nursery() as nursery:
        for number in range(len(wanted)):
            nursery.start_soon(one, number)
    return [results[number] for number in range(len(wanted))]


@in_lab
@pytest.mark.parametrize("name", WORKLOADS)
async def test_with_a_kernel(name: str) -> None:
    wanted = [
        config(name, faults, family=family, backend="lab", endpoints=endpoints)
        for endpoints in WITH_A_KERNEL
        for faults, family in (("clean", 4), ("bad line", 6))
    ]
    for result in await all_of(*wanted):
        passes(result)
        for stack, endpoint in zip(result.stacks, result.config.endpoints, strict=True):
            assert stack == endpoint or (not endpoint and stack.startswith("linux "))


@in_lab
@pytest.mark.parametrize("faults", [each for each in FAULTS if each not in ("clean", "bad line")])
async def test_each_kind_of_fault_with_a_kernel(faults: str) -> None:
    wanted = (config("request-response", faults, backend="lab", endpoints=endpoints) for endpoints in WITH_A_KERNEL)
    for result in await all_of(*wanted):
        passes(result)


@in_lab
async def test_two_of_ours_in_the_lab_take_as_long_as_others() -> None:
    result = await run(config("keepalive", "clean", backend="lab", endpoints=("sim", "sim")))

    passes(result)
    assert result.took_us > 2_500_000


async def test_a_run_in_virtual_time_may_be_awaited() -> None:
    wanted = config("echo", "lost at first", backend="sim")
    result = await run(wanted)

    passes(result)
    assert seen(result) == seen(await trio.to_thread.run_sync(run_simulated, wanted))


def test_in_virtual_time_nobody_really_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    """Loss for which a kernel would take a minute: each SYN but the seventh is lost."""
    waited_s = set()
    asked = VirtualTime.deadline_to_sleep_time

    def noted(self: VirtualTime, deadline: float) -> float:
        waited_s.add(wait_s := asked(self, deadline))
        return wait_s

    monkeypatch.setattr(VirtualTime, "deadline_to_sleep_time", noted)
    result = run_simulated(RunConfig(plan=parse("client syn#1-6: drop"), timeout_s=600))

    passes(result)
    assert result.took_us > 63_000_000
    assert 0 in waited_s
    assert waited_s <= {0, math.inf}  # for a time never; for what comes from outside, where nothing else is left


def test_another_seed_begins_with_other_numbers() -> None:
    syns = [next(iter(run_simulated(RunConfig(plan=parse(f"seed {seed}"))).trace)).packet.seq for seed in range(5)]

    assert len(set(syns)) == 5
    assert all(one != other for one, other in pairwise(syns))


@pytest.mark.parametrize("name", WORKLOADS)
def test_what_a_workload_adds_takes_place(name: str) -> None:
    result = run_simulated(config(name, "clean"))

    assert [fired.times for fired in result.fired] == [1] * len(workload(name).rules)
