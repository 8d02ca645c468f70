"""A line: so many bits a second, one packet after the other, and no more waiting than may."""

from hypothesis import given
from hypothesis import strategies as st

from tcpchaos.engine.line import Line

ARRIVALS = st.lists(st.tuples(st.integers(0, 20_000), st.integers(20, 9_000)), min_size=1, max_size=40)


def through(line: Line, arrivals: list[tuple[int, int]]) -> list[tuple[int, int, int]]:
    """Return when each packet came, when it was through, and its octets, of those that were not lost."""
    now_us, found = 0, []
    for after_us, octets in arrivals:
        now_us += after_us
        took_us = line.enter(octets, now_us)
        if took_us is not None:
            found.append((now_us, now_us + took_us, octets))
    return found


def test_a_packet_takes_as_long_as_its_bits_do() -> None:
    line = Line(1_000_000, None)
    assert line.enter(1500, 5_000) == 12_000
    assert line.enter(1500, 5_000) == 24_000
    assert line.enter(125, 29_001) == 1_000  # nobody is before it


def test_what_a_microsecond_cannot_say_is_not_forgotten() -> None:
    line = Line(3_000_000, None)
    assert [line.enter(1, 0) for _ in range(6)] == [3, 6, 8, 11, 14, 16]  # 8/3 us each


def test_one_is_on_the_line_and_no_more_wait_than_may() -> None:
    line = Line(8_000, 2)
    assert [line.enter(10, 0) for _ in range(4)] == [10_000, 20_000, 30_000, None]
    assert line.enter(10, 9_999) is None
    assert line.enter(10, 10_000) == 30_000


@given(st.integers(1_000, 1_000_000_000), st.none() | st.integers(1, 9), ARRIVALS)
def test_they_come_in_their_order_as_fast_as_the_line_and_no_faster(
    bits: int, queue: int | None, arrivals: list[tuple[int, int]]
) -> None:
    passed = through(Line(bits, queue), arrivals)

    before_us = 0
    for came_us, through_us, octets in passed:
        took = (through_us - max(came_us, before_us)) * bits
        assert abs(took - octets * 8_000_000) < bits  # by less than a microsecond
        before_us = through_us
        assert queue is None or sum(came <= came_us < left for came, left, _ in passed) <= queue + 1
