"""States have RFC 9293's names, and each group is what its comment says."""

from tcpchaos.sim.tcp.states import OPENING, RECEIVING, SENDING, TELLS_OF_ABORT, State


def test_names_are_those_of_the_rfc() -> None:
    assert [state.value for state in State] == [
        "CLOSED",
        "LISTEN",
        "SYN-SENT",
        "SYN-RECEIVED",
        "ESTABLISHED",
        "FIN-WAIT-1",
        "FIN-WAIT-2",
        "CLOSE-WAIT",
        "CLOSING",
        "LAST-ACK",
        "TIME-WAIT",
    ]


def test_nothing_is_sent_or_received_before_the_connection_is_open() -> None:
    assert not OPENING & (SENDING | RECEIVING)


def test_peer_that_has_closed_has_no_more_text_but_may_be_sent_some() -> None:
    assert State.CLOSE_WAIT in SENDING - RECEIVING
    assert State.FIN_WAIT_2 in RECEIVING - SENDING


def test_abort_is_told_where_the_peer_may_still_hold_the_connection_open() -> None:
    assert frozenset({State.CLOSING, State.LAST_ACK, State.TIME_WAIT, State.SYN_SENT}).isdisjoint(TELLS_OF_ABORT)
