"""`tcpchaos schema`."""

import json
from typing import Any

import jsonschema

from tcpchaos.report.document import KINDS


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
