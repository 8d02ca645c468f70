import pytest
from hypothesis import given
from hypothesis.errors import InvalidArgument

from tcpchaos.plan import Expr, number
from tcpchaos.search import acks, expressions, near, numbers, seqs
from tcpchaos.search.blocks.arguments import number as read
from tcpchaos.search.blocks.numbers import ACKS, SEQS
from tests.search.blocks.minima import sample, smallest

EDGES = ("rcv.nxt-1", "rcv.nxt", "rcv.nxt+1", "rcv.nxt+rcv.wnd-1", "rcv.nxt+rcv.wnd", "rcv.nxt+rcv.wnd+1")


def test_numbers_are_drawn_from_what_is_said_and_shrink_to_the_first() -> None:
    drawn = numbers("snd.una", 7, "peer.iss+1")

    assert {str(each) for each in sample(drawn)} == {"snd.una", "7", "peer.iss+1"}
    assert str(smallest(drawn)) == "snd.una"


def test_near_shrinks_to_the_sum_itself_and_reaches_both_ends() -> None:
    drawn = near("rcv.nxt", "rcv.nxt+rcv.wnd", within=2)

    assert str(smallest(drawn)) == "rcv.nxt"
    assert str(smallest(drawn, lambda found: found.offset <= -2)) == "rcv.nxt-2"
    assert len({str(each) for each in sample(drawn, 200)}) == 10


def test_seqs_stand_at_beside_and_beyond_every_edge_and_at_the_wrap() -> None:
    drawn = {str(each) for each in sample(seqs(), len(SEQS))}

    assert drawn >= {*EDGES, "irs", "rcv.nxt+2147483648", "0", "4294967295", "rcv.nxt-100000000"}
    assert str(smallest(seqs())) == "rcv.nxt"


def test_acks_stand_at_beside_and_beyond_every_edge_and_at_the_wrap() -> None:
    drawn = {str(each) for each in sample(acks(), len(ACKS))}

    assert drawn >= {"snd.una-1", "snd.una", "snd.nxt", "snd.nxt+1", "snd.nxt+2147483648", "0", "4294967295"}
    assert str(smallest(acks())) == "snd.nxt"


@given(expressions(16, segment=False))
def test_expressions_fit_and_read_as_they_were_written(expr: Expr) -> None:
    assert not expr.constant or 0 <= expr.offset < 1 << 16
    assert not any(term.variable.of_segment for term in expr.terms)
    assert read(str(expr)) == expr


def test_expressions_shrink_to_the_smallest_number() -> None:
    assert smallest(expressions(8)) == number(0)
    assert smallest(expressions(8, least=1)) == number(1)
    assert smallest(expressions(), lambda found: found.constant and found.offset > 999) == number(1000)


def test_arguments_are_checked() -> None:
    with pytest.raises(InvalidArgument, match=r"near\(\): within is 0"):
        near("rcv.nxt", within=0)
    with pytest.raises(InvalidArgument, match=r"near\(\): a number alone is not near anything"):
        near(5)
    with pytest.raises(InvalidArgument, match=r"expressions\(\): 33 bits"):
        expressions(33)
    with pytest.raises(InvalidArgument, match=r"numbers\(\): the numbers is empty"):
        numbers()
