"""SEGMENT ARRIVES, check by check: what is believed, what is answered, and what is dropped in silence."""

from dataclasses import replace

import pytest

from tcpchaos.sim.tcp import Settings
from tests.sim.tcp.script import ACCEPT, LISTEN, OPEN, PLAIN, Script

STAMPED = Settings(sack=False, wscale=None, timestamp_offset=2**32 - 1001)
OPEN_STAMPED = """
    open
    > S 0:0(0) <mss 1460,nop,nop,TS val 4294967295 ecr 0>
    < S. 0:0(0) ack 1 win 10000 <mss 1000,TS val 700 ecr 4294967295>
    > . 1:1(0) ack 1 <nop,nop,TS val 4294967295 ecr 700>
"""


def test_syn_sent_refuses_an_acknowledgment_of_what_was_not_sent() -> None:
    Script("""
        open
        > S 0:0(0)
        < . 1:1(0) ack 7
        > R 7:7(0)
        < S. 0:0(0) ack 0
        > R 0:0(0)
        < R. 0:0(0) ack 7
        < R 0:0(0)
        < . 0:0(0) ack 1
        < F 0:0(0)
        is SYN-SENT
        < R. 0:0(0) ack 1
        is CLOSED
        told refused
    """)


def test_syn_ack_opens_and_is_acknowledged() -> None:
    Script(OPEN)


def test_two_crossed_syns_open_one_connection() -> None:
    Script("""
        open
        > S 0:0(0)
        < S 0:0(0) win 9000 <mss 1000>
        > S. 0:0(0) ack 1
        is SYN-RECEIVED
        < S. 0:0(0) ack 1 win 9000 <mss 1000>
        is ESTABLISHED
        < S. 0:0(0) ack 1 win 9000 <mss 1000>
        > . 1:1(0) ack 1
    """)


def test_crossed_syn_ack_is_not_believed_with_a_wrong_acknowledgment() -> None:
    Script("""
        open
        > S 0:0(0)
        < S 0:0(0) win 9000
        > S. 0:0(0) ack 1
        < S. 0:0(0) ack 2 win 9000
        > R 2:2(0)
        is SYN-RECEIVED
        < . 1:1(0) ack 1
        is ESTABLISHED
    """)


@pytest.mark.parametrize("ack", ["0", "2", "-5"])
def test_syn_received_refuses_a_wrong_acknowledgment(ack: str) -> None:
    Script(LISTEN).play(f"""
        < . 1:1(0) ack {ack}
        > R {ack}:{ack}(0)
        is SYN-RECEIVED
        < . 1:1(0) ack 1
        is ESTABLISHED
    """)


def test_syn_received_acknowledges_the_syn_again_and_listens_after_one_in_the_window() -> None:
    Script(LISTEN).play("""
        < S 0:0(0)
        > . 1:1(0) ack 1
        < S 1:1(0)
        is CLOSED
    """)


def test_reset_in_syn_received_ends_a_passive_opening_silently_and_refuses_an_active_one() -> None:
    Script(LISTEN).play("""
        < R 2:2(0)
        > . 1:1(0) ack 1
        < R 1:1(0)
        is CLOSED
    """)
    Script("""
        open
        > S 0:0(0)
        < S 0:0(0)
        > S. 0:0(0) ack 1
        < R 1:1(0)
        told refused
    """)


def test_only_an_exact_reset_is_believed() -> None:
    Script(OPEN).play("""
        < R 0:0(0)
        < R 70000:70000(0)
        < R 2:2(0)
        > . 1:1(0) ack 1
        < R 3:3(0)
        +499
        < R 3:3(0)
        +1
        < R 3:3(0)
        > . 1:1(0) ack 1
        is ESTABLISHED
        < R 1:1(0)
        is CLOSED
        told reset
    """)


def test_what_had_arrived_before_the_reset_can_still_be_read() -> None:
    Script(OPEN).play("""
        < P. 1:4(3) ack 1 "abc"
        < R 4:4(0)
        read "abc"
        told reset
    """)


@pytest.mark.parametrize("seq", ["0", "1", "5", "-70000"])
def test_syn_in_a_synchronized_state_is_challenged_wherever_it_stands(seq: str) -> None:
    Script(OPEN).play(f"""
        < S {seq}:{seq}(0)
        > . 1:1(0) ack 1
        < S {seq}:{seq}(0)
        is ESTABLISHED
    """)


def test_segment_outside_the_window_is_answered_and_dropped() -> None:
    Script(OPEN).play("""
        < . -9:1(10) ack 1 "0123456789"
        > . 1:1(0) ack 1
        < . 70001:70002(1) ack 1 "x"
        > . 1:1(0) ack 1
        < . 0:0(0) ack 1
        > . 1:1(0) ack 1
        < . 0:0(0) ack 1
        read nothing
    """)


