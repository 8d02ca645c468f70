"""Every way through the states of RFC 9293, figure 5."""

from tcpchaos.sim.tcp import State
from tests.sim.tcp.script import ACCEPT, OPEN, Script


def test_closing_first() -> None:
    Script(OPEN).play("""
        close
        > F. 1:1(0) ack 1
        is FIN-WAIT-1
        < . 1:1(0) ack 2
        is FIN-WAIT-2
        < F. 1:1(0) ack 2
        > . 2:2(0) ack 2
        is TIME-WAIT
        due 60000
        +60000
        is CLOSED
    """)


def test_closing_second() -> None:
    Script(ACCEPT).play("""
        < F. 1:1(0) ack 1
        > . 1:1(0) ack 2
        is CLOSE-WAIT
        send "bye"
        > P. 1:4(3) ack 2
        close
        > F. 4:4(0) ack 2
        is LAST-ACK
        < . 2:2(0) ack 4
        is LAST-ACK
        < . 2:2(0) ack 5
        is CLOSED
    """)


def test_closing_at_the_same_time() -> None:
    Script(OPEN).play("""
        close
        > F. 1:1(0) ack 1
        < F. 1:1(0) ack 1
        > . 2:2(0) ack 2
        is CLOSING
        < . 2:2(0) ack 2
        is TIME-WAIT
    """)


def test_fin_and_acknowledgment_of_the_own_one_in_one_segment() -> None:
    Script(OPEN).play("""
        close
        > F. 1:1(0) ack 1
        < F. 1:1(0) ack 2
        > . 2:2(0) ack 2
        is TIME-WAIT
    """)


def test_last_ack_is_entered_when_the_fin_is_sent() -> None:
    Script(OPEN).play("""
        < F. 1:1(0) ack 1 win 2
        > . 1:1(0) ack 2
        send "abcd"
        +200
        > . 1:3(2) ack 2 "ab"
        shutdown
        is CLOSE-WAIT
        < . 2:2(0) ack 3 win 100
        > FP. 3:5(2) ack 2 "cd"
        is LAST-ACK
    """)


def test_fin_comes_with_the_acknowledgment_that_opens() -> None:
    Script("""
        < S 0:0(0)
        > S. 0:0(0) ack 1
        < FP. 1:4(3) ack 1 "abc"
        > . 1:1(0) ack 5
        is CLOSE-WAIT
        read "abc"
        read eof
    """)


def test_crossed_opening_can_be_closed_before_it_is_open() -> None:
    Script("""
        open
        > S 0:0(0)
        < S 0:0(0)
        > S. 0:0(0) ack 1
        shutdown
        is SYN-RECEIVED
        < . 1:1(0) ack 1
        > F. 1:1(0) ack 1
        is FIN-WAIT-1
    """)


def test_orphan_does_not_wait_for_ever_for_the_peers_fin() -> None:
    Script(OPEN).play("""
        shutdown
        > F. 1:1(0) ack 1
        < . 1:1(0) ack 2
        +1000000
        is FIN-WAIT-2
        close
        due 60000
        +60000
        is CLOSED
    """)


def test_it_remembers_how_it_moved_from_state_to_state_and_whether_a_reset_made_it() -> None:
    script = Script(ACCEPT).play("""
        < R 1:1(0)
        is CLOSED
    """)
    assert [(move.before, move.after, move.by_reset) for move in script.tcp.moves] == [
        ("LISTEN", "SYN-RECEIVED", False),
        ("SYN-RECEIVED", "ESTABLISHED", False),
        ("ESTABLISHED", "CLOSED", True),
    ]


def test_what_it_enters_again_is_no_move() -> None:
    script = Script(OPEN)
    script.tcp.enter(State.ESTABLISHED)
    assert [move.after for move in script.tcp.moves] == ["SYN-SENT", "ESTABLISHED"]
