"""Which segments a rule is about."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from tcpchaos.plan.words import FLAG_NAMES, bits, quote
from tcpchaos.rfc.states import State
from tcpchaos.trace import Side
from tcpchaos.wire import ACK, FIN, RST, SYN

# As plans write the states (RFC 9293, section 3.3.2).
STATES: Final = tuple(state.lower() for state in State)
MAX_COUNT: Final = 1_000_000_000  # segments or connections: more than any run sees
MAX_LENGTH: Final = 65_535  # octets: what an IP packet can hold


class Kind(StrEnum):
    """What a segment is, by its flags and payload."""

    SYN = "syn"  # SYN without ACK
    SYN_ACK = "syn-ack"  # SYN and ACK
    ACK = "ack"  # ACK without SYN, FIN, RST and payload
    DATA = "data"  # any payload
    FIN = "fin"  # FIN, with or without payload
    RST = "rst"  # RST, with or without ACK
    ANY = "any"

    def flagged(self, flags: int) -> bool:
        """Whether a segment with these flags can be of this kind; acks have no payload besides, and data has one."""
        must, must_not = _FLAGS[self]
        return flags & must == must and not flags & must_not


# The flags that each kind has, and those that it has not.
_FLAGS: Final = {
    Kind.SYN: (SYN, ACK),
    Kind.SYN_ACK: (SYN | ACK, 0),
    Kind.ACK: (ACK, SYN | FIN | RST),
    Kind.DATA: (0, 0),
    Kind.FIN: (FIN, 0),
    Kind.RST: (RST, 0),
    Kind.ANY: (0, 0),
}


class Sending(StrEnum):
    """Whether the segment's octets (SYN and FIN counted) are sent for the first time.

    `FIRST`: some of them are new, or it has none. `AGAIN`: it has some, and all of them were sent before.
    """

    FIRST = "first"
    AGAIN = "again"


@dataclass(frozen=True, slots=True, kw_only=True)
class Nth:
    """Ordinals counted from 1: one, a range, every so manieth of a range."""

    first: int
    last: int | None = None  # None: without end
    every: int = 1

    def __post_init__(self) -> None:
        for count in (self.first, self.every, self.first if self.last is None else self.last):
            if not 1 <= count <= MAX_COUNT:
                raise ValueError(f"counting begins at 1: write a number from 1 to {MAX_COUNT}")
        if self.last is not None and self.last < self.first:
            raise ValueError(f"a range runs upwards: write #{self.last}-{self.first}")
        if self.last == self.first and self.every != 1:
            raise ValueError(f"one number has no steps: write #{self.first}")

    def __contains__(self, ordinal: int) -> bool:
        return (
            ordinal >= self.first
            and (self.last is None or ordinal <= self.last)
            and (ordinal - self.first) % self.every == 0
        )

    def over(self, ordinal: int) -> bool:
        """Whether nothing from this ordinal on is selected any more."""
        return self.last is not None and ordinal > self.last

    def __str__(self) -> str:
        if self.last == self.first:
            return f"#{self.first}"
        step = "" if self.every == 1 else f"/{self.every}"
        return f"#{self.first}-{'' if self.last is None else self.last}{step}"


class Comparison(StrEnum):
    """How a length is compared."""

    EQUAL = "="
    LESS = "<"
    MORE = ">"


@dataclass(frozen=True, slots=True, kw_only=True)
class Length:
    """The segment's payload in octets, compared with a number."""

    comparison: Comparison
    octets: int

    def __post_init__(self) -> None:
        if not 0 <= self.octets <= MAX_LENGTH:
            raise ValueError(f"a payload has 0 to {MAX_LENGTH} octets")
        if self.comparison is Comparison.LESS and self.octets == 0:
            raise ValueError("no payload is shorter than 0 octets: write len=0 for none at all")

    def holds(self, size: int) -> bool:
        """Whether a payload of `size` octets is meant."""
        if self.comparison is Comparison.EQUAL:
            return size == self.octets
        return size < self.octets if self.comparison is Comparison.LESS else size > self.octets

    def __str__(self) -> str:
        return f"len{self.comparison}{self.octets}"


@dataclass(frozen=True, slots=True, kw_only=True)
class When:
    """One endpoint's likeliest state, before the segment is judged, is one of these."""

    side: Side
    states: tuple[str, ...]

    def __post_init__(self) -> None:
        for state in self.states:
            if state not in STATES:
                raise ValueError(f"{state} is not a state: write one of {', '.join(STATES)}")
        if not self.states or len(set(self.states)) < len(self.states):
            raise ValueError("write each state once: server=close-wait|last-ack")

    def __str__(self) -> str:
        return f"{self.side}={'|'.join(self.states)}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Selector:
    """All of it must hold. `None` and `()` ask for nothing.

    `nth` counts, for each connection, the segments for which everything else holds, as seen on the wire,
    retransmissions included; for `who` None (any) over both senders together.
    """

    who: Side | None = None
    kind: Kind = Kind.ANY
    nth: Nth | None = None
    flags: int | None = None  # exactly these eight bits
    sending: Sending | None = None
    has: tuple[bytes, ...] = ()  # each of these stands somewhere in the payload
    lengths: tuple[Length, ...] = ()
    when: tuple[When, ...] = ()
    connection: Nth | None = None

    def __post_init__(self) -> None:
        if self.flags is not None and not 0 <= self.flags <= 255:
            raise ValueError("flags are eight bits: write names such as flags=syn|ack")
        if not all(self.has):
            raise ValueError('everything has an empty payload in it: write has "GET " or leave it out')
        if len({when.side for when in self.when}) < len(self.when):
            raise ValueError("an endpoint is in one state at a time: write when server=close-wait|last-ack")
        if self.flags is not None and not self.kind.flagged(self.flags):
            raise ValueError(f"no {self.kind} has exactly these flags: write any flags={bits(self.flags, FLAG_NAMES)}")
        shortest, longest = self.sizes
        if shortest > longest:
            raise ValueError(f"no {self.kind} has such a payload: leave out what contradicts the rest")

    @property
    def sizes(self) -> tuple[int, int]:
        """The shortest and the longest payload in octets that can be meant."""
        shortest = max([1 if self.kind is Kind.DATA else 0, *map(len, self.has)])
        longest = 0 if self.kind is Kind.ACK else MAX_LENGTH
        for length in self.lengths:
            if length.comparison is not Comparison.LESS:
                shortest = max(shortest, length.octets + (length.comparison is Comparison.MORE))
            if length.comparison is not Comparison.MORE:
                longest = min(longest, length.octets - (length.comparison is Comparison.LESS))
        return shortest, longest

    def __str__(self) -> str:
        words = [who(self.who), str(self.kind) + ("" if self.nth is None else str(self.nth))]
        if self.flags is not None:
            words.append(f"flags={bits(self.flags, FLAG_NAMES)}")
        if self.sending is not None:
            words.append(str(self.sending))
        words += [f"has {quote(octets)}" for octets in self.has]
        words += map(str, self.lengths)
        words += [f"when {when}" for when in self.when]
        if self.connection is not None:
            words.append(f"conn{self.connection}")
        return " ".join(words)


def who(side: Side | None) -> str:
    """Print the sender that a rule is about."""
    return "any" if side is None else str(side)


def whom(side: Side | None) -> str:
    """Print the endpoint or endpoints at which an action aims."""
    return "both" if side is None else str(side)
