"""The ready campaigns: each keeps to the contract, draws notation, and does something to what it is played on."""

from functools import cache
from pathlib import Path
from typing import Final

import pytest

from tcpchaos.corpus.project import builtin
from tcpchaos.plan import Plan, parse
from tcpchaos.run import RunConfig, RunResult, run_simulated
from tcpchaos.search.files import Strategy, load
from tcpchaos.trace import Side
from tests.search.blocks.minima import sample

FILES: Final = dict(builtin().strategy_files())
CAMPAIGNS: Final = {
    *("handshake", "teardown", "simultaneous", "resets", "sequence", "windows", "options", "retransmission"),
    *("urgent", "overlap", "off-path", "weather", "icmp"),
}
# Of so many plans with a rule or more, so many do something at least, whichever of the campaign's workloads they meet.
PLAYED: Final = 15
FIRE: Final = 12

each_campaign = pytest.mark.parametrize("name", sorted(CAMPAIGNS))


@cache
def campaign(name: str) -> Strategy:
    return load(FILES[name])


@cache
def drawn(name: str) -> tuple[Plan, ...]:
    return tuple(sample(campaign(name).plans, 150))


@cache
def played(name: str) -> tuple[RunResult, ...]:
    workloads = campaign(name).workloads
    plans = [plan for plan in drawn(name) if plan.rules][:PLAYED]
    return tuple(
        run_simulated(RunConfig(plan=plan, play=workloads[number % len(workloads)], backend="sim"))
        for number, plan in enumerate(plans)
    )


def lines(plan: Plan) -> str:
    return "; ".join(str(plan).splitlines())


def test_all_of_them_are_there() -> None:
    assert set(FILES) >= CAMPAIGNS


@each_campaign
def test_it_says_what_it_looks_for_and_why(name: str) -> None:
    about = campaign(name).about

    assert len(campaign(name).sentence) <= 120
    assert "What is looked for: " in " ".join(about.split())
    assert about.count("\n") >= 2


@each_campaign
def test_it_is_short_enough_to_be_copied(name: str) -> None:
    assert len(Path(FILES[name]).read_text().splitlines()) <= 60


@each_campaign
def test_what_it_draws_is_notation(name: str) -> None:
    for plan in drawn(name):
        assert parse(str(plan)) == plan


@each_campaign
def test_it_draws_many_different_plans_and_shrinks_to_none_at_all(name: str) -> None:
    assert len({str(plan) for plan in drawn(name)}) > 100
    assert Plan() in drawn(name) or min(len(plan.rules) for plan in drawn(name)) <= 1


@each_campaign
def test_its_plans_fire(name: str) -> None:
    idle = [
        lines(result.config.plan)
        for result in played(name)
        if not any(fired.times for fired in result.fired if not fired.of_workload)
    ]

    assert PLAYED - len(idle) >= FIRE, idle


def test_the_matrix_enumerates_what_it_draws() -> None:
    matrix = load(FILES["matrix"])

    assert matrix.cells is not None
    every = list(matrix.cells())
    assert {str(plan) for plan in sample(matrix.plans, 20)} <= {str(cell.plan) for cell in every}
    assert {cell.workload for cell in every} == set(matrix.workloads)


@pytest.mark.parametrize(("seed", "side"), [(103_772, Side.CLIENT), (243_009, Side.SERVER)])
def test_the_numbers_of_simulated_endpoints_pass_the_wrap_in_sequence(seed: int, side: Side) -> None:
    assert seed in {plan.seed for plan in drawn("sequence")}
    result = run_simulated(RunConfig(plan=Plan(seed=seed), play="echo", backend="sim"))

    sent = [event.packet for event in result.trace if event.side is side and not event.delivered]
    assert sent[0].seq > sent[-1].seq


def test_weather_is_never_lethal_and_costs_nothing_but_time() -> None:
    for result in played("weather"):
        assert result.verdict.faults != "lethal", lines(result.config.plan)
        assert result.outcome != "violation", (lines(result.config.plan), result.findings)
