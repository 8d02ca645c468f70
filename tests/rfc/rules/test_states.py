"""Rules about the state that an endpoint says it is in: each caught when broken, silent when only nearly."""

import pytest

from tcpchaos.trace import Side
from tests.rfc.rules.case import OPEN, Case, assert_caught, assert_silent
from tests.transcript import Playback

SYN = "client> S 0:0(0) win 65535 <mss 1460>\n"
SYN_ACK = SYN + "server> S. 0:0(0) ack 1 win 65535 <mss 1460>\n"
CLIENT_CLOSES = OPEN + "client> F. 1:1(0) ack 1 win 9\n"
BOTH_CLOSED = "server> F. 1:1(0) ack 2 win 9\nclient> . 2:2(0) ack 2 win 9\n"
SERVER_HAS_SPOKEN = OPEN + "server> P. 1:3(2) ack 1 win 9\nclient> . 1:1(0) ack 3 win 9\n"

CASES: list[Case] = [
    ("ST-01", "client", OPEN + "client= ESTABLISHED -> TIME-WAIT", OPEN + "client= ESTABLISHED -> FIN-WAIT-1"),
    ("ST-02", "server", SYN_ACK + "server= ESTABLISHED", OPEN + "server= ESTABLISHED"),
    (
        "HS-15",
        "client",
        SYN + "client> S. 0:0(0) ack 1 win 9\n>client S 0:0(0) win 9\nclient= ESTABLISHED",
        SYN_ACK + "client= ESTABLISHED",
    ),
    ("HS-05", "client", SYN + ">client . 1:1(0) ack 1 win 9\nclient= ESTABLISHED", SYN_ACK + "client= ESTABLISHED"),
    ("ST-03", "client", OPEN + "client= FIN-WAIT-1 unclosed", OPEN + "client= FIN-WAIT-1"),
    (
        "ST-04",
        "client",
        CLIENT_CLOSES + "client= FIN-WAIT-2",
        CLIENT_CLOSES + "server> . 1:1(0) ack 2 win 9\nclient= FIN-WAIT-2",
    ),
    (
        "ST-05",
        "client",
        CLIENT_CLOSES + "server>x F. 1:1(0) ack 1 win 9\nclient= CLOSING",
        CLIENT_CLOSES + "server> F. 1:1(0) ack 1 win 9\nclient= CLOSING",
    ),
    (
        "ST-06",
        "server",
        OPEN + "client>x F. 1:1(0) ack 1 win 9\nserver= CLOSE-WAIT",
        OPEN + "client> F. 1:1(0) ack 1 win 9\nserver= CLOSE-WAIT",
    ),
    ("ST-07", "server", CLIENT_CLOSES + "server= LAST-ACK -> CLOSED stayed=3", CLIENT_CLOSES + "server= LAST-ACK"),
    (
        "ST-08",
        "client",
        CLIENT_CLOSES + "server> F. 1:1(0) ack 1 win 9\nclient= TIME-WAIT",
        CLIENT_CLOSES + "server> F. 1:1(0) ack 2 win 9\nclient= TIME-WAIT",
    ),
    (
        "ST-09",
        "server",
        CLIENT_CLOSES + "server> F. 1:1(0) ack 2 win 9\nclient> . 2:2(0) ack 2 win 9\nserver= TIME-WAIT was=LAST-ACK",
        # It may have closed before the FIN came, and its own have waited behind octets.
        CLIENT_CLOSES + "server> F. 1:1(0) ack 2 win 9\nclient> . 2:2(0) ack 2 win 9\nserver= TIME-WAIT was=CLOSING",
    ),
    (
        "ST-10",
        "server",
        SERVER_HAS_SPOKEN + ">server S 7:7(0) win 9\nserver= CLOSED settled",
        SERVER_HAS_SPOKEN + ">server S 7:7(0) win 9\nserver= ESTABLISHED settled",
    ),
    (
        "ST-11",
        "client",
        OPEN + "client= ESTABLISHED settled untouched peer=TIME-WAIT",
        OPEN + "client= ESTABLISHED settled untouched peer=CLOSE-WAIT",
    ),
    (
        "ST-12",
        "server",
        CLIENT_CLOSES + "server> . 1:1(0) ack 2 win 9\nserver= ESTABLISHED",
        CLIENT_CLOSES + "server= ESTABLISHED",
    ),
    (
        "ST-13",
        "server",
        SERVER_HAS_SPOKEN + "server= CLOSED settled",
        SERVER_HAS_SPOKEN + "server> R. 3:3(0) ack 1 win 0\nserver= CLOSED settled",
    ),
    (
        "RS-03",
        "server",
        SERVER_HAS_SPOKEN + ">server R 2:2(0) win 0\nserver= CLOSED settled",
        SERVER_HAS_SPOKEN + ">server R 1:1(0) win 0\nserver= CLOSED settled",
    ),
    (
        "RS-21",
        "server",
        SERVER_HAS_SPOKEN + "client> R 1:1(0) win 0\nserver= ESTABLISHED settled",
        SERVER_HAS_SPOKEN + "client> R 1:1(0) win 0\nserver= CLOSED settled",
    ),
    (
        "ST-14",
        "client",
        CLIENT_CLOSES + BOTH_CLOSED + "@20\nclient= CLOSED",
        CLIENT_CLOSES + BOTH_CLOSED + "@20\nclient= TIME-WAIT\nserver= CLOSED\n@2000\nclient= CLOSED",
    ),
    (
        "RS-04",
        "client",
        SYN + ">client R. 0:0(0) ack 7 win 0\nclient= SYN-SENT -> CLOSED reset",
        SYN + ">client R. 0:0(0) ack 1 win 0\nclient= SYN-SENT -> CLOSED reset",
    ),
]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case[0])
def test_rule_catches(case: Case) -> None:
    assert_caught(case)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case[0])
