"""What a kernel tells begins with nothing, and each testimony is its own."""

from tcpchaos.backends.testimony import Frame, Statement
from tcpchaos.trace import Side


def test_one_testimony_says_nothing_of_another() -> None:
    one, other = Statement(), Statement()
    one.frames[Side.CLIENT].append(Frame(1, 40))
    assert not other.frames[Side.CLIENT]
    assert not other.incomplete
