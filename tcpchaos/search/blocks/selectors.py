"""Strategies of what a rule is about: a kind of segment and which one of them, or a state that is entered."""

from dataclasses import replace
from functools import cache
from typing import Final

from hypothesis import strategies as st

from tcpchaos.plan import STATES, Comparison, Kind, Length, Nth, Selector, Sending, StateRule, When
from tcpchaos.plan.selectors import MAX_COUNT
from tcpchaos.search.blocks import arguments
from tcpchaos.search.blocks.arguments import Choices
from tcpchaos.search.blocks.octets import payloads
from tcpchaos.trace import Side

_LONGEST: Final = 2_000  # octets: more than a segment carries on Ethernet
# With so few ordinals one draw takes the place of two, which is what campaigns live on, and shrinks as well: Hypothesis
# tries the number below and the one below that.
_FLAT: Final = 2
_FLAGS: Final = {kind: tuple(filter(kind.flagged, range(256))) for kind in Kind}


def selectors(*texts: str | Selector, nth: Choices[int | str | Nth | None] = None) -> st.SearchStrategy[Selector]:
    """Draw one of these selectors in the plan's notation, the simplest first: `selectors("client syn", nth=(1, 2))`.

    `nth` is put into those that have no ordinal: numbers, ordinals such as `"2-5"`, or None for every segment. Without
    texts, every selector of the notation is drawn that something can match.
    """
    if not texts:
        return every_selector()
    found = arguments.values("selectors()", "the texts", texts, arguments.selector)
    if isinstance(nth, st.SearchStrategy):
        chosen = arguments.choices("selectors()", "nth", nth, _nth)
        return st.tuples(arguments.among(found), chosen).map(lambda drawn: _counted(*drawn))
    counts = arguments.values("selectors()", "nth", nth, _nth)
    table = [tuple(dict.fromkeys(_counted(each, count) for count in counts)) for each in found]
    if len(counts) <= _FLAT:
        return arguments.among(list(dict.fromkeys(each for counted in table for each in counted)))
    picks = st.tuples(arguments.among(table), st.integers(0, len(counts) - 1))
    return picks.map(lambda drawn: drawn[0][min(drawn[1], len(drawn[0]) - 1)])


def entries(*texts: str | StateRule) -> st.SearchStrategy[StateRule]:
    """Draw one of these moments, the simplest first: `entries("client=established", "server=close-wait after 10ms")`.

    What is drawn is a rule that does nothing yet. Without texts, every state of either endpoint is drawn.
    """
    every = tuple(f"{side}={state}" for state in STATES for side in Side)
    return arguments.choices("entries()", "the texts", texts or every, arguments.entry)


@cache
def ordinals() -> st.SearchStrategy[Nth]:
    """Draw one ordinal, ranges and steps."""
    first = st.integers(1, 9) | st.integers(1, MAX_COUNT)
    single = first.map(lambda one: Nth(first=one, last=one))
    endless = st.builds(Nth, first=first, every=st.integers(1, 9))
    ranges = st.tuples(st.integers(1, 99), st.integers(1, 99), st.integers(1, 9)).map(
        lambda drawn: Nth(first=drawn[0], last=drawn[0] + drawn[1], every=drawn[2])
    )
    return single | endless | ranges


@st.composite
def _every_selector(draw: st.DrawFn) -> Selector:
    kind = draw(st.sampled_from(Kind))
    has: tuple[bytes, ...] = ()
    lengths: tuple[Length, ...] = ()
    if kind is not Kind.ACK:
        has = draw(_CONTENTS)
        size = draw(st.integers(max(map(len, has), default=1), _LONGEST))
        bounds = [(Comparison.EQUAL, size), (Comparison.LESS, size + 1), (Comparison.MORE, size - 1)]
        drawn = draw(st.lists(st.sampled_from(bounds), max_size=2))
        lengths = tuple(Length(comparison=comparison, octets=octets) for comparison, octets in drawn)
    return Selector(
        who=draw(_SENDERS),
        kind=kind,
        nth=draw(st.none() | ordinals()),
        flags=draw(st.none() | st.sampled_from(_FLAGS[kind])),
        sending=draw(st.none() | st.sampled_from(Sending)),
        has=has,
        lengths=lengths,
        when=tuple(draw(_WHENS)),
        connection=draw(st.none() | ordinals()),
    )


@cache
def every_selector() -> st.SearchStrategy[Selector]:
    """Draw every selector of the notation that something can match."""
    return _every_selector()


_SENDERS: Final = st.sampled_from([Side.CLIENT, Side.SERVER, None])
_CONTENTS: Final = st.lists(payloads(least=1), max_size=2).map(tuple)
_STATES: Final = st.lists(st.sampled_from(STATES), min_size=1, max_size=3, unique=True).map(tuple)
_WHENS: Final = st.lists(
    st.builds(When, side=st.sampled_from(Side), states=_STATES), max_size=2, unique_by=lambda each: each.side
)


def _nth(given: object) -> Nth | None:
    if given is None or isinstance(given, Nth):
        return given
    if isinstance(given, int) and not isinstance(given, bool):
        return Nth(first=given, last=given)
    if isinstance(given, str):
        return arguments.selector(f"any any#{given.removeprefix('#')}").nth
    raise ValueError(f"{given!r} is not an ordinal: write 2, 2-5, 2- or None")


def _counted(selector: Selector, nth: Nth | None) -> Selector:
    return selector if nth is None or selector.nth is not None else replace(selector, nth=nth)
