"""The trace keeps a beginning and an end, in their order, and counts what it left out."""

from hypothesis import given
from hypothesis import strategies as st

from tcpchaos.trace import EVENTS_KEPT_AT_EACH_END, Event, Passage, Side, Trace
from tcpchaos.wire import SYN, build

SEGMENT = build(src=bytes(4), dst=bytes(4), sport=1, dport=2, seq=2**32 - 3, flags=SYN)


def event(frame: int) -> Event:
    return Event(
        frame=frame,
        at_us=frame * 10,
        side=Side.CLIENT,
        delivered=False,
        packet=SEGMENT,
        connection=1,
        origin=0,
        deeds=(),
        states=("SYN-SENT", "LISTEN"),
    )


def test_each_side_is_the_others_peer() -> None:
    assert Side.CLIENT.peer is Side.SERVER
    assert Side.SERVER.peer is Side.CLIENT
    assert [str(side) for side in Side] == ["client", "server"]


def test_a_short_trace_is_kept_whole() -> None:
    trace = Trace()
    for frame in (1, 2, 3):
        trace.add(event(frame))
    assert [each.frame for each in trace] == [1, 2, 3]
    assert (len(trace), trace.seen, trace.left_out) == (3, 3, 0)


def test_an_empty_trace_has_nothing_left_out() -> None:
    assert (list(Trace()), len(Trace()), Trace().left_out) == ([], 0, 0)


@given(kept=st.integers(0, 5), count=st.integers(0, 20))
def test_the_middle_of_a_long_trace_is_counted(kept: int, count: int) -> None:
    trace = Trace(kept_at_each_end=kept)
    for frame in range(1, count + 1):
        trace.add(event(frame))
    frames = list(range(1, count + 1))
    whole = count <= 2 * kept
    assert [each.frame for each in trace] == (frames if whole else frames[:kept] + frames[count - kept :])
    assert trace.seen == count
    assert trace.left_out == (0 if whole else count - 2 * kept)
    assert len(trace) == len(list(trace))


def test_memory_is_bounded_by_what_is_kept() -> None:
    trace = Trace()
    one = event(1)
    for _ in range(3 * EVENTS_KEPT_AT_EACH_END):
        trace.add(one)
    assert len(trace) == 2 * EVENTS_KEPT_AT_EACH_END
    assert trace.left_out == EVENTS_KEPT_AT_EACH_END


def passage(frame: int, side: Side = Side.CLIENT) -> Passage:
    return Passage(frame, frame * 10, side, SEGMENT, 1, ("ESTABLISHED", "SYN-RECEIVED", "ESTABLISHED"))


def test_a_packet_that_passed_is_two_events() -> None:
    trace = Trace()
    trace.passed(passage(1))
    trace.add(event(3))
    trace.passed(passage(4, Side.SERVER))
    assert [(each.frame, each.side, each.delivered, each.origin, each.states) for each in trace] == [
        (1, Side.CLIENT, False, 0, ("ESTABLISHED", "SYN-RECEIVED")),
        (2, Side.SERVER, True, 1, ("ESTABLISHED", "ESTABLISHED")),
        (3, Side.CLIENT, False, 0, ("SYN-SENT", "LISTEN")),
        (4, Side.SERVER, False, 0, ("SYN-RECEIVED", "ESTABLISHED")),
        (5, Side.CLIENT, True, 4, ("ESTABLISHED", "ESTABLISHED")),
    ]
    assert (len(trace), trace.seen, trace.left_out) == (5, 5, 0)


@given(kept=st.integers(0, 5), passages=st.lists(st.booleans(), max_size=20))
def test_passages_are_kept_and_counted_as_events_are(kept: int, passages: list[bool]) -> None:
    trace, frame = Trace(kept_at_each_end=kept), 1
    for passes in passages:
        if passes:
            trace.passed(passage(frame))
            frame += 2
        else:
            trace.add(event(frame))
            frame += 1
    frames = [each.frame for each in trace]
    everything = list(range(1, frame))
    assert set(frames) >= {*everything[:kept], *everything[max(len(everything) - kept, 0) :]}
    assert frames == sorted(set(frames))
    assert len(trace) == len(frames) <= 4 * kept + 1
    assert (trace.seen, trace.left_out) == (frame - 1, frame - 1 - len(frames))
