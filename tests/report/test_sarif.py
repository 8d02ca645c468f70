"""A night as SARIF, with the members that the standard and code scanning require."""

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from tcpchaos.report.sarif import BASE, FINGERPRINT, fingerprint, sarif
from tests.report.nights import bug, case, found, night

TEXT = {"type": "object", "required": ["text"], "properties": {"text": {"type": "string", "minLength": 1}}}
# What SARIF 2.1.0 requires of what is written here, and what code scanning wants beyond that.
REQUIRED = {
    "type": "object",
    "required": ["$schema", "version", "runs"],
    "properties": {
        "version": {"const": "2.1.0"},
        "runs": {
            "type": "array",
            "minItems": 1,
            "items": {
                "type": "object",
                "required": ["tool", "results"],
                "properties": {
                    "tool": {
                        "type": "object",
                        "required": ["driver"],
                        "properties": {
                            "driver": {
                                "type": "object",
                                "required": ["name", "rules"],
                                "properties": {
                                    "rules": {
                                        "type": "array",
                                        "items": {
                                            "type": "object",
                                            "required": ["id", "shortDescription", "help"],
                                            "properties": {"shortDescription": TEXT, "help": TEXT},
                                        },
                                    }
                                },
                            }
                        },
                    },
                    "columnKind": {"enum": ["utf16CodeUnits", "unicodeCodePoints"]},
                    "invocations": {"type": "array", "items": {"type": "object", "required": ["executionSuccessful"]}},
                    "results": {
                        "type": "array",
                        "items": {
                            "type": "object",
                            "required": ["ruleId", "ruleIndex", "message", "locations", "partialFingerprints"],
                            "properties": {
                                "message": TEXT,
                                "level": {"enum": ["none", "note", "warning", "error"]},
                                "baselineState": {"enum": ["new", "unchanged", "updated", "absent"]},
                                "partialFingerprints": {"additionalProperties": {"type": "string"}},
                                "locations": {
                                    "type": "array",
                                    "items": {
                                        "type": "object",
                                        "required": ["physicalLocation"],
                                        "properties": {
                                            "physicalLocation": {
                                                "type": "object",
                                                "required": ["artifactLocation", "region"],
                                            }
                                        },
                                    },
                                },
                            },
                        },
                    },
                },
            },
        },
    },
}


def run(**how: Any) -> Any:
    log = json.loads(sarif(night(**how)))
    jsonschema.Draft202012Validator(REQUIRED).validate(log)
    [only] = log["runs"]
    rules = only["tool"]["driver"]["rules"]
    for result in only["results"]:
        assert rules[result["ruleIndex"]]["id"] == result["ruleId"]
    return only


def test_a_bug_is_a_result_at_its_case() -> None:
    only = run(findings=(found(), found("still there", rule="RT-02"), found("fixed", rule="SA-01")))

    assert [each["id"] for each in only["tool"]["driver"]["rules"]] == ["SA-02", "RT-02"]
    assert [(each["level"], each["baselineState"]) for each in only["results"]] == [
        ("error", "new"),
        ("warning", "unchanged"),
    ]
    first = only["results"][0]
    assert first["message"]["text"].startswith(
        "Server broke SA-02 under `client data#1: drop`: expected 1; observed 2."
    )
    assert first["locations"][0]["physicalLocation"]["artifactLocation"] == {
        "uri": "corpus/found/x-0123abcd.json",
        "uriBaseId": BASE,
    }
    assert first["partialFingerprints"] == {FINGERPRINT: fingerprint(bug())}


def test_rules_say_where_they_stand() -> None:
    [rule] = run(findings=(found(),))["tool"]["driver"]["rules"]
    assert rule["helpUri"] == "https://www.rfc-editor.org/rfc/rfc9293"
    assert "tcpchaos rules SA-02" in rule["help"]["text"]


def test_a_bug_is_the_same_tomorrow_and_another_one_is_not() -> None:
    assert fingerprint(bug(good=3, file="", observed="x")) == fingerprint(bug())
    assert len({fingerprint(each) for each in (bug(), bug("SA-01"), bug(blame=None), bug(plan=()))}) == 4


def test_a_case_that_is_worse_is_a_result_too() -> None:
    only = run(cases=(case("failed", worse=True), case()))
    [result] = only["results"]
    assert result["ruleId"] == "corpus"
    assert result["message"]["text"].startswith("Title of pack/lost: failed, the server broke SA-02")


def test_files_below_here_are_relative_others_are_not_and_what_was_not_saved_has_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    inside, outside = str(tmp_path / "corpus" / "a b.json"), "/elsewhere/c.json"
    only = run(findings=(found(file=inside), found(file=outside, plan=()), found(file="", blame=None)))
    places = [each["locations"] for each in only["results"]]
    assert places[0][0]["physicalLocation"]["artifactLocation"] == {"uri": "corpus/a%20b.json", "uriBaseId": BASE}
    assert places[1][0]["physicalLocation"]["artifactLocation"] == {"uri": "file:///elsewhere/c.json"}
    assert places[2] == []


def test_a_quiet_night_is_a_run_without_results() -> None:
    only = run()
    assert (only["results"], only["invocations"][0]["executionSuccessful"]) == ([], True)
