"""Plans and rules: what they hold together, and what can never work."""

import pytest
from hypothesis import given

from tcpchaos.plan import (
    Action,
    Blackhole,
    Coalesce,
    Corrupt,
    Delay,
    Drop,
    Edit,
    Field,
    Heal,
    Hold,
    Inject,
    Kind,
    Nth,
    Plan,
    Rate,
    Rule,
    Selector,
    Split,
    StateRule,
    Truncate,
    Variable,
    variable,
)
from tcpchaos.plan.model import MAX_ACTIONS, MAX_SEED
from tcpchaos.search import plans
from tcpchaos.trace import Side
from tcpchaos.wire import RST

ANY, ACKS = Selector(), Selector(kind=Kind.ACK)
RESET = Inject(to=Side.CLIENT, flags=RST)


def test_a_plan_prints_its_seed_first_and_one_rule_a_line() -> None:
    rule = Rule(select=ANY, actions=(Drop(), RESET), chance_ppm=5_000)
    entered = StateRule(
        side=Side.SERVER,
        state="listen",
        nth=Nth(first=2, last=2),
        connection=Nth(first=1),
        after_us=10,
        actions=(Heal(),),
    )
    assert str(Plan((rule, entered), seed=7)) == (
        "seed 7\nany any: drop, inject to client rst 0.5%\non server=listen #2 conn#1- after 10us: heal both"
    )
    assert str(Plan()) == ""


@given(plans())
def test_plans_are_values(plan: Plan) -> None:
    assert hash(plan) == hash(Plan(plan.rules, seed=plan.seed))


@pytest.mark.parametrize(
    ("select", "actions", "said"),
    [
        (ANY, (), "1 to 32"),
        (ANY, (Split(at=1),) * (MAX_ACTIONS + 1), "1 to 32"),
        (ANY, (Drop(), Delay(us=1)), "delay 1us can do nothing"),
        (ANY, (Split(at=1), Drop()), "drop can do nothing"),
        (ANY, (Drop(), Drop()), "drop can do nothing"),
        (ANY, (Hold(segments=1), Delay(us=1)), "delay 1us can do nothing"),
        (ANY, (Coalesce(), Hold(segments=1)), "hold 1 can do nothing"),
        (ANY, (Rate(bits=1_000), Hold(segments=1)), "hold 1 can do nothing"),
        (ANY, (Rate(bits=1_000), Rate(bits=2_000)), "rate 2kbit can do nothing"),
        (ACKS, (Split(at=1),), "select data"),
        (ACKS, (Coalesce(),), "select data"),
        (ACKS, (Truncate(to=1),), "select data"),
        (ACKS, (Corrupt(at=0, xor=b"\x01"),), "select data"),
    ],
)
def test_actions_that_can_never_work_are_refused(select: Selector, actions: tuple[Action, ...], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        Rule(select=select, actions=actions)


def test_what_needs_no_segment_goes_with_anything() -> None:
    Rule(select=ACKS, actions=(Drop(), RESET, Blackhole(), Heal()))


@pytest.mark.parametrize("ppm", [0, -1, 1_000_001])
def test_a_probability_is_one(ppm: int) -> None:
    with pytest.raises(ValueError, match="at most 100%"):
        Rule(select=ANY, actions=(Drop(),), chance_ppm=ppm)


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"state": "CLOSED"}, "CLOSED is not a state"),
        ({"after_us": -1}, "after 10ms"),
        ({"actions": ()}, "1 to 32"),
        ({"actions": (Drop(),)}, "no segment here for drop"),
        (
            {
                "actions": (
                    Inject(to=None, flags=RST, fields=(Edit(field=Field.SEQ, value=variable(Variable.SEG_SEQ)),)),
                )
            },
            "no segment here",
        ),
    ],
)
def test_a_state_has_no_segment(wrong: dict[str, object], said: str) -> None:
    right: dict[str, object] = {"side": Side.CLIENT, "state": "established", "actions": (RESET,)}
    with pytest.raises(ValueError, match=said):
        StateRule(**{**right, **wrong})  # type: ignore[arg-type]


def test_a_seed_has_64_bits() -> None:
    Plan(seed=MAX_SEED)
    with pytest.raises(ValueError, match="from 0 to"):
        Plan(seed=-1)
