"""What is sent when: full segments, small ones, little windows, closed ones, and what is sent again."""

from tcpchaos.sim.tcp import Settings
from tests.sim.tcp.script import PLAIN, Script

NODELAY = Settings(sack=False, timestamps=False, wscale=None, nodelay=True)


def opened(window: int, *, mss: int = 1000, settings: Settings = PLAIN) -> Script:
    return Script(
        f"""
        open
        > S 0:0(0)
        < S. 0:0(0) ack 1 win {window} <mss {mss}>
        > . 1:1(0) ack 1
        """,
        settings=settings,
    )


def test_full_segments_go_at_once_and_the_last_one_is_pushed() -> None:
    opened(10000).play("""
        send 3000
        > . 1:1001(1000) ack 1
        > . 1001:2001(1000) ack 1
        > P. 2001:3001(1000) ack 1
    """)


def test_nagle_holds_a_small_segment_while_another_is_under_way() -> None:
    opened(10000).play("""
        send "a"
        > P. 1:2(1) ack 1 "a"
        send "b"
        send "c"
        < . 1:1(0) ack 2 win 10000
        > P. 2:4(2) ack 1 "bc"
    """)


def test_full_segment_does_not_wait() -> None:
    opened(10000).play("""
        send "a"
        > P. 1:2(1) ack 1
        send 1001
        > . 2:1002(1000) ack 1
        < . 1:1(0) ack 1002 win 10000
        > P. 1002:1003(1) ack 1
    """)


def test_nodelay_sends_at_once() -> None:
    opened(10000, settings=NODELAY).play("""
        send "a"
        > P. 1:2(1) ack 1
        send "b"
        > P. 2:3(1) ack 1
    """)


def test_fin_does_not_wait_and_takes_the_rest_with_it() -> None:
    opened(10000).play("""
        send "a"
        > P. 1:2(1) ack 1
        send "b"
        shutdown
        > FP. 2:3(1) ack 1
    """)


def test_half_of_the_largest_window_is_worth_a_segment() -> None:
    opened(600).play("""
        send 1000
        > . 1:601(600) ack 1
        < . 1:1(0) ack 601 win 299
        +199
        +1                           # the window is silly, but it has stayed so for long enough
        > . 601:900(299) ack 1
        < . 1:1(0) ack 900 win 300
        > P. 900:1001(101) ack 1
    """)


def test_window_of_more_than_half_its_circle_is_no_negative_one() -> None:
    opened(0xFFFF).play("""
        send 1000
        > P. 1:1001(1000) ack 1
        < . 1:1(0) ack 1001 win 32768
        send 1000
        > P. 1001:2001(1000) ack 1
    """)


def test_data_stays_inside_the_window_and_the_network() -> None:
    opened(2500).play("""
        send 4000
        > . 1:1001(1000) ack 1
        > . 1001:2001(1000) ack 1
        < . 1:1(0) ack 2001 win 2500
        > . 2001:3001(1000) ack 1
        > P. 3001:4001(1000) ack 1
    """)


def test_closed_window_is_probed_with_the_next_octet_ever_less_often() -> None:
    opened(1000).play("""
        send "abcdef"
        > P. 1:7(6) ack 1
        +10
        < . 1:1(0) ack 7 win 0
        send "ghi"
        due 200
        +200
        > . 7:8(1) ack 1 "g"
        < . 1:1(0) ack 7 win 0
        due 400
        +400
        > . 7:8(1) ack 1 "g"
        due 800
        < . 1:1(0) ack 8 win 0         # taken in all the same
        +800
        > . 8:9(1) ack 1 "h"
        +10
        < . 1:1(0) ack 8 win 1000
        > P. 8:10(2) ack 1 "hi"
        < . 1:1(0) ack 10 win 1000
    """)


def test_probe_does_not_move_what_a_bare_acknowledgment_is_numbered_with() -> None:
    opened(3).play("""
        send "abcdef"
        > . 1:4(3) ack 1
        < . 1:1(0) ack 4 win 0
        +200
        > . 4:5(1) ack 1 "d"
        < . 1:1001(1000) ack 4 win 0
        < P. 1001:2001(1000) ack 4 win 0
        > . 4:4(0) ack 2001
    """)


