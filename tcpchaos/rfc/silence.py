"""What an endpoint sends again although nothing new comes to it: repetitions, and how fast they follow each other.

A timer explains a repetition now and then, at growing intervals. Nothing explains a storm of them.
"""

from typing import Final, NamedTuple

# So many segments that are waited for at the same time are followed; a stack that sends more of them again at once is
# followed in these.
_MOST_FOLLOWED: Final = 16
# Segments of which each may still call for an acknowledgment: more are hardly ever on their way through a stack.
_MOST_DUE: Final = 1024


class Repetition(NamedTuple):
    """Octets that were sent again: how often, since when, when last, and the intervals before, in microseconds.

    What is heard may have waited: it was sent first, and last, at these times at the earliest, and last at `heard_us`
    at the latest; the intervals were as long at least.
    """

    times: int
    first_us: int
    last_us: int
    heard_us: int
    intervals: tuple[int, ...]  # the last three at most


class Silence:
    """What was repeated since something was delivered that may have called for it."""

    __slots__ = ("again", "answered", "due", "repeats", "repeats_us", "syn_at_us")

    def __init__(self) -> None:
        self.again: dict[int, Repetition] = {}  # by the position of the segment
        self.repeats = 0  # bare acknowledgments that say what the one before said, with no data delivered in between
        self.repeats_us = 0  # when the first of them was sent
        self.answered = False  # something was delivered meanwhile, but no data
        self.due = 0  # segments with data that were delivered and may still have to be acknowledged, at the most
        self.syn_at_us: int | None = None  # when it last sent its SYN, at the earliest, if nothing was delivered since

    @property
    def active(self) -> bool:
        """Whether there is anything that a segment would have to be compared with."""
        return bool(self.again or self.repeats)

    def heard(self, length: int) -> None:
        """Something of this length in sequence numbers was delivered."""
        self.again.clear()
        self.syn_at_us = None
        if length:
            self.repeats = 0
            self.answered = False
            self.due = min(self.due + 1, _MOST_DUE)
        elif self.repeats:
            self.answered = True

    def heard_the_next(self) -> None:
        """What was just delivered is the next thing expected: what acknowledges it says something new."""
        self.due -= 1

    def sent_again(self, position: int, at_us: int, late_us: int) -> None:
        """A segment at this position was sent again, and may have waited so long to be heard."""
        before, sent_us = self.again.get(position), at_us - late_us
        if before is not None:
            intervals = (*before.intervals[-2:], max(0, sent_us - before.heard_us))
            self.again[position] = Repetition(before.times + 1, before.first_us, sent_us, at_us, intervals)
        elif len(self.again) < _MOST_FOLLOWED:
            self.again[position] = Repetition(1, sent_us, sent_us, at_us, ())

    def sent_bare(self, same: bool, sent_us: int, at_us: int, within_us: int) -> None:
        """An acknowledgment without data was sent, the `same` as before or another; `within_us` is what is counted.

        It was sent at `sent_us` at the earliest and at `at_us` at the latest.
        """
        if not same:
            self.sent_other()
        elif self.due:
            self.due -= 1
        else:
            if not self.repeats or at_us - self.repeats_us > within_us:
                self.answered = False
                self.repeats_us = sent_us
                self.repeats = 0
            self.repeats += 1

    def sent_other(self) -> None:
        """Something else was sent."""
        self.repeats = 0
        self.answered = False
