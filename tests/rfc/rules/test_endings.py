"""Rules about how a connection ends for its applications: each caught when broken, silent when only nearly."""

import pytest

from tests.rfc.rules.case import OPEN, Case, assert_caught, assert_silent
from tests.transcript import Playback

HELLO = OPEN + 'client< wrote "hello"\nclient> P. 1:6(5) ack 1 win 65535 "hello"\nserver> . 1:1(0) ack 6 win 65535\n'
RESET = ">server R 6:6(0) win 0\n"

CASES: list[Case] = [
    (
        "DI-04",
        "server",
        HELLO + RESET + 'server< read "hallo"\nserver< ended reset',
        HELLO + RESET + 'server< read "hel"\nserver< ended reset',
    ),
    (
        "DI-41",
        "server",
        HELLO + 'server< read "hel"\nserver< @2000 waits',
        HELLO + 'server< read "hello"\nserver< @2000 waits',
    ),
    (
        "TD-41",
        "server",
        HELLO + 'server< read "hello"\nclient> F. 6:6(0) ack 1 win 65535\nserver> . 1:1(0) ack 7 win 65535\n'
        "server< @2000 waits",
        HELLO + 'server< read "hello"\nclient> F. 6:6(0) ack 1 win 65535\nserver> @1500 . 1:1(0) ack 7 win 65535\n'
        "server< @2000 waits",
    ),
    (
        "TD-41",
        "server",
        HELLO + 'server< read "hello"\nclient> F. 6:6(0) ack 1 win 65535\nserver> . 1:1(0) ack 7 win 65535\n'
        "server< @2000 waits",
        HELLO + 'server< read "hello"\n>server P. 6:7(1) ack 1 win 65535 "x"\nserver> . 1:1(0) ack 7 win 65535\n'
        "client> F. 6:6(0) ack 1 win 65535\nserver> . 1:1(0) ack 7 win 65535\nserver< @2000 waits",
    ),
    (
        "RS-41",
        "server",
        HELLO + 'server< read "hello"\n' + RESET + "server< @2000 waits",
        HELLO + 'server< read "hello"\n>server @1500 R 6:6(0) win 0\nserver< @2000 waits',
    ),
    (
        "RS-42",
        "server",
        HELLO + 'server< read "hello"\nclient> R 6:6(0) win 0\nserver< ended refused',
        HELLO + 'server< read "hello"\nclient> R 6:6(0) win 0\nserver< ended reset',
    ),
    (
        "RS-43",
        "server",
        HELLO + "server< ended pipe",
        HELLO + "server< closed shutdown\nserver< ended pipe",
    ),
]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case[0])
def test_rule_catches(case: Case) -> None:
    assert_caught(case)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case[0])
def test_rule_is_silent(case: Case) -> None:
    assert_silent(case)


def test_nobody_to_write_to_after_the_peer_has_closed_is_still_somebody_to_write_to() -> None:
    closed = HELLO + 'server< read "hello"\nclient> F. 6:6(0) ack 1 win 65535\nserver< ended eof\nserver< ended pipe'
    assert_caught(("RS-43", "server", closed, ""))


def test_octets_that_were_forged_may_be_read_before_an_error() -> None:
    forged = HELLO + '>server P. 6:8(2) ack 1 win 65535 "XX"\nclient> R 6:6(0) win 0\nserver< read "helloXX"\n'

    assert_silent(("", "", "", forged + "server< ended reset"))


def test_after_another_error_nobody_to_write_to_is_what_one_is_told() -> None:
    assert_silent(("", "", "", HELLO + "server< ended pipe\nserver< ended timeout"))


@pytest.mark.parametrize(
    ("rule", "story"),
    [
        ("TD-41", "client> @1000 F. 6:6(0) ack 1 win 65535\nserver> @1000 . 1:1(0) ack 7 win 65535\n"),
        ("RS-41", ">server @1000 R 6:6(0) win 0\n"),
    ],
)
def test_who_had_no_turn_since_then_could_not_be_told(rule: str, story: str) -> None:
    """The run is cut off right after a stall of all of it, before the application has had its turn."""
    told = HELLO + 'server< read "hello"\n'
    attended = "beats " + " ".join(str(ms) for ms in range(0, 2600, 100)) + "\n"
    stalled = "beats " + " ".join(str(ms) for ms in (*range(0, 1100, 100), 2505)) + "\n"
    assert Playback(told + attended + story + "server< @2500 waits").broken == [f"{rule} server"]
    assert Playback(told + story + stalled + "server< @2500 waits").broken == []


@pytest.mark.parametrize("options", ["", "<mss 1460 length 0>"])
def test_forged_octets_may_be_read_before_an_error_whatever_their_options_are(options: str) -> None:
    forged = f'>server P. 6:7(1) ack 1 win 65535 {options} "x"\n>server R 7:7(0) win 0\n'
    assert Playback(HELLO + forged + 'server< read "hellox"\nserver< ended reset').broken == []
