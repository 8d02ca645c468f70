"""`tcpchaos report`, and `--html` on the commands that judge."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tcpchaos.report.document import encode
from tests.report.nights import found, night

RUN = ("run", "--backend", "sim", "-f", "client syn#1: drop")


@pytest.fixture
def document(invoke: Any, tmp_path: Path) -> Path:
    """A document that `run --json` printed."""
    path = tmp_path / "run.json"
    path.write_text(invoke(*RUN, "--json").stdout)
    return path


def test_the_document_is_drawn_as_the_run_was(invoke: Any, document: Path) -> None:
    run, report = invoke(*RUN), invoke("report", document)

    assert (report.exit_code, report.stdout) == (0, run.stdout)
    assert invoke("report", "-q", document).stdout.startswith("PASS")


def test_from_standard_input(process: Any, document: Path) -> None:
    done = process("report", "-q", "-", input=document.read_text())

    assert (done.returncode, done.stdout.startswith("PASS")) == (0, True)


def test_a_page_is_drawn_then_and_later_and_is_the_same(invoke: Any, document: Path, tmp_path: Path) -> None:
    then = invoke(*RUN, "--html", tmp_path / "then.html", "-q")
    later = invoke("report", document, "--html", tmp_path / "later.html")

    assert (then.exit_code, later.exit_code, later.stdout) == (0, 0, "")
    assert then.stdout.startswith("PASS")
    page = (tmp_path / "then.html").read_text()
    assert page == (tmp_path / "later.html").read_text()
    assert page.startswith("<!doctype html>")
    assert json.loads(document.read_text())["sentence"] in page
    assert sorted(path.name for path in tmp_path.iterdir()) == ["later.html", "run.json", "then.html"]


def test_a_capture_has_a_page(invoke: Any, tmp_path: Path) -> None:
    invoke(*RUN, "--pcapng", tmp_path / "run.pcapng", "-q")
    done = invoke("check", tmp_path / "run.pcapng", "--html", tmp_path / "check.html", "-q")

    assert done.exit_code == 0
    assert "both sides of the proxy" in (tmp_path / "check.html").read_text()


def test_replayed_cases_are_drawn_then_and_later(invoke: Any, tmp_path: Path) -> None:
    document = tmp_path / "replay.json"
    asked = ("replay", "--backend", "sim")
    document.write_text(invoke(*asked, "--json", "--html", tmp_path / "then.html").stdout)
    later = invoke("report", document, "--html", tmp_path / "later.html")
    told = invoke("report", document)

    assert (later.exit_code, told.exit_code) == (0, 0)
    assert told.stdout.startswith("tcpchaos replay  sim")
    assert (tmp_path / "then.html").read_text() == (tmp_path / "later.html").read_text()
    assert json.loads(document.read_text())["sentence"] in (tmp_path / "then.html").read_text()


def test_a_night_is_drawn_later(invoke: Any, tmp_path: Path) -> None:
    document = tmp_path / "night.json"
    document.write_text(encode(night(findings=(found(),))))
    told, drawn = invoke("report", document), invoke("report", document, "--html", tmp_path / "night.html")

    assert (told.exit_code, drawn.exit_code, drawn.stdout) == (0, 0, "")
    assert told.stdout.startswith("tcpchaos nightly  lab")
    assert "1 new bug" in (tmp_path / "night.html").read_text()


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "not a JSON document: "),
        ("{", "not a JSON document: "),
        ('{"tcpchaos": "run/99"}', "no document that this version of tcpchaos knows: Invalid value 'run/99'"),
        ('{"tcpchaos": "run/1"}', "no document that this version of tcpchaos knows: Object missing required field"),
        (
            '{"tcpchaos": "list/1", "workloads": [], "mutants": []}',
            "a list/1 document judges nothing; expected that",
        ),
    ],
)
def test_what_is_no_document_of_a_verdict_is_a_mistake(invoke: Any, tmp_path: Path, text: str, told: str) -> None:
    path = tmp_path / "run.json"
    path.write_text(text)

    result = invoke("report", path)

    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr.startswith(f"tcpchaos report: {path}: {told}")


def test_a_document_that_is_not_there(invoke: Any, tmp_path: Path) -> None:
    result = invoke("report", tmp_path / "nothing")

    assert result.stderr == f"tcpchaos report: {tmp_path}/nothing: No such file or directory\n"
    assert result.exit_code == 2


def test_where_no_page_can_be_it_is_said_before_anything_is_run(invoke: Any, tmp_path: Path) -> None:
    nowhere, folder = invoke("run", "--html", tmp_path / "no" / "page"), invoke("run", "--html", tmp_path)

    assert nowhere.stderr == f"tcpchaos run: --html {tmp_path}/no/page: there is no directory {tmp_path}/no\n"
    assert folder.stderr == f"tcpchaos run: --html {tmp_path}: expected a file, this is a directory\n"
    assert (nowhere.exit_code, nowhere.stdout, folder.exit_code) == (2, "", 2)


def test_a_reader_that_goes_away_does_not_take_the_page_along(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "tcpchaos", *RUN, "--html", str(tmp_path / "page.html")]
    reader, writer = os.pipe()
    os.close(reader)
    with open(writer, "wb") as nobody:
        subprocess.run(command, stdout=nobody, timeout=60, check=False)

    assert "</html>" in (tmp_path / "page.html").read_text()


def test_a_page_that_cannot_be_written_leaves_the_verdict(
    invoke: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "replace", full)
    monkeypatch.chdir(tmp_path)
    result = invoke(*RUN, "-q", "--html", "page.html")

    assert result.stdout.startswith("PASS")
    assert result.stderr == "tcpchaos run: --html page.html: No space left on device; nothing was written\n"
    assert list(tmp_path.iterdir()) == []


def test_a_page_for_which_there_is_no_room_leaves_nothing(invoke: Any, document: Path) -> None:
    result = invoke("report", document, "--html", "/dev/null/page")

    assert result.exit_code == 2
    assert "--html /dev/null/page: " in result.stderr
