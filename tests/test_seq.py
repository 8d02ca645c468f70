"""The circle of sequence numbers: every answer is the same wherever on the circle the question is asked."""

from hypothesis import example, given
from hypothesis import strategies as st

from tcpchaos.seq import MODULUS, add, ahead, diff, on_arc, unwrap, wrap

NUMBERS = st.integers(0, MODULUS - 1) | st.integers(MODULUS - 8, MODULUS - 1) | st.integers(0, 8)
STEPS = st.integers(-3 * MODULUS, 3 * MODULUS)
ISS = MODULUS - 3


def test_a_handshake_wraps() -> None:
    assert add(ISS, 1) == MODULUS - 2
    assert add(ISS, 3) == 0
    assert add(0, -1) == MODULUS - 1
    assert ahead(ISS, 5) == 8
    assert diff(ISS, 5) == -8
    assert diff(5, ISS) == 8


def test_an_arc_contains_its_start_and_not_its_end() -> None:
    assert on_arc(ISS, ISS, 2)
    assert on_arc(ISS, 1, 2)
    assert not on_arc(ISS, 2, 2)
    assert not on_arc(ISS, ISS - 1, 2)
    assert not on_arc(ISS, ISS, ISS)


def test_half_a_circle_away_is_behind() -> None:
    assert diff(1 << 31, 0) == -(1 << 31)
    assert diff((1 << 31) - 1, 0) == (1 << 31) - 1


@given(NUMBERS, STEPS)
def test_add_stays_on_the_circle_and_can_be_undone(number: int, step: int) -> None:
    assert 0 <= add(number, step) < MODULUS
    assert add(add(number, step), -step) == number


@given(NUMBERS, NUMBERS)
def test_both_distances_lead_from_the_start_to_the_number(start: int, number: int) -> None:
    assert 0 <= ahead(start, number) < MODULUS
    assert -MODULUS // 2 <= diff(number, start) < MODULUS // 2
    assert add(start, ahead(start, number)) == number
    assert add(start, diff(number, start)) == number


@given(NUMBERS, st.integers(-(1 << 31), (1 << 31) - 1))
def test_diff_gives_back_what_was_added(start: int, step: int) -> None:
    assert diff(add(start, step), start) == step


@given(NUMBERS, NUMBERS, NUMBERS, STEPS)
@example(start=0, number=0, end=0, step=1)
def test_the_circle_looks_the_same_from_everywhere(start: int, number: int, end: int, step: int) -> None:
    def turn(point: int) -> int:
        return add(point, step)

    assert ahead(turn(start), turn(number)) == ahead(start, number)
    assert diff(turn(number), turn(start)) == diff(number, start)
    assert on_arc(turn(start), turn(number), turn(end)) == on_arc(start, number, end)


@given(NUMBERS, NUMBERS, NUMBERS)
def test_a_number_is_on_an_arc_or_on_the_rest_of_the_circle(start: int, number: int, end: int) -> None:
    assert on_arc(start, number, end) + on_arc(end, number, start) == (start != end)


@given(NUMBERS, st.integers(0, 1 << 16), st.integers(0, 1 << 16))
def test_on_arc_counts_as_integers_do_near_the_start(start: int, offset: int, size: int) -> None:
    assert on_arc(start, add(start, offset), add(start, size)) == (offset < size)


@given(st.integers(-(1 << 40), 1 << 40), st.integers(-(1 << 31) + 1, (1 << 31) - 1))
@example(near=0, distance=-(1 << 31) + 1)
def test_unwrap_finds_the_position_that_is_near(near: int, distance: int) -> None:
    position = near + distance
    assert unwrap(wrap(position), near) == position


@given(NUMBERS, st.integers(-(1 << 40), 1 << 40))
def test_unwrap_then_wrap_is_the_number(number: int, near: int) -> None:
    assert wrap(unwrap(number, near)) == number
    assert abs(unwrap(number, near) - near) <= MODULUS // 2
