"""The labels of RFC 9293: all of them, each in one class, in agreement with the rules."""

import re

from tcpchaos.rfc import LAW
from tcpchaos.rfc.labels import REQUIREMENTS

IDS = {rule.id for rule in LAW}
LABELS = {each.label for each in REQUIREMENTS}
MENTIONED_RULE = r"\b(?:AP|DI|FL|HS|KX|OP|RS|RT|SA|ST|SV|TD|TL|WF)-\d\d\b"


def test_every_label_stands_once_and_in_its_order() -> None:
    counts = {"MUST": 69, "SHLD": 31, "MAY": 18, "REC": 1}

    expected = [f"{kind}-{number}" for kind, most in counts.items() for number in range(1, most + 1)]

    assert len(expected) == 119
    assert [each.label for each in REQUIREMENTS] == expected


def test_a_requirement_is_judged_where_a_rule_says_so_and_nowhere_else() -> None:
    says = {label for rule in LAW for label in rule.labels}

    assert says <= LABELS
    assert {each.label for each in REQUIREMENTS if each.sight == "judged"} == says
    for each in REQUIREMENTS:
        assert set(each.judged_by) <= IDS
        assert bool(each.judged_by) == (each.sight == "judged"), each.label


def test_what_is_not_judged_has_a_reason_that_is_a_sentence() -> None:
    for each in REQUIREMENTS:
        if each.why or each.sight != "judged":
            assert re.fullmatch(r"[A-Z].{20,}[^.]\.", each.why), each.label


def test_a_subject_is_a_few_words_and_no_sentence() -> None:
    subjects = [each.subject for each in REQUIREMENTS]

    assert len(set(subjects)) == len(subjects)
    assert all(len(subject) <= 80 and not subject.endswith(".") for subject in subjects)


def test_a_section_is_one_of_the_functional_specification() -> None:
    assert all(re.fullmatch(r"3(\.\d+){1,4}", each.section) for each in REQUIREMENTS)


def test_what_a_reason_mentions_exists() -> None:
    for each in REQUIREMENTS:
        assert set(re.findall(MENTIONED_RULE, each.why)) <= IDS, each.label
        assert set(re.findall(r"(?:MUST|SHLD|MAY|REC)-\d+", each.why)) <= LABELS - {each.label}, each.label


def test_a_permission_that_nobody_can_break_says_that_it_is_one() -> None:
    for each in REQUIREMENTS:
        if each.label.startswith("MAY"):
            assert each.why.startswith("It is a permission"), each.label
