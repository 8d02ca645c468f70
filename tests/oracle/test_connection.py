"""The short way of the oracle knows what the long one knows; connections begin, are reopened and are told apart."""

from typing import Any

from hypothesis import example, given, settings
from hypothesis import strategies as st

from tcpchaos.oracle import Oracle
from tcpchaos.rfc import Endpoint, State
from tcpchaos.rfc.belief import Belief
from tcpchaos.rfc.conduct import Conduct
from tcpchaos.rfc.duties import Duties
from tcpchaos.rfc.knowledge import Knowledge
from tcpchaos.rfc.octets import Flight, Received
from tcpchaos.rfc.silence import Silence
from tcpchaos.rfc.timestamps import Timestamps
from tcpchaos.trace import Side
from tests.transcript import Playback, segment

OPEN = """
    client> S 0:0(0) win 65535 <mss 1460,sackOK,TS val 100 ecr 0,nop,wscale 7>
    server> S. 0:0(0) ack 1 win 65535 <mss 1460,sackOK,TS val 700 ecr 100,nop,wscale 7>
    client> . 1:1(0) ack 1 win 512 <nop,nop,TS val 101 ecr 700>
    server> P. 1:3(2) ack 1 win 512 <nop,nop,TS val 702 ecr 101>
    client> P. 1:3(2) ack 3 win 512 <nop,nop,TS val 102 ecr 702>
    server> . 3:3(0) ack 3 win 512 <nop,nop,TS val 703 ecr 102>
"""
OPEN_PLAIN = """
    client> S 0:0(0) win 512
    server> S. 0:0(0) ack 1 win 512
    client> . 1:1(0) ack 1 win 512
    server> P. 1:3(2) ack 1 win 512
    client> P. 1:3(2) ack 3 win 512
    server> . 3:3(0) ack 3 win 512
"""


def knowledge(endpoint: Endpoint) -> dict[str, Any]:
    """Everything that an endpoint's knowledge holds, comparable."""
    found: dict[str, Any] = {}
    for name in Knowledge.__slots__:
        value = getattr(endpoint, name)
        if isinstance(value, Received):
            value = value.nxt, value.islands
        elif isinstance(value, Timestamps):
            value = [getattr(value, part) for part in Timestamps.__slots__]
        elif isinstance(value, Duties):
            value = [getattr(value, part) for part in Duties.__slots__]
        elif isinstance(value, Conduct):
            silence, arrivals = value.silence, value.arrivals
            value = [getattr(value, part) for part in Conduct.__slots__ if part not in ("arrivals", "silence")]
            value += [getattr(silence, part) for part in Silence.__slots__]
            value += [list(arrivals.islands), arrivals.others, arrivals.twice.islands]
        elif isinstance(value, Belief):
            value = value.state, value.states, value.causes, value.plain, value.reset
        elif isinstance(value, Flight):
            value = [(left, right, packet.octets) for left, right, packet in value]
        found[name] = value
    return found


# Moves of two endpoints that are mostly the next thing expected, and now and then one octet, tick or flag beside it.
beside = st.sampled_from([0] * 12 + [-2, -1, 1, 2, 1000])
moves = st.tuples(
    st.sampled_from(list(Side)),
    st.sampled_from([0, 0, 1, 5, 1448, 1461]),
    beside,
    beside,
    st.sampled_from([0, 1, 512, 65535]),
    beside,
    beside,
    st.sampled_from([".", "P.", ".", "P.", ".", "P.", "F.", "R", "U."]),
    st.sampled_from([None, None, None, None, None, "", "<mss 1>", "<nop,nop,TS val 1 ecr 1>"]),
    st.sampled_from([1_000, 1_000, 300_000, 3_000_000]),
)


