"""What arrived twice agrees with a count of each octet; forged octets are remembered with the rule against them."""

from hypothesis import given
from hypothesis import strategies as st

from tcpchaos.rfc.arrivals import Arrivals
from tcpchaos.rfc.octets import Received

spans = st.tuples(st.integers(0, 40), st.integers(1, 12)).map(lambda span: (span[0], span[0] + span[1]))


@given(st.lists(spans, max_size=12), spans)
def test_twice_is_what_a_count_says(arrived: list[tuple[int, int]], asked: tuple[int, int]) -> None:
    arrivals, possible = Arrivals(), Received(0)
    counts = [0] * 60
    for left, right in arrived:
        arrivals.arrives(left, right, possible)
        possible.add(left, right)
        for position in range(left, right):
            counts[position] += 1
    assert arrivals.arrived_twice(*asked) == all(count > 1 for count in counts[slice(*asked)])


def test_an_octet_is_explained_by_what_brought_it() -> None:
    arrivals = Arrivals()
    arrivals.other(10, b"abc", None)
    arrivals.other(11, b"bx", "DI-05")
    assert arrivals.explains(11, ord("b")) == [None, "DI-05"]
    assert arrivals.explains(12, ord("x")) == ["DI-05"]
    assert arrivals.explains(13, ord("c")) == []
    assert not arrivals.too_many


def test_only_so_much_is_remembered() -> None:
    arrivals = Arrivals()
    for _ in range(2000):
        arrivals.other(0, b"x", None)
    assert arrivals.too_many
    assert len(arrivals.others) == 512
