"""Strategies of what is done to a segment: lost, late, doubled, out of order, in pieces, damaged, cut off."""

from functools import cache
from typing import Final

from hypothesis import strategies as st

from tcpchaos.plan import (
    Action,
    Blackhole,
    Coalesce,
    Corrupt,
    Deed,
    Delay,
    Drop,
    Duplicate,
    Heal,
    Hold,
    HoldUntil,
    Kind,
    Rate,
    Split,
    Truncate,
)
from tcpchaos.plan.actions import MAX_BITS, MAX_COPIES, MAX_HELD, MAX_QUEUE, MAX_TIME_US, MIN_BITS
from tcpchaos.plan.selectors import MAX_LENGTH
from tcpchaos.search.blocks import arguments
from tcpchaos.search.blocks.arguments import Choices
from tcpchaos.search.blocks.edits import every_edit
from tcpchaos.search.blocks.injections import every_icmp_error, every_injection
from tcpchaos.search.blocks.octets import masks
from tcpchaos.search.blocks.options import option_changes
from tcpchaos.trace import Side

_TIME: Final = arguments.whole(1, MAX_TIME_US)
_SOMETIMES: Final = st.integers(1, MAX_TIME_US) | st.integers(1, 3_600).map(lambda seconds: seconds * 1_000_000)
_ANYBODY: Final = st.sampled_from([Side.CLIENT, Side.SERVER, None])


def actions(*texts: str | Action) -> st.SearchStrategy[tuple[Action, ...]]:
    """Draw one of these in the plan's notation, the mildest first: `actions("delay 50ms", "drop", "seq+=1, window=0")`.

    Without texts, every list of actions is drawn that can all do something in one rule.
    """
    if not texts:
        return every_action_list()
    return arguments.choices("actions()", "the texts", texts, arguments.actions)


def deeds(*texts: str | Deed) -> st.SearchStrategy[tuple[Deed, ...]]:
    """Draw one of these where no segment is at hand, as when a state is entered: `deeds("inject to client rst")`.

    Without texts, every deed of the notation is drawn.
    """
    if not texts:
        return every_deed(segment=False).map(lambda deed: (deed,))
    return arguments.choices("deeds()", "the texts", texts, arguments.deeds)


def delays(us: Choices[int]) -> st.SearchStrategy[Delay]:
    """Draw delays of so many microseconds: `delays((1_000, 50_000))`, `delays(st.integers(1, 2_000_000))`."""
    return arguments.choices("delays()", "us", us, _TIME).map(lambda drawn: Delay(us=drawn))


def rates(bits: Choices[int], *, queue: Choices[int | None] = None) -> st.SearchStrategy[Rate]:
    """Draw lines of so many bits a second, on which so many segments may wait: `rates((10_000_000, 64_000), queue=20)`.

    None is for a line that keeps all of them.
    """
    return st.tuples(
        arguments.choices("rates()", "bits", bits, arguments.whole(MIN_BITS, MAX_BITS)),
        arguments.choices("rates()", "queue", queue, arguments.optional(arguments.whole(1, MAX_QUEUE))),
    ).map(lambda drawn: Rate(bits=drawn[0], queue=drawn[1]))


def duplicates(copies: Choices[int] = 1, *, after_us: Choices[int] = 0) -> st.SearchStrategy[Duplicate]:
    """Draw so many more copies, each so many microseconds after the one before."""
    return st.tuples(
        arguments.choices("duplicates()", "copies", copies, arguments.whole(1, MAX_COPIES)),
        arguments.choices("duplicates()", "after_us", after_us, arguments.whole(0, MAX_TIME_US)),
    ).map(lambda drawn: Duplicate(copies=drawn[0], after_us=drawn[1]))


def holds(segments: Choices[int]) -> st.SearchStrategy[Hold]:
    """Draw that so many segments of the same sender overtake this one."""
    counts = arguments.choices("holds()", "segments", segments, arguments.whole(1, MAX_HELD))
    return counts.map(lambda drawn: Hold(segments=drawn))


def splits(at: Choices[int], *, every: bool = False) -> st.SearchStrategy[Split]:
    """Draw payloads cut in two after so many octets, or in pieces of so many."""
    places = arguments.choices("splits()", "at", at, arguments.whole(1, MAX_LENGTH))
    return places.map(lambda drawn: Split(at=drawn, every=every))


