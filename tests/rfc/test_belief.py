"""What may be the case is kept until what is sent rules it out."""

from tcpchaos.rfc.belief import Belief
from tcpchaos.rfc.states import Cause, State
from tcpchaos.trace import Side
from tests.transcript import segment

S, C = State, Cause


def established() -> Belief:
    belief = Belief()
    belief.sent(segment(Side.CLIENT, "S 0:0(0)"), None)
    belief.delivered(C.RECEIVE_SYN_ACK)
    belief.sent(segment(Side.CLIENT, ". 1:1(0) ack 1"), None)
    return belief


def test_nothing_is_known_of_an_endpoint_at_first() -> None:
    assert Belief().states == {S.CLOSED, S.LISTEN}


def test_an_acknowledgment_shows_that_the_syn_ack_was_taken_in() -> None:
    belief = Belief()
    belief.sent(segment(Side.CLIENT, "S 0:0(0)"), None)
    belief.delivered(C.RECEIVE_SYN_ACK)
    assert belief.states == {S.SYN_SENT, S.ESTABLISHED}
    assert belief.state == S.ESTABLISHED
    belief.sent(segment(Side.CLIENT, ". 1:1(0) ack 1"), None)
    assert belief.states == {S.ESTABLISHED}
    assert belief.plain


def test_a_fin_that_does_not_acknowledge_the_peers_was_sent_before_it_was_taken_in() -> None:
    belief = established()
    belief.delivered(C.RECEIVE_FIN)
    assert str(belief.state) == "CLOSE-WAIT"
    belief.sent(segment(Side.CLIENT, "F. 1:1(0) ack 1"), acknowledges_fin=False)
    assert belief.states == {S.FIN_WAIT_1, S.CLOSING}
    assert belief.state == S.CLOSING


def test_a_fin_that_acknowledges_the_peers_is_the_last() -> None:
    belief = established()
    belief.delivered(C.RECEIVE_FIN)
    belief.sent(segment(Side.CLIENT, "F. 1:1(0) ack 2"), acknowledges_fin=True)
    # It may have closed before it took the peer's FIN in, and sent its own only now.
    assert belief.states == {S.CLOSING, S.LAST_ACK}
    assert belief.state == S.LAST_ACK


def test_an_own_reset_ends_it_and_a_delivered_one_may_have() -> None:
    belief = established()
    belief.delivered(C.RECEIVE_RST)
    assert belief.states == {S.ESTABLISHED, S.CLOSED}
    assert str(belief.state) == "ESTABLISHED"
    belief.likely_reset()
    assert belief.state == S.CLOSED
    belief.sent_rst()
    assert belief.states == {S.CLOSED}


def test_a_reset_that_refuses_an_acknowledgment_leaves_an_opening_connection_open() -> None:
    belief = Belief()
    belief.sent(segment(Side.CLIENT, "S 0:0(0)"), None)
    belief.sent_rst()
    assert S.SYN_SENT in belief.states
