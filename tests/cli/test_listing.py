"""`tcpchaos list`."""

import json
from typing import Any

import jsonschema

from tcpchaos.report.document import schema


def test_workloads_are_named_with_what_they_do(invoke: Any) -> None:
    result = invoke("list")

    assert result.exit_code == 0
    assert result.stdout.splitlines()[0].startswith("echo ")


def test_the_document_fits_its_schema(invoke: Any) -> None:
    document = json.loads(invoke("list", "--json").stdout)

    jsonschema.validate(document, schema("list"))
    assert "echo" in [each["name"] for each in document["workloads"]]


def test_mutants_are_named_with_the_command_that_shows_them(invoke: Any) -> None:
    result = invoke("list", "mutants")

    assert result.exit_code == 0
    assert "    tcpchaos run --backend sim -w echo --server sim:" in result.stdout


def test_there_is_nothing_else_to_list(invoke: Any) -> None:
    assert invoke("list", "mutant").exit_code == 2
