"""What was reported is kept in order, and what is lost follows from it; around the wrap, against a plain model."""

from hypothesis import given
from hypothesis import strategies as st

from tcpchaos.seq import add
from tcpchaos.sim.tcp.scoreboard import Scoreboard

UNA = 2**32 - 20
spans = st.tuples(st.integers(-10, 60), st.integers(-10, 60))


def at(*numbers: int) -> tuple[int, ...]:
    return tuple(add(UNA, number) for number in numbers)


def block(left: int, right: int) -> tuple[int, int]:
    return add(UNA, left), add(UNA, right)


@given(st.lists(st.lists(spans, max_size=4), max_size=6), st.integers(0, 50))
def test_it_knows_the_same_as_a_set_of_numbers(reports: list[list[tuple[int, int]]], una: int) -> None:
    board, known, nxt = Scoreboard(), set[int](), 50
    for blocks in reports:
        before = len(known)
        for left, right in blocks:
            if 0 <= left < right <= nxt:
                known |= set(range(left, right))
        assert board.report(tuple(block(*each) for each in blocks), UNA, add(UNA, nxt)) == len(known) - before
        assert board.octets == len(known)
    for number in range(nxt):
        beyond = next(n for n in range(number, nxt + 1) if n not in known)
        assert board.beyond(add(UNA, number)) == add(UNA, beyond)
        assert board.octets_before(add(UNA, number)) == len([n for n in known if n < number])
        if number not in known:
            hole = next(n for n in range(number, nxt + 1) if n in known or n == nxt)
            assert board.hole_at(add(UNA, number), add(UNA, nxt)) == hole - number
            assert board.is_lost(add(UNA, number), 10) == model_lost(known, number)
    board.acknowledge(add(UNA, una))
    assert board.octets == len([n for n in known if n >= una])


def model_lost(known: set[int], number: int) -> bool:
    above = {n for n in known if n > number}
    pieces = len([n for n in above if n - 1 not in above])
    return pieces >= 3 or len(above) > 20


def test_pipe_counts_what_is_neither_lost_nor_reported_and_what_was_sent_again() -> None:
    board = Scoreboard()
    board.report((block(10, 20), block(30, 40), block(50, 60)), UNA, add(UNA, 70))
    # 0:10 is lost, 20:30 and 40:50 are not yet, 60:70 is under way.
    assert board.pipe(UNA, add(UNA, 70), UNA, 100) == 30
    assert board.pipe(UNA, add(UNA, 70), add(UNA, 10), 100) == 40


def test_next_hole_is_lost_or_at_least_before_something_that_arrived() -> None:
    board = Scoreboard()
    assert board.next_hole(UNA, UNA, 10, sure=False) is None
    board.report((block(10, 20), block(30, 60)), UNA, add(UNA, 70))
    assert board.next_hole(UNA, UNA, 10, sure=True) == UNA
    assert board.next_hole(UNA, add(UNA, 10), 10, sure=True) == add(UNA, 20)
    assert board.next_hole(UNA, add(UNA, 10), 100, sure=True) is None
    assert board.next_hole(UNA, add(UNA, 10), 100, sure=False) == add(UNA, 20)
    assert board.next_hole(UNA, add(UNA, 30), 10, sure=False) is None


def test_after_a_timeout_nothing_is_known() -> None:
    board = Scoreboard()
    board.report((block(10, 20),), UNA, add(UNA, 70))
    board.clear()
    assert (board.ranges, board.octets) == ([], 0)
