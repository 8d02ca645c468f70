"""Each broken endpoint is caught, by the rule that was meant for it, and nobody else is accused of what it did."""

from functools import cache
from typing import Final

import pytest

from tcpchaos.oracle import Finding
from tcpchaos.plan import parse
from tcpchaos.run import RunConfig, RunResult, run_simulated
from tcpchaos.sim.mutants import Mutant, mutants
from tcpchaos.trace import Side

MUTANTS: Final = tuple(mutants().values())

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
    return [f"{found.rule} {found.blame}: {found.observed}" for found in findings if found.counts]


@each_mutant
def test_its_rule_names_it(mutant: Mutant) -> None:
    found = [(found.rule, found.blame) for found in broken(mutant).findings]

    # What only a whole run shows is nobody's in particular.
    assert (mutant.rule, side_of(mutant)) in found or (mutant.rule, None) in found


@each_mutant
def test_its_plan_is_innocent(mutant: Mutant) -> None:
    assert told(whole(mutant).findings) == []


def test_table(capsys: pytest.CaptureFixture[str]) -> None:
    lines = ["", f"{'mutant':<34} {'rule':<6} {'where':<26} {'plan':<60} also"]
    for mutant in MUTANTS:
        also = sorted({found.rule for found in broken(mutant).findings} - {mutant.rule})
        where = f"{mutant.workload}, {mutant.side}"
        plan = "; ".join(mutant.plan.splitlines())
        lines.append(f"{mutant.name:<34} {mutant.rule:<6} {where:<26} {plan:<60} {' '.join(also)}")
    with capsys.disabled():
        print("\n".join(lines))
