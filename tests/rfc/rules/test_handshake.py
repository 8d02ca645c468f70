"""Rules about opening a connection: each caught when broken, silent when only nearly."""

import pytest

from tests.rfc.rules.case import OPEN, Case, assert_caught, assert_silent
from tests.transcript import Playback

TIME_WAIT = (
    OPEN
    + """
    server> F. 1:1(0) ack 1 win 65535
    client> F. 1:1(0) ack 2 win 65535
    server> . 2:2(0) ack 2 win 65535
"""
)

WAITS = """
    client> S 0:0(0) win 9999
    server> S. 0:0(0) ack 1 win 9999
    client> . 1:1(0) ack 1 win 9999
    server> F. 1:1(0) ack 1 win 9999
    client> F. 1:1(0) ack 2 win 9999
    server> . 2:2(0) ack 2 win 9999
"""
STAMPED = """
    client> S 0:0(0) win 9999 <mss 1460,TS val 100 ecr 0>
    server> S. 0:0(0) ack 1 win 9999 <mss 1460,TS val 700 ecr 100>
    client> . 1:1(0) ack 1 win 9999 <nop,nop,TS val 101 ecr 700>
    server> F. 1:1(0) ack 1 win 9999 <nop,nop,TS val 701 ecr 101>
    client> F. 1:1(0) ack 2 win 9999 <nop,nop,TS val 102 ecr 701>
    server> . 2:2(0) ack 2 win 9999 <nop,nop,TS val 702 ecr 102>
    >server S -900:-900(0) win 9 <mss 1460,TS val {} ecr 0>
    server> S. 700:700(0) ack -899 win 9 <mss 1460,TS val 703 ecr {}>
"""
# A reset reaches the server behind a FIN: its acknowledgment of that was on its way already.
RESET_AT_LAST = (
    OPEN
    + """
    client> F. 1:1(0) ack 1 win 65535
    client> R 1:1(0) win 0
    server> . 1:1(0) ack 2 win 65535
    >server S 2:2(0) win 0
"""
)
# The same with the end of LAST-ACK behind an acknowledgment that answers a SYN.
CLOSED_AT_LAST = (
    OPEN
    + """
    client> F. 1:1(0) ack 1 win 65535
    server> . 1:1(0) ack 2 win 65535
    server> F. 1:1(0) ack 2 win 65535
    >server S 2:2(0) win 65535
    client> . 2:2(0) ack 2 win 65535
    server> . 2:2(0) ack 2 win 65535
    >server S 1:1(0) win 65535
"""
)
CASES: list[Case] = [
    (
        "HS-01",
        "server",
        "client> S 0:0(0) win 9\nserver> S. 0:0(0) ack 2 win 9",
        'client> S 0:5(5) win 9 "hello"\nserver> S. 0:0(0) ack 6 win 9',
    ),
    (
        "HS-01",
        "server",
        OPEN + ">server S 900:900(0) win 9\nserver> R. 1:1(0) ack 1 win 0\nserver>x S. 0:0(0) ack 902 win 9",
        OPEN + ">server S 900:900(0) win 9\nserver> R. 1:1(0) ack 1 win 0\nserver>x S. 0:0(0) ack 901 win 9",
    ),
    (
        "HS-01",
        "server",
        TIME_WAIT + ">server S 3:3(0) win 9\nserver>x S. 900:900(0) ack 5 win 9",
        TIME_WAIT + ">server S 3:3(0) win 9\nserver>x S. 900:900(0) ack 4 win 9",
    ),
    (
        "HS-01",
        "server",
        RESET_AT_LAST + "server> S. 900:900(0) ack 4 win 9",
        RESET_AT_LAST + "server> S. 900:900(0) ack 3 win 9",
    ),
    (
        "HS-01",
        "server",
        CLOSED_AT_LAST + "server> S. 900:900(0) ack 5 win 9",
        CLOSED_AT_LAST + "server> S. 900:900(0) ack 2 win 9",
    ),
    (
        "HS-02",
        "server",
        "clientx S 0:0(0) win 9\nserver> S. 0:0(0) ack 1 win 9".replace("clientx", "client>x"),
        "client> S 0:0(0) win 9\nserver> S. 0:0(0) ack 1 win 9",
    ),
    (
        "HS-06",
        "client",
        "client> S 0:0(0) win 9\nserver>x S. 0:0(0) ack 1 win 9\nclient> . 1:1(0) ack 1 win 9",
        "client> S 0:0(0) win 9\nserver> S. 0:0(0) ack 1 win 9\nclient> . 1:1(0) ack 1 win 9",
    ),
    (
        "HS-07",
        "client",
        "client>x S 0:0(0) win 9\nserver> S 0:0(0) win 9\nclient> S. 5:5(0) ack 1 win 9",
        "client>x S 0:0(0) win 9\nserver> S 0:0(0) win 9\nclient> S. 0:0(0) ack 1 win 9",
    ),
    (
        "HS-08",
        "server",
        "client> S 0:0(0) win 9\nserver> S. 0:0(0) ack 1 win 9\nclient>x . 1:1(0) ack 1 win 9\n"
        + "server> P. 1:3(2) ack 1 win 9",
        OPEN + "server> P. 1:3(2) ack 1 win 9",
    ),
    ("HS-19", "server", "client> S 0:0(0) win 9\nserver> . 1:1(0) ack 1 win 9", "client> S 0:0(0) win 9"),
    (
        "HS-20",
        "server",
        "client> S 0:0(0) win 9\nserver> S. 0:0(0) ack 1 win 9 <nop,wscale 7>",
        "client> S 0:0(0) win 9 <nop,wscale 1>\nserver> S. 0:0(0) ack 1 win 9 <nop,wscale 7>",
    ),
    (
        "HS-21",
        "server",
        "client> S 0:0(0) win 9\nserver> S. 0:0(0) ack 1 win 9 <nop,nop,TS val 1 ecr 0>",
        "client> S 0:0(0) win 9 <nop,nop,TS val 5 ecr 0>\nserver> S. 0:0(0) ack 1 win 9 <nop,nop,TS val 1 ecr 5>",
    ),
    (
        "HS-03",
        "server",
        "client> S 0:0(0) win 9\nserver>x S. 0:0(0) ack 1 win 9\nserver> @1000 S. 5:5(0) ack 1 win 9",
        "client> S 0:0(0) win 9\nserver>x S. 0:0(0) ack 1 win 9\nserver> @1000 S. 0:0(0) ack 1 win 9",
    ),
    (
        "OP-32",
        "server",
        "client> S 0:0(0) win 9\nserver> S. 0:0(0) ack 1 win 9 <FO 0102030405060708>",
        "client> S 0:0(0) win 9 <FO>\nserver> S. 0:0(0) ack 1 win 9 <FO 0102030405060708>",
    ),
    (
        "TD-07",
        "server",
        WAITS + ">server S -900:-900(0) win 9\nserver> S. 700:700(0) ack -899 win 9",
        WAITS + ">server S 2:2(0) win 9\nserver> S. 700:700(0) ack 3 win 9",
    ),
    (
        "TD-07",
        "server",
        STAMPED.format(102, 102),
        STAMPED.format(103, 103),
    ),
    (
        "TD-32",
        "server",
        WAITS + ">server S 900:900(0) win 9\nserver> S. 1:1(0) ack 901 win 9",
        WAITS + ">server S 900:900(0) win 9\nserver> S. 2:2(0) ack 901 win 9",
    ),
]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case[0])
def test_rule_catches(case: Case) -> None:
    assert_caught(case)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case[0])
