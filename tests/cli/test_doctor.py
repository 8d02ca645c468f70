"""`tcpchaos doctor`."""

import json
from typing import Any

import jsonschema
import pytest

from tcpchaos.cli import probes
from tcpchaos.report.document import Doctor, Probe, schema


@pytest.fixture(params=[True, False])
def machine(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> bool:
    """A machine on which the lab works, and one on which it doesn't."""
    works = bool(request.param)
    probe = Probe(name="the lab", ok=works, needed=True, found="tried", remedy="run as root")
    monkeypatch.setattr(
        probes, "examine", lambda: Doctor(ok=works, version="0.1.0", kernel="linux 6.18", probes=(probe,))
    )
    return works


def test_the_exit_code_tells_whether_it_works(invoke: Any, machine: bool) -> None:
    result = invoke("doctor")

    assert result.exit_code == (0 if machine else 3)
    assert ("run as root" in result.stdout) is not machine


def test_the_document_fits_its_schema(invoke: Any, machine: bool) -> None:
    document = json.loads(invoke("doctor", "--json").stdout)

    jsonschema.validate(document, schema("doctor"))
    assert document["ok"] is machine
