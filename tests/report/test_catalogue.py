"""The law and the workloads as documents."""

from tcpchaos.report.catalogue import law, listing
from tcpchaos.rfc import LAW
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


def test_every_workload_is_listed() -> None:
    assert [each.name for each in listing().workloads] == list(WORKLOADS)


def test_every_mutant_is_listed() -> None:
    assert [each.name for each in listing().mutants] == list(mutants())
    assert all(each.fault.endswith((".", ")")) and each.rule for each in listing().mutants)
