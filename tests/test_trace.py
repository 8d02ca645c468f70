"""The trace keeps a beginning and an end, in their order, and counts what it left out."""

from hypothesis import given
from hypothesis import strategies as st

from tcpchaos.trace import EVENTS_KEPT_AT_EACH_END, Event, Side, Trace
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
