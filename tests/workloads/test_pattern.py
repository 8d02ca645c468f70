from hypothesis import given
from hypothesis import strategies as st

from tcpchaos.trace import Side
from tcpchaos.workloads.pattern import LINE, pattern


def test_every_line_says_whose_it_is_and_where_it_stands() -> None:
    assert pattern(Side.CLIENT, 1, 0, 40) == b"c0001         0\nc0001        16\nc0001   "
    assert pattern(Side.SERVER, 0x1234A, 160_000, LINE) == b"s234a    160000\n"


@given(st.sampled_from(Side), st.integers(0, 70_000), st.integers(0, 10**11), st.integers(0, 100), st.integers(0, 100))
def test_a_text_is_the_same_in_whatever_pieces_it_is_made(
    side: Side, connection: int, start: int, one: int, other: int
) -> None:
    pieces = pattern(side, connection, start, one) + pattern(side, connection, start + one, other)

    assert pieces == pattern(side, connection, start, one + other)
    assert len(pieces) == one + other
