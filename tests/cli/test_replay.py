"""`tcpchaos replay`: what can be named, what is printed, and which exit code says what."""

import json
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from tcpchaos.corpus.case import Case, Violates
from tcpchaos.corpus.store import save
from tcpchaos.report.document import schema

MUTANT = "sim:scales-unasked"


@pytest.fixture
def corpus(tmp_path: Path) -> Path:
    """A project with a case that holds and one that tells of a broken endpoint."""
    save(Case(title="Lost", plan=("client data#1: drop",)), tmp_path / "corpus" / "pack")
    unasked = Violates(rule="HS-20", blame="server")
    save(Case(title="Found", plan=("client syn: remove wscale",), expect=unasked), tmp_path / "corpus")
    return tmp_path


def test_cases_that_are_as_they_expect(invoke: Any, corpus: Path) -> None:
    held = invoke("replay", "--backend", "sim", "--project", corpus, "pack")
    reproduced = invoke("replay", "--backend", "sim", "--server", MUTANT, "--project", corpus, "found", "--times", 3)

    assert (held.exit_code, reproduced.exit_code) == (0, 0)
    assert "  held            Lost\n" in held.stdout
    assert "tcpchaos run  echo, sim" in held.stdout  # the one case is drawn
    assert "  reproduced      Found\n" in reproduced.stdout


def test_cases_that_are_not(invoke: Any, corpus: Path) -> None:
    result = invoke("replay", "--backend", "sim", "--project", corpus)

    assert result.exit_code == 1
    assert "  fixed           Found\n" in result.stdout
    assert "see: tcpchaos replay -v found\n" in result.stdout
    assert "tcpchaos run" not in result.stdout
    assert "NOT AS EXPECTED  1 of 2 cases as expected; 1 held; 1 fixed.\n" in result.stdout
    assert "tcpchaos run  echo, sim" in invoke("replay", "--backend", "sim", "--project", corpus, "-v").stdout


def test_progress_is_told_on_stderr_unless_one_wants_quiet(invoke: Any, corpus: Path) -> None:
    told = invoke("replay", "--backend", "sim", "--project", corpus).stderr.splitlines()

    assert sorted(line.partition(": ")[2] for line in told) == ["fixed: Found", "held: Lost"]
    assert invoke("replay", "--backend", "sim", "--project", corpus, "-q").stderr == ""


def test_the_document_fits_its_schema(invoke: Any, corpus: Path) -> None:
    result = invoke("replay", "--backend", "sim", "--project", corpus, "--json")
    document = json.loads(result.stdout)

    jsonschema.validate(document, schema("replay"))
    assert result.exit_code == 1
    assert document["outcome"] == "violation"
    assert [(case["name"].rpartition("-")[0], case["status"]) for case in document["cases"]] == [
        ("found", "fixed"),
        ("pack/lost", "held"),
    ]


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["pakc"], "no case or folder is called pakc; did you mean pack?"),
        (["--server", "x"], "--client CMD is missing"),
        (["--server", "sim:#"], "--server sim:#: no broken endpoint is called #"),
        (["--server", "sim", "--client", "true"], "a simulated endpoint plays workloads"),
        (["--backend", "sim", "--server", "x", "--client", "y"], "--backend sim has no kernel for programs"),
    ],
)
def test_mistakes_are_told_with_what_to_write_instead(
    invoke: Any, corpus: Path, arguments: list[str], told: str
) -> None:
    result = invoke("replay", "--project", corpus, *arguments)

    assert (result.exit_code, result.stdout) == (2, "")
    assert told in result.stderr


def test_a_file_that_is_no_case_is_told_with_the_way_to_the_fault(invoke: Any, corpus: Path) -> None:
    (corpus / "wrong.json").write_text('{"tcpchaos": "case/1", "title": "x", "plan": ["client sny: drop"]}')

    result = invoke("replay", corpus / "wrong.json")

    assert result.exit_code == 2
    assert f"{corpus}/wrong.json: $.plan[0]: column 8: sny is not a kind of segment; did you mean syn?" in result.stderr


def test_where_nothing_can_be_played_nothing_was_tried(invoke: Any, corpus: Path) -> None:
    save(Case(title="Needs a kernel", sysctls={"net.ipv4.tcp_sack": "0"}), corpus / "kernel")

    result = invoke("replay", "--backend", "sim", corpus / "kernel")

    assert result.exit_code == 2
    assert "  not applicable  Needs a kernel\n                  its sysctls need a kernel\n" in result.stdout


@pytest.mark.usefixtures("lab_or_skip")
def test_whoever_is_interrupted_keeps_what_was_done(tmp_path: Path) -> None:
    save(Case(title="a", plan=("client data#1: drop",)), tmp_path)
    save(Case(title="b", plan=("client syn#1-: drop",)), tmp_path)
    command = [sys.executable, "-m", "tcpchaos", "replay", str(tmp_path), "--backend", "lab", "--json"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as replaying:
        assert replaying.stderr is not None
        assert replaying.stderr.readline() == "1 of 2 cases: held: a\n"
        replaying.send_signal(signal.SIGINT)
        out, _ = replaying.communicate(timeout=30)

    document = json.loads(out)
    assert (replaying.returncode, document["interrupted"]) == (130, True)
    assert document["cases"][0]["status"] == "held"
