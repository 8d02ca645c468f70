"""What a machine asks of a night besides JSON."""

import json
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import click
import pytest
from click.testing import CliRunner, Result

from tcpchaos.cli.duties import duty_options, tell_github, write_files
from tests.report.nights import found, night

BAD = night(findings=(found(),))


@click.command("act")
@duty_options
def act(junit: Path | None, sarif: Path | None, github: bool | None, least: int) -> None:
    """Do what nights do at their end."""
    write_files(BAD, junit=junit, sarif=sarif)
    tell_github(BAD, wanted=github, to_stderr=False)
    click.echo(f"{least} cells")


@pytest.fixture(autouse=True)
def _elsewhere(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("GITHUB_ACTIONS", raising=False)
    monkeypatch.delenv("GITHUB_STEP_SUMMARY", raising=False)


def call(*arguments: object) -> Result:
    return CliRunner().invoke(act, [str(each) for each in arguments])


def test_files_are_written_whole(tmp_path: Path) -> None:
    result = call("--junit", tmp_path / "a.xml", "--sarif", tmp_path / "b.sarif", "--min-coverage", 7)

    assert result.stdout == "7 cells\n"
    assert ElementTree.parse(tmp_path / "a.xml").getroot().tag == "testsuites"
    assert json.loads((tmp_path / "b.sarif").read_text())["version"] == "2.1.0"
    assert sorted(each.name for each in tmp_path.iterdir()) == ["a.xml", "b.sarif"]


def test_a_file_without_a_place_is_a_mistake_before_anything_begins(tmp_path: Path) -> None:
    result = call("--sarif", tmp_path / "none" / "x.sarif")
    assert result.exit_code == 2
    assert f"there is no directory {tmp_path / 'none'}" in result.output


def test_a_file_that_cannot_be_written_does_not_hide_the_verdict(tmp_path: Path) -> None:
    result = call("--junit", "/proc/x.xml", "--sarif", tmp_path / "b.sarif")
    assert result.exit_code == 0
    assert "--junit /proc/x.xml" in result.stderr
    assert (tmp_path / "b.sarif").exists()


@pytest.mark.parametrize(
    ("environment", "option", "annotated"),
    [
        ({}, [], False),
        ({"GITHUB_ACTIONS": "true"}, [], True),
        ({}, ["--github"], True),
        ({"GITHUB_ACTIONS": "true"}, ["--no-github"], False),
    ],
)
def test_github_is_told_where_it_listens(
    environment: dict[str, str], option: list[str], annotated: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    assert ("::error file=" in call(*option).stdout) == annotated


def test_the_summary_is_added_to_what_others_wrote(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "summary.md"
    file.write_text("before\n")
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(file))
    call()
    assert file.read_text().startswith("before\n## tcpchaos: pass\n")
    assert "| SA-02 | server | new |" in file.read_text()


def test_a_summary_that_has_no_place_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(tmp_path))
    result: Any = call()
    assert f"GITHUB_STEP_SUMMARY {tmp_path}: Is a directory" in result.stderr