def test_window_that_opens_takes_all() -> None:
    opened(1000).play("""
        send 1000
        > P. 1:1001(1000) ack 1
        < . 1:1(0) ack 1001 win 0
        send 2000
        shutdown
        < . 1:1(0) ack 1001 win 4000
        > . 1001:2001(1000) ack 1
        > FP. 2001:3001(1000) ack 1
    """)


def test_fin_waits_for_a_window_and_probes_it() -> None:
    opened(1000).play("""
        send "a"
        > P. 1:2(1) ack 1
        < . 1:1(0) ack 2 win 0
        shutdown
        is FIN-WAIT-1
        +200
        > F. 2:2(0) ack 1
        < . 1:1(0) ack 3 win 0
        is FIN-WAIT-2
    """)


def test_window_that_shrinks_below_what_is_under_way_is_heeded_and_probed() -> None:
    opened(3000).play("""
        send 3000
        > . 1:1001(1000) ack 1
        > . 1001:2001(1000) ack 1
        > P. 2001:3001(1000) ack 1
        < . 1:1(0) ack 1 win 0
        < P. 1:2(1) ack 1 win 0 "!"
        +40
        > . 1:1(0) ack 2                # the peer would not look beyond its window
        +160
        > . 1:2(1) ack 2
        < . 2:2(0) ack 1001 win 1000
        > . 1001:2001(1000) ack 2
        < . 2:2(0) ack 2001 win 1000
        > P. 2001:3001(1000) ack 2
    """)


def test_urgent_pointer_stands_behind_the_urgent_octets_until_they_are_sent() -> None:
    opened(10000, mss=4, settings=NODELAY).play("""
        urgent "abcdef"
        > .U 1:5(4) ack 1 urg 6
        > P.U 5:7(2) ack 1 urg 2
        send "gh"
        > P. 7:9(2) ack 1
        < . 1:1(0) ack 5
        +200
        > P.U 5:9(4) ack 1 urg 2
    """)


def test_what_was_idle_begins_with_the_initial_window() -> None:
    script = opened(65535).play("""
        send 1000
        > P. 1:1001(1000) ack 1
        < . 1:1(0) ack 1001 win 65535
    """)
    script.tcp.congestion.cwnd = 50000
    script.play("+5000")
    script.tcp.send(b"x" * 20000, script.now_us)
    assert len(script.tcp.take()) == 10


def test_options_take_their_room_from_the_data() -> None:
    settings = Settings(timestamps=True, sack=True, wscale=None)
    script = Script(
        """
        open
        > S 0:0(0)
        < S. 0:0(0) ack 1 win 10000 <mss 1000,sackOK,TS val 5 ecr 1>
        > . 1:1(0) ack 1
        < . 3:5(2) ack 1 win 10000 <TS val 6 ecr 0> "cd"
        > . 1:1(0) ack 1
        send 1960
        > . 1:977(976) ack 1 <nop,nop,TS val 2000 ecr 5,nop,nop,sack 3:5>
        > . 977:1953(976) ack 1 <nop,nop,TS val 2000 ecr 5,nop,nop,sack 3:5>
        """,
        settings=settings,
    )
    assert script.tcp.payload_limit() == 976


def test_smallest_segments_still_carry_an_octet() -> None:
    opened(10000, mss=1).play("""
        send "ab"
        > . 1:2(1) ack 1
        > P. 2:3(1) ack 1
    """)
    opened(10000, mss=0).play("""
        send "ab"
        > P. 1:3(2) ack 1
    """)


def test_send_buffer_is_bounded() -> None:
    script = opened(0, settings=Settings(send_buffer=10, sack=False, timestamps=False, wscale=None))
    assert script.tcp.send(b"0123456789abc", script.now_us) == 10
    assert script.tcp.writable == 0
    assert script.tcp.send(b"x", script.now_us) == 0


def test_opened_connection_sends_what_waited() -> None:
    Script("""
        open
        > S 0:0(0)
        send "abc"
        < S. 0:0(0) ack 1 win 10000
        > P. 1:4(3) ack 1 "abc"
    """)
