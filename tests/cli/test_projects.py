"""The option `--project`."""

from pathlib import Path

import pytest

from tcpchaos.cli.group import Mistake
from tcpchaos.cli.projects import folder_of, projects_of
from tcpchaos.corpus.project import Project, builtin


def test_the_project_that_is_named_is_taken(tmp_path: Path) -> None:
    (tmp_path / "corpus").mkdir()

    assert projects_of(tmp_path) == (Project(root=tmp_path), builtin())


def test_without_a_name_it_is_the_one_from_here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "strategies").mkdir()
    monkeypatch.chdir(tmp_path)

    assert projects_of(None) == (Project(root=tmp_path), builtin())


def test_a_directory_that_is_no_project_is_a_mistake(tmp_path: Path) -> None:
    with pytest.raises(Mistake, match="there is no strategies/ and no corpus/ in it"):
        projects_of(tmp_path)


def test_cases_are_saved_where_it_was_said_or_in_the_project_or_in_one_that_begins_here(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "mine" / "corpus").mkdir(parents=True)
    monkeypatch.chdir(tmp_path / "mine")
    mine = projects_of(None)

    assert folder_of(mine, Path("elsewhere"), False) == Path("elsewhere")
    assert folder_of(mine, Path("elsewhere"), True) is None
    assert folder_of(mine, None, True) is None
    assert folder_of(mine, None, False) == Path("corpus/found")
    monkeypatch.chdir(tmp_path)
    assert folder_of((builtin(),), None, False) == Path("corpus/found")
    assert folder_of(mine, None, False) == Path("mine/corpus/found")
