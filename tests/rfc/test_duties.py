"""What is known of times: what was waited for, for how long, and what may explain a silence."""

from tcpchaos.rfc.duties import Duties, Since, is_current
from tcpchaos.rfc.rules.owed_timers import timeout_us
from tcpchaos.trace import Side
from tests.rfc.rules.test_owed_answers import TALKED
from tests.transcript import Playback


def duties(story: str, side: Side = Side.CLIENT) -> Duties:
    return Playback(story).connection.endpoint(side).duties


LOST = TALKED + "client>x @1000 P. 5:8(3) ack 5 win 65535\n"


def test_the_back_off_is_the_longest_wait_before_something_was_sent_again() -> None:
    assert duties(LOST).waited_us == 0
    once = LOST + "client>x @1200 P. 5:8(3) ack 5 win 65535\n"
    assert duties(once).waited_us == 200_000
    # The first may have been a fast retransmission, which lets the timer run on.
    again = once + "client>x @1600 P. 5:8(3) ack 5 win 65535\n"
    assert duties(again).waited_us == 600_000
    assert duties(again + "client>x @2400 P. 5:8(3) ack 5 win 65535\n").waited_us == 1_200_000
    assert duties(again).waiting_since_us == 1_600_000
    assert duties(again + "client> @1700 P. 8:9(1) ack 5 win 65535").waiting_since_us == 1_600_000


def test_the_timer_starts_anew_when_something_is_acknowledged() -> None:
    story = LOST + ">server P. 5:8(3) ack 5 win 65535\nserver> @1500 . 5:5(0) ack 8 win 65535\n"
    assert duties(story).una_at_us == 1_500_000
    assert duties(story + "client>x @9000 P. 8:9(1) ack 5 win 65535").waiting_since_us == 9_000_000


def test_a_round_trip_may_go_on_behind_a_forged_acknowledgment() -> None:
    forged = LOST + ">server P. 5:8(3) ack 5 win 65535\n>client @1100 . 1:1(0) ack 8 win 65535\n@1300\n"
    assert duties(forged).slowest_us == 0
    assert duties(forged + "server> @1900 . 5:5(0) ack 5 win 65535").slowest_us == 0
    assert duties(forged + "server> @1900 . 5:5(0) ack 8 win 65535").slowest_us == 900_000


def test_a_slow_round_trip_makes_for_a_long_timeout() -> None:
    story = Playback(LOST + ">server P. 5:8(3) ack 5 win 65535\nserver> @5000 . 5:5(0) ack 8 win 65535\n@5300")
    client = story.connection.endpoint(Side.CLIENT)
    assert client.duties.slowest_us == 4_000_000
    assert timeout_us(client) == 21_000_000
    client.duties.misled = True
    assert timeout_us(client) == 120_000_000


def test_silence_begins_with_the_first_octets_and_ends_with_anything_sent() -> None:
    story = TALKED + "client> @100 P. 5:8(3) ack 5 win 65535\nclient> @150 P. 8:9(1) ack 5 win 65535\n"
    assert duties(story, Side.SERVER).silent_since_us == 100_000
    assert duties(story + "server> . 5:5(0) ack 8 win 65535", Side.SERVER).silent_since_us is None


def test_another_stream_between_the_same_ports_knows_nothing_of_the_one_before() -> None:
    assert duties(LOST + "client>x @7000 S 5000:5000(0) win 65535").waited_us == 0


def test_a_redelivered_octet_is_counted_twice_and_no_more() -> None:
    again = ">server @{} P. 5:8(3) ack 5 win 65535\n"
    story = TALKED + "".join(again.format(ms) for ms in (100, 200, 300, 400))
    server = Playback(story).connection.endpoint(Side.SERVER)
    assert server.duties.redelivered == Since(server.acked or 0, 300_000, 2)


def test_an_acknowledgment_is_current_from_the_largest_window_back_up_to_what_was_sent() -> None:
    server = Playback(TALKED).connection.endpoint(Side.SERVER)
    assert server.iss is not None
    assert is_current(server, server.snd_nxt)
    assert not is_current(server, server.snd_nxt + 1)
    assert is_current(server, server.iss + 1)
    assert not is_current(server, server.iss)  # which acknowledges nothing, not even the SYN
