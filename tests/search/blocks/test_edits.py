import pytest
from hypothesis import given
from hypothesis.errors import InvalidArgument

from tcpchaos.plan import BAD, Edit, Field, Operator, parse_rule
from tcpchaos.search import acks, edits
from tests.search.blocks.minima import sample, smallest


def test_a_field_is_changed_by_so_much() -> None:
    drawn = edits("seq", "ack", by=(1, -1, 1000))

    assert str(smallest(drawn)) == "seq+=1"
    assert str(smallest(drawn, lambda found: found.operator is Operator.SUBTRACT)) == "seq-=1"
    assert {str(each) for each in sample(drawn)} == {
        f"{field}{change}" for field in ("seq", "ack") for change in ("+=1", "-=1", "+=1000")
    }


def test_a_field_is_set_to_what_is_said() -> None:
    assert str(smallest(edits("window", to=(0, 1)))) == "window=0"
    assert str(smallest(edits("ack", to=acks()))) == "ack=snd.nxt"
    assert str(smallest(edits("tsval", by=7, to=5))) == "tsval+=7"


def test_numbers_are_cut_to_the_width_of_the_field() -> None:
    assert {str(each) for each in sample(edits("window", by=70_000, to=65_536))} == {"window+=4464", "window=0"}
    assert str(smallest(edits("window", by=-65_536))) == "window-=1"


@given(edits())
def test_every_edit_is_notation(edit: Edit) -> None:
    rule = parse_rule(f"any any: {edit}")

    assert rule.actions == (edit,)


def test_every_field_and_operator_is_drawn_and_wrong_checksums() -> None:
    drawn = sample(edits(), 250)

    assert {each.field for each in drawn} == set(Field)
    assert {each.operator for each in drawn} == set(Operator)
    assert any(each.value is BAD for each in drawn)
    assert {each.field for each in sample(edits("mss", "urgent"))} == {Field.MSS, Field.URGENT}


def test_arguments_are_checked() -> None:
    with pytest.raises(InvalidArgument, match=r"edits\(\): the fields: 'sequence' is not a field: write one of sport"):
        edits("sequence", by=1)
    with pytest.raises(InvalidArgument, match=r"edits\(\): by: 0 changes nothing"):
        edits("seq", by=0)
    with pytest.raises(InvalidArgument, match="flags have names: write actions"):
        edits("flags", by=1)
