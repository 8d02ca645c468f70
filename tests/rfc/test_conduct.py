"""What is out of the ordinary, and what must have been heeded, told by transcripts."""

import pytest

from tcpchaos.rfc.conduct import Conduct, Gap, Shrunk
from tcpchaos.trace import Side
from tests.rfc.rules.case import OPEN, OPEN_WITH_OPTIONS
from tests.transcript import ISS, Playback

SENT = OPEN + "client> P. 1:101(100) ack 1 win 65535\n"


ISS_OF_CLIENT = ISS[Side.CLIENT]


def conduct(text: str, side: int = 0) -> Conduct:
    return Playback(text).connection.ends[side].conduct


def test_nothing_is_odd_about_a_plain_exchange() -> None:
    text = SENT + "server> P. 1:11(10) ack 101 win 65535\nclient> P. 101:111(10) ack 11 win 65535\n"
    assert not conduct(text).odd
    assert not conduct(text, 1).odd


def test_what_is_left_out_is_remembered_until_it_is_filled_in() -> None:
    text = OPEN + "client> P. 11:21(10) ack 1 win 65535\n"
    left = ISS_OF_CLIENT + 1
    assert conduct(text).gap == Gap(left, left + 10, 0)
    assert conduct(text + "client> P. 1:6(5) ack 1 win 65535\n").gap == Gap(left + 5, left + 10, 0)
    assert conduct(text + "client> P. 1:11(10) ack 1 win 65535\n").gap is None


@pytest.mark.parametrize("forged", [". -9:-9(0) ack 51", ". 70000:70000(0) ack 51", "P. 65530:65540(10) ack 51"])
def test_an_acknowledgment_counts_for_sure_only_in_an_acceptable_segment(forged: str) -> None:
    sure = SENT + "server>x . 1:1(0) ack 51 win 65535\n>client . 1:1(0) ack 51 win 65535\n"
    assert conduct(sure).sure_una is None
    unsure = SENT + f">client {forged} win 65535\n"
    assert conduct(unsure).sure_una == ISS_OF_CLIENT + 1
    assert conduct(unsure + "server> . 1:1(0) ack 101 win 65535\n").sure_una is None


def test_a_window_that_shrinks_counts_until_it_opens_again() -> None:
    text = SENT + ">client . 1:1(0) ack 101 win 10\n"
    assert conduct(text).shrunk == Shrunk(ISS_OF_CLIENT + 111, 0)
    assert conduct(text + ">client . 1:1(0) ack 101 win 20\n").shrunk == Shrunk(ISS_OF_CLIENT + 121, 0)
    assert conduct(text + "server> . 1:1(0) ack 101 win 65535\n").shrunk is None
    # Nothing new is acknowledged: whoever got it may take it for an older segment.
    assert conduct(OPEN + ">client . 1:1(0) ack 1 win 10\n").shrunk is None
    assert conduct(OPEN + ">client . 1:1(0) ack 1 win 0\n").shrunk is not None


def test_a_timestamp_counts_for_sure_where_it_continues_what_was_acknowledged() -> None:
    text = OPEN_WITH_OPTIONS + "server> P. 1:3(2) ack 1 win 512 <nop,nop,TS val 702 ecr 101>\n"
    assert conduct(text, 1).stamp_low == 100
    text += "client> @5 P. {} ack 3 win 512 <nop,nop,TS val 109 ecr 702>"
    assert conduct(text.format("1:3(2)"), 1).stamp_sure == 109
    assert conduct(text.format("3:5(2)"), 1).stamp_sure < 0


def test_resets_that_were_refused_lie_inside_the_window_or_outside() -> None:
    text = OPEN + "server> P. 1:3(2) ack 1 win 65535\n"
    inside, outside = conduct(text + ">server R 9:9(0)", 1), conduct(text + ">server R -9:-9(0)", 1)
    assert (inside.refused_inside, inside.refused_outside) == (True, False)
    assert (outside.refused_inside, outside.refused_outside) == (False, True)


def test_octets_with_an_acknowledgment_from_the_past_are_noted_until_they_come_again() -> None:
    text = OPEN + "server> P. 1:101(100) ack 1 win 65535\nclient> . 1:1(0) ack 101 win 65535\n"
    text += ">server P. 1:3(2) ack -70000 win 65535\n"
    assert conduct(text, 1).past == [(ISS_OF_CLIENT + 1, ISS_OF_CLIENT + 3)]
    assert conduct(text + "client> P. 1:3(2) ack 101 win 65535", 1).past == []