def test_bare_acknowledgment_right_behind_the_window_counts_and_a_reset_there_does_not() -> None:
    Script(OPEN, settings=Settings(sack=False, timestamps=False, wscale=None, receive_buffer=50)).play("""
        send "abc"
        > P. 1:4(3) ack 1
        < R 51:51(0)
        < . 52:52(0) ack 4
        > . 4:4(0) ack 1
        < . 51:51(0) ack 4
        +10000
    """)


def test_what_lies_in_the_window_is_cut_out_of_a_segment() -> None:
    Script(ACCEPT, settings=Settings(sack=False, timestamps=False, wscale=None, receive_buffer=5)).play("""
        < . -1:3(4) ack 1 "abcd"
        < P. 3:9(6) ack 1 "efghij"
        > . 1:1(0) ack 6 win 0
        read "cdefg"
        > . 1:1(0) ack 6 win 5
    """)


def test_closed_window_lets_nothing_in_but_the_header_counts() -> None:
    Script(OPEN, settings=Settings(sack=False, timestamps=False, wscale=None, receive_buffer=4)).play("""
        send "abc"
        > P. 1:4(3) ack 1
        < P. 1:5(4) ack 1 "wxyz"
        +40
        > . 4:4(0) ack 5 win 0
        < P. 5:6(1) ack 4 "!"
        > . 4:4(0) ack 5 win 0
        +1000
        < R 6:6(0)
        is ESTABLISHED
        < F. 5:5(0) ack 4
        > . 4:4(0) ack 6 win 0
        is CLOSE-WAIT
        read "wxyz"
        read eof
    """)


def test_reset_at_a_closed_window_is_believed() -> None:
    Script(OPEN, settings=Settings(sack=False, timestamps=False, wscale=None, receive_buffer=4)).play("""
        < P. 1:5(4) ack 1 "wxyz"
        +40
        > . 1:1(0) ack 5 win 0
        < R 5:6(1) "!"
        is CLOSED
    """)


def test_segment_without_ack_is_dropped() -> None:
    Script(OPEN).play("""
        < P 1:4(3) "abc"
        < F 1:1(0)
        < - 1:4(3) "abc"
        read nothing
        is ESTABLISHED
    """)


def test_acknowledgment_of_what_was_not_sent_spoils_its_segment() -> None:
    Script(OPEN).play("""
        < P. 1:4(3) ack 2 "abc"
        > . 1:1(0) ack 1
        < . 1:1(0) ack 2
        > . 1:1(0) ack 1
        < . 1:1(0) ack 2
        read nothing
    """)


def test_acknowledgment_older_than_the_largest_window_spoils_its_segment() -> None:
    Script(OPEN).play("""
        send 9000
        > . 1:1001(1000) ack 1
        > . 1001:2001(1000) ack 1
        > . 2001:3001(1000) ack 1
        > . 3001:4001(1000) ack 1
        > . 4001:5001(1000) ack 1
        > . 5001:6001(1000) ack 1
        > . 6001:7001(1000) ack 1
        > . 7001:8001(1000) ack 1
        > P. 8001:9001(1000) ack 1
        < . 1:1(0) ack 9001 win 10000
        send 3000
        > . 9001:10001(1000) ack 1
        > . 10001:11001(1000) ack 1
        > P. 11001:12001(1000) ack 1
        < . 1:1(0) ack 12001 win 10000
        < P. 1:4(3) ack 2000 "abc"
        > . 12001:12001(0) ack 1
        < P. 1:4(3) ack 2001 "abc"
        read "abc"
        +40
        > . 12001:12001(0) ack 4
    """)


def test_acknowledgment_from_before_the_syn_spoils_its_segment() -> None:
    Script(OPEN).play("""
        < P. 1:4(3) ack -1 "abc"
        > . 1:1(0) ack 1
        read nothing
    """)


@pytest.mark.parametrize("checksum", ["0x0000", "0xffff", "0x1234"])
def test_wrong_checksum_is_nothing_at_all(checksum: str) -> None:
    Script(OPEN).play(f"""
        < P. 1:4(3) ack 1 checksum {checksum} "abc"
        < R 1:1(0) checksum {checksum}
        read nothing
        is ESTABLISHED
    """)


@pytest.mark.parametrize("offset", [0, 4, 15])
def test_header_that_is_none_is_nothing_at_all(offset: int) -> None:
    Script(OPEN).play(f"""
        < P. 1:4(3) ack 1 offset {offset} "abc"
        < R 1:1(0) offset {offset}
        read nothing
        is ESTABLISHED
    """)


