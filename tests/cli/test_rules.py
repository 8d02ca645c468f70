"""`tcpchaos rules`."""

import json
import re
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import jsonschema
import pytest

from tcpchaos.report.document import schema
from tcpchaos.rfc.states import State


def test_the_law_is_printed(invoke: Any) -> None:
    result = invoke("rules")

    assert result.exit_code == 0
    assert "No octet is acknowledged that was never delivered." in result.stdout
    assert max(map(len, result.stdout.splitlines())) <= 80


def test_the_document_fits_its_schema(invoke: Any) -> None:
    document = json.loads(invoke("rules", "--json").stdout)

    jsonschema.validate(document, schema("rules"))
    assert len(document["rules"]) >= 110
    assert len(document["labels"]) == 119


def test_what_is_named_is_printed_alone(invoke: Any) -> None:
    result = invoke("rules", "SA-02", "must-12")

    assert result.stdout == (
        "SA-02  must    hard    what is sent                RFC 9293, 3.4\n"
        "       No octet is acknowledged that was never delivered.\n"
        "1 rule: 1 hard\n"
        "\n"
        "The requirements that RFC 9293 labels, and who can see that one is broken\n"
        "\n"
        "MUST-12  3.6        the application learns whether its peer closed or reset\n"
        "                    judged by RS-13, RS-16, RS-41, TD-10, TD-41\n"
        "1 requirement: 1 judged\n"
    )


def test_rules_of_one_kind_and_tier(invoke: Any) -> None:
    document = json.loads(invoke("rules", "--kind", "told", "--tier", "soft", "--json").stdout)

    jsonschema.validate(document, schema("rules"))
    assert {(rule["kind"], rule["tier"]) for rule in document["rules"]} == {("told", "soft")}
    assert document["labels"] == []


def test_a_mistake_gets_a_suggestion(invoke: Any) -> None:
    result = invoke("rules", "SA-02", "WF-0")

    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr == "tcpchaos rules: no rule and no label is called WF-0; did you mean WF-09?\n"


def test_no_color_is_heeded(invoke: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    colour = re.compile(r"\x1b\[[\d;]*3[1-6]")
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("TERM", "xterm-256color")
    assert colour.search(invoke("rules", "SA-02", "MUST-12").stdout)

    monkeypatch.setenv("NO_COLOR", "1")
    assert not colour.search(invoke("rules", "SA-02", "MUST-12").stdout)


def test_the_states_are_drawn_as_text(invoke: Any) -> None:
    result = invoke("rules", "--diagram")

    assert result.exit_code == 0
    assert "│ SYN-RECEIVED │◀───" in result.stdout
    assert "  to LISTEN or CLOSED from SYN-RECEIVED" in result.stdout


def test_the_states_are_drawn_as_a_picture(invoke: Any, tmp_path: Path) -> None:
    result = invoke("rules", "--diagram", tmp_path / "states.svg")

    assert (result.exit_code, result.stdout) == (0, "")
    names = {each.text for each in ElementTree.parse(tmp_path / "states.svg").iter("{http://www.w3.org/2000/svg}text")}
    assert {str(state) for state in State} <= names


def test_a_picture_is_an_svg_file(invoke: Any, tmp_path: Path) -> None:
    result = invoke("rules", "--diagram", "SA-02")
    nowhere = invoke("rules", "--diagram", tmp_path / "no" / "states.svg")

    expected = "expected a file whose name ends in .svg, or no file for text"
    assert (result.exit_code, result.stderr) == (2, f"tcpchaos rules: --diagram SA-02: {expected}\n")
    assert (nowhere.exit_code, nowhere.stderr) == (
        2,
        f"tcpchaos rules: --diagram {tmp_path}/no/states.svg: there is no directory {tmp_path}/no\n",
    )
