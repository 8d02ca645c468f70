"""`tcpchaos rules`."""

import json
from typing import Any

import jsonschema

from tcpchaos.report.document import schema


def test_the_law_is_printed(invoke: Any) -> None:
    result = invoke("rules")

    assert result.exit_code == 0
    assert "No octet is acknowledged that was never delivered." in result.stdout
    assert max(map(len, result.stdout.splitlines())) <= 80


def test_the_document_fits_its_schema(invoke: Any) -> None:
    document = json.loads(invoke("rules", "--json").stdout)

    jsonschema.validate(document, schema("rules"))
    assert len(document["rules"]) >= 30
