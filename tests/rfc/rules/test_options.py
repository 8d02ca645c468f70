"""Rules about options and the header: each caught when broken, silent when only nearly."""

import pytest

from tests.rfc.rules.case import OPEN, OPEN_WITH_OPTIONS, TS, Case, assert_caught, assert_silent
from tests.transcript import Playback

CASES: list[Case] = [
    ("OP-01", "client", OPEN + "client> . 1:1(0) ack 1 win 9 <mss 1460>", OPEN + "client> . 1:1(0) ack 1 win 9 <nop>"),
    ("OP-03", "client", OPEN + "client> . 1:1(0) ack 1 win 9 <wscale 3>", OPEN),
    ("OP-19", "client", OPEN + "client> . 1:1(0) ack 1 win 9 <sackOK>", OPEN),
    (
        "OP-02",
        "client",
        "client> S 0:0(0) win 9\nserver> S. 0:0(0) ack 1 win 9999 <mss 100>\nclient> P. 1:102(101) ack 1 win 9",
        "client> S 0:0(0) win 9\nserver> S. 0:0(0) ack 1 win 9999 <mss 100>\nclient> P. 1:101(100) ack 1 win 9",
    ),
    (
        "OP-02",
        "client",
        "client> S 0:0(0) win 9\nserver> S. 0:0(0) ack 1 win 9999\nclient> P. 1:538(537) ack 1 win 9",
        "client> S 0:0(0) win 9\nserver> S. 0:0(0) ack 1 win 9999\nclient> P. 1:537(536) ack 1 win 9",
    ),
    (
        "OP-02",
        "client",
        "client> S 0:0(0) win 9\nserver> S. 0:0(0) ack 1 win 9999 <mss 0>\nclient> P. 1:538(537) ack 1 win 9",
        "client> S 0:0(0) win 9\nserver> S. 0:0(0) ack 1 win 9999 <mss 0>\nclient> P. 1:537(536) ack 1 win 9",
    ),
    (
        "OP-02",
        "client",
        "client> S 0:0(0) win 9\nserver> S. 0:0(0) ack 1 win 9999 <mss 1>\nclient> P. 1:3(2) ack 1 win 9 <nop,nop>",
        "client> S 0:0(0) win 9\nserver> S. 0:0(0) ack 1 win 9999 <mss 1>\nclient> P. 1:2(1) ack 1 win 9 <nop,nop>",
    ),
    ("OP-05", "client", "client> S 0:0(0) win 9 <wscale 15>", "client> S 0:0(0) win 9 <wscale 14>"),
    (
        "OP-06",
        "client",
        OPEN_WITH_OPTIONS + "client> P. 1:3(2) ack 1 win 9",
        OPEN_WITH_OPTIONS + "client> R. 1:1(0) ack 1 win 9",
    ),
    (
        "OP-07",
        "client",
        OPEN_WITH_OPTIONS + "client> @900 . 1:1(0) ack 1 win 9 <nop,nop,TS val 99 ecr 700>",
        OPEN_WITH_OPTIONS + "client> @900 . 1:1(0) ack 1 win 512 <nop,nop,TS val 101 ecr 700>",
    ),
    (
        "OP-12",
        "server",
        OPEN_WITH_OPTIONS
        + f"client> P. 11:21(10) ack 1 win 512 {TS}\n"
        + "server> . 1:1(0) ack 1 win 512 <nop,nop,TS val 701 ecr 101,nop,nop,sack 11:22>",
        OPEN_WITH_OPTIONS
        + f"client> P. 11:21(10) ack 1 win 512 {TS}\n"
        + "server> . 1:1(0) ack 1 win 512 <nop,nop,TS val 701 ecr 101,nop,nop,sack 11:21>",
    ),
    (
        "OP-20",
        "server",
        OPEN + "client> P. 11:21(10) ack 1 win 9\nserver> . 1:1(0) ack 1 win 9 <nop,nop,sack 11:21>",
        OPEN + "client> P. 11:21(10) ack 1 win 9\nserver> . 1:1(0) ack 1 win 9",
    ),
    (
        "OP-21",
        "server",
        OPEN_WITH_OPTIONS
        + f"client> P. 11:21(10) ack 1 win 512 {TS}\n"
        + "server> . 1:1(0) ack 1 win 512 <nop,nop,TS val 701 ecr 101,nop,nop,sack 21:11>",
        OPEN_WITH_OPTIONS
        + f"client> P. 1:21(20) ack 1 win 512 {TS}\nclient> P. 1:21(20) ack 1 win 512 {TS}\n"
        # A first block below the acknowledgment is a D-SACK (RFC 2883).
        + "server> . 1:1(0) ack 21 win 512 <nop,nop,TS val 701 ecr 102,nop,nop,sack 1:11>",
    ),
    (
        "OP-22",
        "client",
        OPEN + f"client> . 1:1(0) ack 1 win 9 {TS}",
        OPEN_WITH_OPTIONS + f"client> . 1:1(0) ack 1 win 9 {TS}",
    ),
    ("OP-23", "client", "client> S 0:0(0) win 9 <TS val 5 ecr 5>", "client> S 0:0(0) win 9 <TS val 5 ecr 0>"),
    ("OP-16", "client", "client> S 0:0(0) win 9 <eol,raw 010203>", "client> S 0:0(0) win 9 <eol,eol,eol,eol>"),
    ("OP-17", "client", "client> S 0:0(0) win 9 <kind 34 010203>", "client> S 0:0(0) win 9 <kind 34 01020304>"),
    ("OP-18", "client", "client> S 0:0(0) win 9 <mss 1460,mss 536>", "client> S 0:0(0) win 9 <nop,nop,mss 536>"),
    ("OP-24", "client", "client> S 0:0(0) win 9 <kind 2 01>", "client> S 0:0(0) win 9 <kind 99 01>"),
    ("OP-25", "client", "client> S 0:0(0) win 9 offset 4", "client> S 0:0(0) win 9 offset 5"),
    ("OP-26", "client", "client> S 0:0(0) win 9 checksum 0x0bad", "client> S 0:0(0) win 9"),
]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case[0])
def test_rule_catches(case: Case) -> None:
    assert_caught(case)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case[0])
def test_rule_is_silent(case: Case) -> None:
    assert_silent(case)


def test_what_was_delivered_before_it_was_heard_to_open_still_counts() -> None:
    crossed = """
        client>x S 0:0(0) win 65535 <sackOK>
        server>x S 0:0(0) win 65535 <sackOK>
        >client S 0:0(0) win 65535 <sackOK>
        >client F. 2:2(0) ack 1 win 65535
        client>x S 0:0(0) win 65535 <sackOK>
        client>x S. 0:0(0) ack 1 win 65535 <sackOK>
    """
    assert Playback(crossed + "client>x . 1:1(0) ack 1 win 65535 <nop,nop,sack 2:3>").broken == []
    assert Playback(crossed + "client>x . 1:1(0) ack 1 win 65535 <nop,nop,sack 2:4>").broken == ["OP-12 client"]


def test_what_a_syn_echoes_is_no_more_than_worth_a_remark() -> None:
    """Linux fills it where it takes up a connection in place of one in TIME-WAIT."""
    verdict = Playback("client> S 0:0(0) win 9 <TS val 5 ecr 5>").verdict()
    assert [(found.rule, found.tier) for found in verdict.findings] == [("OP-23", "remark")]
    assert verdict.outcome == "pass"
