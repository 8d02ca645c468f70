"""`tcpchaos nightly`, as it is typed: one night after the other."""

import json
import os
import re
import shlex
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import jsonschema
import pytest

from tcpchaos.corpus.case import Case, Violates
from tcpchaos.corpus.store import save
from tcpchaos.report.document import encode, schema
from tests.report.nights import found, night

README = Path(__file__).parents[2] / "README.md"
BROKEN = ("--backend", "sim", "--server", "sim:fin-without-ack")
SOUND = ("--backend", "sim")
LOST = ("client data#1: drop",)
STRATEGY = '''"""Lost data: few plans, which are soon all drawn."""
from tcpchaos import search as chaos
plans = chaos.plans(chaos.rules(chaos.selectors("client data#1"), chaos.actions("drop", "duplicate")), max_size=1)
'''


@pytest.fixture(autouse=True)
def _no_github(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("GITHUB_ACTIONS", raising=False)
    monkeypatch.delenv("GITHUB_STEP_SUMMARY", raising=False)


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "strategies").mkdir()
    (tmp_path / "strategies" / "lost.py").write_text(STRATEGY)
    save(Case(title="Lost", plan=LOST), tmp_path / "corpus" / "pack")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def nightly(invoke: Any, *arguments: object, code: int) -> Any:
    result = invoke("nightly", "lost", *arguments, "--json")
    assert result.exit_code == code, result.stderr
    document = json.loads(result.stdout)
    jsonschema.Draft202012Validator(schema("nightly")).validate(document)
    return document


def statuses(document: Any) -> set[tuple[str, str]]:
    return {(each["bug"]["rule"], each["status"]) for each in document["findings"]}


def test_one_night_after_the_other(invoke: Any, project: Path) -> None:
    files = ("--baseline", "last.json", "--output", "last.json", "--time", 1)
    first = nightly(invoke, *BROKEN, *files, "--junit", "out.xml", "--sarif", "out.sarif", "--html", "out.html", code=1)
    assert ("FL-03", "new") in statuses(first)
    assert (first["seed"], first["baseline"]) == (0, "")
    assert [(each["replayed"]["status"], each["worse"]) for each in first["cases"]] == [("failed", True)]
    assert first["cases"][0]["replayed"]["file"].startswith("corpus/pack/lost-")
    assert all(Path(file).exists() for file in first["saved"])
    assert int(ElementTree.parse("out.xml").getroot().get("failures", "")) >= 2
    assert json.loads(Path("out.sarif").read_text())["runs"][0]["results"]
    assert json.loads(Path("last.json").read_text()) == first
    assert first["sentence"] in Path("out.html").read_text()
    assert invoke("report", "last.json", "--html", "later.html").exit_code == 0
    assert Path("later.html").read_text() == Path("out.html").read_text()

    for file in first["saved"]:  # whoever has seen to it, takes them into the corpus, or away
        Path(file).unlink()
    second = nightly(invoke, *BROKEN, *files, code=0)
    assert ("FL-03", "still there") in statuses(second)
    assert not any(status == "new" for _, status in statuses(second))
    assert (second["seed"], second["baseline"], second["outcome"]) == (1, "last.json", "pass")
    assert [(each["before"], each["worse"]) for each in second["cases"]] == [("failed", False)]

    for file in second["saved"]:
        Path(file).unlink()
    third = nightly(invoke, *SOUND, *files, code=0)
    assert {status for _, status in statuses(third)} == {"fixed"}
    assert third["cases"][0]["replayed"]["status"] == "held"


def test_what_is_a_case_of_the_corpus_is_known(invoke: Any, project: Path) -> None:
    documented = Case(title="Known", plan=LOST, expect=Violates(rule="FL-03", blame="server"))
    save(documented, project / "corpus" / "found")
    document = nightly(invoke, *BROKEN, "--time", 1, code=1)  # the case of the pack still fails
    assert {each["replayed"]["status"] for each in document["cases"]} == {"failed", "reproduced"}
    assert ("FL-03", "known") in statuses(document)
    assert ("FL-03", "new") not in statuses(document)


def test_too_little_coverage_fails_the_night(invoke: Any, project: Path) -> None:
    document = nightly(invoke, *SOUND, "--time", 1, "--no-save", "--min-coverage", 100_000, code=1)
    cells = len(document["coverage"]["cells"])
    assert document["outcome"] == "pass"
    assert document["failures"] == [f"{cells} cells covered, and at least 100,000 were asked for."]


def test_a_night_as_text_and_for_github(invoke: Any, project: Path) -> None:
    result = invoke("nightly", "lost", *BROKEN, "--time", 1, "--no-save", "--github", "--quiet")
    assert (result.exit_code, result.stderr) == (1, "")
    lines = result.stdout.splitlines()
    assert lines[0].startswith("VIOLATION  Bugs: ")
    annotations = [line for line in lines if line.startswith("::error ")]
    assert any("title=failed%3A pack/lost-" in line for line in annotations)
    assert any("title=new%3A FL-03%2C server" in line for line in annotations)
    assert all(len(line) <= 80 for line in lines if line not in annotations)


