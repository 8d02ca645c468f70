"""Rules about congestion notification: for each a transcript that breaks it, and the nearest one that does not."""

import pytest

from tcpchaos.oracle import Oracle
from tests.rfc.rules.case import OPEN, Case, assert_caught, assert_silent
from tests.transcript import Playback

ASKED = "client> SEW 0:0(0) win 9\n"
AGREED = (
    ASKED
    + """
    server> S.E 0:0(0) ack 1 win 9
    client> . 1:1(0) ack 1 win 9
"""
)

CASES: tuple[Case, ...] = (
    ("FL-05", "client", OPEN + "client> . 1:1(0) ack 1 win 9 reserved 1", OPEN + "client> . 1:1(0) ack 1 win 9"),
    ("FL-10", "server", "client> S 0:0(0) win 9\nserver> S.E 0:0(0) ack 1 win 9", AGREED),
    ("FL-14", "server", OPEN + "server> .W 1:1(0) ack 1 win 9", AGREED + "server> .W 1:1(0) ack 1 win 9"),
    ("FL-16", "client", "client> S 0:0(0) win 9 ecn 2", "client> S 0:0(0) win 9 ecn 0"),
    ("FL-17", "server", AGREED + "server> .E 1:1(0) ack 1 win 9", AGREED + "server> .W 1:1(0) ack 1 win 9"),
)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case[0])
def test_rule_catches(case: Case) -> None:
    assert_caught(case)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case[0])
def test_rule_is_silent(case: Case) -> None:
    assert_silent(case)


def test_what_accurate_notification_uses_may_be_set_where_it_was_offered() -> None:
    text = """
        client> SEW 0:0(0) win 9 reserved 1
        server> S.W 0:0(0) ack 1 win 9
        client> .E 1:1(0) ack 1 win 9 reserved 1
    """
    assert Playback(text, Oracle()).broken == []


def test_a_packet_that_met_congestion_is_echoed() -> None:
    for bits, broken in ((2, ["FL-17 server"]), (3, [])):
        text = AGREED + f"client> P. 1:3(2) ack 1 win 9 ecn {bits}\nserver> .E 1:1(0) ack 3 win 9"
        assert Playback(text).broken == broken


def test_who_asks_for_accurate_notification_alone_may_be_agreed_with() -> None:
    assert Playback("client> S 0:0(0) win 9 reserved 1\nserver> S.E 0:0(0) ack 1 win 9").broken == []
