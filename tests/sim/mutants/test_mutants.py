"""Each broken endpoint is caught, by the rule that was meant for it, and nobody else is accused of what it did.

The last test prints a table of all of them: the rule that names it, where it is put, the plan that brings it to light,
and which other rules speak up.
"""

from collections.abc import Iterator
from functools import cache
from typing import Final

import pytest

from tcpchaos.oracle import Finding
from tcpchaos.plan import parse
from tcpchaos.rfc import LAW
from tcpchaos.run import RunConfig, RunResult, run_simulated
from tcpchaos.sim.mutants import Mutant, mutant, mutants, named
from tcpchaos.sim.tcp import Tcp
from tcpchaos.trace import Side

MUTANTS: Final = tuple(mutants().values())
LEAST: Final = 80
KINDS: Final = {rule.id: rule.kind for rule in LAW}

_KERNEL: Final = "a kernel tells it: a simulated endpoint has no log, no reasons and no counters"
_SERVER: Final = "it is about a program of the user's, which no TCP of ours can break"
# Rules that no broken TCP can break, and why.
WITHOUT: Final = {
    **dict.fromkeys(("KX-01", "KX-02", "KX-03", "KX-04", "KX-05"), _KERNEL),
    **dict.fromkeys(("SV-01", "SV-02", "SV-03", "SV-04", "SV-05", "SV-06", "SV-07", "SV-08"), _SERVER),
}

each_mutant = pytest.mark.parametrize("mutant", MUTANTS, ids=[mutant.name for mutant in MUTANTS])


@cache
def played(plan: str, workload: str, client: str, server: str) -> RunResult:
    config = RunConfig(plan=parse(plan), play=workload, backend="sim", endpoints=(client, server))
    return run_simulated(config)


def broken(mutant: Mutant) -> RunResult:
    name = f"sim:{mutant.name}"
    client, server = (name, "sim") if mutant.side == "client" else ("sim", name)
    return played(mutant.plan, mutant.workload, client, server)


def whole(mutant: Mutant) -> RunResult:
    return played(mutant.plan, mutant.workload, "sim", "sim")


def side_of(mutant: Mutant) -> Side:
    return Side.CLIENT if mutant.side == "client" else Side.SERVER


def told(findings: tuple[Finding, ...]) -> list[str]:
    return [f"{found.rule} {found.blame}: expected {found.expected}, observed {found.observed}" for found in findings]


@each_mutant
def test_its_rule_names_it(mutant: Mutant) -> None:
    found = [(found.rule, found.blame) for found in broken(mutant).findings]

    # That the applications did not get what they came for is nobody's fault in particular.
    assert (mutant.rule, side_of(mutant)) in found or (mutant.rule, None) in found


@each_mutant
def test_its_peer_is_not_accused(mutant: Mutant) -> None:
    peer = side_of(mutant).peer

    # What only a run shows is told of whoever was asked last, who may have been asked in a wrong way.
    accused = [f for f in broken(mutant).findings if f.blame is peer and f.counts and KINDS[f.rule] != "run"]

    assert told(tuple(accused)) == []


@each_mutant
def test_its_plan_is_innocent(mutant: Mutant) -> None:
    result = whole(mutant)

    assert told(tuple(found for found in result.findings if found.counts)) == []
    assert result.outcome == "pass", result.notes


def test_each_rule_has_a_mutant_but_for_those_that_can_have_none() -> None:
    caught = {mutant.rule for mutant in MUTANTS}

    assert {rule.id for rule in LAW} - caught == set(WITHOUT)


def test_there_are_enough_of_them() -> None:
    assert len(MUTANTS) >= LEAST


def test_twice_the_same_case_gives_the_same_trace_to_the_octet() -> None:
    case = named("challenges-without-end")
    config = RunConfig(plan=parse(case.plan), play=case.workload, backend="sim", endpoints=("sim", f"sim:{case.name}"))

    first, second = ([(event.at_us, event.octets) for event in run_simulated(config).trace] for _ in range(2))

    assert first == second


def test_a_name_is_taken_once_and_a_fault_is_said() -> None:
    with pytest.raises(ValueError, match="its name is taken"):

        @mutant(MUTANTS[0].name, rule="SA-01")
        class Again(Tcp):
            """Does something."""

    with pytest.raises(ValueError, match="no docstring says the fault"):

        @mutant("says-nothing", rule="SA-01")
        class SaysNothing(Tcp):
            pass


def test_a_name_that_nobody_has_suggests_one() -> None:
    with pytest.raises(LookupError, match="did you mean acks-one-too-many"):
        named("ack-one-too-many")


def table() -> Iterator[str]:
    yield f"{'mutant':<34} {'rule':<6} {'where':<26} {'also':<24} plan"
    for each in MUTANTS:
        also = " ".join(sorted({found.rule for found in broken(each).findings} - {each.rule}))
        plan = "; ".join(each.plan.splitlines()) or "-"
        yield f"{each.name:<34} {each.rule:<6} {f'{each.workload}, {each.side}':<26} {also:<24} {plan}"
    rules = {each.rule for each in MUTANTS}
    yield f"{len(MUTANTS)} mutants, caught by {len(rules)} of {len(LAW)} rules"


def test_the_table(capsys: pytest.CaptureFixture[str]) -> None:
    with capsys.disabled():
        print("", *table(), sep="\n")
