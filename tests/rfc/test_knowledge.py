"""What the knowledge of an endpoint answers, told by transcripts."""

import pytest

from tcpchaos.rfc import Endpoint
from tcpchaos.trace import Side
from tests.transcript import Playback, segment

OPEN = """
    client> S 0:0(0) win 1000 <mss 1400,sackOK,TS val 100 ecr 0,nop,wscale 2>
    server> S. 0:0(0) ack 1 win 2000 <mss 500,sackOK,TS val 700 ecr 100,nop,wscale 4>
    client> . 1:1(0) ack 1 win 30 <nop,nop,TS val 101 ecr 700>
"""
ESTABLISHED = OPEN + "server> P. 1:6(5) ack 1 win 9 <nop,nop,TS val 702 ecr 101>"


def ends(text: str) -> tuple[Endpoint, Endpoint]:
    return Playback(text).connection.ends


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("P. 1:6(5) ack 6 win 9 <nop,nop,TS val 103 ecr 702>", None),
        ("P 1:6(5) win 9", "SA-11"),
        ("P. 1:6(5) ack 90000 win 9", "SA-09"),
        ("P. 1:6(5) ack 6 win 9 <nop,nop,TS val 50 ecr 702>", "OP-09"),
    ],
)
def test_the_rule_by_which_a_segment_must_be_discarded(text: str, reason: str | None) -> None:
    _, server = ends(ESTABLISHED)
    assert server.must_discard(segment(Side.CLIENT, text)) == reason


def test_more_may_have_been_sent_than_was_seen() -> None:
    client, server = ends(ESTABLISHED)
    assert (client.iss, server.iss) == (2**32 - 3, 2**32 - 40)
    # Up to the edge of the window that it was offered, a probe and a FIN.
    assert client.outermost() == client.snd_limit + 2
    opening, _ = ends("client> S 0:0(0) win 1000")
    assert opening.outermost() == opening.snd_nxt


def test_an_acknowledgment_of_the_syn_covers_it_and_nothing_that_was_never_sent() -> None:
    opening, _ = ends("client> S 0:0(0) win 1000")
    assert [opening.acks_syn(segment(Side.SERVER, f"S. 0:0(0) ack {ack}")) for ack in (0, 1, 2)] == [False, True, False]


@pytest.mark.parametrize(
    ("number", "accepted"),
    [("1:1", True), ("2:2", False), ("0:0", False), ("30000:30000", False), ("40001:40001", False)],
)
def test_only_an_exact_reset_may_end_an_established_connection(number: str, accepted: bool) -> None:
    _, server = ends(ESTABLISHED + f"\n>server R {number}(0) win 0")
    assert server.reset_possible is accepted
    assert (server.reset_at_us is not None) is accepted


def test_an_acknowledgment_of_what_is_still_underway_leaves_room_for_doubt() -> None:
    # The server has received ten octets more than it has acknowledged: either number may be its RCV.NXT.
    for number in ("1:1", "11:11"):
        _, server = ends(
            ESTABLISHED + f"\nclient> P. 1:11(10) ack 6 win 9 <nop,nop,TS val 103 ecr 702>\n>server R {number}(0)"
        )
        assert server.reset_possible
        assert server.reset_at_us is None


def test_resets_that_segments_for_nobody_call_for() -> None:
    playback = Playback(">server . 7:7(0) ack 9\n>server S 20:20(0)\n>server R. 7:7(0) ack 11")
    server = playback.connection.endpoint(Side.SERVER)
    assert len(server.provoked) == 2
    assert len(server.unprovoked) == 1