@settings(max_examples=300)
@given(st.sampled_from([OPEN, OPEN_PLAIN]), st.lists(moves, max_size=12))
@example(OPEN, [(Side.CLIENT, 1, 0, 1, 0, 0, 0, ".", None, 1000), (Side.SERVER, 0, 0, 0, 512, 0, 0, ".", None, 1000)])
@example(
    OPEN, [(Side.SERVER, 1, 0, 0, 512, 0, 0, ".", None, 1000), (Side.CLIENT, 1, 0, 0, 512, 0, -1, ".", None, 1000)]
)
def test_short_way_knows_what_the_long_way_knows(opening: str, play: list[tuple[Any, ...]]) -> None:
    short, long = (Playback(opening, Oracle(room_us=0)) for _ in range(2))
    nxt, acked, clock = [3, 3], [3, 3], [102, 703]
    at_us, frame = 0, 100  # a clock that jumps has the debts looked at first, which is a long way
    for side, size, seq_off, ack_off, window, clock_off, echo_off, flags, other_options, later_us in play:
        at_us, frame = at_us + later_us, frame + 2
        clock[side] += 1
        seq, ack = nxt[side] + seq_off, nxt[1 - side] + ack_off
        options = (
            f"<nop,nop,TS val {clock[side] + clock_off} ecr {clock[1 - side] + echo_off}>" if opening is OPEN else ""
        )
        if other_options is not None:
            options = other_options
        words = f"{flags} {seq}:{seq + size}({size}) win {window} {options}"
        if "." in flags:
            words = words.replace(" win", f" ack {ack} win")
        packet = segment(side, words)
        for playback, take_short_way in ((short, True), (long, False)):
            connection = playback.oracle.connection(side, packet)
            if take_short_way:
                playback.oracle.passed(connection, side, packet, at_us, frame)
            else:
                playback.oracle.sent(connection, side, packet, at_us, frame)
                playback.oracle.delivered(connection, side.peer, packet, at_us, frame + 1, intact=True)
        if seq_off == 0:
            nxt[side] += size
        acked[side] = ack
    for side in Side:
        assert knowledge(short.connection.endpoint(side)) == knowledge(long.connection.endpoint(side))
    assert short.broken == long.broken


def test_short_way_is_taken_by_a_plain_exchange() -> None:
    for opening in (OPEN, OPEN_PLAIN):
        connection = Playback(opening).connection
        assert all(end.belief.plain for end in connection.ends)
        options = "<nop,nop,TS val 110 ecr 703>" if opening is OPEN else ""
        packet = segment(Side.CLIENT, f"P. 3:13(10) ack 3 win 512 {options}")
        sender, receiver = connection.ends
        assert connection._short(sender, receiver, packet, 0)


def test_short_way_is_taken_by_what_was_sent_before_the_newest_acknowledgment_came() -> None:
    connection = Playback(OPEN).connection
    lines = (
        "P. 3:13(10) ack 3 win 512 <nop,nop,TS val 110 ecr 703>",
        "P. 3:3(0) ack 13 win 512 <nop,nop,TS val 710 ecr 110>",
        "P. 13:23(10) ack 3 win 512 <nop,nop,TS val 111 ecr 703>",
    )
    for side, line in zip((Side.CLIENT, Side.SERVER, Side.CLIENT), lines, strict=True):
        assert connection._short(connection.ends[side], connection.ends[side.peer], segment(side, line), 1000)


def test_states_follow_an_orderly_close() -> None:
    playback = Playback(OPEN_PLAIN)
    steps = [
        ("client> F. 3:3(0) ack 3 win 9", ("FIN-WAIT-1", "CLOSE-WAIT")),
        ("server> . 3:3(0) ack 4 win 9", ("FIN-WAIT-2", "CLOSE-WAIT")),
        ("server> F. 3:3(0) ack 4 win 9", ("TIME-WAIT", "LAST-ACK")),
        ("client> . 4:4(0) ack 4 win 9", ("TIME-WAIT", "CLOSED")),
    ]
    for line, states in steps:
        playback._play(line)
        assert playback.connection.states == states


def test_states_follow_a_simultaneous_open_and_close() -> None:
    playback = Playback("")
    steps = [
        ("client>x S 0:0(0) win 9", ("SYN-SENT", "CLOSED")),
        ("server>x S 0:0(0) win 9", ("SYN-SENT", "SYN-SENT")),
        (">server S 0:0(0) win 9", ("SYN-SENT", "SYN-RECEIVED")),
        (">client S 0:0(0) win 9", ("SYN-RECEIVED", "SYN-RECEIVED")),
        ("client>x S. 0:0(0) ack 1 win 9", ("SYN-RECEIVED", "SYN-RECEIVED")),
        ("server> S. 0:0(0) ack 1 win 9", ("ESTABLISHED", "SYN-RECEIVED")),
        (">server S. 0:0(0) ack 1 win 9", ("ESTABLISHED", "ESTABLISHED")),
        ("client>x F. 1:1(0) ack 1 win 9", ("FIN-WAIT-1", "ESTABLISHED")),
        ("server>x F. 1:1(0) ack 1 win 9", ("FIN-WAIT-1", "FIN-WAIT-1")),
        (">client F. 1:1(0) ack 1 win 9", ("CLOSING", "FIN-WAIT-1")),
        (">server F. 1:1(0) ack 1 win 9", ("CLOSING", "CLOSING")),
        ("client> . 2:2(0) ack 2 win 9", ("CLOSING", "TIME-WAIT")),
        ("server> . 2:2(0) ack 2 win 9", ("TIME-WAIT", "TIME-WAIT")),
    ]
    for line, states in steps:
        playback._play(line)
        assert playback.connection.states == states, line
    assert playback.broken == []


