"""The book of rules: each has its own id, a sentence and a reference, and a transcript that breaks it."""

import re
from importlib import import_module

from tcpchaos.rfc import LAW

GROUPS = (
    "application",
    "congestion",
    "endings",
    "figures",
    "flags",
    "handshake",
    "numbers",
    "options",
    "owed_answers",
    "owed_timers",
    "repeats",
    "resets",
    "sacks",
    "stamps",
    "states",
    "windows",
)


def test_every_rule_has_a_transcript_that_breaks_it() -> None:
    cases = [case for group in GROUPS for case in import_module(f"tests.rfc.rules.test_{group}").CASES]
    assert {rule.id for rule in LAW if rule.kind != "run"} == {case[0] for case in cases}


def test_ids_are_unique_and_ordered() -> None:
    ids = [rule.id for rule in LAW]
    assert ids == sorted(set(ids))
    assert all(re.fullmatch(r"[A-Z]{2}-\d\d", rule_id) for rule_id in ids)


def test_every_rule_says_its_sentence_and_where_it_stands() -> None:
    for rule in LAW:
        assert rule.sentence.endswith("."), rule.id
        # What a program or a kernel may not do in the face of any segment stands in no RFC.
        assert re.fullmatch(r"RFC \d{4}, \d+(\.\d+)*", rule.rfc) or (rule.kind == "run" and not rule.rfc), rule.id
        assert all(re.fullmatch(r"(MUST|SHLD|MAY|REC)-\d+", label) for label in rule.labels), rule.id
