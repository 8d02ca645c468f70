"""Rules about the figures that an endpoint's TCP gives: each caught when broken, silent when only nearly."""

import pytest

from tests.rfc.rules.case import OPEN, OPEN_WITH_OPTIONS, Case, assert_caught, assert_silent
from tests.transcript import Playback

HELLO = OPEN + 'client> P. 1:6(5) ack 1 win 500 "hello"\nserver> . 1:1(0) ack 6 win 400\n'

SERVER_TS = "<nop,nop,TS val 701 ecr 101>"

CASES: list[Case] = [
    ("DI-07", "server", HELLO + "server= ESTABLISHED bytes_received=6", HELLO + "server= ESTABLISHED bytes_received=5"),
    ("DI-08", "client", HELLO + "client= ESTABLISHED bytes_acked=7", HELLO + "client= ESTABLISHED bytes_acked=6"),
    ("DI-09", "server", HELLO + "server= ESTABLISHED snd_wnd=65536", HELLO + "server= ESTABLISHED snd_wnd=65535"),
    (
        "DI-10",
        "server",
        HELLO + "server= ESTABLISHED settled rcv_wnd=65531",
        HELLO + "server= ESTABLISHED settled rcv_wnd=65530",
    ),
    (
        "DI-10",
        "server",
        HELLO + "server> . 1:1(0) ack 6 win 65534\nserver= ESTABLISHED settled rcv_wnd=79640",
        HELLO + "server> . 1:1(0) ack 6 win 65535\nserver= ESTABLISHED settled rcv_wnd=79640",
    ),
    (
        "OP-27",
        "client",
        OPEN_WITH_OPTIONS + f"server> . 1:1(0) ack 1 win 9 {SERVER_TS}\nclient= ESTABLISHED snd_wscale=0 rcv_wscale=7",
        OPEN_WITH_OPTIONS + f"server> . 1:1(0) ack 1 win 9 {SERVER_TS}\nclient= ESTABLISHED snd_wscale=7 rcv_wscale=7",
    ),
]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case[0])
def test_rule_catches(case: Case) -> None:
    assert_caught(case)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case[0])
def test_rule_is_silent(case: Case) -> None:
    assert_silent(case)


def test_what_was_acknowledged_was_received_and_counts() -> None:
    assert Playback(HELLO + "server= ESTABLISHED bytes_received=4").broken == ["DI-07 server"]


def test_where_nothing_was_done_to_any_segment_the_figures_are_exact() -> None:
    silent = OPEN + 'client> P. 1:6(5) ack 1 win 500 "hello"\n'
    assert Playback(silent + "server= ESTABLISHED bytes_received=0 settled").broken == []
    assert Playback(silent + "server= ESTABLISHED bytes_received=0 settled untouched").broken == ["DI-07 server"]
    assert Playback(HELLO + "client= ESTABLISHED bytes_acked=1 settled untouched").broken == ["DI-08 client"]


def test_what_had_to_be_thrown_away_acknowledged_nothing() -> None:
    past = "<nop,nop,TS val 690 ecr 102>"
    transcript = OPEN_WITH_OPTIONS + (
        f"server> . 1:1(0) ack 1 win 9 {SERVER_TS}\n"
        'client> P. 1:3(2) ack 1 win 9 <nop,nop,TS val 102 ecr 701> "hi"\n'
        f"server> . 1:1(0) ack 3 win 9 {past}\n"
    )
    assert Playback(transcript + "client= ESTABLISHED bytes_acked=1 settled untouched").broken == []


def test_the_octet_of_a_probe_may_be_refused() -> None:
    opening = "client> S 0:0(0) win 65535\nserver> S. 0:0(0) ack 1 win 5\nclient> . 1:1(0) ack 1 win 500\n"
    full = 'client> P. 1:6(5) ack 1 win 500 "hello"\nserver> . 1:1(0) ack 6 win 0\n'
    closed = opening + full + 'client> P. 6:7(1) ack 1 win 500 "!"\n'
    for count in (5, 6):
        assert Playback(closed + f"server= ESTABLISHED bytes_received={count} settled untouched").broken == []


def test_an_acknowledgment_of_what_was_not_seen_yet_counts() -> None:
    """A forged one may be ahead of what the endpoint was seen to send, but not of what it may have sent."""
    forged = HELLO + ">client . 1:1(0) ack 300 win 400\nclient= ESTABLISHED bytes_acked=300"
    assert Playback(forged).broken == []


def test_what_was_acknowledged_and_never_delivered_is_expected_of_no_figure() -> None:
    findings = (
        Playback(HELLO + "server> . 1:1(0) ack 9 win 400\nserver= ESTABLISHED bytes_received=8").verdict().findings
    )
    assert [(each.rule, each.expected) for each in findings] == [
        ("SA-02", "ack 6 at the most"),
        ("DI-07", "5 octets"),
    ]
    right = HELLO + "server> . 1:1(0) ack 9 win 400\nserver= ESTABLISHED bytes_received=5"
    assert Playback(right).broken == ["SA-02 server"]
