"""Replay: what came of a case against endpoints of our own, between kernels, and where there is nothing to say."""

import sys
from collections.abc import Iterator
from dataclasses import replace as changed
from itertools import cycle
from pathlib import Path

import pytest
import trio
import trio.testing

from tcpchaos.backends.host import Broken
from tcpchaos.corpus.case import Case, Violates
from tcpchaos.corpus.project import builtin
from tcpchaos.corpus.replay import Kept, Replay, Target, open_runner, replay, replay_all, status_of
from tcpchaos.corpus.store import read
from tcpchaos.rfc.deviations import named
from tcpchaos.run import RunConfig, RunResult, run
from tcpchaos.workloads import Commands, Exchange

UNSCALED = "client syn: remove wscale"
FOUND = Case(title="Scaling is offered unasked", plan=(UNSCALED,), expect=Violates(rule="HS-20", blame="server"))
CLEAN = Case(title="Scaling is not offered unasked", plan=(UNSCALED,))
OTHER = Case(title="Another rule", plan=(UNSCALED,), expect=Violates(rule="SA-01"))
SIM = Target(backend="sim")
BROKEN_SIM = Target(backend="sim", endpoints=("", "sim:scales-unasked"))


async def played(case: Case, target: Target, *, times: int = 1) -> Replay:
    return await replay(Kept(name="x", case=case), target, run, times=times)


@pytest.mark.parametrize(
    ("case", "target", "status", "reason"),
    [
        (FOUND, BROKEN_SIM, "reproduced", "the server broke HS-20 at #"),
        (FOUND, SIM, "fixed", "not any more: server breaks HS-20"),
        (CLEAN, SIM, "held", ""),
        (CLEAN, BROKEN_SIM, "failed", "the server broke HS-20 at #"),
        (OTHER, BROKEN_SIM, "failed", "the server broke HS-20 at #"),
        (Case(title="x", plan=("client syn#9: drop",)), SIM, "undetermined", "no rule of its plan met a segment"),
        (Case(title="x", plan=("client syn#9: drop",), expect=Violates(rule="HS-20")), SIM, "undetermined", "no rule"),
        (Case(title="x"), SIM, "held", ""),
    ],
)
async def test_a_case_is_what_came_of_it(case: Case, target: Target, status: str, reason: str) -> None:
    found = await played(case, target)

    assert found.status == status
    assert found.reason.startswith(reason)
    assert found.as_expected is (status in ("reproduced", "held"))
    assert (found.times, found.good) == (1, int(found.as_expected))


@pytest.mark.parametrize(
    ("expect", "status"),
    [
        (Violates(rule="HS-20"), "reproduced"),
        (Violates(rule="HS-20", blame="client"), "failed"),
        (Violates(rule="HS-20", states=("SYN-SENT", "SYN-RECEIVED")), "reproduced"),
        (Violates(rule="HS-20", states=("ESTABLISHED", "CLOSE-WAIT")), "failed"),
    ],
)
async def test_a_finding_is_the_same_where_rule_and_blame_and_states_are(expect: Violates, status: str) -> None:
    case = Case(title="x", plan=(UNSCALED,), expect=expect)

    assert (await played(case, BROKEN_SIM)).status == status


async def test_rules_that_met_no_segment_are_named() -> None:
    found = await played(Case(title="x", plan=("client data#1: drop", "server rst#7: drop")), SIM)

    assert (found.status, found.idle) == ("held", ("server rst#7: drop",))


def turns(*results: RunResult) -> Iterator[RunResult]:
    return cycle(results)


async def test_what_is_not_the_same_each_time_is_flaky_and_the_run_that_differs_is_kept() -> None:
    good, bad = await run(SIM.config(CLEAN)), await run(BROKEN_SIM.config(CLEAN))
    results = turns(good, good, bad)

    async def runner(config: RunConfig) -> RunResult:
        return next(results)

    found = await replay(Kept(name="x", case=CLEAN), SIM, runner, times=6)

    assert (found.status, found.good, found.times) == ("flaky", 4, 6)
    assert found.reason.startswith("as expected 4 times of 6; otherwise failed: the server broke HS-20")
    assert found.result is bad


