"""Batches: drawn by Hypothesis, the same for the same seed, and no plan twice."""

from pathlib import Path

import pytest

from tcpchaos.corpus.project import builtin
from tcpchaos.search.bounds import bounded
from tcpchaos.search.drawing import batch_seed, draw
from tcpchaos.search.files import StrategyError
from tcpchaos.search.matrix import cells
from tcpchaos.search.trials import BATCH, Batch

STRATEGY = '''"""Lost handshakes."""
from tcpchaos import search as chaos
workloads = ("handshake", "echo")
plans = chaos.plans(chaos.rules(chaos.selectors("client syn", "server syn-ack"), chaos.actions("drop"), chaos.edits()))
'''


@pytest.fixture
def file(tmp_path: Path) -> str:
    path = tmp_path / "lost.py"
    path.write_text(STRATEGY)
    return str(path)


def test_a_batch_is_many_different_plans_each_with_an_end(file: str) -> None:
    trials = draw(Batch(file=file, seed=1, number=3))

    assert BATCH // 2 < len(trials) <= BATCH
    assert len({(trial.workload, trial.plan) for trial in trials}) == len(trials)
    assert {trial.workload for trial in trials} == {"handshake", "echo"}
    assert [trial.number for trial in trials] == [3 * BATCH + place for place in range(len(trials))]
    for trial in trials:
        plan = trial.parsed()
        assert (trial.strategy, bounded(plan)) == ("lost", plan)


def test_the_same_seed_draws_the_same(file: str) -> None:
    pool = (("echo", "client fin#1: drop"), ("handshake", "server fin#1: drop"))
    batch, *others = (
        Batch(file=file, seed=seed, number=number, pool=pool) for seed, number in ((1, 3), (1, 4), (2, 4))
    )
    assert draw(batch) == draw(batch)
    assert draw(batch) != draw(others[0]) != draw(others[1])
    assert batch_seed(1, 23) != batch_seed(12, 3)


def test_the_pool_and_other_workloads_take_part(file: str) -> None:
    trials = draw(Batch(file=file, seed=1, number=0, pool=(("abort", "client fin#1: drop"),)))
    assert sum("client fin" in line for trial in trials for line in trial.plan) > BATCH // 10
    assert {trial.workload for trial in draw(Batch(file=file, seed=1, number=0, workloads=("urgent",)))} == {"urgent"}


def test_a_broken_file_is_told(tmp_path: Path) -> None:
    (tmp_path / "broken.py").write_text('"""x"""\nplans = 3\n')
    with pytest.raises(StrategyError, match="no strategy"):
        draw(Batch(file=str(tmp_path / "broken.py")))


def test_what_is_enumerated_comes_batch_by_batch_to_its_end() -> None:
    file = str(builtin().strategies / "matrix.py")
    all_of_it = list(cells())

    end = len(all_of_it) // BATCH
    first, last, behind = (
        draw(Batch(file=file, seed=seed, number=number)) for seed, number in enumerate((0, end, end + 1))
    )

    assert [trial.asked for trial in first] == all_of_it[:BATCH]
    assert [trial.asked for trial in last] == all_of_it[end * BATCH :]
    assert behind == []
    chosen = [trial.asked for trial in draw(Batch(file=file, seed=1, number=1, workloads=("echo",)))]
    assert chosen == [cell for cell in all_of_it if cell.workload == "echo"][BATCH : 2 * BATCH]
