"""What an application asks for and is told."""

import pytest

from tcpchaos.seq import add
from tcpchaos.sim.tcp import Settings, TcpError
from tests.sim.tcp.script import IRS, ISS, OPEN, PLAIN, Script, arriving


def test_close_with_octets_left_unread_is_a_reset() -> None:
    Script(OPEN).play("""
        < P. 1:4(3) ack 1 "abc"
        close
        > R. 1:1(0) ack 4
        is CLOSED
    """)


def test_close_after_everything_was_read_is_a_fin() -> None:
    Script(OPEN).play("""
        < FP. 1:4(3) ack 1 "abc"
        > . 1:1(0) ack 5
        read "abc"
        close
        > F. 1:1(0) ack 5
    """)


def test_close_before_the_answer_is_silent() -> None:
    Script("""
        open
        > S 0:0(0)
        close
        is CLOSED
    """)


@pytest.mark.parametrize("ending", ["abort", "close"])
def test_nobody_is_told_of_an_abort_in_time_wait(ending: str) -> None:
    Script(OPEN).play(f"""
        shutdown
        > F. 1:1(0) ack 1
        < FP. 1:4(3) ack 2 "abc"
        > . 2:2(0) ack 5
        is TIME-WAIT
        {ending}
    """)


def test_abort_in_the_middle_of_sending_has_the_next_number() -> None:
    Script(OPEN).play("""
        send "abc"
        > P. 1:4(3) ack 1
        send "d"
        abort
        > R. 4:4(0) ack 1
    """)


def test_nothing_is_taken_behind_the_fin() -> None:
    script = Script(OPEN).play("""
        shutdown
        > F. 1:1(0) ack 1
        shutdown
    """)
    with pytest.raises(TcpError, match="pipe"):
        script.tcp.send(b"x", script.now_us)


def test_error_is_told_to_whoever_sends_or_receives() -> None:
    script = Script(OPEN).play("""
        < R 1:1(0)
        told reset
        told reset
    """)
    with pytest.raises(TcpError, match="reset"):
        script.tcp.send(b"x", script.now_us)


def test_what_arrived_before_can_be_read_in_pieces() -> None:
    Script(OPEN).play("""
        < P. 1:7(6) ack 1 "abcdef"
        read "ab"
        read "cdef"
        read nothing
        +40
        > . 1:1(0) ack 7
    """)


def test_stream_that_has_ended_stays_so_after_time_wait() -> None:
    Script(OPEN).play("""
        shutdown
        > F. 1:1(0) ack 1
        < FP. 1:4(3) ack 2 "abc"
        > . 2:2(0) ack 5
        +60000
        is CLOSED
        read "abc"
        read eof
    """)


def test_hard_error_ends_an_opening_connection_and_no_other() -> None:
    script = Script("""
        open
        > S 0:0(0)
    """)
    script.tcp.unreachable(script.now_us, fatal=False)
    script.play("is SYN-SENT")
    script.tcp.unreachable(script.now_us, fatal=True)
    script.play("told unreachable")


def in_time_wait(options: str = "") -> Script:
    return Script(f"""
        open
        > S 0:0(0)
        < S. 0:0(0) ack 1 win 10000 {options and f"<TS val {options} ecr 0>"}
        > . 1:1(0) ack 1
        close
        > F. 1:1(0) ack 1
        < F. 1:1(0) ack 2 win 10000 {options and f"<TS val {options} ecr 0>"}
        > . 2:2(0) ack 2
        is TIME-WAIT
    """, settings=Settings(sack=False, wscale=None))  # fmt: skip


@pytest.mark.parametrize(
    ("syn", "newer"),
    [
        ("S 3:3(0)", True),
        ("S 2:2(0)", False),
        ("S -5:-5(0)", False),
        ("S. 3:3(0) ack 2", False),
        ("RS 3:3(0)", False),
        ("S 3:3(0) <TS val 1 ecr 0>", True),
    ],
)
def test_newer_syn_may_take_the_place_of_time_wait(syn: str, newer: bool) -> None:
    assert in_time_wait().tcp.gives_way_to(arriving(syn)) is newer


