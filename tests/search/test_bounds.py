"""Chaos that comes to an end."""

import pytest
from hypothesis import given

from tcpchaos.plan import Plan, parse
from tcpchaos.search import plans
from tcpchaos.search.bounds import bounded


@pytest.mark.parametrize(
    ("drawn", "played"),
    [
        ("client syn: drop", "client syn#1-4: drop"),
        ("any data: drop 10%", "any data#1-40: drop 10%"),
        ("client data#2: drop", "client data#2: drop"),
        ("client data#2-: drop", "client data#2-5: drop"),
        ("client data#2-100/3: drop", "client data#2-11/3: drop"),
        ("client data#1-3: drop", "client data#1-3: drop"),
        ("client data#999999974-/9: drop", "client data#999999974-1000000000/9: drop"),
        ("any data: inject to client rst", "any data#1: inject to client rst"),
        ("any data: blackhole both", "any data#1-4: blackhole both for 3s"),
        ("any data: blackhole both for 10ms", "any data#1-4: blackhole both for 10ms"),
        ("on client=established: blackhole client", "on client=established: blackhole client for 3s"),
        ("on client=established: inject to client rst", "on client=established: inject to client rst"),
    ],
)
def test_every_rule_has_an_end(drawn: str, played: str) -> None:
    assert str(bounded(parse(drawn))) == played


@given(plans())
def test_what_is_bounded_is_a_plan_and_stays_as_it_is(plan: Plan) -> None:
    once = bounded(plan)
    assert parse(str(once)) == once
    assert bounded(once) == once
