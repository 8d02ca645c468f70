"""What is taken in, when it is acknowledged, what is reported as received, and the peer's FIN."""

from tcpchaos.sim.tcp import Settings
from tests.sim.tcp.script import OPEN, Script

SACK = Settings(timestamps=False, wscale=None)
OPEN_SACK = OPEN.replace("<mss 1000>", "<mss 1000,sackOK>")


def test_one_segment_is_acknowledged_after_a_while_two_at_once() -> None:
    Script(OPEN).play("""
        < . 1:1001(1000) ack 1
        +39
        +1
        > . 1:1(0) ack 1001
        < . 1001:2001(1000) ack 1
        < . 2001:3001(1000) ack 1
        > . 1:1(0) ack 3001
        +1000
    """)


def test_data_carries_the_acknowledgment_that_waits() -> None:
    Script(OPEN).play("""
        < P. 1:4(3) ack 1 "abc"
        send "x"
        > P. 1:2(1) ack 4
        +40
        < . 4:4(0) ack 2
    """)


def test_what_is_out_of_order_is_acknowledged_at_once_and_so_is_what_fills_the_hole() -> None:
    Script(OPEN).play("""
        < . 4:7(3) ack 1 "def"
        > . 1:1(0) ack 1
        < . 10:13(3) ack 1 "jkl"
        > . 1:1(0) ack 1
        < . 1:4(3) ack 1 "abc"
        > . 1:1(0) ack 7
        < . 7:10(3) ack 1 "ghi"
        > . 1:1(0) ack 13
        read "abcdefghijkl"
    """)


def test_sack_reports_the_newest_first_and_no_more_than_fit() -> None:
    Script(OPEN_SACK, settings=SACK).play("""
        < . 3:4(1) ack 1 "c"
        > . 1:1(0) ack 1 <nop,nop,sack 3:4>
        < . 5:6(1) ack 1 "e"
        > . 1:1(0) ack 1 <nop,nop,sack 5:6 3:4>
        < . 7:8(1) ack 1 "g"
        > . 1:1(0) ack 1 <nop,nop,sack 7:8 5:6 3:4>
        < . 9:10(1) ack 1 "i"
        > . 1:1(0) ack 1 <nop,nop,sack 9:10 7:8 5:6 3:4>
        < . 11:12(1) ack 1 "k"
        > . 1:1(0) ack 1 <nop,nop,sack 11:12 9:10 7:8 5:6>
        < . 4:5(1) ack 1 "d"
        > . 1:1(0) ack 1 <nop,nop,sack 3:6 11:12 9:10 7:8>
        < . 1:3(2) ack 1 "ab"
        > . 1:1(0) ack 6 <nop,nop,sack 11:12 9:10 7:8>
    """)


def test_duplicates_are_reported_once_and_first() -> None:
    Script(OPEN_SACK, settings=SACK).play("""
        < . 1:4(3) ack 1 "abc"
        < . 7:10(3) ack 1 "ghi"
        > . 1:1(0) ack 4 <nop,nop,sack 7:10>
        < . 2:4(2) ack 1 "bc"
        > . 1:1(0) ack 4 <nop,nop,sack 2:4 7:10>
        < . 8:12(4) ack 1 "hijk"
        > . 1:1(0) ack 4 <nop,nop,sack 8:10 7:12>
        < . 3:5(2) ack 1 "cd"
        > . 1:1(0) ack 5 <nop,nop,sack 3:4 7:12>
        < . 5:6(1) ack 1 "e"
        > . 1:1(0) ack 6 <nop,nop,sack 7:12>
        < . 0:1(1) ack 1 "?"
        > . 1:1(0) ack 6 <nop,nop,sack 7:12>
    """)


def test_first_copy_of_an_octet_is_the_one_that_counts() -> None:
    Script(OPEN).play("""
        < . 3:5(2) ack 1 "cd"
        > . 1:1(0) ack 1
        < . 1:6(5) ack 1 "abXYe"
        > . 1:1(0) ack 6
        < . 1:4(3) ack 1 "???"
        > . 1:1(0) ack 6
        read "abXYe"
    """)


def test_fin_counts_when_everything_before_it_is_here() -> None:
    Script(OPEN).play("""
        < F. 4:4(0) ack 1
        > . 1:1(0) ack 1
        is ESTABLISHED
        read nothing
        < . 1:4(3) ack 1 "abc"
        > . 1:1(0) ack 5
        is CLOSE-WAIT
        read "abc"
        read eof
        read eof
    """)


def test_nothing_behind_the_fin_is_part_of_the_stream() -> None:
    Script(OPEN).play("""
        < . 6:8(2) ack 1 "??"
        > . 1:1(0) ack 1
        < FP. 1:4(3) ack 1 "abc"
        > . 1:1(0) ack 5
        < P. 5:8(3) ack 1 "def"
        read "abc"
        read eof
    """)


def test_fin_behind_a_full_window_is_taken() -> None:
    Script(OPEN, settings=Settings(sack=False, timestamps=False, wscale=None, receive_buffer=3)).play("""
        < FP. 1:4(3) ack 1 "abc"
        > . 1:1(0) ack 5 win 0
        is CLOSE-WAIT
    """)


def test_urgent_octets_come_in_line_and_their_end_is_known() -> None:
    script = Script(OPEN).play("""
        < UP. 1:4(3) ack 1 urg 2 "abc"
    """)
    assert script.tcp.urgent == 2
    script.play("""
        read "ab"
        +40
        > . 1:1(0) ack 4
    """)
    assert script.tcp.urgent is None
    script.play("< U. 4:4(0) ack 1 urg 500")
    assert script.tcp.urgent == 501
    script.play("< U. 4:4(0) ack 1 urg 0")
    assert script.tcp.urgent == 501


def test_urgent_mark_counts_at_a_closed_window() -> None:
    script = Script(OPEN, settings=Settings(sack=False, timestamps=False, wscale=None, receive_buffer=3)).play("""
        < . 1:4(3) ack 1 "abc"
        +40
        > . 1:1(0) ack 4 win 0
        < U. 4:5(1) ack 1 urg 7 "d"
        > . 1:1(0) ack 4 win 0
    """)
    assert script.tcp.urgent == 10


def test_window_opens_only_when_that_is_worth_a_segment() -> None:
    Script(OPEN, settings=Settings(sack=False, timestamps=False, wscale=None, receive_buffer=3000, mss=1000)).play("""
        < . 1:1001(1000) ack 1
        < . 1001:2001(1000) ack 1
        > . 1:1(0) ack 2001 win 1000
        < . 2001:3001(1000) ack 1
        +40
        > . 1:1(0) ack 3001 win 0
        read 999
        read 1
        > . 1:1(0) ack 3001 win 1000
        read 2000
        > . 1:1(0) ack 3001 win 3000
    """)


def test_offered_window_is_never_taken_back() -> None:
    script = Script(OPEN, settings=Settings(sack=False, timestamps=False, wscale=3, receive_buffer=8000), tcp=Shifted)
    script.play("""
        < . 1:2(1) ack 1 "a"
        < . 2:3(1) ack 1 "b"
        > . 1:1(0) ack 3 win 999
        < . 8000:8001(1) ack 1 "z"
        > . 1:1(0) ack 3 win 999
    """)
    assert script.tcp.offered() == 7998


class Shifted(Script("").tcp.__class__):  # type: ignore[misc]
    """Shifts its windows though nobody agreed to that."""

    def agree_on_scale(self, peers: int | None) -> None:
        self.rcv_shift = 3
