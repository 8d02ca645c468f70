"""Rules about control bits: each caught when broken, silent when only nearly."""

import pytest

from tests.rfc.rules.case import OPEN, Case, assert_caught, assert_silent
from tests.transcript import Playback

CASES: list[Case] = [
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
        "FL-04",
        "client",
        "client> SPU 0:0(0) win 9 urg 1",
        "client> S 0:0(0) win 9",
    ),
    ("FL-06", "client", "client> S 0:0(0) ack 7 win 9", "client> S 0:0(0) win 9"),
    (
        "FL-07",
        "client",
        OPEN + "client> PU. 1:3(2) ack 1 win 65535 urg 0",
        OPEN + "client> PU. 1:3(2) ack 1 win 65535 urg 1",
    ),
    (
        "FL-13",
        "client",
        OPEN + "client> PU. 1:11(10) ack 1 win 65535 urg 9\nclient> @900 PU. 1:11(10) ack 1 win 65535 urg 8",
        OPEN + "client> PU. 1:11(10) ack 1 win 65535 urg 9\nclient> @900 PU. 5:11(6) ack 1 win 65535 urg 5",
    ),
]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case[0])
def test_rule_catches(case: Case) -> None:
    assert_caught(case)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case[0])
def test_rule_is_silent(case: Case) -> None:
    assert_silent(case)


def test_a_syn_ack_with_another_number_in_the_middle_of_a_connection_is_caught() -> None:
    text = OPEN + "server> P. 1:3(2) ack 1 win 65535\nserver> S. 5000:5000(0) ack 1 win 65535"
    assert Playback(text).broken == ["FL-12 server"]
    # Where a reset may have ended the connection, its listener may answer a copy of the SYN.
    text = OPEN + "server> P. 1:3(2) ack 1 win 65535\n>server R 1:1(0)\nserver> S. 5000:5000(0) ack 1 win 65535"
    assert Playback(text).broken == []