def test_rule_is_silent(case: Case) -> None:
    assert_silent(case)


MOVES = [
    ("ST-01", "client", OPEN + "client= ESTABLISHED was=FIN-WAIT-1", OPEN + "client= FIN-WAIT-1 was=SYN-SENT"),
    ("ST-02", "server", SYN_ACK + "server= SYN-RECEIVED -> ESTABLISHED", OPEN + "server= SYN-RECEIVED -> ESTABLISHED"),
    ("HS-15", "client", SYN + "client= SYN-SENT -> ESTABLISHED", SYN_ACK + "client= SYN-SENT -> ESTABLISHED"),
    (
        "ST-04",
        "client",
        CLIENT_CLOSES + "client= FIN-WAIT-1 -> FIN-WAIT-2",
        CLIENT_CLOSES + "server> . 1:1(0) ack 2 win 9\nclient= FIN-WAIT-1 -> FIN-WAIT-2",
    ),
    (
        "ST-06",
        "server",
        OPEN + "server= ESTABLISHED -> CLOSE-WAIT",
        CLIENT_CLOSES + "server= ESTABLISHED -> CLOSE-WAIT",
    ),
    (
        "RS-03",
        "server",
        SERVER_HAS_SPOKEN + ">server R 2:2(0) win 0\nserver= ESTABLISHED -> CLOSED reset",
        SERVER_HAS_SPOKEN + ">server R 1:1(0) win 0\nserver= ESTABLISHED -> CLOSED reset",
    ),
]


@pytest.mark.parametrize("case", MOVES, ids=lambda case: case[0])
def test_a_move_without_a_reason_is_caught_and_one_with_a_reason_is_not(case: Case) -> None:
    assert_caught(case)
    assert_silent(case)


def test_a_connection_that_is_closing_is_not_open_again() -> None:
    assert Playback(CLIENT_CLOSES + "client= ESTABLISHED").broken == ["ST-12 client"]


@pytest.mark.parametrize("ends", ["client> R. 2:2(0) ack 2 win 0", ">client R 2:2(0) win 0"])
def test_a_reset_ends_time_wait(ends: str) -> None:
    assert Playback(CLIENT_CLOSES + BOTH_CLOSED + ends + "\n@20\nclient= CLOSED").broken == []