def test_timestamp_from_the_past_is_answered_and_dropped_unless_on_a_reset() -> None:
    Script(OPEN_STAMPED, settings=STAMPED).play("""
        < P. 1:4(3) ack 1 <TS val 699 ecr 0> "abc"
        > . 1:1(0) ack 1 <nop,nop,TS val 4294967295 ecr 700>
        read nothing
        < R 1:1(0) <TS val 5 ecr 0>
        is CLOSED
    """)


def test_segment_without_the_agreed_timestamp_is_taken_unless_that_is_set_otherwise() -> None:
    Script(OPEN_STAMPED, settings=STAMPED).play("""
        < P. 1:4(3) ack 1 "abc"
        read "abc"
        +40
        > . 1:1(0) ack 4
    """)
    Script(OPEN_STAMPED, settings=replace(STAMPED, strict_timestamps=True)).play("""
        < P. 1:4(3) ack 1 "abc"
        read nothing
    """)


def test_timestamp_to_echo_is_that_of_the_segment_that_was_awaited() -> None:
    Script(OPEN_STAMPED, settings=STAMPED).play("""
        < . 4:7(3) ack 1 <TS val 705 ecr 0> "def"     # beyond a hole: not yet
        > . 1:1(0) ack 1 <nop,nop,TS val 4294967295 ecr 700>
        +2
        < . 1:4(3) ack 1 <TS val 703 ecr 0> "abc"
        > . 1:1(0) ack 7 <nop,nop,TS val 1 ecr 703>
        < . 7:8(1) ack 1 <TS val 706 ecr 0> "g"
        < . 8:9(1) ack 1 <TS val 707 ecr 0> "h"       # behind what was acknowledged last: the first one counts
        > . 1:1(0) ack 9 <nop,nop,TS val 1 ecr 706>
    """)


def test_timestamp_wraps() -> None:
    Script("""
        open
        > S 0:0(0)
        < S. 0:0(0) ack 1 <TS val 4294967290 ecr 0>
        > . 1:1(0) ack 1
        < . 1:2(1) ack 1 <TS val 4 ecr 0> "a"
        < . 2:3(1) ack 1 <TS val 4294967295 ecr 0> "b"
        > . 1:1(0) ack 2 <nop,nop,TS val 4294967295 ecr 4>
    """, settings=STAMPED)  # fmt: skip


def test_old_timestamps_say_nothing_after_24_days() -> None:
    Script(OPEN_STAMPED, settings=STAMPED).play("""
        +2073600001
        < P. 1:4(3) ack 1 <TS val 699 ecr 0> "abc"
        read "abc"
        +40
        > . 1:1(0) ack 4
    """)


def test_fin_again_in_time_wait_is_acknowledged_and_begins_the_wait_anew() -> None:
    Script(OPEN).play("""
        close
        > F. 1:1(0) ack 1
        < F. 1:1(0) ack 2
        > . 2:2(0) ack 2
        is TIME-WAIT
        +59000
        < F. 1:1(0) ack 2
        > . 2:2(0) ack 2
        +59000
        is TIME-WAIT
        +1000
        is CLOSED
    """)


def test_octets_for_nobody_are_answered_with_a_reset() -> None:
    Script(OPEN).play("""
        close
        > F. 1:1(0) ack 1
        < . 1:1(0) ack 2
        is FIN-WAIT-2
        < P. 1:4(3) ack 2 "abc"
        > R 2:2(0)
        is CLOSED
    """)


def test_half_closed_endpoint_goes_on_to_receive() -> None:
    Script(OPEN).play("""
        shutdown
        > F. 1:1(0) ack 1
        < P. 1:4(3) ack 2 "abc"
        read "abc"
        +40
        > . 2:2(0) ack 4
        is FIN-WAIT-2
        < F. 4:4(0) ack 2
        > . 2:2(0) ack 5
        is TIME-WAIT
    """)


def test_nothing_comes_out_of_a_closed_connection() -> None:
    Script(OPEN, settings=PLAIN).play("""
        abort
        > R. 1:1(0) ack 1
        < . 1:1(0) ack 1
        +100000
        is CLOSED
    """)


@pytest.mark.parametrize("ack", [1 - 2**31, 1 + 2**31 - 1])
def test_an_acknowledgment_half_a_circle_away_is_answered_and_nothing_taken_from_it(ack: int) -> None:
    Script(OPEN).play(f"""
        < P. 1:4(3) ack {ack} "abc"
        > . 1:1(0) ack 1
        read nothing
    """)
