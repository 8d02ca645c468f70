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
