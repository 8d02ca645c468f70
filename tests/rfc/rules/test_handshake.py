"""Rules about opening a connection: each caught when broken, silent when only nearly."""

import pytest

from tests.rfc.rules.case import OPEN, Case, assert_caught, assert_silent

TIME_WAIT = (
    OPEN
    + """
    server> F. 1:1(0) ack 1 win 65535
    client> F. 1:1(0) ack 2 win 65535
    server> . 2:2(0) ack 2 win 65535
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
]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case[0])
def test_rule_catches(case: Case) -> None:
    assert_caught(case)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case[0])
def test_rule_is_silent(case: Case) -> None:
    assert_silent(case)
