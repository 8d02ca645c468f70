"""Rules about windows: for each a transcript that breaks it, and the nearest one that does not."""

import pytest

from tests.rfc.rules.case import OPEN, Case, assert_caught, assert_silent
from tests.transcript import Playback

SMALL = """
    client> S 0:0(0) win 65535
    server> S. 0:0(0) ack 1 win 4
    client> . 1:1(0) ack 1 win 65535
"""
ONE_SCALES = """
    client> S 0:0(0) win 65535 <nop,wscale 7>
    server> S. 0:0(0) ack 1 win 40
    client> . 1:1(0) ack 1 win 65535
    server> . 1:1(0) ack 1 win 40
"""
SHRUNK = (
    OPEN
    + """
    client> P. 1:101(100) ack 1 win 65535
    server>x . 1:1(0) ack 101 win 65535
    >client . 1:1(0) ack 101 win 10
"""
)
SHUT = (
    OPEN
    + """
    server> . 1:1(0) ack 1 win 65535
    client> P. 1:1001(1000) ack 1 win 65535
    server> @1 . 1:1(0) ack 1001 win 64535
"""
)
FILLED = """
    client> S 0:0(0) win 65535
    server> S. 0:0(0) ack 1 win 400
    client> . 1:1(0) ack 1 win 65535
    client> P. 1:401(400) ack 1 win 65535
    server> . 1:1(0) ack 401 win 0
"""
TEN = OPEN + "".join(f"client> . {at}:{at + 1460}(1460) ack 1 win 65535\n" for at in range(1, 1 + 11 * 1460, 1460))

CASES: tuple[Case, ...] = (
    ("SA-07", "client", SMALL + "client> P. 1:7(6) ack 1 win 65535", SMALL + "client> P. 1:5(4) ack 1 win 65535"),
    (
        "OP-04",
        "client",
        ONE_SCALES + "client> P. 1:401(400) ack 1 win 65535",
        ONE_SCALES + "client> P. 1:41(40) ack 1 win 65535",
    ),
    (
        "WF-01",
        "server",
        SHUT + "server> @900 . 1:1(0) ack 1001 win 64534",
        SHUT + "server> @900 . 1:1(0) ack 1001 win 64535",
    ),
    (
        "WF-02",
        "client",
        SHRUNK + "client> @1100 P. 101:121(20) ack 1 win 65535",
        SHRUNK + "client> @1100 P. 101:111(10) ack 1 win 65535",
    ),
    (
        "WF-09",
        "server",
        FILLED + "server> @2 . 1:1(0) ack 401 win 20",
        FILLED + "server> @2 . 1:1(0) ack 401 win 200",
    ),
    ("WF-12", "client", TEN + "client> . 16061:16062(1) ack 1 win 65535", TEN),
)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case[0])
def test_rule_catches(case: Case) -> None:
    assert_caught(case)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case[0])
def test_rule_is_silent(case: Case) -> None:
    assert_silent(case)


def test_what_was_acknowledged_before_it_was_heard_opens_the_congestion_window() -> None:
    heard = OPEN + ">client . 1:1(0) ack 1461 win 65535\n" + TEN.removeprefix(OPEN)
    more = "client> . 16061:16062(1) ack 1 win 65535"
    assert Playback(heard + more).broken == []
    assert Playback(TEN + more).broken == ["WF-12 client"]
