"""Rules about what applications read and are told: each caught when broken, silent when only nearly."""

import pytest

from tests.rfc.rules.case import OPEN, Case, assert_caught, assert_silent
from tests.transcript import Playback

FORGED = (
    OPEN
    + """
    client< wrote "hello"
    client>x P. 1:6(5) ack 1 win 9 "hello"
    >server P. 1:6(5) ack 1 win 9 "jello"
"""
)

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
    (
        "DI-12",
        "client",
        OPEN + 'client< wrote "hello"\nclient> P. 1:6(5) ack 1 win 9 "hallo"\nserver< read "hallo"',
        OPEN + 'client< wrote "hello"\nclient> P. 1:6(5) ack 1 win 9 "hello"\nserver< read "hello"',
    ),
    (
        "DI-02",
        "server",
        FORGED + 'server< read "kello"',
        FORGED + 'server< read "jello"',
    ),
    (
        "DI-03",
        "server",
        OPEN + 'client< wrote "hello"\nclient>x P. 1:6(5) ack 1 win 9 "hello"\n'
        '>server P. 1:6(5) ack 1 win 9 checksum 0x0bad "jello"\nserver< read "jello"',
        OPEN + 'client< wrote "hello"\nclient> P. 1:6(5) ack 1 win 9 "hello"\n'
        '>server P. 1:6(5) ack 1 win 9 checksum 0x0bad "jello"\nserver< read "hello"',
    ),
    (
        "DI-11",
        "server",
        OPEN + 'client< wrote "hello"\nclient>x P. 1:6(5) ack 1 win 9 "hello"\nserver< read "h"',
        OPEN + 'client< wrote "hello"\nclient> P. 1:6(5) ack 1 win 9 "hello"\nserver< read "h"',
    ),
    (
        "TD-01",
        "client",
        OPEN + 'client< wrote "hell"\nclient> P. 1:6(5) ack 1 win 9 "hello"',
        OPEN + 'client< wrote "hello"\nclient> P. 1:6(5) ack 1 win 9 "hello"\nclient> F. 6:6(0) ack 1 win 9',
    ),
    (
        "RS-17",
        "server",
        OPEN + "server> P. 1:3(2) ack 1 win 9\n>server R -90:-90(0) win 0\nserver< ended reset",
        OPEN + "server> P. 1:3(2) ack 1 win 9\n>server R -90:-90(0) win 0",
    ),
    (
        "RS-16",
        "server",
        OPEN + "server> P. 1:3(2) ack 1 win 9\nserver< ended reset",
        OPEN + 'server> P. 1:3(2) ack 1 win 9\nserver< wrote "ok"\nserver< closed abort\nserver< ended reset',
    ),
    (
        "RS-19",
        "client",
        "client> S 0:0(0) win 9\n>client R. 0:0(0) ack 2 win 0\nclient< ended refused",
        "client> S 0:0(0) win 9\n>client R. 0:0(0) ack 1 win 0\nclient< ended refused",
    ),
]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case[0])
def test_rule_catches(case: Case) -> None:
    assert_caught(case)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case[0])
def test_rule_is_silent(case: Case) -> None:
    assert_silent(case)


def test_a_reader_is_not_blamed_for_what_it_was_sent() -> None:
    other = OPEN + 'client< wrote "hello"\nclient> P. 1:6(5) ack 1 win 9 "hallo"\nserver< read "hallo"'
    assert Playback(other).broken == ["DI-12 client"]
    twice = (
        OPEN + 'client< wrote "hello"\nclient>x P. 1:6(5) ack 1 win 9 "hello"\nclient> P. 1:6(5) ack 1 win 9 "hallo"'
    )
    assert Playback(twice + '\nserver< read "hallo"').broken == ["RT-01 client"]


def test_a_tcp_closes_only_behind_what_its_application_has_written() -> None:
    closed = OPEN + 'client< wrote "hello"\nclient< closed shutdown\nclient> FP. 1:4(3) ack 1 win 9 "hel"\n'
    assert Playback(closed + 'server< read "hel"\nserver< ended eof').broken == ["TD-01 client"]
    # Whoever lets go of both directions, or was told of an error, may have been in the middle of writing.
    assert Playback(closed.replace("shutdown", "close")).broken == []
    assert Playback(closed + "client< ended reset").broken == ["RS-16 client"]


def test_what_came_with_one_of_several_syns_is_not_counted() -> None:
    """Nobody knows from which of them on the server counts the octets that it hands over."""
    lost = 'client< wrote "hello"\nclient>x P. 1:6(5) ack 1 win 9 "hello"\nserver< read "h"'
    assert "DI-11 server" in Playback(OPEN + lost).broken
    assert "DI-11 server" not in Playback(">server S 50:50(0) win 9\n" + OPEN + lost).broken
