"""Whether the initial sequence numbers that one side chooses for its connections can be guessed from one another.

Each number by itself is as good as any other. What tells is a row of them: numbers that hardly move, that all move by
the same amount, or that come again.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from itertools import pairwise
from typing import Final

from tcpchaos.oracle.connection import Connection
from tcpchaos.rfc import Breach
from tcpchaos.seq import add, diff
from tcpchaos.trace import Side

# So many steps in a row are asked for, and so small: that numbers drawn at random look like this happens once in 2^56.
_LEAST_STEPS: Final = 8
_SMALL_STEP: Final = 1 << 24
# A number that is chosen so often is no chance, however many connections there are.
_MOST_EQUAL: Final = 3


def numbers(connections: Iterable[Connection], side: Side) -> tuple[int, ...]:
    """Return the initial sequence numbers of one side in their order, of each pair of ports the first."""
    first: dict[tuple[int, int], int] = {}
    for connection in connections:
        iss = connection.endpoint(side).iss
        if connection.whole and iss is not None and side not in connection.far:
            first.setdefault(connection.ports, add(iss, 0))
    return tuple(first.values())


def predictable(chosen: Sequence[int]) -> Breach | None:
    """Return how the next number could be guessed, None where these do not tell it."""
    steps = [diff(after, before) for before, after in pairwise(chosen)]
    expected = "numbers that do not follow from one another"
    if len(steps) >= _LEAST_STEPS:
        if len(set(steps)) == 1:
            return Breach(expected, f"{len(chosen)} numbers, each {steps[0]} after the one before")
        if all(abs(step) < _SMALL_STEP for step in steps):
            return Breach(expected, f"{len(chosen)} numbers, none more than {max(map(abs, steps))} from the one before")
    common = Counter(chosen).most_common(1)
    if common and common[0][1] > _MOST_EQUAL:
        return Breach(expected, f"{common[0][0]} for {common[0][1]} connections of {len(chosen)}")
    return None
