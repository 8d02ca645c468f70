import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.errors import InvalidArgument

from tcpchaos.plan import Kind, Nth, PlanError, Selector, parse_rule
from tcpchaos.search import entries, ordinals, selectors
from tests.search.blocks.minima import sample, smallest

SOME = ("client syn", "server syn-ack", "client data again", "client any#5")


def test_selectors_are_drawn_from_what_is_said() -> None:
    assert {str(each) for each in sample(selectors(*SOME))} == set(SOME)


@pytest.mark.parametrize("nth", [(1, 2), (1, 2, 3, None), st.integers(1, 2)])
def test_ordinals_are_put_where_there_are_none(nth: object) -> None:
    drawn = {str(each) for each in sample(selectors("client syn", "client any#5", nth=nth))}  # type: ignore[arg-type]

    assert {"client syn#1", "client syn#2", "client any#5"} <= drawn
    assert ("client syn" in drawn) == (isinstance(nth, tuple) and None in nth)


def test_ordinals_may_be_ranges() -> None:
    assert str(smallest(selectors("client syn", nth="2-5"))) == "client syn#2-5"
    assert str(smallest(selectors("client syn", nth=Nth(first=3)))) == "client syn#3-"


def test_they_shrink_to_the_earliest_segment_of_the_first_kind() -> None:
    drawn = selectors(*SOME[:3], nth=(1, 2, 3, 4))

    assert str(smallest(drawn)) == "client syn#1"
    assert str(smallest(drawn, lambda found: found.kind is Kind.SYN_ACK)) == "server syn-ack#1"
    assert str(smallest(drawn, lambda found: found.nth is not None and found.nth.first >= 3)) == "client syn#3"


@given(selectors())
def test_every_selector_is_notation(selector: Selector) -> None:
    rule = parse_rule(f"{selector}: drop")

    assert str(rule) == f"{selector}: drop"


def test_every_construct_is_drawn() -> None:
    drawn = sample(selectors(), 100)

    assert {each.kind for each in drawn} == set(Kind)
    for part in ("nth", "flags", "sending", "has", "lengths", "when", "connection"):
        assert any(getattr(each, part) for each in drawn), part


def test_entries_are_moments_and_shrink_to_the_first() -> None:
    drawn = entries("client=established", "server=close-wait #2 conn#1 after 10ms")

    assert str(smallest(drawn)).startswith("on client=established:")
    assert str(smallest(drawn, lambda found: found.after_us > 0)).startswith(
        "on server=close-wait #2 conn#1 after 10ms"
    )
    assert len({(each.side, each.state) for each in sample(entries(), 22)}) == 22


def test_ordinals_shrink_to_the_first() -> None:
    assert str(smallest(ordinals())) == "#1"
    assert str(smallest(ordinals(), lambda found: found.last is None)) == "#1-"


def test_arguments_are_checked() -> None:
    with pytest.raises(PlanError, match="did you mean syn"):
        selectors("client sny")
    with pytest.raises(InvalidArgument, match=r"selectors\(\): nth: counting begins at 1"):
        selectors("client syn", nth=0)
    with pytest.raises(InvalidArgument, match="is not an ordinal: write 2, 2-5, 2- or None"):
        selectors("client syn", nth=1.5)  # type: ignore[arg-type]
    with pytest.raises(PlanError, match="a state"):
        entries("client=open")
