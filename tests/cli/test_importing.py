"""`tcpchaos import`."""

from pathlib import Path
from typing import Any

import pytest

from tcpchaos.corpus.case import Case
from tcpchaos.corpus.store import read, read_all


@pytest.fixture
def capture(invoke: Any, tmp_path: Path) -> Path:
    """A capture that tcpchaos wrote of a run with a fault."""
    path = tmp_path / "run.pcapng"
    assert invoke("run", "--backend", "sim", "-q", "--pcapng", path, "-f", "client data#1: drop").exit_code == 0
    return path


def test_a_case_is_written_into_the_corpus_of_the_project(invoke: Any, capture: Path, tmp_path: Path) -> None:
    (tmp_path / "corpus").mkdir()

    result = invoke("import", capture, "--project", tmp_path, "--title", "A lost segment")

    ((path, case),) = read_all(tmp_path / "corpus")
    assert result.exit_code == 0
    assert result.stdout == f"{path}\n  client data#1: drop\n"
    assert result.stderr == "tcpchaos import: the workload is a guess: echo; --workload says another\n"
    assert (case.title, case.plan, case.workload) == ("A lost segment", ("client data#1: drop",), "echo")
    assert case.provenance.source == "capture run.pcapng, connection 1"


def test_without_a_project_it_is_written_where_one_says(invoke: Any, capture: Path, tmp_path: Path) -> None:
    result = invoke("import", capture, "--into", tmp_path / "here", "-w", "bulk-up")

    path = Path(result.stdout.splitlines()[0])
    assert path.parent == tmp_path / "here"
    assert read(path) == Case(
        title="As captured in run.pcapng",
        workload="bulk-up",
        plan=("client data#1: drop",),
        provenance=read(path).provenance,
    )
    assert result.stderr == ""


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["/nowhere.pcap"], "/nowhere.pcap: No such file or directory"),
        (["{capture}", "--connection", "7"], "there is no connection 7 in what was kept of it; there are 1"),
        (["{capture}", "-w", "eco"], "--workload: no workload is called eco: did you mean echo?"),
        (["{capture}", "--title", "two\nlines"], "$.title: a title is one line"),
        (["{capture}", "--into", "{capture}"], "is a file"),
    ],
)
def test_mistakes_are_told(invoke: Any, capture: Path, arguments: list[str], told: str) -> None:
    result = invoke("import", *(each.format(capture=capture) for each in arguments))

    assert (result.exit_code, result.stdout) == (2, "")
    assert told in result.stderr


def test_a_capture_without_faults_is_none_to_import(invoke: Any, tmp_path: Path) -> None:
    invoke("run", "--backend", "sim", "-q", "--pcapng", tmp_path / "run.pcapng")

    result = invoke("import", tmp_path / "run.pcapng", "--into", tmp_path)

    assert result.exit_code == 2
    assert "run.pcapng: nothing in it looks like a fault that a plan could make" in result.stderr
