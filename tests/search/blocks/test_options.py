import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.errors import InvalidArgument

from tcpchaos.plan import Action, AnyOption, OptionSpec, PlanError, RawOption, parse_rule
from tcpchaos.search import option_changes, option_lists, options
from tcpchaos.wire.options import NOP
from tests.search.blocks.minima import sample, smallest


def test_lists_are_drawn_from_what_is_said() -> None:
    drawn = option_lists("<>", "<mss 0>", "<nop,wscale 15>")

    assert smallest(drawn) == ()
    assert {len(each) for each in sample(drawn)} == {0, 1, 2}


@given(option_lists(least=1))
def test_every_list_is_notation_and_fits(found: tuple[AnyOption, ...]) -> None:
    text = f"any any: options=<{','.join(map(str, found))}>"

    assert 1 <= len(found) <= 4
    assert str(parse_rule(text)) == text


def test_every_kind_of_option_is_drawn_and_lies() -> None:
    drawn = sample(options(), 300)

    assert {each.kind for each in drawn if isinstance(each, OptionSpec)} >= {0, 1, 2, 3, 4, 5, 8, 19, 28, 34}
    assert any(isinstance(each, RawOption) for each in drawn)
    assert any(isinstance(each, OptionSpec) and each.length is not None for each in drawn)


def test_options_shrink_to_one_octet_that_means_nothing() -> None:
    assert smallest(options()) == OptionSpec(kind=NOP)
    assert smallest(option_lists(least=2)) == (OptionSpec(kind=NOP),) * 2


def test_changes_are_about_the_kinds_that_are_named_and_the_mildest_is_to_remove_one() -> None:
    drawn = option_changes("mss", "TS", 254, lists=("<nop,nop>",))

    assert str(smallest(drawn)) == "remove mss"
    assert {str(each) for each in sample(drawn, 300)} >= {
        "remove kind 254",
        "garble TS length 1",
        "add <nop,nop>",
        "replace mss <nop,nop>",
        "options=<nop,nop>",
    }


@pytest.mark.parametrize("strategy", [option_changes(), option_changes("eol")])
def test_every_change_is_notation(strategy: st.SearchStrategy[Action]) -> None:
    for action in sample(strategy):
        assert parse_rule(f"any any: {action}").actions == (action,)


def test_arguments_are_checked() -> None:
    with pytest.raises(PlanError, match="mss"):
        option_lists("<mms 5>")
    with pytest.raises(PlanError, match="more than belongs here"):
        option_lists("<nop> <nop>")
    with pytest.raises(InvalidArgument, match=r"option_lists\(\): the texts: 7 is not a list of options"):
        option_lists(7)  # type: ignore[arg-type]
    with pytest.raises(PlanError, match="sackOK"):
        option_changes("sackok2")
