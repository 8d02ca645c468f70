"""The JSON documents: what every command that prints `--json` promises to the programs that read it.

Each kind is one strict struct in a module of its own, so that encoder, decoder and published schema can't drift apart.
The terminal and the pages are drawn from the same documents: whatever a person sees, a program gets.
"""

from typing import Any, Final

import msgspec

from tcpchaos.corpus.case import Case
from tcpchaos.report.document.bench import Bar, Bench, Beside, Figure, Machine
from tcpchaos.report.document.check import Check, Packets
from tcpchaos.report.document.doctor import Doctor, Probe
from tcpchaos.report.document.fuzz import Bug, BugStatus, Cell, Covered, Drawn, Fuzz, Matrix, MatrixCell
from tcpchaos.report.document.listing import Broken, Filed, Listing, Named
from tcpchaos.report.document.nightly import Nightly, NightlyBug, NightlyCase, Turns
from tcpchaos.report.document.parts import End, Endpoint, Faults, Found, Link, Outcome, Position, Seen, Seens, Tier
from tcpchaos.report.document.replay import Replay, Replayed
from tcpchaos.report.document.rules import Label, RuleEntry, Rules
from tcpchaos.report.document.run import Application, Fault, Lack, Planned, Run, Talk
from tcpchaos.report.document.status import InForce, Status

__all__ = [
    "KINDS",
    "Application",
    "Bar",
    "Bench",
    "Beside",
    "Broken",
    "Bug",
    "BugStatus",
    "Cell",
    "Check",
    "Covered",
    "Doctor",
    "Document",
    "Drawn",
    "End",
    "Endpoint",
    "Fault",
    "Faults",
    "Figure",
    "Filed",
    "Found",
    "Fuzz",
    "InForce",
    "Judged",
    "Label",
    "Lack",
    "Link",
    "Listing",
    "Machine",
    "Matrix",
    "MatrixCell",
    "Named",
    "Nightly",
    "NightlyBug",
    "NightlyCase",
    "Outcome",
    "Packets",
    "Planned",
    "Position",
    "Probe",
    "Replay",
    "Replayed",
    "RuleEntry",
    "Rules",
    "Run",
    "Seen",
    "Seens",
    "Status",
    "Talk",
    "Tier",
    "Turns",
    "decode",
    "encode",
    "schema",
]

# What judges something, and can be drawn.
Judged = Run | Replay | Fuzz | Nightly | Check
Document = Judged | Rules | Listing | Doctor | Bench | Status

# Whatever has a published schema: what is printed, and the files that people write.
KINDS: Final[dict[str, type[Document | Case]]] = {
    "run": Run,
    "replay": Replay,
    "fuzz": Fuzz,
    "nightly": Nightly,
    "check": Check,
    "rules": Rules,
    "list": Listing,
    "doctor": Doctor,
    "bench": Bench,
    "status": Status,
    "case": Case,
}


def encode(document: Document) -> str:
    """Return the document as indented JSON that ends with a newline."""
    return msgspec.json.format(msgspec.json.encode(document), indent=2).decode() + "\n"


def decode(text: str | bytes) -> Document:
    """Return the document that a JSON text holds; raises msgspec.DecodeError, which says where it is wrong."""
    document: Document = msgspec.json.decode(text, type=Document)
    return document


def schema(kind: str) -> dict[str, Any]:
    """Return the JSON schema (draft 2020-12) of one kind of document; raises KeyError for an unknown kind."""
    described = msgspec.json.schema(KINDS[kind])
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": f"tcpchaos {KINDS[kind].__struct_config__.tag}",
        **described,
    }
