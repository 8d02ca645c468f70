"""Each rule catches an endpoint that breaks it, by name, and is silent where an endpoint only comes close."""

import pytest

from tcpchaos.rfc import LAW
from tests.transcript import Playback

OPEN = """
    client> S 0:0(0) win 65535 <mss 1460>
    server> S. 0:0(0) ack 1 win 65535 <mss 1460>
    client> . 1:1(0) ack 1 win 65535
"""
OPEN_WITH_OPTIONS = """
    client> S 0:0(0) win 65535 <mss 1460,sackOK,TS val 100 ecr 0,nop,wscale 7>
    server> S. 0:0(0) ack 1 win 65535 <mss 1460,sackOK,TS val 700 ecr 100,nop,wscale 7>
    client> . 1:1(0) ack 1 win 512 <nop,nop,TS val 101 ecr 700>
"""
TS = "<nop,nop,TS val 102 ecr 700>"

# Rule, who breaks it, the transcript that breaks it, the nearest one that does not.
CASES = [
    ("FL-01", "client", "client> SF 0:0(0) win 65535", "client> S 0:0(0) win 65535"),
    ("FL-02", "server", OPEN + "server> - 1:1(0) win 65535", OPEN + "server> . 1:1(0) ack 1 win 65535"),
    ("FL-03", "client", OPEN + "client> F 1:1(0) win 65535", OPEN + "client> F. 1:1(0) ack 1 win 65535"),
    (
        "FL-09",
        "client",
        OPEN + "client> F. 1:1(0) ack 1 win 9\nclient> F. 4:4(0) ack 1 win 9",
        OPEN + "client> F. 1:1(0) ack 1 win 9\nclient> F. 1:1(0) ack 1 win 9",
    ),
    (
        "FL-09",
        "client",
        OPEN + "client> P. 1:6(5) ack 1 win 9\nclient> F. 3:3(0) ack 1 win 9",
        OPEN + "client> P. 1:6(5) ack 1 win 9\nclient> F. 6:6(0) ack 1 win 9\nclient> FP. 1:6(5) ack 1 win 9",
    ),
    (
        "FL-11",
        "server",
        ">server R. 7:7(0) ack 9\nserver> R 9:9(0) win 0",
        ">server . 7:7(0) ack 9\nserver> R 9:9(0) win 0",
    ),
    (
        "FL-12",
        "client",
        OPEN + "client> P. 1:6(5) ack 1 win 9\nclient> @900 S 0:0(0) win 65535 <mss 1460>",
        "client> S 0:0(0) win 65535 <mss 1460>\nclient> @1000 S 0:0(0) win 65535 <mss 1460>",
    ),
    (
        "TD-02",
        "server",
        OPEN + "server> F. 1:1(0) ack 1 win 9\nserver> P. 2:4(2) ack 1 win 9",
        OPEN + "server> P. 1:3(2) ack 1 win 9\nserver> F. 3:3(0) ack 1 win 9\nserver> P. 1:3(2) ack 1 win 9",
    ),
    (
        "HS-01",
        "server",
        "client> S 0:0(0) win 9\nserver> S. 0:0(0) ack 2 win 9",
        'client> S 0:5(5) win 9 "hello"\nserver> S. 0:0(0) ack 6 win 9',
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
        "SA-07",
        "client",
        "client> S 0:0(0) win 9\nserver> S. 0:0(0) ack 1 win 4\nclient> P. 1:7(6) ack 1 win 9",
        "client> S 0:0(0) win 9\nserver> S. 0:0(0) ack 1 win 4\nclient> P. 1:5(4) ack 1 win 9\n"
        + "client> . 5:6(1) ack 1 win 9",
    ),
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
        OPEN_WITH_OPTIONS + "client> @900 . 1:1(0) ack 1 win 9 <nop,nop,TS val 101 ecr 700>",
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
        + f"client> P. 1:21(20) ack 1 win 512 {TS}\n"
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


@pytest.mark.parametrize(("rule", "who", "breaks", "_"), CASES, ids=[f"{case[0]}-{i}" for i, case in enumerate(CASES)])
def test_rule_catches(rule: str, who: str, breaks: str, _: str) -> None:
    assert f"{rule} {who}" in Playback(breaks).broken


@pytest.mark.parametrize(("rule", "_", "__", "legal"), CASES, ids=[f"{case[0]}-{i}" for i, case in enumerate(CASES)])
def test_rule_is_silent(rule: str, _: str, __: str, legal: str) -> None:
    assert Playback(legal).broken == []


def test_every_rule_has_a_transcript() -> None:
    assert {rule.id for rule in LAW} == {case[0] for case in CASES}
