"""What is to be done later, by a clock that only ever gets told the time."""

from collections.abc import Callable
from heapq import heappop, heappush
from typing import Final

NEVER_US: Final = 1 << 62


class Timers:
    """Calls in the order in which they become due; those due at the same microsecond in the order they were made."""

    __slots__ = ("_heap", "_serial", "due_us", "now_us")

    def __init__(self) -> None:
        self.now_us = 0
        self.due_us = NEVER_US  # when the next call is due
        self._heap: list[tuple[int, int, Callable[[], None]]] = []
        self._serial = 0

    def at(self, after_us: int, call: Callable[[], None]) -> None:
        """Have `call` made `after_us` from now."""
        self._serial += 1
        heappush(self._heap, (self.now_us + after_us, self._serial, call))
        self.due_us = self._heap[0][0]

    def set(self, now_us: int) -> int:
        """Take in what time it is, and return it; it never goes back."""
        if now_us > self.now_us:
            self.now_us = now_us
        return self.now_us

    def run(self, now_us: int) -> None:
        """Make the calls that are due."""
        self.set(now_us)
        heap = self._heap
        while heap and heap[0][0] <= self.now_us:
            heappop(heap)[2]()
        self.due_us = heap[0][0] if heap else NEVER_US
