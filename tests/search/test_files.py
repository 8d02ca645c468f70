from pathlib import Path
from typing import Final

import pytest
from hypothesis import strategies as st

from tcpchaos.corpus.project import Project, UnknownName
from tcpchaos.search.files import StrategyError, load, named

GOOD: Final = '''"""Loses SYNs.

Because they are lost.
"""

import tcpchaos.search as chaos

plans = chaos.plans(chaos.rules(chaos.selectors("client syn"), chaos.actions("drop")))
'''
PLAIN: Final = '"""Says."""\nfrom hypothesis import strategies as st\n'


def written(folder: Path, text: str, name: str = "lost_syns.py") -> Path:
    path = folder / name
    path.parent.mkdir(exist_ok=True)
    path.write_text(text)
    return path


def problem(folder: Path, text: str) -> tuple[int, str]:
    path = written(folder, text)
    with pytest.raises(StrategyError) as caught:
        load(path)
    where = f", line {caught.value.line}" if caught.value.line else ""
    assert str(caught.value) == f"{path}{where}: {caught.value.problem}"
    return caught.value.line, caught.value.problem


def test_a_file_that_keeps_to_the_contract_is_loaded(tmp_path: Path) -> None:
    strategy = load(written(tmp_path, GOOD + 'workloads = ("echo", "bulk-up")\n'))

    assert (strategy.name, strategy.sentence) == ("lost-syns", "Loses SYNs.")
    assert isinstance(strategy.plans, st.SearchStrategy)
    assert strategy.workloads == ("echo", "bulk-up")


def test_without_a_word_it_is_played_under_echo(tmp_path: Path) -> None:
    assert load(written(tmp_path, GOOD)).workloads == ("echo",)


def test_nothing_is_written_beside_it(tmp_path: Path) -> None:
    load(written(tmp_path, GOOD))

    assert [path.name for path in tmp_path.iterdir()] == ["lost_syns.py"]


def test_it_may_have_dataclasses_and_annotations_for_later(tmp_path: Path) -> None:
    more = "from dataclasses import dataclass\n@dataclass\nclass Own:\n    first: 'int' = 1\n"

    assert load(written(tmp_path, GOOD + more)).name == "lost-syns"


@pytest.mark.parametrize(
    ("text", "line", "says"),
    [
        (GOOD + "def\n", 9, "not Python: invalid syntax"),
        (GOOD + "1 / 0\n", 9, "ZeroDivisionError: division by zero"),
        (GOOD + "\nimport nothing_like_this\n", 10, "ModuleNotFoundError: No module named 'nothing_like_this'"),
        (GOOD.replace("syn", "sny"), 8, "did you mean syn?"),
        (GOOD.replace('"drop"', '"delay"'), 8, "a whole number of us, ms or s: delay 50ms"),
        (
            GOOD.replace('chaos.actions("drop")', '"drop"'),
            8,
            "rules(): what it selects or does: 'drop' is not a strategy",
        ),
        (
            GOOD.replace("chaos.plans(", "chaos.plan("),
            8,
            "module tcpchaos.search has no attribute plan",
        ),
        (GOOD.partition("import")[2].join(["import", ""]), 1, 'it has no docstring: begin with """What it looks for'),
        (GOOD.replace("plans =", "planz ="), 0, "it has no plans: write plans = chaos.plans("),
        ('"""Says."""\nplans = "client syn: drop"\n', 2, "plans is a str and no strategy: write plans ="),
        ('"""Says."""\ndef plans(): ...\n', 0, "plans is a function and no strategy; call it: write plans ="),
        (
            '"""Says."""\nfrom hypothesis import strategies as st\nplans = st.just("x")\n',
            3,
            "plans draws a str and no plan",
        ),
        ('"""Says."""\nfrom hypothesis import strategies as st\nplans = st.nothing()\n', 0, "Unsatisfiable"),
        (GOOD + 'workloads = ("ehco",)\n', 9, "no workload is called ehco: did you mean echo?"),
        (GOOD + 'workloads = "echo"\n', 9, "workloads is 'echo' and no tuple of names"),
        (GOOD + "workloads = ()\n", 9, "workloads is () and no tuple of names"),
        (GOOD + "cells = ()\n", 9, "cells is no function: write cells = matrix.cells"),
    ],
)
def test_a_broken_file_says_where_and_what_to_write(tmp_path: Path, text: str, line: int, says: str) -> None:
    found = problem(tmp_path, text)

    assert found[0] == line
    assert says in found[1]


def test_an_error_while_drawing_is_blamed_on_its_line(tmp_path: Path) -> None:
    text = (
        '"""Says."""\nfrom hypothesis import strategies as st\nplans = st.integers().map(\n    lambda n: n.nothing\n)\n'
    )

    assert problem(tmp_path, text) == (4, "AttributeError: 'int' object has no attribute 'nothing'")


def test_a_strategy_is_found_by_name_in_the_first_project_that_has_it(tmp_path: Path) -> None:
    written(tmp_path / "strategies", GOOD)
    projects = (Project(root=tmp_path),)

    assert isinstance(named("lost-syns", projects), type(load(tmp_path / "strategies" / "lost_syns.py")))
    assert named("lost-syns", projects).file == tmp_path / "strategies" / "lost_syns.py"
    with pytest.raises(UnknownName, match="did you mean lost-syns"):
        named("lost-sins", projects)


def test_a_strategy_is_found_by_path(tmp_path: Path) -> None:
    strategy = named(str(written(tmp_path, GOOD)), ())

    assert strategy.file == tmp_path / "lost_syns.py"


def test_a_file_that_can_not_be_read_is_an_error_of_the_system(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        load(tmp_path / "nowhere.py")
