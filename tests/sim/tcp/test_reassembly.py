"""Octets beyond a hole come out in order, the first copy of each, and the island that grew last comes first."""

from hypothesis import given
from hypothesis import strategies as st

from tcpchaos.seq import add, ahead
from tcpchaos.sim.tcp.reassembly import Reassembly

NXT = 2**32 - 15


@given(st.lists(st.tuples(st.integers(1, 40), st.binary(min_size=1, max_size=12)), max_size=12), st.integers(1, 40))
def test_it_holds_the_same_as_a_plain_table(arrivals: list[tuple[int, bytes]], upto: int) -> None:
    unread, table = Reassembly(), dict[int, int]()
    for at, payload in arrivals:
        unread.add(NXT, add(NXT, at), payload)
        for index, octet in enumerate(payload):
            table.setdefault(at + index, octet)
        newest = unread.recent[0]
        assert ahead(NXT, newest.left) <= at < ahead(NXT, newest.right)
    islands = [(ahead(NXT, island.left), ahead(NXT, island.right)) for island in unread.islands]
    assert islands == [(left, right) for left, right in runs(set(table))]
    assert all(
        [table[n] for n in range(left, right)] == list(island.octets)
        for (left, right), island in zip(islands, unread.islands, strict=True)
    )
    assert set(unread.recent) == set(unread.islands)
    taken = unread.take(add(NXT, upto))
    assert list(taken) == [table[n] for n in run_from(set(table), upto)]
    assert set(unread.recent) == set(unread.islands)


def runs(numbers: set[int]) -> list[tuple[int, int]]:
    starts = sorted(n for n in numbers if n - 1 not in numbers)
    return [(n, run_from(numbers, n).stop) for n in starts]


def run_from(numbers: set[int], start: int) -> range:
    end = start
    while end in numbers:
        end += 1
    return range(start, end)


def test_overlap_is_the_first_stretch_that_is_here_already() -> None:
    unread = Reassembly()
    unread.add(NXT, add(NXT, 10), b"abcde")
    unread.add(NXT, add(NXT, 20), b"fghij")
    assert unread.overlap(add(NXT, 12), add(NXT, 30)) == (add(NXT, 12), add(NXT, 15))
    assert unread.overlap(add(NXT, 15), add(NXT, 22)) == (add(NXT, 20), add(NXT, 22))
    assert unread.overlap(add(NXT, 1), add(NXT, 10)) is None


def test_cleared_it_holds_nothing() -> None:
    unread = Reassembly()
    unread.add(NXT, add(NXT, 10), b"abcde")
    unread.clear()
    assert unread.take(add(NXT, 10)) == b""
