"""The octets that workloads send: a text in which every line says whose it is and where it stands.

Nothing is random, so that two runs of a workload send the same octets, any part can be made again without keeping
what came before it, and an octet out of place is seen with the naked eye in a capture.
"""

from functools import lru_cache
from typing import Final

from tcpchaos.trace import Side

LINE: Final = 16  # octets: side, connection and position, as in "c0001 0000000480"
_POSITIONS: Final = 10**10  # octets that ten digits can count, and whole lines of them: then the text begins again
_LETTERS: Final = ("c", "s")
# Both ends make a text, and each of thousands of runs makes the same ones again.
_KEPT: Final = 64


@lru_cache(_KEPT)
def pattern(side: Side, connection: int, start: int, size: int) -> bytes:
    """Return the `size` octets that stand from position `start` on in what this side says on this connection."""
    first, skip = divmod(start % _POSITIONS, LINE)
    head = f"{_LETTERS[side]}{connection & 0xFFFF:04x}"
    lines = range(first, first + (skip + size + LINE - 1) // LINE)
    text = "".join([f"{head}{line * LINE % _POSITIONS:10d}\n" for line in lines])
    return text.encode()[skip : skip + size]
