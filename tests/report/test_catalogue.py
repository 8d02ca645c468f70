"""The law, the workloads and the mutants as documents."""

from pathlib import Path

import pytest

from tcpchaos.corpus.project import Project
from tcpchaos.report.catalogue import chosen, law, listing
from tcpchaos.rfc import LAW
from tcpchaos.rfc.labels import REQUIREMENTS
from tcpchaos.sim.mutants import mutants
from tcpchaos.workloads import WORKLOADS


def test_every_rule_of_the_law_is_listed_once() -> None:
    ids = [rule.id for rule in law().rules]

    assert len(set(ids)) == len(ids)
    assert {rule.id for rule in LAW} <= set(ids)


def test_every_rule_has_a_sentence_and_a_section() -> None:
    of_runs = {rule.id for rule in LAW if rule.kind == "run"}
    assert all(rule.sentence.endswith(".") for rule in law().rules)
    assert all(rule.rfc.startswith("RFC ") or rule.id in of_runs for rule in law().rules)


def test_every_requirement_is_listed_with_the_rules_that_judge_it() -> None:
    document = law()
    judges = {(label, rule.id) for rule in document.rules for label in rule.labels}

    assert [each.label for each in document.labels] == [each.label for each in REQUIREMENTS]
    assert {(each.label, rule_id) for each in document.labels for rule_id in each.judged_by} == judges


def test_rules_and_labels_are_chosen_by_name_in_the_order_of_the_law() -> None:
    document = chosen(law(), ["must12", "SA-2", "OP-01"])

    assert [rule.id for rule in document.rules] == ["OP-01", "SA-02"]
    assert [each.label for each in document.labels] == ["MUST-12"]


def test_the_letters_with_which_several_begin_name_all_of_them() -> None:
    document = chosen(law(), ["rec", "KX"])

    assert {rule.id.partition("-")[0] for rule in document.rules} == {"KX"}
    assert [each.label for each in document.labels] == ["REC-1"]


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        ("WFF-04", "WFF-04; did you mean WF-04?"),
        ("SA-00", "SA-00; did you mean SA-"),
        ("MUTS-12", "MUTS-12; did you mean MUST-12?"),
        ("?", "begin with AP, "),
    ],
)
def test_a_name_that_names_nothing_gets_a_suggestion(name: str, hint: str) -> None:
    with pytest.raises(LookupError, match="no rule and no label is called") as caught:
        chosen(law(), ["SA-01", name])
    assert hint in str(caught.value)


def test_every_workload_is_listed() -> None:
    assert [each.name for each in listing().workloads] == list(WORKLOADS)


def test_every_mutant_is_listed() -> None:
    assert [each.name for each in listing().mutants] == list(mutants())
    assert all(each.fault.endswith((".", ")")) and each.rule for each in listing().mutants)


def test_what_cannot_be_read_is_listed_with_the_reason(tmp_path: Path) -> None:
    (tmp_path / "corpus").mkdir()
    (tmp_path / "corpus" / "wrong.json").write_text('{"tcpchaos": "case/1"}')
    (tmp_path / "strategies").mkdir()
    (tmp_path / "strategies" / "wrong.py").write_text("def")

    found = listing([Project(root=tmp_path)])

    assert [each.trouble for each in found.strategies] == ["line 1: invalid syntax"]
    assert [each.trouble.partition(": ")[2] for each in found.cases] == ["$: object missing required field `title`"]
