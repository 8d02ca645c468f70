"""Rules about timestamps: for each a transcript that breaks it, and the nearest one that does not."""

import pytest

from tests.rfc.rules.case import OPEN_WITH_OPTIONS, Case, assert_caught, assert_silent
from tests.transcript import Playback

STALE = (
    OPEN_WITH_OPTIONS
    + """
    client> @10 P. 1:3(2) ack 1 win 512 <nop,nop,TS val 110 ecr 700>
    server> @10 . 1:1(0) ack 3 win 512 <nop,nop,TS val 710 ecr 110>
    client> @20 P. 3:5(2) ack 1 win 512 <nop,nop,TS val 120 ecr 710>
"""
)
STOOD = OPEN_WITH_OPTIONS + "client> @{} . 1:1(0) ack 1 win 513 <nop,nop,TS val {} ecr 700>"

CASES: tuple[Case, ...] = (
    (
        "OP-08",
        "server",
        OPEN_WITH_OPTIONS + "server> . 1:1(0) ack 1 win 512 <nop,nop,TS val 702 ecr 102>",
        OPEN_WITH_OPTIONS + "server> . 1:1(0) ack 1 win 512 <nop,nop,TS val 702 ecr 101>",
    ),
    (
        "OP-28",
        "server",
        STALE + "server> @1100 . 1:1(0) ack 5 win 512 <nop,nop,TS val 1800 ecr 110>",
        STALE + "server> @900 . 1:1(0) ack 5 win 512 <nop,nop,TS val 1600 ecr 110>",
    ),
    ("OP-31", "client", STOOD.format(2600, 101), STOOD.format(2400, 101)),
)


def test_where_we_had_to_wait_for_our_turn_an_endpoint_may_have_had_to() -> None:
    last = "server> @1500 . 1:1(0) ack 5 win 512 <nop,nop,TS val 2200 ecr 110>"
    steadily = " ".join(str(ms) for ms in range(600, 1600, 100))
    assert Playback(f"beats 0 100 200 300 400 500 {steadily}\n{STALE}{last}").broken == ["OP-28 server"]
    assert Playback(f"beats 0 {steadily}\n{STALE}{last}").broken == []


def test_a_timestamp_that_was_heard_late_is_not_old() -> None:
    story = "beats 0 100\n" + STOOD.format(2800, 101)
    assert Playback(story).broken == []
    assert Playback(story.replace("beats 0 100", "beats 2700")).broken == ["OP-31 client"]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case[0])
def test_rule_catches(case: Case) -> None:
    assert_caught(case)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case[0])
def test_rule_is_silent(case: Case) -> None:
    assert_silent(case)


def test_who_took_a_syn_without_timestamps_may_have_nothing_to_echo_yet() -> None:
    crossed = (
        "client>x S 0:0(0) win 9 <TS val 100 ecr 0>\nserver>x S 0:0(0) win 9 <TS val 700 ecr 0>\n"
        ">server S 0:0(0) win 9{}\n>client S 0:0(0) win 9 <TS val 700 ecr 0>\n"
        "server> S. 0:0(0) ack 1 win 9 <TS val 700 ecr {}>\nclient> S. 0:0(0) ack 1 win 9 <TS val 101 ecr 700>\n"
        "server> . 1:1(0) ack 1 win 9 <nop,nop,TS val 701 ecr 0>"
    )
    assert "OP-08 server" not in Playback(crossed.format("", 0)).broken
    assert "OP-08 server" in Playback(crossed.format(" <TS val 100 ecr 0>", 100)).broken


def test_who_is_given_its_own_syn_without_options_has_nothing_to_echo() -> None:
    """A SYN that comes back to its sender (LAND) crosses its own; the answer of the real peer is not taken any more."""
    land = """
        client> S 0:0(0) win 64240 <mss 1460,sackOK,TS val 100 ecr 0,nop,wscale 7>
        >client S 37:37(0) win 65535
        server> S. 0:0(0) ack 1 win 65160 <mss 1460,sackOK,TS val 700 ecr 100,nop,wscale 7>
        client> S. 0:0(0) ack 38 win 64240 <mss 1460,TS val 101 ecr 0,nop,wscale 7>
        client> . 1:1(0) ack 38 win 502
        server> R 38:38(0) win 0
    """
    assert Playback(land).broken == []


def test_what_was_delivered_may_be_echoed_though_it_lies_half_a_circle_behind() -> None:
    text = OPEN_WITH_OPTIONS + ">client . 1:1(0) ack 1 win 512 <nop,nop,TS val {} ecr 101>\n"
    text += "client> . 1:1(0) ack 1 win 512 <nop,nop,TS val 105 ecr {}>"
    far = 701 + 2**31
    assert "OP-08 client" not in Playback(text.format(far, far)).broken
    assert "OP-08 client" in Playback(text.format(far, 800)).broken
