"""Sums of what an endpoint knows."""

import pytest

from tcpchaos.plan import Expr, Term, Variable, Whose, number, variable


def test_a_number_is_an_expression_without_terms() -> None:
    assert number(7).constant
    assert str(number(7)) == "7"
    assert str(number(-7)) == "-7"


def test_a_variable_belongs_to_the_receiver_unless_it_says_whose_it_is() -> None:
    assert str(variable(Variable.RCV_NXT)) == "rcv.nxt"
    assert str(variable(Variable.RCV_NXT, 1)) == "rcv.nxt+1"
    assert str(variable(Variable.SND_UNA, -1, whose=Whose.PEER)) == "peer.snd.una-1"


def test_terms_keep_their_order_and_the_number_comes_last() -> None:
    terms = (Term(variable=Variable.ISS, negative=True), Term(variable=Variable.SND_NXT, whose=Whose.CLIENT))
    assert str(Expr(terms=terms, offset=-3)) == "-iss+client.snd.nxt-3"
    assert not Expr(terms=terms).constant


def test_the_segment_is_nobodys() -> None:
    assert Variable.SEG_LEN.of_segment
    assert not Variable.TS_VAL.of_segment
    with pytest.raises(ValueError, match=r"write seg\.len"):
        Term(variable=Variable.SEG_LEN, whose=Whose.PEER)
