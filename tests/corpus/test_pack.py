"""The handshake pack: files as they are written, cases that hold, and broken endpoints that they bring to light.

A case may name such an endpoint in its notes, in words that `tcpchaos replay` takes: `--server sim:NAME breaks RULE`.
Without the case's plan nobody would suspect that endpoint. The last test prints all of them.
"""

import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Final

import pytest

from tcpchaos.corpus.case import Case, Passes, encode
from tcpchaos.corpus.project import builtin
from tcpchaos.corpus.replay import Kept, Replay, Target, replay_all, status_of
from tcpchaos.corpus.store import read_all
from tcpchaos.run import RunResult, run_simulated
from tcpchaos.run.arena import open_arena
from tcpchaos.sim.mutants import mutants
from tcpchaos.workloads import Commands, Exchange

PACK: Final = builtin().corpus / "handshake-pack"
CASES: Final = tuple(read_all(PACK))
FOLDERS: Final = sorted({path.parent.name for path, _ in CASES})
LEAST: Final = 60
LEAST_FOR_ANY_SERVER: Final = 100
LEAST_THAT_CATCH: Final = 40

_CATCH: Final = re.compile(r"--(?P<side>client|server) sim:(?P<mutant>[a-z-]+) breaks (?P<rule>[A-Z]+-\d+)")


def name_of(path: Path) -> str:
    return f"{path.parent.name}/{path.stem[:-9]}"


each_case = pytest.mark.parametrize("case", [case for _, case in CASES], ids=[name_of(path) for path, _ in CASES])


def catches(case: Case) -> list[tuple[str, str, str]]:
    """Return the broken endpoints that a case says it catches: at which side, their names, and the rules they break."""
    return _CATCH.findall(case.provenance.notes)


@cache
def simulated(plan: tuple[str, ...], workload: str, side: str = "", mutant: str = "") -> RunResult:
    """Play it in virtual time, with this mutant at this side."""
    client, server = (f"sim:{mutant}" if side == each else "sim" for each in ("client", "server"))
    case = Case(title="-", workload=workload, plan=plan)
    return run_simulated(Target(backend="sim", endpoints=(client, server)).config(case))


def test_there_are_enough_of_them_and_most_can_be_played_against_any_server() -> None:
    anyone = Target(play=Commands(server="anything", client=Exchange()))

    assert len(CASES) >= LEAST
    assert sum(not anyone.obstacle(case) for _, case in CASES) >= LEAST_FOR_ANY_SERVER


def test_files_are_as_they_are_written() -> None:
    assert [path.name for path, case in CASES if path.name != case.file_name] == []
    assert [path.name for path, case in CASES if path.read_bytes() != encode(case)] == []


def test_each_is_there_once() -> None:
    assert len({case.title for _, case in CASES}) == len(CASES)
    assert len({case.content_hash for _, case in CASES}) == len(CASES)


def test_each_says_what_it_proves_and_where_it_comes_from() -> None:
    assert [case.title for _, case in CASES if not case.about or not case.provenance.source] == []


@each_case
def test_our_own_endpoints_keep_to_the_law(case: Case) -> None:
    result = simulated(case.plan, case.workload)

    assert case.expect == Passes()
    assert status_of(case, result) == "held", result.notes
    assert [fired.rule for fired in result.fired if not fired.times and not fired.of_workload] == []


@each_case
def test_the_endpoint_that_it_catches_is_caught_by_its_plan(case: Case) -> None:
    for side, mutant, rule in catches(case):
        broken = simulated(case.plan, case.workload, side, mutant)
        found = [(each.rule, str(each.blame)) for each in broken.findings if each.counts]

        assert (rule, side) in found or (rule, "None") in found
        assert simulated((), case.workload, side, mutant).outcome == "pass"


@pytest.mark.usefixtures("lab_or_skip")
@pytest.mark.parametrize("folder", FOLDERS)
async def test_two_kernels_keep_to_the_law_but_for_what_is_known(folder: str) -> None:
    kept = [Kept(name=name_of(path), case=case, file=path) for path, case in CASES if path.parent.name == folder]
    heeded: list[Replay] = []

    async with open_arena() as arena:
        await replay_all(kept, Target(backend="lab"), arena.run, heed=heeded.append)

    assert len(heeded) == len(kept)
    assert [(each.kept.name, each.status, each.reason) for each in heeded if not each.as_expected] == []


def table() -> Iterator[str]:
    caught: set[str] = set()
    for path, case in CASES:
        found = catches(case)
        caught |= {mutant for _, mutant, _ in found}
        yield f"{name_of(path):<74} {', '.join(f'{mutant} ({side}): {rule}' for side, mutant, rule in found) or '-'}"
    which = sum(bool(catches(case)) for _, case in CASES)
    yield f"{which} of {len(CASES)} cases catch {len(caught)} of {len(mutants())} broken endpoints"


def test_the_table(capsys: pytest.CaptureFixture[str]) -> None:
    with capsys.disabled():
        print("", *table(), sep="\n")

    assert sum(bool(catches(case)) for _, case in CASES) >= LEAST_THAT_CATCH