def test_a_night_that_is_interrupted_keeps_what_it_found(project: Path) -> None:
    command = [sys.executable, "-m", "tcpchaos", "nightly", "lost", *SOUND, "--time", "600", "--json"]
    (project / "strategies" / "lost.py").write_text(STRATEGY.replace('"client data#1"', "").replace(", max_size=1", ""))
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr is not None
        for line in process.stderr:
            if "lost searches for" in line:
                os.kill(process.pid, signal.SIGINT)
                break
        assert process.stdout is not None
        document = json.loads(process.stdout.read())
    assert process.returncode == 130
    assert document["interrupted"]
    assert [each["replayed"]["status"] for each in document["cases"]] == ["held"]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--time", "soon"], "--time soon: expected how long, such as 90s, 20m or 2h"),
        (["--time", "0s"], "--time 0s: expected how long"),
        (["--shard", "4/3"], "--shard 4/3: there is no part 4 of 3"),
        (["--server", "s", "--expect", "x", "--backend", "sim"], "--backend sim has no kernel for programs"),
        (["--junit", "nowhere/x.xml"], "--junit nowhere/x.xml: there is no directory nowhere"),
        (["losst"], "no strategy is called losst; did you mean lost?"),
    ],
)
def test_mistakes_are_told(invoke: Any, project: Path, arguments: list[str], said: str) -> None:
    result = invoke("nightly", *arguments)
    assert (result.exit_code, result.stdout) == (2, "")
    assert said in result.stderr


def test_a_baseline_that_is_none_is_told(invoke: Any, project: Path) -> None:
    Path("last.json").write_text("{}")
    assert invoke("nightly", "--baseline", "last.json").exit_code == 2
    Path("last.json").write_text(encode(night(findings=(found(workload="gone"),))))
    result = invoke("nightly", "lost", *SOUND, "--baseline", "last.json")
    assert result.exit_code == 2
    assert "--baseline: a bug in it can't be replayed: $.workload: no workload is called gone" in result.stderr


def test_a_bug_of_the_last_night_is_replayed_without_its_file(invoke: Any, project: Path) -> None:
    Path("last.json").write_text(encode(night(findings=(found(rule="FL-03", plan=LOST, file=""),))))
    document = nightly(invoke, *SOUND, "--time", "1", "--no-save", "--baseline", "last.json", code=0)
    assert [(each["status"], each["bug"]["good"], each["bug"]["times"]) for each in document["findings"]] == [
        ("fixed", 0, 1)
    ]
    assert document["seed"] == 5


def from_readme(wanted: str) -> list[str]:
    """Return the lines of the README's section that call tcpchaos so, without what CI servers write before them."""
    section = README.read_text().partition("## Every night")[2].partition("\n## ")[0]
    lines = [line.strip().removeprefix("- ").removeprefix("run: ") for line in section.splitlines()]
    return [line for line in lines if line.startswith(f"tcpchaos {wanted}")]


def test_what_stands_in_the_readme_runs_as_it_stands_there_in_less_time(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lines = from_readme("nightly")
    assert len(lines) == 3  # by hand, on GitHub, on GitLab
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", "summary.md")
    for number, line in enumerate(lines):  # the first one between kernels
        shorter, times = re.subn(r"--time \S+", "--time 1s", line)
        assert times == 1
        command = [sys.executable, "-m", *shlex.split(shorter), *(SOUND if number else ())]
        ended = subprocess.run(command, capture_output=True, text=True, check=False)
        document = json.loads(Path("last.json").read_text())
        assert ended.returncode == bool(document["failures"]), ended.stderr
        assert ("::error" in ended.stdout) == bool(document["failures"])
        assert (document["seed"], len(document["cases"])) == (number, 1)
        assert "--baseline last.json" in document["command"] or number == 0
    assert Path("summary.md").read_text().count("## tcpchaos: ") == len(lines)
    assert ElementTree.parse("out.xml").getroot().tag == "testsuites"
    assert json.loads(Path("out.sarif").read_text())["version"] == "2.1.0"


def test_what_machines_found_is_joined_as_the_readme_says(invoke: Any, project: Path) -> None:
    [line] = from_readme("merge")
    for part in (1, 2, 3):
        shard = ("--shard", f"{part}/3", "--output", f"{part}.json", "--save", f"{part}/found")
        nightly(invoke, *BROKEN, "--time", 1, "--seed", 1, *shard, code=1)
        Path(f"{part}/found").mkdir(parents=True, exist_ok=True)
    result = invoke(*shlex.split(line)[1:])
    assert result.exit_code == 1
    document = json.loads(Path("last.json").read_text())
    assert document["shard"] == "1/1"
    saved = {path.name for part in (1, 2) for path in Path(f"{part}/found").iterdir()}
    assert {path.name for path in Path("corpus/found").iterdir()} == saved


def test_another_workload_is_searched_under_and_cases_keep_theirs(invoke: Any, project: Path) -> None:
    document = nightly(invoke, *BROKEN, "--workload", "handshake", "--time", 1, code=1)

    assert {each["bug"]["workload"] for each in document["findings"]} == {"handshake"}
    assert " --workload handshake " in document["command"]
    assert [each["replayed"]["case"]["workload"] for each in document["cases"]] == ["echo"]
    wrong = invoke("nightly", "lost", "-w", "ecko")
    assert (wrong.exit_code, wrong.stderr) == (
        2,
        "tcpchaos nightly: --workload: no workload is called ecko: did you mean echo?\n",
    )
