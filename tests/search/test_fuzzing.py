"""A whole campaign, with workers and worlds, to its end."""

import os
import shlex
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
import trio
import trio.testing

from tcpchaos.backends.host import Broken
from tcpchaos.corpus import store
from tcpchaos.run import RunConfig
from tcpchaos.search import fuzzing
from tcpchaos.search.expedition import Expedition
from tcpchaos.search.fuzzing import Came, Setup, fuzz
from tcpchaos.search.players import Player
from tcpchaos.search.trials import Culprit
from tcpchaos.workloads import Commands, Exchange
from tests.search.conftest import Pretending

MUTANT = ("", "sim:fin-without-ack")
# Answers, but for a message that does not begin as it should, which ends it.
FRAGILE = """
import socket, sys
s = socket.create_server((sys.argv[1], int(sys.argv[2])))
while True:
    c, _ = s.accept()
    try:
        c.settimeout(2)
        t = c.recv(100)
        if t and t[:1] != b"h": sys.exit(3)
        c.sendall(t)
    except OSError: pass
    c.close()
"""
SPOILS = '''"""Messages with another beginning."""
from tcpchaos import search as chaos
plans = chaos.plans(chaos.rules(chaos.selectors("client data#1"), chaos.actions("drop", "corrupt 0 0xff")), max_size=1)
'''


def found(came: Came) -> list[tuple[str, str, str, list[str]]]:
    return [
        (each.culprit.rule, each.culprit.blame, each.status, str(each.plan).splitlines())
        for each in came.expedition.campaign.ledger.bugs
    ]


def setup(strategy: tuple[str, str], **how: object) -> Setup:
    return Setup(**{"strategies": (strategy,), "usual": RunConfig(backend="sim"), "most": 4, "seed": 1, **how})  # type: ignore[arg-type]


def test_what_was_found_before_the_environment_failed_is_told(
    strategy: tuple[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    culprit = Culprit(rule="SA-02", blame="server", states=("ESTABLISHED", "ESTABLISHED"))

    class Failing(Pretending):
        async def finish(self) -> None:
            await trio.sleep(40)
            raise Broken("nobody serves any more", "start it again")

    @asynccontextmanager
    async def opened(setup: Setup) -> AsyncIterator[tuple[Player, str, str]]:
        yield Failing(lambda plan: [culprit] if shows else []), "lab", ""

    monkeypatch.setattr(fuzzing, "_open", opened)
    clock = trio.testing.MockClock(autojump_threshold=0)
    shows = True
    came = trio.run(fuzz, setup(strategy, most=1), clock=clock)
    assert came.remark == "the campaign ended before its time: nobody serves any more: start it again"
    assert [each.culprit for each in came.expedition.campaign.ledger.bugs] == [culprit]
    shows = False
    with pytest.raises(Broken):
        trio.run(fuzz, setup(strategy, most=1), clock=trio.testing.MockClock(autojump_threshold=0))


async def test_a_mutant_is_found_made_small_saved_and_found_again_the_same(
    strategy: tuple[str, str], tmp_path: Path
) -> None:
    usual = RunConfig(backend="sim", endpoints=MUTANT)
    came = await fuzz(setup(strategy, usual=usual, folder=tmp_path / "found"))
    again = await fuzz(setup(strategy, usual=usual))

    assert ("FL-03", "server", "shrunk", []) in found(came)
    assert found(came) == found(again)
    assert came.expedition.campaign.coverage.cells == again.expedition.campaign.coverage.cells
    cases = [case for _, case in store.read_all(tmp_path / "found")]
    assert len(cases) == len(found(came))
    assert {case.provenance.stacks for case in cases} == {("sim", "sim:fin-without-ack")}


async def test_sound_endpoints_are_not_accused(strategy: tuple[str, str], tmp_path: Path) -> None:
    came = await fuzz(setup(strategy, folder=tmp_path / "found"))
    assert found(came) == []
    assert (came.backend, came.remark, came.expedition.campaign.trials) == ("sim", "", 4)
    assert not (tmp_path / "found").exists()


async def test_without_a_lab_it_is_simulated(strategy: tuple[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise Broken("no namespaces", "ask for some")

    monkeypatch.setattr(fuzzing, "open_lab_world", refuse)
    came = await fuzz(setup(strategy, usual=RunConfig(), most=5))
    assert came.backend == "sim"
    assert came.remark == "simulated, because this machine has no lab: no namespaces: ask for some"
    with pytest.raises(Broken):
        await fuzz(setup(strategy, usual=RunConfig(play=Commands(server="s", client="c"))))


@pytest.mark.usefixtures("lab_or_skip")
async def test_between_kernels(strategy: tuple[str, str]) -> None:
    came = await fuzz(setup(strategy, usual=RunConfig(backend="lab"), most=12))
    assert (came.backend, came.expedition.campaign.trials) == ("lab", 12)
    assert found(came) == []


@pytest.mark.usefixtures("lab_or_skip")
async def test_a_server_that_breaks_is_started_again_and_who_broke_it_is_found(tmp_path: Path) -> None:
    (tmp_path / "spoils.py").write_text(SPOILS)
    (tmp_path / "fragile.py").write_text(FRAGILE)
    server = shlex.join([sys.executable, str(tmp_path / "fragile.py")]) + " {host} {port}"
    usual = RunConfig(play=Commands(server=server, client=Exchange(send=b"hello", expect="hello")))

    came = await fuzz(setup(("spoils", str(tmp_path / "spoils.py")), usual=usual, most=3))

    assert ("SV-01", "server", "shrunk", ["any any: corrupt 0 0x78"]) in found(came)


@pytest.mark.usefixtures("lab_or_skip")
@pytest.mark.parametrize("client", [Exchange(send=b"hello", expect="goodbye"), "false"])
async def test_a_client_that_fails_without_any_fault_is_told_and_nothing_else_is_played(
    client: Exchange | str, strategy: tuple[str, str], tmp_path: Path
) -> None:
    (tmp_path / "fragile.py").write_text(FRAGILE)
    server = shlex.join([sys.executable, str(tmp_path / "fragile.py")]) + " {host} {port}"
    watched: list[Expedition] = []

    with pytest.raises(Broken, match=r"without any fault, .* fails against .*fragile\.py"):
        await fuzz(setup(strategy, usual=RunConfig(play=Commands(server=server, client=client))), watch=watched.append)

    assert watched == []


async def test_ctrl_c_keeps_what_was_found(strategy: tuple[str, str], tmp_path: Path) -> None:
    def interrupt(expedition: Expedition) -> None:
        os.kill(os.getpid(), signal.SIGINT)

    came = await fuzz(setup(strategy, most=0, time_s=500), watch=interrupt)
    assert came.expedition.interrupted