async def test_a_known_deviation_covers_a_case_and_not_where_one_is_strict() -> None:
    bad = await run(BROKEN_SIM.config(FOUND))
    waived = changed(
        bad, outcome="pass", findings=tuple(changed(finding, known="sim-is-so") for finding in bad.findings)
    )

    async def runner(config: RunConfig) -> RunResult:
        return waived

    for case in (FOUND, CLEAN):
        found = await replay(Kept(name="x", case=case), BROKEN_SIM, runner)
        assert (found.status, found.reason) == ("known", "known: sim-is-so")


@pytest.mark.usefixtures("lab_or_skip")
async def test_the_builtin_case_of_this_kernel_is_known_and_with_strict_reproduced() -> None:
    found = dict(builtin().cases())
    (name,) = [name for name in found if name.startswith("linux/linux-completes-a-crossed-handshake")]
    kept = Kept(name=name, case=read(found[name]))

    assert (await replay(kept, Target(), run)).status == "known"
    assert (await replay(kept, Target(strict=True), run)).status == "reproduced"


async def test_what_only_another_stack_does_is_not_expected_of_this_one() -> None:
    plan = ("client any#2-4: ack-=1",)
    theirs = Violates(rule="HS-08", blame="server", deviation="linux-crossed-syn-793")

    elsewhere = await played(Case(title="x", workload="simultaneous-open", plan=plan, expect=theirs), SIM)
    anyone = Violates(rule="HS-08", deviation="linux-crossed-syn-793")
    either = await played(Case(title="x", workload="simultaneous-open", plan=plan, expect=anyone), SIM)

    assert (elsewhere.status, elsewhere.as_expected) == ("not applicable", False)
    assert elsewhere.reason == either.reason == "it is linux that departs so, not sim"


@pytest.mark.parametrize(
    ("deviation", "whose"),
    [("linux-old-ack", "SA-10: linux"), ("linux-old-twice", "OP-52: linux from 6.14 on")],
)
async def test_a_version_before_a_departure_is_another_stack(deviation: str, whose: str) -> None:
    rule, _, stack = whose.partition(": ")
    case = Case(title="x", plan=(UNSCALED,), expect=Violates(rule=rule, blame="server", deviation=deviation))
    held = await run(SIM.config(CLEAN))
    before, now = (changed(held, stacks=("linux 6.18", name)) for name in ("linux 6.13", "linux 6.14"))

    assert status_of(case, now) == "fixed"
    assert status_of(case, before) == ("fixed" if stack == "linux" else "not applicable")
    assert named(deviation).whose == stack


@pytest.mark.usefixtures("lab_or_skip")
async def test_what_was_found_in_virtual_time_is_found_beside_a_kernel_at_any_port_over_either_ip() -> None:
    for family in (4, 6):
        for port in (0, 7777):
            case = Case(title="x", plan=(UNSCALED,), family=family, expect=FOUND.expect)
            target = Target(backend="lab", endpoints=("", "sim:scales-unasked"), port=port)

            assert (await played(case, target)).status == "reproduced"


async def test_an_environment_that_fails_is_told_with_the_remedy() -> None:
    async def runner(config: RunConfig) -> RunResult:
        raise Broken("no lab", "be root")

    found = await replay(Kept(name="x", case=CLEAN), SIM, runner, times=2)

    assert (found.status, found.reason, found.result) == ("broken", "no lab: be root", None)


@pytest.mark.parametrize(
    ("case", "target", "reason"),
    [
        (
            Case(title="x", workload="simultaneous-open"),
            Target(play=Commands(server="s", client="c")),
            "its workload, simultaneous-open, needs both endpoints",
        ),
        (Case(title="x", sysctls={"net.ipv4.tcp_sack": "0"}), SIM, "its sysctls need a kernel"),
    ],
)
async def test_a_case_that_means_nothing_here_is_not_played(case: Case, target: Target, reason: str) -> None:
    async def runner(config: RunConfig) -> RunResult:
        raise AssertionError("it was played")

    found = await replay(Kept(name="x", case=case), target, runner)

    assert (found.status, found.reason, found.times) == ("not applicable", reason, 0)


@pytest.mark.usefixtures("lab_or_skip")
async def test_a_server_of_ones_own_takes_the_place_of_the_workload() -> None:
    listener = "import socket; l = socket.create_server(('{host}', {port})); c, _ = l.accept(); c.sendall(c.recv(9))"
    caller = "import socket; c = socket.create_connection(('{host}', {port})); c.sendall(b'hello'); assert c.recv(9)"
    target = Target(play=Commands(server=f'python3 -c "{listener}"', client=f'python3 -c "{caller}"'), port=8000)

    lost = await played(Case(title="x", plan=("server data#1: drop",)), target)
    never = await played(Case(title="x", plan=("server data#99: drop",)), target)

    assert (lost.status, lost.reason) == ("held", "")
    assert (never.status, never.reason) == ("not applicable", "no rule of its plan met a segment")


