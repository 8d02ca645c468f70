"""A line of so many bits a second, over which segments go one after the other: what a rule's `rate` puts them on."""

from collections import deque
from typing import Final

_US: Final = 1_000_000


class Line:
    """One direction of it. Times are whole microseconds; what they leave over is counted on, so that the rate holds."""

    __slots__ = ("_bits", "_free", "_leaving", "_queue")

    def __init__(self, bits: int, queue: int | None) -> None:
        self._bits = bits
        self._queue = queue
        self._free = 0  # when it is free again, in microseconds times `bits`
        self._leaving: deque[int] = deque()  # when each of those is through that have not left yet

    def enter(self, octets: int, now_us: int) -> int | None:
        """Take a packet of so many octets; return in how many microseconds it is through, None where it is lost."""
        leaving = self._leaving
        while leaving and leaving[0] <= now_us:
            leaving.popleft()
        # One is on the line, and the others wait.
        if self._queue is not None and len(leaving) > self._queue:
            return None
        self._free = max(self._free, now_us * self._bits) + octets * 8 * _US
        through_us = -(-self._free // self._bits)
        leaving.append(through_us)
        return through_us - now_us
