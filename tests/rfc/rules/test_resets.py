"""Rules about resets: each caught when broken, silent when only nearly."""

import pytest

from tests.rfc.rules.case import OPEN, Case, assert_caught, assert_silent
from tests.transcript import Playback

# Only once it has sent data is it known to have left SYN-RECEIVED.
HELLO = OPEN + "server> P. 1:3(2) ack 1 win 65535\nclient> . 1:1(0) ack 3 win 65535\n"

# A SYN reaches TIME-WAIT, and behind it an acknowledgment that was meant for the connection before.
REOPENED = (
    OPEN
    + """
    server> F. 1:1(0) ack 1 win 65535
    client> F. 1:1(0) ack 2 win 65535
    server> . 2:2(0) ack 2 win 65535
    >server S 900:900(0) win 9
    client> . 2:2(0) ack 2 win 65535
    server>x S. 5000:5000(0) ack 901 win 9
"""
)
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
        OPEN + "server> P. 1:3(2) ack 1 win 9\n>server R 9:9(0) win 0\nserver> @900 P. 1:3(2) ack 1 win 65535",
    ),
    (
        "HS-04",
        "server",
        REOPENED + "server>x R 3:3(0) win 0",
        REOPENED + "server>x R 2:2(0) win 0",
    ),
    (
        "HS-04",
        "client",
        "client> S 0:0(0) win 9\n>client S. 0:0(0) ack 7 win 9\nclient> R 8:8(0) win 0",
        "client> S 0:0(0) win 9\n>client S. 0:0(0) ack 7 win 9\nclient> R 7:7(0) win 0",
    ),
    (
        "RS-06",
        "server",
        HELLO + "server> R 90:90(0) win 0",
        HELLO + "server> R 3:3(0) win 0",
    ),
    (
        "RS-07",
        "server",
        HELLO + ">server . 1:1(0) ack 90 win 9\nserver> R 90:90(0) win 0",
        HELLO + ">server . 1:1(0) ack 90 win 9\nserver> . 3:3(0) ack 1 win 65535",
    ),
    (
        "RS-11",
        "server",
        HELLO + "server>x R. 3:3(0) ack 1 win 0\nserver> @900 P. 1:3(2) ack 1 win 65535",
        HELLO + "server>x R. 3:3(0) ack 1 win 0\nserver> @900 R. 3:3(0) ack 1 win 0",
    ),
    ("RS-18", "server", HELLO + "server> R. 3:3(0) ack 9 win 0", HELLO + "server> R. 3:3(0) ack 1 win 0"),
]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case[0])
def test_rule_catches(case: Case) -> None:
    assert_caught(case)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case[0])
def test_rule_is_silent(case: Case) -> None:
    assert_silent(case)


@pytest.mark.parametrize(
    "before", ["server> @9000 . 2:2(0) ack 1 win 65535\n", ">server R 1:1(0) win 0\nserver> . 3:3(0) ack 1 win 65535\n"]
)
def test_who_waited_for_a_sign_of_life_or_was_given_a_reset_may_be_gone(before: str) -> None:
    nobody = ">server . 1:1(0) ack 90 win 9\nserver> R 90:90(0) win 0"
    assert "RS-07 server" in Playback(HELLO + nobody).broken
    assert Playback(HELLO + before + nobody).broken == []


def test_what_is_wrong_with_a_refusal_is_said() -> None:
    story = "client> S 0:0(0) win 9\n>client S. 0:0(0) ack 7 win 9\nclient> "
    (flag,) = Playback(story + "R. 7:7(0) ack 3 win 0").verdict().findings
    assert (flag.rule, flag.expected) == ("HS-04", "seq 7 without ACK, for a bad acknowledgment")
    assert flag.observed.startswith("seq 7 ack ")
    (number,) = Playback(story + "R 8:8(0) win 0").verdict().findings
    assert (number.rule, number.observed) == ("HS-04", "seq 8 without ACK")
    assert number.expected == "the number of a bad acknowledgment, without ACK, or seq 1"