async def test_cases_are_heeded_as_they_are_done() -> None:
    cases = [Kept(name=f"{number}", case=CLEAN) for number in range(3)]
    heeded: list[Replay] = []

    async with open_runner(SIM, 6) as runner:
        await replay_all(cases, SIM, runner, times=2, heed=heeded.append)

    assert sorted(each.kept.name for each in heeded) == ["0", "1", "2"]
    assert all((each.status, each.times) == ("held", 2) for each in heeded)


@pytest.mark.usefixtures("lab_or_skip")
async def test_many_are_played_at_the_same_time_and_none_disturbs_another() -> None:
    cases = [
        Kept(name=f"{family} {number}", case=Case(title="x", plan=(f"client {kind}#1: drop",), family=family))
        for family in (4, 6)
        for number, kind in enumerate(("syn", "data", "fin", "any") * 3)
    ]
    heeded: list[Replay] = []

    async with open_runner(Target(backend="lab"), len(cases)) as runner:
        await replay_all(cases, Target(backend="lab"), runner, heed=heeded.append)

    assert [(each.kept.name, each.status, each.reason) for each in heeded if each.status != "held"] == []
    assert len(heeded) == 24


async def test_what_starts_programs_is_played_one_by_one(monkeypatch: pytest.MonkeyPatch) -> None:
    running = most = 0

    async def slow(config: RunConfig) -> RunResult:
        nonlocal running, most
        running += 1
        most = max(most, running)
        await trio.testing.wait_all_tasks_blocked()
        running -= 1
        raise Broken("no such program", "install it")

    monkeypatch.setattr("tcpchaos.corpus.replay.run", slow)
    target = Target(play=Commands(server="s", client="c"))
    heeded: list[Replay] = []
    async with open_runner(target, 4) as runner:
        await replay_all([Kept(name="x", case=CLEAN)] * 2, target, runner, times=2, heed=heeded.append)

    assert (most, [each.status for each in heeded]) == (1, ["broken", "broken"])


@pytest.mark.usefixtures("lab_or_skip")
async def test_a_server_that_our_own_client_calls_is_started_once_and_serves_all_cases(tmp_path: Path) -> None:
    server = tmp_path / "server.py"
    server.write_text(
        "import socket, sys\n"
        f"open({str(tmp_path / 'starts')!r}, 'a').write('.')\n"
        "listener = socket.create_server((sys.argv[1], int(sys.argv[2])))\n"
        "while True:\n"
        "    connection, _ = listener.accept()\n"
        "    with connection:\n"
        "        connection.sendall(connection.recv(9))\n"
    )
    client = Exchange(send=b"hello", expect="hello")
    target = Target(play=Commands(server=f"{sys.executable} {server} {{host}} {{port}}", client=client))
    cases = [Kept(name=kind, case=Case(title="x", plan=(f"client {kind}#1: drop",))) for kind in ("syn", "data", "fin")]
    heeded: list[Replay] = []

    async with open_runner(target, len(cases)) as runner:
        await replay_all(cases, target, runner, heed=heeded.append)

    assert [each.status for each in heeded] == ["held"] * len(cases)
    assert (tmp_path / "starts").read_text() == "."


async def test_where_a_client_fails_without_any_fault_no_case_is_played() -> None:
    played = []

    async def runner(config: RunConfig) -> RunResult:
        played.append(config)
        raise Broken("without any fault, it fails", "mend it")

    target = Target(play=Commands(server="s", client="c"))
    cases = [Kept(name="x", case=CLEAN), Kept(name="y", case=Case(title="y", workload="simultaneous-open"))]
    heeded: list[Replay] = []

    await replay_all(cases, target, runner, heed=heeded.append)

    told = [(each.kept.name, each.status, each.reason) for each in heeded]
    assert told == [
        ("x", "broken", "without any fault, it fails: mend it"),
        ("y", "not applicable", "its workload, simultaneous-open, needs both endpoints"),
    ]
    assert [config.plan.rules for config in played] == [()]
