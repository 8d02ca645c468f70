"""Projects: found from anywhere below them, with the built-in one always there; and names that mean what they say."""

import os
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Final

import pytest

import tcpchaos
from tcpchaos.corpus.case import Case
from tcpchaos.corpus.project import (
    Project,
    Strategy,
    UnknownName,
    builtin,
    case_files,
    find,
    is_project,
    opened,
    strategies,
    strategy_file,
)
from tcpchaos.corpus.store import read, save

ROOT: Final = Path(tcpchaos.__file__).parent.parent


@pytest.fixture
def project(tmp_path: Path) -> Project:
    """A project with three cases and three strategies."""
    save(Case(title="A lost SYN", plan=("client syn#1: drop",)), tmp_path / "corpus" / "pack")
    save(Case(title="A lost FIN", plan=("client fin#1: drop",)), tmp_path / "corpus" / "pack")
    save(Case(title="Nothing"), tmp_path / "corpus")
    (tmp_path / "strategies").mkdir()
    for name, text in (
        ("lost_ends", '"""Lose the last segments.\n\nMore of it."""\nraise SystemExit("was run")'),
        ("wrong", "x = ("),
        ("silent", "plans = None"),
        ("_shared", '"""Not a strategy."""'),
    ):
        (tmp_path / "strategies" / f"{name}.py").write_text(text)
    return Project(root=tmp_path)


def titles(files: list[Path]) -> list[str]:
    return [read(path).title for path in files]


def test_a_project_is_found_from_below_and_the_builtin_one_stands_behind_it(project: Project) -> None:
    below = project.root / "src" / "deep"
    below.mkdir(parents=True)

    assert find(below) == (project, builtin())
    assert find(project.root) == (project, builtin())


@pytest.mark.parametrize(("uids", "found"), [((1000, 1000), True), ((1000, 0), True), ((0, 1000), False)])
def test_what_a_stranger_has_put_somewhere_is_no_project(
    project: Project, monkeypatch: pytest.MonkeyPatch, uids: tuple[int, int], found: bool
) -> None:
    """Strategies are code, and /tmp is everybody's; a checkout that is wholly another's is one that was chosen."""
    lstat, (of_directory, of_folder) = os.lstat, uids

    def pretended(path: Path, *_: object, **__: object) -> os.stat_result:
        uid = of_folder if Path(path).name == "strategies" else of_directory
        return os.stat_result((*lstat(path)[:4], uid, *lstat(path)[5:]))

    monkeypatch.setattr(os, "geteuid", lambda: 1001)
    monkeypatch.setattr(os, "lstat", pretended)
    monkeypatch.setattr(Path, "stat", pretended)

    assert is_project(project.root) is found


def test_the_search_ends_with_the_repository(project: Project) -> None:
    other = project.root / "vendor" / "other"
    (other / ".git").mkdir(parents=True)

    assert find(other) == (builtin(),)


def test_the_checkout_is_the_builtin_project_and_stands_there_once() -> None:
    assert find(ROOT / "tcpchaos" / "corpus") == (builtin(),) == opened(ROOT)
    assert builtin().root == ROOT


def test_the_builtin_corpus_lies_where_it_would_be_saved() -> None:
    found = dict(builtin().cases())

    assert found
    assert [path.name for path in found.values()] == [read(path).file_name for path in found.values()]


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("pack", ["A lost FIN", "A lost SYN"]),
        ("corpus/pack/", ["A lost FIN", "A lost SYN"]),
        ("a-lost-syn", ["A lost SYN"]),
        ("pack/a-lost-syn", ["A lost SYN"]),
        (Case(title="Nothing").file_name, ["Nothing"]),
        (Case(title="Nothing").file_name.removesuffix(".json"), ["Nothing"]),
        ("corpus", ["Nothing", "A lost FIN", "A lost SYN"]),
    ],
)
def test_a_name_means_a_case_or_a_folder(
    project: Project, name: str, meant: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir("/")

    assert titles(case_files([name], [project])) == meant


def test_a_path_means_what_lies_there(project: Project, tmp_path: Path) -> None:
    (fin, syn) = case_files(["pack"], [project])

    assert case_files([str(fin), str(project.corpus / "pack")], [builtin()]) == [fin, syn]
    (tmp_path / "empty").mkdir()
    with pytest.raises(UnknownName, match=r"no case lies in .*empty"):
        case_files([str(tmp_path / "empty")], [project])


def test_no_name_means_all_of_the_first_project_that_has_cases(project: Project, tmp_path: Path) -> None:
    without = Project(root=tmp_path / "elsewhere")

    assert len(case_files([], [without, project, builtin()])) == 3
    with pytest.raises(UnknownName, match=r"no case lies in .*elsewhere/corpus"):
        case_files([], [without])


def test_a_wrong_name_is_answered_with_near_ones(project: Project) -> None:
    with pytest.raises(UnknownName, match=r"no case or folder is called pakc; did you mean pack\?"):
        case_files(["pakc"], [project])
    with pytest.raises(UnknownName, match=r"no case or folder is called zzz; see `tcpchaos list`"):
        case_files(["zzz"], [project])
    with pytest.raises(UnknownName, match=r"no strategy is called lost-end; did you mean lost-ends\?"):
        strategy_file("lost-end", [project])


def test_a_strategy_is_found_by_name_or_path_and_the_users_own_first(project: Project, tmp_path: Path) -> None:
    theirs = project.strategies / "lost_ends.py"
    ours = tmp_path / "ours"
    (ours / "strategies").mkdir(parents=True)
    (ours / "strategies" / "lost-ends.py").touch()

    assert strategy_file("lost-ends", [project]) == strategy_file("lost_ends", [project]) == theirs
    assert strategy_file(str(theirs), []) == theirs
    assert strategy_file("lost-ends", [Project(root=ours), project]) == ours / "strategies" / "lost-ends.py"


def test_strategies_are_described_without_being_run(project: Project) -> None:
    folder = project.strategies

    assert list(strategies(project)) == [
        Strategy(name="lost-ends", sentence="Lose the last segments.", file=folder / "lost_ends.py"),
        Strategy(name="silent", sentence="", file=folder / "silent.py", trouble="it has no docstring"),
        Strategy(name="wrong", sentence="", file=folder / "wrong.py", trouble="line 1: '(' was never closed"),
    ]


def test_the_wheel_carries_the_builtin_project(tmp_path: Path) -> None:
    command = f"{sys.executable} -m pip wheel -q --no-deps --no-build-isolation -w {tmp_path} {ROOT}"
    subprocess.run(command.split(), check=True, capture_output=True)
    (wheel,) = tmp_path.glob("*.whl")

    with zipfile.ZipFile(wheel) as packed:
        packed.extractall(tmp_path / "site")
    tops = {path.name for path in (tmp_path / "site").iterdir()}
    asked = "from tcpchaos.corpus.project import builtin; print(*(name for name, _ in builtin().cases()))"
    found = subprocess.run(
        [sys.executable, "-c", asked], cwd=tmp_path / "site", check=True, capture_output=True, text=True
    ).stdout.split()

    name = f"tcpchaos-{tcpchaos.__version__}"
    assert tops == {"tcpchaos", f"{name}.dist-info", f"{name}.data"}
    assert found == [name for name, _ in builtin().cases()]
