"""`tcpchaos merge`, as it is typed."""

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from tcpchaos.corpus.case import Case
from tcpchaos.corpus.store import save
from tcpchaos.report.document import Document, Listing, encode, schema
from tests.report.nights import case, found, night
from tests.report.test_merged import campaign


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A directory with two parts of a campaign and of a night."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("GITHUB_ACTIONS", raising=False)
    monkeypatch.delenv("GITHUB_STEP_SUMMARY", raising=False)
    bad = campaign("1/2", outcome="violation", findings=(found().bug,))
    documents: dict[str, Document] = {
        "c1.json": bad,
        "c2.json": campaign("2/2"),
        "n1.json": night(
            shard="1/2", outcome="violation", findings=(found(),), failures=("1 new bug: SA-02, server.",)
        ),
        "n2.json": night(shard="2/2", cases=(case(),)),
        "list.json": Listing(workloads=(), mutants=()),
    }
    for name, document in documents.items():
        (tmp_path / name).write_text(encode(document))
    return tmp_path


def test_campaigns_are_one(invoke: Any, here: Path) -> None:
    result = invoke("merge", "c1.json", "c2.json", "--json", "--output", "both.json")
    document = json.loads(result.stdout)

    jsonschema.Draft202012Validator(schema("fuzz")).validate(document)
    assert (result.exit_code, document["cases"], document["shard"]) == (1, 22, "1/1")
    assert json.loads(Path("both.json").read_text()) == document
    assert "VIOLATION  1 bug found in 22 cases of 2 parts." in invoke("merge", "c1.json", "c2.json").stdout
    assert invoke("merge", "c2.json").exit_code == 0


def test_nights_are_one(invoke: Any, here: Path) -> None:
    result = invoke("merge", "n1.json", "n2.json", "--json", "--min-coverage", 3, "--junit", "x.xml")
    document = json.loads(result.stdout)

    jsonschema.Draft202012Validator(schema("nightly")).validate(document)
    assert (result.exit_code, document["plans"], len(document["cases"])) == (1, 60, 1)
    assert len(document["failures"]) == 2
    assert Path("x.xml").exists()
    assert invoke("merge", "n2.json").exit_code == 0


def test_the_same_case_is_one_file(invoke: Any, here: Path) -> None:
    for part, titles in (("a", ("One", "Two")), ("b", ("Two", "Three"))):
        for title in titles:
            save(Case(title=title, plan=("client syn#1: drop",)), here / part)
    into = here / "corpus" / "found"
    assert invoke("merge", "c2.json", "--corpus", "a", "--corpus", "b", "--into", into).exit_code == 0
    assert sorted(path.name.partition("-")[0] for path in into.iterdir()) == ["one", "three", "two"]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["c1.json", "n1.json"], "these are campaigns and nights: merge either"),
        (["list.json"], "list.json: expected what fuzz or nightly printed with --json, this is a list/1 document"),
        (["none.json"], "none.json: No such file or directory"),
        (["c1.json", "--corpus", "."], "--corpus DIR and --into DIR belong together"),
        (["c1.json", "--min-coverage", "3"], "are for nights, and these are campaigns"),
    ],
)
def test_mistakes_are_told(invoke: Any, here: Path, arguments: list[str], said: str) -> None:
    result = invoke("merge", *arguments)
    assert (result.exit_code, result.stdout) == (2, "")
    assert said in result.stderr


def test_what_was_played_against_something_else_stays_apart(invoke: Any, here: Path) -> None:
    Path("c3.json").write_text(encode(campaign("2/2", backend="sim")))
    result = invoke("merge", "c1.json", "c3.json")
    assert result.exit_code == 2
    assert "they were not played against the same: backend is lab here and sim there" in result.stderr


@pytest.mark.parametrize("command", ["merge", "nightly"])
def test_a_document_that_will_have_no_place_is_told_of_first(invoke: Any, here: Path, command: str) -> None:
    result = invoke(command, "c1.json", "--output", "nowhere/both.json")

    assert result.exit_code == 2
    assert "--output nowhere/both.json: there is no directory nowhere" in result.stderr
