"""`tcpchaos schema`: what every command prints with --json fits what it publishes."""

import json
from pathlib import Path
from typing import Any

import click
import jsonschema
import pytest

from tcpchaos.cli import cli
from tcpchaos.corpus.case import Case
from tcpchaos.corpus.store import save
from tcpchaos.report.document import KINDS, encode
from tests.report.nights import night

CAPTURE = Path(__file__).parent.parent / "backends/capture/data/loopback.pcap"
# How each command is asked for a document that is quickly there, in a project of one case.
ASKED = {
    "run": ("--backend", "sim"),
    "check": (CAPTURE,),
    "replay": ("--backend", "sim"),
    "fuzz": ("handshake", "--backend", "sim", "--cases", "1", "--no-save"),
    "nightly": ("handshake", "--backend", "sim", "--time", "1", "--no-save"),
    "merge": ("last.json",),
    "rules": (),
    "list": (),
    "doctor": (),
    "bench": ("--offline", CAPTURE, "--rounds", "1"),
}
ELSEWHERE = {
    *("attach", "bridge"),  # change networks, of which their own tests take care, and validate there
    "ctl",  # asks a bridge: validated in its own tests, and in the bridge's
}


def test_every_command_that_prints_json_is_asked_for_it() -> None:
    context = click.Context(cli)
    commands = {name: cli.get_command(context, name) for name in cli.list_commands(context)}
    printing = {name for name, each in commands.items() if each and any("--json" in one.opts for one in each.params)}

    assert printing == {*ASKED, *ELSEWHERE}


@pytest.mark.parametrize("name", ASKED)
def test_what_a_command_prints_fits_the_published_schema(
    invoke: Any, name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    save(Case(title="Lost", plan=("client data#1: drop",)), tmp_path / "corpus")
    (tmp_path / "last.json").write_text(encode(night()))
    monkeypatch.chdir(tmp_path)
    document = json.loads(invoke(name, *ASKED[name], "--json").stdout)

    published = json.loads(invoke("schema", document["tcpchaos"]).stdout)
    jsonschema.Draft202012Validator(published).validate(document)


def test_every_kind_is_named(invoke: Any) -> None:
    lines = invoke("schema").stdout.splitlines()

    assert [line.split()[:2] for line in lines] == [[kind, f"{kind}/1"] for kind in KINDS]


def test_a_schema_is_printed(invoke: Any) -> None:
    described = json.loads(invoke("schema", "run").stdout)

    jsonschema.Draft202012Validator.check_schema(described)
    assert described["title"] == "tcpchaos run/1"
    assert invoke("schema", "run/1").exit_code == 0


def test_an_unknown_kind_gets_a_suggestion(invoke: Any) -> None:
    result = invoke("schema", "runn")

    assert (result.exit_code, result.stderr) == (
        2,
        "tcpchaos schema: no document is called runn; did you mean run?\n",
    )
