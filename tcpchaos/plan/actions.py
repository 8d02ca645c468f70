"""What is done to a segment that a rule selects."""

from dataclasses import dataclass
from typing import Final

from tcpchaos.plan.fields import AnyOption, check_options, option_list, option_name
from tcpchaos.plan.selectors import MAX_LENGTH, Kind, whom
from tcpchaos.plan.words import bits_a_second, duration, hexadecimal
from tcpchaos.trace import Side

MAX_TIME_US: Final = 3_600_000_000  # an hour: no run waits longer
MAX_COPIES: Final = 1_000  # of one segment: enough to flood, not enough to fill the memory
MAX_HELD: Final = 10_000  # segments by which one is overtaken
MIN_BITS: Final = 1_000  # a second: the largest segment of an Ethernet takes 12 s
MAX_BITS: Final = 1_000_000_000  # a second: more than the proxy itself carries
MAX_QUEUE: Final = 10_000  # segments


@dataclass(frozen=True, slots=True)
class Drop:
    """The segment goes nowhere."""

    def __str__(self) -> str:
        return "drop"


@dataclass(frozen=True, slots=True, kw_only=True)
class Delay:
    """The segment goes on later; what comes after it may overtake it."""

    us: int

    def __post_init__(self) -> None:
        if not 1 <= self.us <= MAX_TIME_US:
            raise ValueError("a delay is at least 1us and at most an hour: write delay 50ms")

    def __str__(self) -> str:
        return f"delay {duration(self.us)}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Rate:
    """The segment goes over a line of so many bits a second, which it has to itself for as long as that takes.

    The line is the rule's, one in each direction, for all connections. Of the segments that wait for it no more than
    `queue` are kept, and what comes then is lost; None keeps all. A segment waits once: where several rules put it on
    a line or hold it, the last one counts.
    """

    bits: int
    queue: int | None = None

    def __post_init__(self) -> None:
        if not MIN_BITS <= self.bits <= MAX_BITS:
            raise ValueError("a line carries 1kbit to 1gbit a second: write rate 1mbit")
        if self.queue is not None and not 1 <= self.queue <= MAX_QUEUE:
            raise ValueError(f"write how many segments may wait, 1 to {MAX_QUEUE}: queue 20")

    def __str__(self) -> str:
        return f"rate {bits_a_second(self.bits)}" + ("" if self.queue is None else f" queue {self.queue}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Duplicate:
    """So many more copies follow the segment, at once or each `after_us` after the one before."""

    copies: int = 1
    after_us: int = 0

    def __post_init__(self) -> None:
        if not 1 <= self.copies <= MAX_COPIES:
            raise ValueError(f"write how many copies are added, 1 to {MAX_COPIES}")
        if not 0 <= self.after_us <= MAX_TIME_US:
            raise ValueError("write a time of at most an hour: after 10ms")

    def __str__(self) -> str:
        copies = "" if self.copies == 1 else f" {self.copies}"
        return f"duplicate{copies}" + (f" after {duration(self.after_us)}" if self.after_us else "")


@dataclass(frozen=True, slots=True, kw_only=True)
class Hold:
    """The segment waits until so many more segments of its sender have passed."""

    segments: int

    def __post_init__(self) -> None:
        if not 1 <= self.segments <= MAX_HELD:
            raise ValueError(f"write how many segments overtake it, 1 to {MAX_HELD}: hold 3")

    def __str__(self) -> str:
        return f"hold {self.segments}"


@dataclass(frozen=True, slots=True, kw_only=True)
class HoldUntil:
    """The segment waits until the next one of this kind has passed; `who` None means from the same sender."""

    kind: Kind
    who: Side | None = None

    def __str__(self) -> str:
        return f"hold until {'' if self.who is None else f'{self.who} '}{self.kind}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Split:
    """The payload goes in two segments, the first with `at` octets; or, `every`, in as many as `at` octets each take.

    A FIN and PSH go with the last. A payload that is not longer than `at` stays whole.
    """

    at: int
    every: bool = False

    def __post_init__(self) -> None:
        if not 1 <= self.at <= MAX_LENGTH:
            raise ValueError(f"write after how many octets to split, 1 to {MAX_LENGTH}: split 1")

    def __str__(self) -> str:
        return f"split {'every ' if self.every else ''}{self.at}"


@dataclass(frozen=True, slots=True)
class Coalesce:
    """The segment waits for the next one of its sender; where that one carries on its octets, they go as one."""

    def __str__(self) -> str:
        return "coalesce"


@dataclass(frozen=True, slots=True, kw_only=True)
class Truncate:
    """Only the first `to` octets of the payload go on; the IP length follows."""

    to: int

    def __post_init__(self) -> None:
        if not 0 <= self.to <= MAX_LENGTH:
            raise ValueError(f"write how many octets of payload are left, 0 to {MAX_LENGTH}: truncate 5")

    def __str__(self) -> str:
        return f"truncate {self.to}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Corrupt:
    """The octets of the payload from `at` on are changed by XOR; what lies beyond its end is left."""

    at: int
    xor: bytes

    def __post_init__(self) -> None:
        if not 0 <= self.at <= MAX_LENGTH:
            raise ValueError(f"write at which octet of the payload, 0 to {MAX_LENGTH}: corrupt 0 0xff")
        if not any(self.xor):
            raise ValueError("XOR with zero changes nothing: write corrupt 0 0xff")

    def __str__(self) -> str:
        return f"corrupt {self.at} {hexadecimal(self.xor)}"


@dataclass(frozen=True, slots=True, kw_only=True)
class RemoveOption:
    """Every option of this kind is taken out."""

    kind: int

    def __post_init__(self) -> None:
        _check_kind(self.kind)

    def __str__(self) -> str:
        return f"remove {option_name(self.kind)}"


@dataclass(frozen=True, slots=True, kw_only=True)
class AddOptions:
    """These options follow those that are there, before the padding."""

    options: tuple[AnyOption, ...]

    def __post_init__(self) -> None:
        check_options(self.options)
        if not self.options:
            raise ValueError("write what is added: add <nop>")

    def __str__(self) -> str:
        return f"add {option_list(self.options)}"


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplaceOption:
    """Where an option of this kind stands, these stand instead; a segment without one stays as it is."""

    kind: int
    options: tuple[AnyOption, ...]

    def __post_init__(self) -> None:
        _check_kind(self.kind)
        check_options(self.options)
        if not self.options:
            raise ValueError(f"write what it is replaced with, or: remove {option_name(self.kind)}")

    def __str__(self) -> str:
        return f"replace {option_name(self.kind)} {option_list(self.options)}"


@dataclass(frozen=True, slots=True, kw_only=True)
class SetOptions:
    """These are all the options of the segment; `()` leaves none."""

    options: tuple[AnyOption, ...]

    def __post_init__(self) -> None:
        check_options(self.options)

    def __str__(self) -> str:
        return f"options={option_list(self.options)}"


@dataclass(frozen=True, slots=True, kw_only=True)
class GarbleOption:
    """The length octet of every option of this kind is written over; its octets stay."""

    kind: int
    length: int

    def __post_init__(self) -> None:
        _check_kind(self.kind)
        if self.kind < 2:
            raise ValueError(f"{option_name(self.kind)} has no length octet: choose another option")
        if not 0 <= self.length <= 255:
            raise ValueError("a length is one octet: write a number from 0 to 255")

    def __str__(self) -> str:
        return f"garble {option_name(self.kind)} length {self.length}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Blackhole:
    """From this segment on, it included, what `who` (None: either endpoint) sends on this connection is lost."""

    who: Side | None = None
    for_us: int | None = None  # None: until it is healed

    def __post_init__(self) -> None:
        if self.for_us is not None and not 1 <= self.for_us <= MAX_TIME_US:
            raise ValueError("write a time of at least 1us and at most an hour: for 500ms")

    def __str__(self) -> str:
        return f"blackhole {whom(self.who)}" + ("" if self.for_us is None else f" for {duration(self.for_us)}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Heal:
    """From this segment on, it included, a blackhole for what `who` (None: either endpoint) sends is over."""

    who: Side | None = None

    def __str__(self) -> str:
        return f"heal {whom(self.who)}"


def _check_kind(kind: int) -> None:
    if not 0 <= kind <= 255:
        raise ValueError("the kind of an option is one octet: write a number from 0 to 255")
