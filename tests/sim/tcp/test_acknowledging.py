"""Acknowledgments: which window counts, how loss is recovered with and without SACK, what a timeout does."""

from tcpchaos.sim.tcp import Settings
from tests.sim.tcp.script import PLAIN, Script

SACK = Settings(timestamps=False, wscale=None)
TEN = "\n".join(f"> . {1 + 1000 * n}:{1001 + 1000 * n}(1000) ack 1" for n in range(9)) + "\n> P. 9001:10001(1000) ack 1"


def sent_ten(options: str = "", settings: Settings = PLAIN) -> Script:
    return Script(
        f"""
        open
        > S 0:0(0)
        +10
        < S. 0:0(0) ack 1 win 65535 <mss 1000{options}>
        > . 1:1(0) ack 1
        send 10000
        {TEN}
        +10
        """,
        settings=settings,
    )


def test_third_duplicate_has_the_first_segment_sent_again() -> None:
    sent_ten().play("""
        < . 1:1(0) ack 1001 win 65535
        < . 1:1(0) ack 1001 win 65535
        < . 1:1(0) ack 1001 win 65535
        < . 1:1(0) ack 1001 win 65535
        > . 1001:2001(1000) ack 1
        < . 1:1(0) ack 1001 win 65535
        < . 1:1(0) ack 3001 win 65535      # partial: the next one is lost, too
        > . 3001:4001(1000) ack 1
        < . 1:1(0) ack 10001 win 65535
    """)


def test_window_update_or_data_is_no_duplicate() -> None:
    sent_ten().play("""
        < . 1:1(0) ack 1 win 65534
        < . 1:1(0) ack 1 win 65533
        < . 1:1(0) ack 1 win 65532
        < . 1:2(1) ack 1 win 65532 "a"
        < . 2:3(1) ack 1 win 65532 "b"
        > . 10001:10001(0) ack 3
        < . 3:4(1) ack 1 win 65532 "c"
        < . 4:5(1) ack 1 win 65532 "d"
        > . 10001:10001(0) ack 5
    """)


def test_first_two_duplicates_let_new_segments_out() -> None:
    script = sent_ten()
    script.tcp.send(b"y" * 5000, script.now_us)
    script.play("""
        < . 1:1(0) ack 1 win 65535
        > . 10001:11001(1000) ack 1
        < . 1:1(0) ack 1 win 65535
        > . 11001:12001(1000) ack 1
        < . 1:1(0) ack 1 win 65535
        > . 1:1001(1000) ack 1
    """)


def test_sack_shows_which_ones_are_lost() -> None:
    sent_ten(",sackOK", SACK).play("""
        < . 1:1(0) ack 1 win 65535 <sack 1001:2001>
        < . 1:1(0) ack 1 win 65535 <sack 1001:3001>
        < . 1:1(0) ack 1 win 65535 <sack 4001:5001,nop>
        > . 1:1001(1000) ack 1
        < . 1:1(0) ack 1 win 65535 <sack 4001:7001>
        > . 3001:4001(1000) ack 1
        < . 1:1(0) ack 3001 win 65535 <sack 4001:10001>
        < . 1:1(0) ack 10001 win 65535
        send 1000
        > P. 10001:11001(1000) ack 1
    """)


def test_much_sacked_at_once_needs_no_three_signs() -> None:
    sent_ten(",sackOK", SACK).play("""
        < . 1:1(0) ack 1 win 65535 <sack 5001:8001>
        > . 1:1001(1000) ack 1
        > . 1001:2001(1000) ack 1
        > . 2001:3001(1000) ack 1
    """)


def test_same_loss_is_recovered_once() -> None:
    sent_ten().play("""
        < . 1:1(0) ack 1 win 65535
        < . 1:1(0) ack 1 win 65535
        < . 1:1(0) ack 1 win 65535
        > . 1:1001(1000) ack 1
        < . 1:1(0) ack 10001 win 65535
        send 4000
        > . 10001:11001(1000) ack 1
        > P. 11001:12001(1000) ack 1
    """.replace("> P. 11001:12001(1000) ack 1", "> . 11001:12001(1000) ack 1"))  # fmt: skip


def test_timeout_begins_again_with_one_segment_and_forgets_what_was_sacked() -> None:
    sent_ten(",sackOK", SACK).play("""
        < . 1:1(0) ack 1 win 65535 <sack 2001:3001>
        +189
        +1
        > . 1:1001(1000) ack 1
        < . 1:1(0) ack 1001 win 65535
        > . 1001:2001(1000) ack 1
        > . 2001:3001(1000) ack 1
        < . 1:1(0) ack 2001 win 65535 <sack 4001:5001>
        > . 3001:4001(1000) ack 1
        > . 5001:6001(1000) ack 1
    """)


