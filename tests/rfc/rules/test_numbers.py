"""Rules about numbers and octets: each caught when broken, silent when only nearly."""

import pytest

from tests.rfc.rules.case import OPEN, OPEN_WITH_OPTIONS, Case, assert_caught, assert_silent
from tests.transcript import Playback

ANSWERED = OPEN + "server> P. 1:101(100) ack 1 win 65535\nclient> . 1:1(0) ack 101 win 65535\n"

# What the server had allowed is taken back in its name.
SHRUNK = (
    OPEN
    + """
    client> P. 1:6(5) ack 1 win 65535
    client> P. 6:16(10) ack 1 win 65535
    server>x @499 . 1:1(0) ack 6 win 65535
    >client @500 . 1:1(0) ack 6 win 0
"""
)
CASES: list[Case] = [
    ("SA-01", "server", OPEN + "server> P 1:3(2) win 9", OPEN + "server> P. 1:3(2) ack 1 win 9"),
    (
        "SA-02",
        "server",
        OPEN + "client>x P. 1:6(5) ack 1 win 9\nserver> . 1:1(0) ack 6 win 9",
        OPEN + "client> P. 1:6(5) ack 1 win 9\nserver> . 1:1(0) ack 6 win 9",
    ),
    (
        "SA-02",
        "server",
        OPEN + "client>x P. 1:6(5) ack 1 win 9\nclient> P. 6:9(3) ack 1 win 9\nserver> . 1:1(0) ack 9 win 9",
        OPEN
        + "client>x P. 1:6(5) ack 1 win 9\nclient> P. 6:9(3) ack 1 win 9\nclient> P. 1:6(5) ack 1 win 9\n"
        + "server> . 1:1(0) ack 9 win 9",
    ),
    (
        "SA-09",
        "server",
        OPEN + '>server P. 1:6(5) ack 70000 win 9 "evil!"\nserver> . 1:1(0) ack 6 win 9',
        OPEN + '>server P. 1:6(5) ack 70000 win 9 "evil!"\nserver> . 1:1(0) ack 1 win 9',
    ),
    (
        "SA-11",
        "server",
        OPEN + '>server P 1:6(5) win 9 "evil!"\nserver> . 1:1(0) ack 6 win 9',
        OPEN + '>server P 1:6(5) win 9 "evil!"\nserver> . 1:1(0) ack 1 win 9',
    ),
    (
        "SA-15",
        "server",
        OPEN + "client>x P. 1:6(5) ack 1 win 9\nclient> F. 6:6(0) ack 1 win 9\nserver> . 1:1(0) ack 7 win 9",
        OPEN + "client> P. 1:6(5) ack 1 win 9\nclient> F. 6:6(0) ack 1 win 9\nserver> . 1:1(0) ack 7 win 9",
    ),
    (
        "DI-05",
        "server",
        OPEN + '>server P. 1:6(5) ack 1 win 9 checksum 0xbad "hello"\nserver> . 1:1(0) ack 6 win 9',
        OPEN + '>server P. 1:6(5) ack 1 win 9 "hello"\nserver> . 1:1(0) ack 6 win 9',
    ),
    (
        "OP-09",
        "server",
        OPEN_WITH_OPTIONS
        + "client> . 1:1(0) ack 1 win 512 <nop,nop,TS val 200 ecr 700>\n"
        + "server> . 1:1(0) ack 1 win 512 <nop,nop,TS val 800 ecr 200>\n"
        + '>server P. 1:6(5) ack 1 win 9 <nop,nop,TS val 150 ecr 700> "hello"\n'
        + "server> . 1:1(0) ack 6 win 512 <nop,nop,TS val 801 ecr 200>",
        OPEN_WITH_OPTIONS
        + "client> . 1:1(0) ack 1 win 512 <nop,nop,TS val 200 ecr 700>\n"
        + "server> . 1:1(0) ack 1 win 512 <nop,nop,TS val 800 ecr 200>\n"
        + '>server P. 1:6(5) ack 1 win 9 <nop,nop,TS val 199 ecr 700> "hello"\n'
        + "server> . 1:1(0) ack 6 win 512 <nop,nop,TS val 801 ecr 200>",
    ),
    (
        "SA-03",
        "server",
        OPEN + "client> P. 1:6(5) ack 1 win 9\nserver> . 1:1(0) ack 6 win 9\nserver> @600 . 1:1(0) ack 1 win 9",
        # Two processors may send two acknowledgments out of order.
        OPEN + "client> P. 1:6(5) ack 1 win 9\nserver> . 1:1(0) ack 6 win 9\nserver> @1 . 1:1(0) ack 1 win 9",
    ),
    ("SA-06", "client", OPEN + "client> . -1:-1(0) ack 1 win 9", OPEN + "client> . 0:0(0) ack 1 win 9"),
    (
        "RT-01",
        "client",
        OPEN + 'client>x P. 1:6(5) ack 1 win 9 "hello"\nclient> P. 1:6(5) ack 1 win 9 "jello"',
        OPEN + 'client>x P. 1:6(5) ack 1 win 9 "hello"\nclient> P. 1:8(7) ack 1 win 9 "hello.."',
    ),
    (
        "RT-01",
        "client",
        OPEN
        + 'client>x P. 1:4(3) ack 1 win 9 "abc"\nclient>x P. 4:7(3) ack 1 win 9 "def"\n'
        + 'client> P. 3:6(3) ack 1 win 9 "cdx"',
        OPEN
        + 'client>x P. 1:4(3) ack 1 win 9 "abc"\nclient>x P. 4:7(3) ack 1 win 9 "def"\n'
        + 'client> P. 3:6(3) ack 1 win 9 "cde"',
    ),
    (
        "SA-04",
        "client",
        OPEN + "client> P. 11:21(10) ack 1 win 65535\nclient> @900 P. 21:31(10) ack 1 win 65535",
        OPEN
        + "client> P. 11:21(10) ack 1 win 65535\nclient> P. 1:11(10) ack 1 win 65535\n"
        + "client> @900 P. 21:31(10) ack 1 win 65535",
    ),
    (
        "SA-05",
        "client",
        OPEN + "client>x P. 1:11(10) ack 1 win 65535\nclient> @900 . 5:5(0) ack 1 win 65535",
        OPEN + "client>x P. 1:11(10) ack 1 win 65535\nclient> @900 . 0:0(0) ack 1 win 65535",
    ),
    (
        "SA-05",
        "client",
        SHRUNK + "server> @900 . 1:1(0) ack 6 win 65535\nclient> @1900 . 6:6(0) ack 1 win 65535",
        SHRUNK + ">client @900 . 0:0(0) ack 6 win 65535\nclient> @1900 . 6:6(0) ack 1 win 65535",
    ),
    (
        "SA-10",
        "server",
        ANSWERED + ">server P. 1:3(2) ack -65435 win 65535\nserver> . 101:101(0) ack 3 win 65535",
        ANSWERED + ">server P. 1:3(2) ack -65434 win 65535\nserver> . 101:101(0) ack 3 win 65535",
    ),
    (
        "SA-10",
        "server",
        ANSWERED + ">server P. 1:3(2) ack -65435 win 65535\nserver> . 101:101(0) ack 2 win 65535",
        ANSWERED + ">server P. 1:3(2) ack -65435 win 65535\nclient> F. 1:1(0) ack 101 win 65535\n"
        "server> . 101:101(0) ack 2 win 65535",
    ),
    (
        "TD-05",
        "server",
        OPEN
        + "client> F. 1:1(0) ack 1 win 65535\nserver> . 1:1(0) ack 2 win 65535\n"
        + ">server P. 2:4(2) ack 1 win 65535\nserver> . 1:1(0) ack 4 win 65535",
        OPEN
        + "client> F. 1:1(0) ack 1 win 65535\nserver> . 1:1(0) ack 2 win 65535\n"
        + ">server P. 2:4(2) ack 1 win 65535\nserver> . 1:1(0) ack 2 win 65535",
    ),
]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case[0])
def test_rule_catches(case: Case) -> None:
    assert_caught(case)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case[0])
def test_rule_is_silent(case: Case) -> None:
    assert_silent(case)


def test_an_acknowledgment_that_was_just_delivered_may_not_count_yet() -> None:
    lost = OPEN + "client>x P. 1:11(10) ack 1 win 65535\n>client . 1:1(0) ack 1 win 0\n"
    opened = lost + ">client @{} . 1:1(0) ack 11 win 65535\nclient> @900 . 1:1(0) ack 1 win 65535"
    assert Playback(opened.format(800)).broken == []
    assert Playback(opened.format(500)).broken == ["SA-05 client"]
    future = lost + ">client @500 . 1:1(0) ack 900 win 65535\nclient> @900 . 1:1(0) ack 1 win 65535"
    assert Playback(future).broken == []