def truncations(to: Choices[int]) -> st.SearchStrategy[Truncate]:
    """Draw payloads of which only so many octets go on."""
    sizes = arguments.choices("truncations()", "to", to, arguments.whole(0, MAX_LENGTH))
    return sizes.map(lambda drawn: Truncate(to=drawn))


def corruptions(at: Choices[int], *, xor: Choices[bytes] = b"\xff") -> st.SearchStrategy[Corrupt]:
    """Draw payloads of which the octets from so many on are changed by XOR; the checksum is made right again."""
    return st.tuples(
        arguments.choices("corruptions()", "at", at, arguments.whole(0, MAX_LENGTH)),
        arguments.choices("corruptions()", "xor", xor, _mask),
    ).map(lambda drawn: Corrupt(at=drawn[0], xor=drawn[1]))


def blackholes(for_us: Choices[int], *, who: Choices[str | Side | None] = None) -> st.SearchStrategy[Blackhole]:
    """Draw that nothing of an endpoint, or of both, passes for so many microseconds."""
    return st.tuples(
        arguments.choices("blackholes()", "for_us", for_us, _TIME),
        arguments.choices("blackholes()", "who", who, arguments.side),
    ).map(lambda drawn: Blackhole(for_us=drawn[0], who=drawn[1]))


@st.composite
def every_change(draw: st.DrawFn) -> Action:
    """Draw everything that rewrites a segment."""
    return draw(_every_change())


@cache
def _every_change() -> st.SearchStrategy[Action]:
    return st.one_of(
        every_edit(),
        st.builds(Corrupt, at=st.integers(0, MAX_LENGTH), xor=masks()),
        st.builds(Truncate, to=st.integers(0, MAX_LENGTH)),
        option_changes(),
    )


def _downwards(most: int, least: int) -> st.SearchStrategy[int]:
    """Draw a number that is the milder the larger it is."""
    return st.integers(0, most - least).map(lambda less: most - less)


@cache
def every_wait() -> st.SearchStrategy[Action]:
    """Draw everything that makes a segment wait; a rule has one of them at most."""
    return st.one_of(
        st.builds(Delay, us=_SOMETIMES),
        st.builds(Rate, bits=_downwards(MAX_BITS, MIN_BITS), queue=st.none() | _downwards(MAX_QUEUE, 1)),
        st.builds(Hold, segments=st.integers(1, MAX_HELD)),
        st.builds(HoldUntil, kind=st.sampled_from(Kind), who=_ANYBODY),
        st.just(Coalesce()),
    )


@cache
def every_deed(*, segment: bool = True) -> st.SearchStrategy[Deed]:
    """Draw everything that needs no segment; `segment` tells whether there is one to speak of all the same."""
    holes = st.builds(Blackhole, who=_ANYBODY, for_us=st.none() | _SOMETIMES)
    return st.one_of(
        st.builds(Heal, who=_ANYBODY),
        every_injection(segment=segment),
        every_icmp_error(segment=segment),
        holes,
    )


@st.composite
def every_action_list(draw: st.DrawFn) -> tuple[Action, ...]:
    """Draw every list of actions that can all do something in one rule."""
    return draw(_every_action_list())


@cache
def _every_action_list() -> st.SearchStrategy[tuple[Action, ...]]:
    copies = st.builds(Duplicate, copies=st.integers(1, MAX_COPIES), after_us=st.just(0) | _SOMETIMES)
    cuts = st.builds(Split, at=st.integers(1, MAX_LENGTH), every=st.booleans())
    one: st.SearchStrategy[Action] = every_change() | copies | cuts | every_deed()
    losing = st.lists(every_deed(), max_size=2).map(lambda others: (Drop(), *others))
    waiting = st.tuples(st.lists(one, max_size=3), every_wait()).map(lambda drawn: (*drawn[0], drawn[1]))
    return losing | waiting | st.lists(one, min_size=1, max_size=3).map(tuple)


def _mask(given: object) -> bytes:
    if not isinstance(given, bytes) or not any(given):
        raise ValueError(f"{given!r} changes nothing: give octets that are not all 0")
    return given
