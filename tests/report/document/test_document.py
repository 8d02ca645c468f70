"""The documents: strict, in the order of their schemas, and what their schemas say."""

import json
from typing import Any

import jsonschema
import msgspec
import pytest

from tcpchaos.report.document import (
    KINDS,
    Broken,
    Doctor,
    Document,
    Label,
    Listing,
    Named,
    Probe,
    RuleEntry,
    Rules,
    decode,
    encode,
    schema,
)

SMALL: tuple[Document, ...] = (
    Listing(
        workloads=(Named(name="echo", sentence="The server sends back what it hears."),),
        mutants=(Broken(name="deaf", fault="It hears not.", rule="SA-01", plan="", workload="echo", side="client"),),
    ),
    Rules(
        rules=(
            RuleEntry(
                id="OP-26",
                kind="sent",
                level="MUST",
                tier="hard",
                rfc="RFC 9293, 3.1",
                labels=("MUST-2",),
                vantage="both",
                sentence="...",
                excuses=None,
            ),
        ),
        labels=(
            Label(label="MUST-2", section="3.1", subject="checksums", sight="judged", judged_by=("OP-26",), why=None),
        ),
    ),
    Doctor(
        ok=True,
        version="0.1.0",
        kernel="linux 6.18",
        probes=(Probe(name="kernel", ok=True, needed=True, found="Linux", remedy=None),),
    ),
)


def valid(document: Document) -> None:
    found = json.loads(encode(document))
    kind = found["tcpchaos"].partition("/")[0]
    jsonschema.Draft202012Validator(schema(kind)).validate(found)


@pytest.mark.parametrize("document", SMALL)
def test_small_documents_fit_their_schemas_and_come_back(document: Document) -> None:
    valid(document)
    assert decode(encode(document)) == document


def test_a_run_fits_its_schema_and_comes_back(handshake: Any) -> None:
    handshake.sent("client", "P. 1:6(5) ack 1 win 502", "drop")
    run = handshake.run(handshake.found(5), rules=(("client data#1: drop", 1),))

    valid(run)
    assert decode(encode(run)) == run


@pytest.mark.parametrize("kind", KINDS)
def test_every_schema_is_a_schema_that_names_its_kind(kind: str) -> None:
    described = schema(kind)

    jsonschema.Draft202012Validator.check_schema(described)
    assert described["title"] == f"tcpchaos {kind}/1"


def test_kind_and_version_come_first_and_what_matters_most_next(handshake: Any) -> None:
    keys = list(json.loads(encode(handshake.run())))

    assert keys[:5] == ["tcpchaos", "outcome", "faults", "findings", "sentence"]


def test_a_finding_has_what_the_design_promises(handshake: Any) -> None:
    (finding,) = json.loads(encode(handshake.run(handshake.found(5))))["findings"]

    assert {"rule", "level", "rfc", "blame", "known", "frame", "at_us", "states", "expected", "observed"} <= set(
        finding
    )
    assert finding["blame"] == "client"


def test_unknown_keys_are_errors(handshake: Any) -> None:
    found = json.loads(encode(handshake.run()))
    found["more"] = 1

    with pytest.raises(msgspec.ValidationError, match="unknown field `more`"):
        decode(json.dumps(found))
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(found, schema("run"))


def test_another_version_is_an_error() -> None:
    with pytest.raises(msgspec.ValidationError, match="list/2"):
        decode('{"tcpchaos": "list/2", "workloads": []}')


def test_a_document_ends_with_a_newline_and_is_indented(handshake: Any) -> None:
    text = encode(handshake.run())

    assert text.startswith('{\n  "tcpchaos": "run/1",\n')
    assert text.endswith("}\n")
