"""Rules about what applications read and are told: each caught when broken, silent when only nearly."""

import pytest

from tests.rfc.rules.case import OPEN, Case, assert_caught, assert_silent

CASES: list[Case] = [
    (
        "DI-01",
        "server",
        OPEN + 'client< wrote "hello"\nclient> P. 1:6(5) ack 1 win 9 "hello"\nserver< read "hallo"',
        OPEN + 'client< wrote "hello"\nclient> P. 1:6(5) ack 1 win 9 "hello"\nserver< read "hel"\nserver< read "lo"',
    ),
    (
        "TD-10",
        "server",
        OPEN + 'client< wrote "hello"\nclient< closed shutdown\nclient> FP. 1:6(5) ack 1 win 9 "hello"\n'
        'server< read "hell"\nserver< ended eof',
        OPEN + 'client< wrote "hello"\nclient< closed shutdown\nclient> FP. 1:6(5) ack 1 win 9 "hello"\n'
        'server< read "hello"\nserver< ended eof',
    ),
    (
        "RS-02",
        "server",
        # Only once it has sent data is it known to have left SYN-RECEIVED, where stacks are more lenient.
        OPEN + "server> P. 1:3(2) ack 1 win 9\n>server R 2:2(0) win 0\nserver< ended reset",
        OPEN + "server> P. 1:3(2) ack 1 win 9\n>server R 1:1(0) win 0\nserver< ended reset",
    ),
    (
        "RS-13",
        "client",
        OPEN + "server>x F. 1:1(0) ack 1 win 9\nclient< ended eof",
        OPEN + "server> F. 1:1(0) ack 1 win 9\nclient< ended eof",
    ),
]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case[0])
def test_rule_catches(case: Case) -> None:
    assert_caught(case)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case[0])
def test_rule_is_silent(case: Case) -> None:
    assert_silent(case)
