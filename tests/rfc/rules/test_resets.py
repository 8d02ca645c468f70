"""Rules about resets: each caught when broken, silent when only nearly."""

import pytest

from tests.rfc.rules.case import OPEN, Case, assert_caught, assert_silent

CASES: list[Case] = [
    (
        "RS-05",
        "server",
        "client> S 0:0(0) win 9\nserver> R. 5:5(0) ack 1",
        "client> S 0:0(0) win 9\nserver> R. 40:40(0) ack 1",
    ),
    (
        "RS-01",
        "server",
        OPEN + "server> P. 1:3(2) ack 1 win 9\nclient> R 1:1(0) win 0\nserver> @900 P. 1:3(2) ack 1 win 9",
        OPEN + "server> P. 1:3(2) ack 1 win 9\nclient> R 9:9(0) win 0\nserver> @900 P. 1:3(2) ack 1 win 9",
    ),
]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case[0])
def test_rule_catches(case: Case) -> None:
    assert_caught(case)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case[0])
def test_rule_is_silent(case: Case) -> None:
    assert_silent(case)
