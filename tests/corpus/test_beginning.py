"""What a new project begins with: it works as it is, and nothing that was there is changed."""

import importlib.util
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tcpchaos.corpus.beginning import begin
from tcpchaos.corpus.project import Project, is_project, strategies
from tcpchaos.plan import Plan


def test_a_project_is_made(tmp_path: Path) -> None:
    made = begin(tmp_path / "new")

    assert all(made.values())
    assert all(path.exists() for path in made)
    assert is_project(tmp_path / "new")
    (first,) = strategies(Project(root=tmp_path / "new"))
    assert (first.name, first.trouble) == ("first", "")
    assert first.sentence == "Trouble with the first segments: one or two of them are lost, late, doubled or overtaken."


def test_what_is_there_is_left_as_it_is(tmp_path: Path) -> None:
    mine = tmp_path / "strategies" / "first.py"
    mine.parent.mkdir()
    mine.write_text("mine")

    made = begin(tmp_path)

    assert (made[mine], made[tmp_path / "corpus" / "README.md"]) == (False, True)
    assert mine.read_text() == "mine"
    assert not any(begin(tmp_path).values())


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=50)
@given(st.data())
def test_the_first_strategy_draws_plans(tmp_path: Path, data: st.DataObject) -> None:
    begin(tmp_path)
    spec = importlib.util.spec_from_file_location("first", tmp_path / "strategies" / "first.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)

    plan = data.draw(module.plans)

    assert isinstance(plan, Plan)
    assert 1 <= len(plan.rules) <= 2
    assert module.workloads == ("echo",)
