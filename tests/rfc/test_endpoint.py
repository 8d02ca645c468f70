"""How the knowledge of an endpoint grows, told by transcripts."""

import pytest

from tcpchaos.rfc import Endpoint
from tests.transcript import Playback

OPEN = """
    client> S 0:0(0) win 1000 <mss 1400,sackOK,TS val 100 ecr 0,nop,wscale 2>
    server> S. 0:0(0) ack 1 win 2000 <mss 500,sackOK,TS val 700 ecr 100,nop,wscale 4>
    client> . 1:1(0) ack 1 win 30 <nop,nop,TS val 101 ecr 700>
"""


def ends(text: str) -> tuple[Endpoint, Endpoint]:
    return Playback(text).connection.ends


def test_the_handshake_tells_what_both_agreed_on() -> None:
    client, server = ends(OPEN)
    assert (client.rcv_shift, client.snd_shift, client.snd_mss) == (2, 4, 500)
    assert (server.rcv_shift, server.snd_shift, server.snd_mss) == (4, 2, 1400)
    assert server.snd_wnd == 30 << 2
    assert client.snd_wnd == 2000
    assert (client.iss, client.irs) == (server.irs, server.iss)


def test_one_side_without_window_scaling_turns_it_off_for_both() -> None:
    client, server = ends(OPEN.replace(",nop,wscale 4", ""))
    assert (client.rcv_shift, client.snd_shift, server.rcv_shift, server.snd_shift) == (0, 0, 0, 0)


def test_a_timestamp_counts_only_inside_the_window() -> None:
    future = "<nop,nop,TS val 9999 ecr 700>"
    _, server = ends(OPEN + f">server . 150000:150000(0) ack 1 win 30 {future}")
    assert server.timestamps.newest == 101
    _, server = ends(OPEN + f">server . 1:1(0) ack 1 win 30 {future}")
    assert server.timestamps.newest == 9999


def test_variables_move_with_what_is_delivered_and_wrap() -> None:
    client, server = ends(OPEN + "client>x P. 1:11(10) ack 1 win 30\nclient> P. 11:21(10) ack 1 win 30")
    assert client.iss is not None
    assert client.snd_nxt == client.iss + 21 > 2**32
    assert client.snd_una == client.iss + 1
    assert server.rcv_nxt == client.iss + 1
    assert server.received.islands == [(client.iss + 11, client.iss + 21)]


def test_octets_beyond_the_window_are_possible_but_not_likely_taken_in() -> None:
    _, server = ends(
        "client> S 0:0(0) win 9\nserver> S. 0:0(0) ack 1 win 4\n"
        "client> . 1:1(0) ack 1 win 9\nclient> P. 1:11(10) ack 1 win 9"
    )
    assert server.irs is not None
    assert server.received.nxt == server.irs + 5
    assert server.possible.nxt == server.irs + 11


@pytest.mark.parametrize(
    ("forged", "rule"),
    [
        ('P 1:6(5) win 9 "evil!"', "SA-11"),
        ('P. 1:6(5) ack 90000 win 9 "evil!"', "SA-09"),
        ('P. 1:6(5) ack 1 win 9 checksum 0x0bad "evil!"', "DI-05"),
    ],
)
def test_what_must_be_discarded_is_remembered_with_the_reason(forged: str, rule: str) -> None:
    _, server = ends(OPEN + f">server {forged}")
    assert server.irs is not None
    assert server.possible.nxt == server.irs + 1
    assert server.doubtful == [(server.irs + 1, server.irs + 6, rule)]


ESTABLISHED = OPEN + "server> P. 1:6(5) ack 1 win 9 <nop,nop,TS val 702 ecr 101>"


def test_a_fin_counts_once_all_before_it_was_delivered() -> None:
    text = OPEN + "client>x P. 1:3(2) ack 1 win 9\nclient> F. 3:3(0) ack 1 win 9"
    _, server = ends(text)
    assert server.fin_delivered is None
    _, server = ends(text + "\nclient> P. 1:3(2) ack 1 win 9")
    assert server.irs is not None
    assert server.fin_delivered == server.irs + 3


def test_timestamps_are_echoed_from_what_was_delivered() -> None:
    client, server = ends(ESTABLISHED)
    assert server.timestamps.recent == 101
    assert client.timestamps.recent == 702
    assert server.timestamps.echoed == 101


def test_what_is_delivered_before_a_late_syn_is_explained_may_have_been_taken_in() -> None:
    """The client's second SYN is heard after the answer to the first was delivered, and may have been sent before."""
    story = """
        client> S 0:0(0) win 1000 <mss 1400,nop,wscale 2>
        server> S. 0:0(0) ack 1 win 2000 <mss 500,nop,wscale 4>
        client> S 0:0(0) win 1000 <mss 1400,nop,wscale 2>
        server> . 1:1(0) ack 1 win 3000
        >client P. 1:4(3) ack 1 win 3000
        client> . 1:1(0) ack 4 win 30
        client= ESTABLISHED snd_wnd=48000
    """
    played = Playback(story)
    assert played.broken == []
    assert played.connection.ends[0].max_snd_wnd == 3000 << 4


def test_a_syn_that_crossed_may_be_a_duplicate_though_the_own_one_is_heard_again_in_between() -> None:
    story = """
        server>x S 0:0(0) win 1000 <mss 1400,sackOK>
        client> S 0:0(0) win 1000 <mss 1400,sackOK>
        >client S 0:0(0) win 1000 <mss 1400,sackOK>
        server>x S 0:0(0) win 1000 <mss 1400,sackOK>
        client> S. 0:0(0) ack 1 win 1000 <mss 1400,sackOK>
        server> . 1:1(0) ack 1 win 1000 <nop,nop,sack 0:1>
    """
    assert Playback(story).broken == []
    assert Playback(story.replace("client> S. ", "client>x S. ")).broken != []
