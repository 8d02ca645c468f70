"""`tcpchaos ctl`: what is asked, and what is said where nothing can be."""

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from tcpchaos.cli import ctl, remote
from tcpchaos.cli.remote import Ask, Replace, Request, Stop
from tcpchaos.report.document import InForce, Status, schema


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[Request]:
    """What a watch was asked, which answers that all is well."""
    requests: list[Request] = []
    standing = Status(
        flows="port 80",
        at_us=7_400_000,
        segments=1200,
        connections=12,
        open=1,
        plan=(InForce(rule="client syn#1: drop", fired=12),),
        losses={"frames that overran the proxy": 3},
    )

    def ask(path: str, request: Request) -> Status:
        requests.append(request)
        return standing if "oops" not in str(request) else Status(error="plan, line 1: oops")

    monkeypatch.setattr(remote, "ask", ask)
    return requests


def test_what_is_asked(invoke: Any, asked: list[Request], tmp_path: Path) -> None:
    (tmp_path / "plan").write_text("client syn: drop\n")

    status = invoke("ctl", "there", "status")
    invoke("ctl", "there", "plan", tmp_path / "plan")
    invoke("ctl", "there", "stop")

    assert asked == [Ask(), Replace(text="client syn: drop\n", name=str(tmp_path / "plan")), Stop()]
    assert (status.exit_code, status.stdout.splitlines()) == (
        0,
        [
            "flows        port 80, for 7 s",
            "seen         1,200 segments, 12 connections, 1 of them open",
            "found        0 violations",
            "plan         client syn#1: drop (fired 12 times)",
            "lost         3 frames that overran the proxy",
        ],
    )


def test_the_answer_is_a_document(invoke: Any, asked: list[Request]) -> None:
    document = json.loads(invoke("ctl", "there", "status", "--json").stdout)

    jsonschema.Draft202012Validator(schema("status")).validate(document)
    assert (document["tcpchaos"], document["segments"]) == ("status/1", 1200)


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["there", "plan"], "plan: FILE is missing"),
        (["there", "status", "file"], "status takes no FILE: leave file out"),
        (["there", "dance"], "'dance' is not one of"),
        (["there"], "missing argument"),
        (["there", "plan", "/nowhere/plan"], "/nowhere/plan: No such file or directory"),
        (["/nowhere/socket", "status"], "is a bridge running with --control /nowhere/socket?"),
    ],
)
def test_mistakes(invoke: Any, arguments: list[str], told: str) -> None:
    result = invoke("ctl", *arguments)
    assert result.exit_code == 2
    assert told in result.stderr


def test_what_is_answered_with_an_error_is_a_mistake(
    invoke: Any, asked: list[Request], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "plan").write_text("oops")
    result = invoke("ctl", "there", "plan", tmp_path / "plan")
    assert (result.exit_code, result.stderr) == (2, "tcpchaos ctl: plan, line 1: oops\n")
    assert ctl.command.name == "ctl"
