"""Figure 5: the arrows that there are, and none that there are not."""

import pytest

from tcpchaos.rfc.states import ARROWS, Cause, State, reachable, step

S, C = State, Cause


@pytest.mark.parametrize(
    ("path", "end"),
    [
        ([C.SEND_SYN, C.RECEIVE_SYN_ACK, C.SEND_FIN, C.RECEIVE_ACK_OF_FIN, C.RECEIVE_FIN, C.TIMEOUT], S.CLOSED),
        ([C.SEND_SYN, C.RECEIVE_SYN, C.RECEIVE_ACK_OF_SYN, C.RECEIVE_FIN, C.SEND_FIN], S.LAST_ACK),
        ([C.SEND_SYN, C.RECEIVE_SYN_ACK, C.SEND_FIN, C.RECEIVE_FIN, C.RECEIVE_ACK_OF_FIN], S.TIME_WAIT),
    ],
)
def test_walks_through_the_figure(path: list[Cause], end: State) -> None:
    states = frozenset({S.CLOSED})
    for cause in path:
        states = step(states, cause)
    assert states == {end}


def test_every_state_can_be_reached_and_left() -> None:
    # Opening passively is not an arrow that the wire shows.
    assert reachable(frozenset({S.CLOSED, S.LISTEN}), Cause) == set(State)
    assert {before for before, _ in ARROWS} == set(State)


def test_there_is_no_way_back_to_established() -> None:
    later = {S.FIN_WAIT_1, S.FIN_WAIT_2, S.CLOSE_WAIT, S.CLOSING, S.LAST_ACK, S.TIME_WAIT}
    assert S.ESTABLISHED not in reachable(frozenset(later), set(Cause) - {C.SEND_SYN, C.RECEIVE_SYN})


def test_a_reset_moves_a_passive_opener_back_and_ends_everything_else() -> None:
    assert step({S.SYN_RECEIVED}, C.RECEIVE_RST) == {S.LISTEN, S.CLOSED}
    for state in set(State) - {S.SYN_RECEIVED, S.CLOSED, S.LISTEN}:
        assert step({state}, C.RECEIVE_RST) == {S.CLOSED}
    assert step({S.CLOSED, S.LISTEN}, C.RECEIVE_RST) == set()