def test_a_state_is_doubtful_until_the_endpoint_shows_it() -> None:
    playback = Playback(OPEN_PLAIN + "client> F. 3:3(0) ack 3 win 9")
    server = playback.connection.endpoint(Side.SERVER)
    assert server.states == {State.ESTABLISHED, State.CLOSE_WAIT}
    playback._play("server> P. 3:5(2) ack 4 win 9")
    assert server.states == {State.CLOSE_WAIT}


def test_a_new_syn_opens_a_new_connection_and_the_old_one_may_still_answer() -> None:
    playback = Playback(OPEN_PLAIN + "client>x S 5000:5000(0) win 9")
    assert [connection.number for connection in playback.oracle.connections] == [1, 2]
    # A half-open peer challenges the SYN with an acknowledgment of the connection that it still has.
    playback._play(">server S 5000:5000(0) win 9")
    playback._play("server> . 3:3(0) ack 3 win 512")
    assert playback.broken == []


def test_a_capture_from_the_middle_is_judged_by_shape_alone() -> None:
    playback = Playback("client> . 9:9(0) ack 700 win 9\nserver> SF 700:700(0) win 9", Oracle(vantage="one"))
    assert playback.broken == ["FL-01 server"]
    assert any("not seen from" in note for note in playback.verdict().notes)


def test_a_client_takes_the_second_answer_where_it_refused_the_first() -> None:
    """A reset ends the attempt at the server, whose next SYN-ACK has another initial sequence number."""
    playback = Playback("""
        client> S 0:0(0) win 9
        server> S. 0:0(0) ack 1 win 9
        client> R 1:1(0) win 0
        client> S 0:0(0) win 9
        server> S. 5000:5000(0) ack 1 win 9
        client> . 1:1(0) ack 5001 win 9
        server> P. 5001:5003(2) ack 1 win 9
        client> . 1:1(0) ack 5003 win 9
    """)
    assert playback.broken == []
    assert playback.connection.states == ("ESTABLISHED", "ESTABLISHED")
    assert len(playback.oracle.connections) == 1


def test_a_reset_that_refuses_an_acknowledgment_ends_nothing() -> None:
    playback = Playback("""
        client> S 0:0(0) win 9
        server> S. 0:0(0) ack 1 win 9
        >server F. 1:1(0) ack 0 win 9
        client> . 1:1(0) ack 1 win 9
        server> R 0:0(0) win 0
        client> P. 1:3(2) ack 1 win 9
        server> . 1:1(0) ack 3 win 9
        client> R. 3:3(0) ack 1 win 9
        server< ended reset
    """)
    assert playback.broken == []
    assert playback.connection.states == ("CLOSED", "CLOSED")


def test_a_forged_second_answer_is_not_the_one_that_was_taken() -> None:
    playback = Playback("""
        client> S 0:0(0) win 9
        server> S. 0:0(0) ack 1 win 9
        >client S. -100000:-100000(0) ack 1 win 9
        client> . 1:1(0) ack 1 win 9
        server> P. 1:3(2) ack 1 win 9
        client> . 1:1(0) ack 3 win 9
    """)
    assert playback.broken == []


def test_nothing_of_an_attempt_that_was_reset_binds_the_next_one() -> None:
    playback = Playback("""
        client>x S 0:0(0) win 9
        >server S 100000:100000(0) win 9
        server> S. 0:0(0) ack 100001 win 9
        client> R 100001:100001(0) win 0
        client> @1000 S 0:0(0) win 9
        server> @1000 S. 5000:5000(0) ack 1 win 9
        client> @1000 . 1:1(0) ack 5001 win 9
        server> @2000 P. 5001:5003(2) ack 1 win 9
        client> @2000 P. 1:3(2) ack 5003 win 9
        server> @3000 . 5003:5003(0) ack 3 win 9
    """)
    assert playback.broken == []


def test_a_forged_syn_in_time_wait_does_not_undo_the_end_that_was_told() -> None:
    playback = Playback(
        OPEN_PLAIN
        + """
        server> F. 3:3(0) ack 3 win 9
        client> F. 3:3(0) ack 4 win 9
        server> . 4:4(0) ack 4 win 9
        server< ended eof
        >server S 600:600(0) win 9
        server> S. 70000:70000(0) ack 601 win 9
    """
    )
    assert [finding for finding in playback.broken if finding.startswith("RS-13")] == []


def test_a_connection_of_which_something_was_not_heard_is_told_of() -> None:
    playback = Playback(OPEN_PLAIN)
    assert playback.verdict().notes == ()

    playback.connection.lose_track()

    assert playback.connection.holes == 1
    assert any("1 connection(s) with segments that were not captured" in note for note in playback.verdict().notes)