@pytest.mark.parametrize(
    ("syn", "newer"),
    [
        ("S -9:-9(0) <TS val 5 ecr 0>", True),
        ("S 9:9(0) <TS val 4294967290 ecr 0>", False),
        ("S 9:9(0) <TS val 4 ecr 0>", True),
        ("S 2:2(0) <TS val 4 ecr 0>", False),
        ("S 9:9(0)", True),
        ("S 2:2(0)", False),
    ],
)
def test_its_timestamp_says_whether_it_is_newer(syn: str, newer: bool) -> None:
    assert in_time_wait("4").tcp.gives_way_to(arriving(syn)) is newer


def test_open_connection_gives_way_to_nobody() -> None:
    assert not Script(OPEN).tcp.gives_way_to(arriving("S 500:500(0)"))


def test_error_counts_only_if_it_quotes_what_may_be_under_way() -> None:
    tcp = Script(OPEN).play('send "abc"\n > P. 1:4(3) ack 1').tcp
    assert [tcp.quotes(add(ISS, n)) for n in range(6)] == [False, True, True, True, False, False]


def test_smaller_packets_from_now_on() -> None:
    script = Script(OPEN.replace("mss 1000", "mss 1460")).play("""
        send 1460
        > P. 1:1461(1460) ack 1
    """)
    script.tcp.too_big(1280, script.now_us)
    script._sent += script.tcp.take()
    script.play("""
        > . 1:1241(1240) ack 1
        > P. 1241:1461(220) ack 1
    """)
    script.tcp.too_big(68, script.now_us)
    assert script.tcp.snd_mss == 512


def test_nodelay_lets_out_what_waited() -> None:
    script = Script(OPEN).play("""
        send "a"
        > P. 1:2(1) ack 1
        send "b"
    """)
    script.tcp.set_nodelay(script.now_us)
    script._sent += script.tcp.take()
    script.play("> P. 2:3(1) ack 1")


def test_keepalive_can_be_asked_for_later() -> None:
    script = Script(OPEN)
    script.tcp.set_keepalive(5_000_000, 1_000_000, 1, script.now_us)
    script.play("""
        +5000
        > . 0:0(0) ack 1
        +1000
        told timeout
    """)


def test_view_says_what_the_kernel_would() -> None:
    script = Script(OPEN, settings=Settings(timestamps=False, sack=False)).play("""
        < FP. 1:4(3) ack 1 "abc"
        > . 1:1(0) ack 5
        send "xyz"
        > P. 1:4(3) ack 5
        +100
        < . 5:5(0) ack 2
    """)
    view = script.tcp.view()
    assert (view.state, view.local, view.local_port) == ("CLOSE-WAIT", "192.0.2.1", 40000)
    assert (view.remote, view.remote_port, view.held) == ("192.0.2.2", 80, True)
    assert (view.receive_queue, view.send_queue) == (4, 2)
    assert (view.bytes_received, view.bytes_acked) == (4, 2)
    assert (view.timer, view.timer_us) == ("retransmission", 200_000)
    assert (view.unacked, view.retransmits, view.probes) == (1, 0, 0)
    assert (view.snd_wnd, view.rcv_wnd) == (65535, 65531)
    assert (view.segments_sent, view.segments_received) == (4, 3)


def test_numbers_of_the_tests_wrap() -> None:
    script = Script(OPEN, settings=PLAIN)
    assert script.tcp.snd_nxt == add(ISS, 1) > 2**31
    script.play("""
        < . 1:51(50) ack 1
        send 50
        > P. 1:51(50) ack 51
        < . 51:51(0) ack 51
    """)
    assert script.tcp.snd_una < 2**31
    assert script.tcp.rcv_nxt == add(IRS, 51) < 2**31
