"""`tcpchaos list`."""

import json
from pathlib import Path
from typing import Any

import jsonschema

from tcpchaos.corpus.case import Case
from tcpchaos.corpus.store import save
from tcpchaos.report.document import schema


def test_workloads_are_named_with_what_they_do(invoke: Any) -> None:
    result = invoke("list", "workloads")

    assert result.exit_code == 0
    assert result.stdout.splitlines()[0].startswith("echo ")


def test_without_a_word_it_tells_what_there_is(invoke: Any) -> None:
    lines = invoke("list").stdout.splitlines()

    assert [line for line in lines if line in ("strategies", "workloads", "cases")] == [
        "strategies",
        "workloads",
        "cases",
    ]


def test_cases_and_strategies_of_a_project_stand_before_the_builtin_ones(invoke: Any, tmp_path: Path) -> None:
    (tmp_path / "strategies").mkdir()
    (tmp_path / "strategies" / "mine.py").write_text('"""What I look for."""')
    save(Case(title="My own"), tmp_path / "corpus")

    document = json.loads(invoke("list", "--project", tmp_path, "--json").stdout)

    assert document["strategies"][0]["sentence"] == "What I look for."
    assert document["cases"][0] == {
        "name": Case(title="My own").file_name.removesuffix(".json"),
        "sentence": "My own",
        "file": str(tmp_path / "corpus" / Case(title="My own").file_name),
        "builtin": False,
        "expects": "both endpoints keep to the law",
        "trouble": "",
    }
    assert all(each["builtin"] for each in document["cases"][1:])
    assert "My own" in invoke("list", "cases", "--project", tmp_path).stdout
    assert "What I look for." in invoke("list", "strategies", "--project", tmp_path).stdout


def test_the_document_fits_its_schema(invoke: Any) -> None:
    document = json.loads(invoke("list", "--json").stdout)

    jsonschema.validate(document, schema("list"))
    assert "echo" in [each["name"] for each in document["workloads"]]


def test_mutants_are_named_with_the_command_that_shows_them(invoke: Any) -> None:
    result = invoke("list", "mutants")

    assert result.exit_code == 0
    assert "    tcpchaos run --backend sim -w echo --server sim:" in result.stdout


def test_there_is_nothing_else_to_list(invoke: Any) -> None:
    assert invoke("list", "mutant").exit_code == 2