def test_octets_sent_again_are_those_of_the_first_time_even_in_other_pieces() -> None:
    Script("""
        open
        > S 0:0(0)
        < S. 0:0(0) ack 1 win 10000 <mss 4>
        > . 1:1(0) ack 1
        send "abcdefghij"
        > . 1:5(4) ack 1 "abcd"
        > . 5:9(4) ack 1 "efgh"
        > P. 9:11(2) ack 1 "ij"
        < . 1:1(0) ack 4
        +200
        > . 4:8(4) ack 1 "defg"
        < . 1:1(0) ack 8
        > P. 8:11(3) ack 1 "hij"
    """, settings=Settings(sack=False, timestamps=False, wscale=None, nodelay=True))  # fmt: skip


def test_older_segment_does_not_change_the_window() -> None:
    script = sent_ten().play("""
        < . 2:3(1) ack 1001 win 50000 "b"
        > . 10001:10001(0) ack 1
        < . 1:1(0) ack 1001 win 60000
    """)
    assert script.tcp.snd_wnd == 50000
    script.play("< . 3:3(0) ack 1001 win 0")
    assert script.tcp.snd_wnd == 0


def test_window_of_a_retransmission_that_acknowledges_news_counts() -> None:
    script = sent_ten().play("""
        < . 2:3(1) ack 1001 win 50000 "b"
        > . 10001:10001(0) ack 1
        < . 1:2(1) ack 2001 win 40000 "a"
        > . 10001:10001(0) ack 3
    """)
    assert script.tcp.snd_wnd == 40000


def test_window_is_shifted_but_not_on_the_syn() -> None:
    script = Script("""
        open
        > S 0:0(0) win 65535
        < S. 0:0(0) ack 1 win 1000 <mss 1000,wscale 20>
        > . 1:1(0) ack 1 win 2048
    """, settings=Settings(sack=False, timestamps=False))  # fmt: skip
    assert script.tcp.snd_wnd == 1000
    script.play("< . 1:1(0) ack 1 win 3")
    assert script.tcp.snd_wnd == 3 << 14


def test_karn_no_round_trip_is_measured_of_what_was_sent_twice() -> None:
    script = Script("""
        open
        > S 0:0(0)
        +1000
        > S 0:0(0)
        +50
        < S. 0:0(0) ack 1 win 10000
        > . 1:1(0) ack 1
    """)
    assert script.tcp.rto.srtt_us is None
    assert script.tcp.rto.current_us() == 3_000_000
    script.play("""
        send 536
        > P. 1:537(536) ack 1
        +80
        < . 1:1(0) ack 537 win 10000
    """)
    assert script.tcp.rto.srtt_us == 80_000


def test_timestamp_measures_what_was_sent_twice() -> None:
    script = Script("""
        open
        > S 0:0(0) <mss 1460,nop,nop,TS val 2000 ecr 0>
        +1000
        > S 0:0(0) <mss 1460,nop,nop,TS val 3000 ecr 0>
        +50
        < S. 0:0(0) ack 1 win 10000 <TS val 7 ecr 2000>
        > . 1:1(0) ack 1
    """, settings=Settings(sack=False, wscale=None))  # fmt: skip
    assert script.tcp.rto.srtt_us == 1_050_000


def test_an_echo_from_before_the_retransmission_measures_nothing() -> None:
    script = Script("""
        open
        > S 0:0(0) <mss 1460,nop,nop,TS val 2000 ecr 0>
        < S. 0:0(0) ack 1 win 10000 <TS val 7 ecr 2000>
        > . 1:1(0) ack 1
        send 100
        > P. 1:101(100) ack 1 <nop,nop,TS val 2000 ecr 7>
        +200
        > P. 1:101(100) ack 1 <nop,nop,TS val 2200 ecr 7>
        < . 1:1(0) ack 101 win 10000 <TS val 207 ecr 2000>
    """, settings=Settings(sack=False, wscale=None))  # fmt: skip
    assert script.tcp.rto.srtt_us == 0
    assert script.tcp.rto.backoff == 1
    script.play("""
        send 100
        > P. 101:201(100) ack 1
        +400
        > P. 101:201(100) ack 1 <nop,nop,TS val 2600 ecr 207>
        +30
        < . 1:1(0) ack 201 win 10000 <TS val 637 ecr 2600>
    """)
    assert script.tcp.rto.backoff == 0
    assert script.tcp.rto.srtt_us == 3_750


def test_after_a_lost_syn_one_segment_is_sent_first() -> None:
    Script("""
        open
        > S 0:0(0)
        +1000
        > S 0:0(0)
        < S. 0:0(0) ack 1 win 10000 <mss 1000>
        > . 1:1(0) ack 1
        send 3000
        > . 1:1001(1000) ack 1
    """)


def test_lying_sack_blocks_change_nothing() -> None:
    script = sent_ten(",sackOK", SACK).play("""
        < . 1:1(0) ack 1 win 65535 <sack 5001:5001 6001:5001 -10:-5 9001:20001>
        < . 1:1(0) ack 1 win 65535 <sack 5001:5001 6001:5001 -10:-5 9001:20001>
        < . 1:1(0) ack 1 win 65535 <sack 5001:5001 6001:5001 -10:-5 9001:20001>
    """)
    assert script.tcp.sacked.octets == 0