def test_a_syn_may_open_another_connection_from_time_wait() -> None:
    waits = CLIENT_CLOSES + BOTH_CLOSED
    opened = waits + ">client S 5:5(0) win 9\n"
    assert Playback(opened + "client= SYN-RECEIVED was=TIME-WAIT").broken == []
    assert Playback(opened + "client> S. 900:900(0) ack 6 win 9\nclient= SYN-RECEIVED was=TIME-WAIT").broken == []
    assert Playback(waits + "client= SYN-RECEIVED was=TIME-WAIT").broken == ["ST-01 client", "ST-10 client"]
    # It was asked last when it waited for the FIN, and the SYN came before it was heard to acknowledge that.
    at_once = CLIENT_CLOSES + "server> F. 1:1(0) ack 2 win 9\n>client S 900:900(0) win 9\n"
    assert Playback(at_once + "client= SYN-RECEIVED was=FIN-WAIT-2").broken == []


def test_where_a_fin_and_forged_octets_stand_it_may_have_taken_either() -> None:
    taken = OPEN + ">server P. 1:2(1) ack 1 win 9\nserver> . 1:1(0) ack 2 win 9\nclient> F. 1:1(0) ack 1 win 9\n"
    taken += "server> . 1:1(0) ack 2 win 9\n"
    assert Playback(taken + "server= ESTABLISHED").broken == []
    assert Playback(taken + "server= CLOSE-WAIT").broken == []
    assert Playback(taken + "server> P. 1:3(2) ack 2 win 9\nserver= FIN-WAIT-2").broken == ["ST-04 server"]


def test_a_reason_that_came_later_is_none() -> None:
    later = OPEN + "client> @9 F. 1:1(0) ack 1 win 9\nserver= @8 ESTABLISHED -> CLOSE-WAIT"
    assert Playback(later).broken == ["ST-06 server"]


@pytest.mark.parametrize(
    "says",
    [
        OPEN + "server= SYN-RECEIVED",  # it waits for data before it takes the connection (TCP_DEFER_ACCEPT)
        SYN_ACK + "server= CLOSED settled",  # a SYN cookie: it keeps nothing
        OPEN + "client= FIN-WAIT-1",  # closed, and the FIN waits behind a closed window
        OPEN + "client= CLOSED",  # aborted, and the reset has not been seen yet
        SERVER_HAS_SPOKEN + "server> P. 3:5(2) ack 1 win 9\nserver= CLOSED settled",  # it gave up retransmitting
        # It closed while octets kept its FIN back, and then the peer's FIN came.
        CLIENT_CLOSES + "server> . 1:1(0) ack 2 win 9\nserver= CLOSING",
        # A forged FIN, and octets behind it: nobody knows which of them it took.
        OPEN + ">server F. 3:3(0) ack 1 win 9\nclient> P. 1:9(8) ack 1 win 9\nserver> . 1:1(0) ack 9 win 9\n"
        "server= ESTABLISHED",
    ],
)
def test_what_looks_like_a_breach_and_is_none(says: str) -> None:
    assert Playback(says).broken == []


def test_a_connection_may_have_ended_and_another_begun_since_it_was_asked_last() -> None:
    closed = CLIENT_CLOSES + "server> F. 1:1(0) ack 2 win 9\nclient> . 2:2(0) ack 2 win 9\n"
    again = closed + ">server S 900:900(0) win 9\nserver> S. 700:700(0) ack 901 win 9\n"
    assert Playback(again + "server= SYN-RECEIVED was=ESTABLISHED").broken == []
    assert Playback(again + "server= CLOSE-WAIT was=ESTABLISHED").broken == ["ST-06 server"]
    assert "ST-01 server" in Playback(OPEN + "server= SYN-RECEIVED was=ESTABLISHED").broken


def test_who_was_told_of_an_icmp_error_in_place_of_a_connection_may_have_closed_it() -> None:
    playback = Playback(OPEN)
    playback.connection.warned(Side.CLIENT, 0, 9, fatal=True)
    playback._play("client> F. 1:1(0) ack 1 win 9")
    playback._play("client= FIN-WAIT-1 unclosed")
    assert playback.broken == []
