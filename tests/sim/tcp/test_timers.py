"""Timers: how often what is sent again, when nothing is hoped for any more, who is asked whether it is still there."""

import pytest

from tcpchaos.sim.tcp import Keepalive, Settings
from tests.sim.tcp.script import LISTEN, OPEN, PLAIN, Script


def test_syn_is_sent_again_ever_less_often_and_then_no_more() -> None:
    Script("""
        open
        > S 0:0(0)
        +1000
        > S 0:0(0)
        +2000
        > S 0:0(0)
        +4000
        > S 0:0(0)
        +8000
        > S 0:0(0)
        +16000
        > S 0:0(0)
        +32000
        > S 0:0(0)
        +63999
        is SYN-SENT
        +1
        is CLOSED
        told timeout
    """)


def test_syn_ack_is_sent_again_and_forgotten() -> None:
    Script(LISTEN).play("""
        +1000
        > S. 0:0(0) ack 1
        +2000
        > S. 0:0(0) ack 1
        +4000
        > S. 0:0(0) ack 1
        +8000
        > S. 0:0(0) ack 1
        +16000
        > S. 0:0(0) ack 1
        +32000
        is CLOSED
    """)


def test_octets_and_fin_are_sent_again_in_every_state_that_has_some() -> None:
    for ending, state in (("", "ESTABLISHED"), ("< F. 1:1(0) ack 1\n > . 2:2(0) ack 2", "CLOSE-WAIT")):
        Script(OPEN).play(f"""
            send "a"
            > P. 1:2(1) ack 1
            {ending}
            is {state}
            +200
            > P. 1:2(1) ack {2 if ending else 1}
        """)
    Script(OPEN).play("""
        close
        > F. 1:1(0) ack 1
        +200
        > F. 1:1(0) ack 1
        < F. 1:1(0) ack 1
        > . 2:2(0) ack 2
        is CLOSING
        +400
        > F. 1:1(0) ack 2
    """)
    Script(OPEN).play("""
        < F. 1:1(0) ack 1
        > . 1:1(0) ack 2
        close
        > F. 1:1(0) ack 2
        is LAST-ACK
        +200
        > F. 1:1(0) ack 2
    """)


def test_acknowledgment_of_news_starts_the_timer_again() -> None:
    Script(OPEN).play("""
        send 2000
        > . 1:1001(1000) ack 1
        > P. 1001:2001(1000) ack 1
        +150
        < . 1:1(0) ack 1001
        +225
        > P. 1001:2001(1000) ack 1
    """)


def test_connection_is_given_up_when_nothing_is_heard() -> None:
    script = Script(OPEN, settings=Settings(sack=False, timestamps=False, wscale=None, retries=2)).play("""
        send "a"
        > P. 1:2(1) ack 1
        +200
        > P. 1:2(1) ack 1
        +400
        > P. 1:2(1) ack 1
        +800
        is CLOSED
        told timeout
    """)
    assert script.tcp.due() is None


def test_unreachable_is_why_nothing_was_heard() -> None:
    script = Script(OPEN, settings=Settings(sack=False, timestamps=False, wscale=None, retries=0)).play("""
        send "a"
        > P. 1:2(1) ack 1
    """)
    script.tcp.unreachable(script.now_us, fatal=True)
    script.play("""
        is ESTABLISHED
        +200
        told unreachable
    """)


@pytest.mark.parametrize("answered", [True, False])
def test_probes_are_sent_as_long_as_they_are_answered(answered: bool) -> None:
    script = Script(OPEN, settings=Settings(sack=False, timestamps=False, wscale=None, retries=3)).play("""
        send "a"
        > P. 1:2(1) ack 1
        < . 1:1(0) ack 2 win 0
        send "b"
    """)
    for wait_s in (0.2, 0.4, 0.8, 1.6, 3.2, 6.4, 12.8, 25.6, 51.2, 102.4, 120, 120):
        script.lose(int(wait_s * 1000))
        if answered:
            script.play("< . 1:1(0) ack 2 win 0")
    script.play("is ESTABLISHED" if answered else "is CLOSED\n told timeout")


def test_silent_peer_is_asked_and_given_up() -> None:
    watched = Settings(
        sack=False,
        timestamps=False,
        wscale=None,
        keepalive=Keepalive(idle_us=10_000_000, interval_us=2_000_000, count=2),
    )
    Script(OPEN, settings=watched).play("""
        +9000
        < . 1:1(0) ack 1
        +9999
        +1
        > . 0:0(0) ack 1
        < . 1:1(0) ack 1
        +10000
        > . 0:0(0) ack 1
        +2000
        > . 0:0(0) ack 1
        +2000
        is CLOSED
        told timeout
    """)


def test_nobody_is_asked_while_data_is_under_way() -> None:
    watched = Settings(sack=False, timestamps=False, wscale=None, keepalive=Keepalive(idle_us=100_000))
    Script(OPEN, settings=watched).play("""
        send "a"
        > P. 1:2(1) ack 1
        +199
        +1
        > P. 1:2(1) ack 1
    """)


def test_no_keepalive_by_default() -> None:
    Script(OPEN, settings=PLAIN).play("+100000000\n is ESTABLISHED")
