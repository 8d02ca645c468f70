"""What came of cases as a document."""

import json
from collections import Counter

import jsonschema
import pytest

from tcpchaos.corpus.case import Case, Violates
from tcpchaos.corpus.replay import Kept, Replay, Target, replay
from tcpchaos.report.document import decode, encode, schema
from tcpchaos.report.replayed import outcome, replayed, telling
from tcpchaos.run import run
from tcpchaos.workloads import Commands

KEPT = Kept(name="pack/x", case=Case(title="A lost SYN", plan=("client syn#1: drop",)))


async def test_a_replay_fits_its_schema_and_comes_back() -> None:
    broken = Target(backend="sim", endpoints=("", "sim:acks-one-too-many"))
    wrong = Kept(name="pack/y", case=Case(title="x", expect=Violates(rule="SA-02", blame="server")))
    replays = [await replay(KEPT, broken, run), await replay(wrong, broken, run)]

    document = replayed(replays, broken, took_us=5)

    jsonschema.Draft202012Validator(schema("replay")).validate(json.loads(encode(document)))
    assert decode(encode(document)) == document
    assert [(each.name, each.status, each.faults) for each in document.cases] == [
        ("pack/x", "failed", "survivable"),
        ("pack/y", "reproduced", "none"),
    ]
    assert {finding.rule for finding in document.cases[1].findings} >= {"SA-02"}
    assert document.cases[0].case == KEPT.case
    assert document.stacks == ("sim", "sim:acks-one-too-many")
    assert document.sentence == "1 of 2 cases as expected; 1 reproduced; 1 failed."
    run_document = telling(replays[0])
    assert run_document is not None
    assert run_document.outcome == "violation"


def test_what_was_never_played_has_no_stacks_and_nothing_to_draw() -> None:
    skipped = Replay(kept=KEPT, status="not applicable", reason="it needs both endpoints")
    target = Target(play=Commands(server="s", client="c"))

    document = replayed([skipped], target, took_us=0, interrupted=True)

    assert (document.outcome, document.stacks, document.played) == ("undetermined", None, "c to s")
    assert document.sentence == "Interrupted; 0 of 1 case as expected; 1 not applicable."
    assert telling(skipped) is None


@pytest.mark.parametrize(
    ("counts", "expected"),
    [
        ({"held": 3, "reproduced": 1, "known": 1, "not applicable": 9}, "pass"),
        ({"held": 3, "failed": 1, "broken": 1}, "violation"),
        ({"held": 3, "fixed": 1}, "violation"),
        ({"held": 3, "flaky": 1}, "violation"),
        ({"held": 3, "broken": 1, "undetermined": 1}, "broken"),
        ({"held": 3, "undetermined": 1}, "undetermined"),
        ({"not applicable": 1}, "undetermined"),
        ({}, "undetermined"),
    ],
)
def test_the_outcome_follows_from_the_worst(counts: dict[str, int], expected: str) -> None:
    assert outcome(Counter(counts)) == expected
