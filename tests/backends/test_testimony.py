"""What a kernel tells begins with nothing, and each testimony is its own."""

from tcpchaos.backends.testimony import Drop, Frame, Move, Reset, Statement
from tcpchaos.trace import Side


def test_one_testimony_says_nothing_of_another() -> None:
    one, other = Statement(), Statement()
    one.frames[Side.CLIENT].append(Frame(1, 40))
    assert not other.frames[Side.CLIENT]
    assert not other.incomplete


def test_what_is_told_of_an_endpoint_that_is_no_kernel_s_is_left_out() -> None:
    told = Statement(
        drops=[Drop(1, side, 0, "TCP_CSUM") for side in Side],
        moves=[Move(1, side, 7, 80, 4000, "LAST-ACK", "CLOSED", False) for side in Side],
        resets=[Reset(1, side, 80, 4000, "") for side in Side],
    )
    assert told.without([]) == told
    left = told.without([Side.SERVER])
    sides = (
        {each.side for each in left.drops} | {each.side for each in left.moves} | {each.side for each in left.resets}
    )
    assert sides == {Side.CLIENT}
    assert len(left.drops) == len(left.moves) == len(left.resets) == 1