def test_rule_is_silent(case: Case) -> None:
    assert_silent(case)


def test_whoever_has_waited_for_a_second_may_have_waited_for_long_enough() -> None:
    assert Playback(WAITS + ">server S -900:-900(0) win 9\nserver> @1000 S. 700:700(0) ack -899 win 9").broken == []


def test_a_syn_that_was_turned_down_may_have_ended_the_wait() -> None:
    story = WAITS + ">server FS 900:900(0) win 9\n>server S -900:-900(0) win 9\nserver> S. 1:1(0) ack -899 win 9"
    assert Playback(story).broken == []


def test_whoever_was_given_a_reset_need_not_wait() -> None:
    story = WAITS + ">server R 2:2(0) win 0\n>server S -900:-900(0) win 9\nserver> S. 1:1(0) ack -899 win 9"
    assert Playback(story).broken == []


def test_of_two_numbers_on_opposite_sides_of_the_circle_neither_is_the_older_one() -> None:
    story = WAITS + ">server S {0}:{0}(0) win 9\nserver> S. 700:700(0) ack {1} win 9"
    assert "TD-07 server" not in Playback(story.format(2 + 2**31, 3 + 2**31)).broken
    assert "TD-07 server" in Playback(story.format(3 + 2**31, 4 + 2**31)).broken
