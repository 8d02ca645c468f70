"""Strategies of TCP options: right ones, lying ones, unknown ones, no options at all; and of what is done to them."""

from collections.abc import Sequence
from functools import cache
from typing import Final

from hypothesis import strategies as st

from tcpchaos.plan import (
    Action,
    AddOptions,
    AnyOption,
    Expr,
    GarbleOption,
    OptionSpec,
    RawOption,
    RemoveOption,
    ReplaceOption,
    SetOptions,
)
from tcpchaos.plan.cursor import Cursor
from tcpchaos.plan.option_reader import option_list
from tcpchaos.search.blocks import arguments
from tcpchaos.search.blocks.numbers import expressions
from tcpchaos.wire.basics import OPTIONS_MOST_OCTETS
from tcpchaos.wire.options import EOL, FAST_OPEN, MD5, MSS, NOP, SACK, SACK_PERMITTED, TIMESTAMPS, USER_TIMEOUT, WSCALE

_OCTET: Final = st.integers(0, 255)


def option_lists(*texts: str, segment: bool = True, least: int = 0) -> st.SearchStrategy[tuple[AnyOption, ...]]:
    """Draw one of these lists of options, the simplest first: `option_lists("<>", "<mss 0>", "<nop,wscale 15>")`.

    Without texts, every list is drawn that fits into a header and has at least `least` options; `segment` tells whether
    there is a segment of which an option may speak (`seg.seq`).
    """
    if texts:
        return arguments.choices("option_lists()", "the texts", texts, _list)
    return _every_list(segment, least)


@cache
def options(*, segment: bool = True) -> st.SearchStrategy[AnyOption]:
    """Draw every option of the notation, right and wrong."""
    body = st.binary(max_size=8)
    length = st.none() | _OCTET
    edges = st.lists(expressions(segment=segment), min_size=1, max_size=2).map(lambda half: (*half, *half))
    values: dict[int, st.SearchStrategy[tuple[Expr, ...]]] = {
        MSS: st.tuples(expressions(16, segment=segment)),
        WSCALE: st.tuples(expressions(8, segment=segment)),
        SACK: edges,
        TIMESTAMPS: st.tuples(expressions(segment=segment), expressions(segment=segment)),
        USER_TIMEOUT: st.tuples(st.integers(0, 0xFFFF).map(lambda said: Expr(offset=said))),
    }
    drawn: list[st.SearchStrategy[AnyOption]] = [
        st.builds(OptionSpec, kind=st.just(kind), values=found, length=length) for kind, found in values.items()
    ]
    return st.one_of(
        st.sampled_from([NOP, EOL]).map(lambda kind: OptionSpec(kind=kind)),
        *drawn,
        st.builds(OptionSpec, kind=st.sampled_from([SACK_PERMITTED, MD5, FAST_OPEN]), body=body, length=length),
        st.builds(OptionSpec, kind=st.integers(2, 255), body=body, length=length),
        st.builds(RawOption, body=st.binary(min_size=1, max_size=8)),
    )


def option_changes(*kinds: int | str, lists: Sequence[str] = ()) -> st.SearchStrategy[Action]:
    """Draw what is done to options of these kinds (names or numbers), the mildest first.

    They are removed, get a wrong length octet, or are replaced by one of `lists`, which are also added to what is
    there and put in place of all. Without arguments, everything is drawn that can be done to options.
    """
    if not kinds and not lists:
        return _every_change()
    found: list[Action] = []
    for kind in arguments.values("option_changes()", "the kinds", kinds, _kind) if kinds else ():
        found.append(RemoveOption(kind=kind))
        found += [GarbleOption(kind=kind, length=length) for length in (0, 1, 3, 255) if kind > NOP]
    for options in arguments.values("option_changes()", "lists", lists, _list) if lists else ():
        if options:
            found.append(AddOptions(options=options))
            found += [ReplaceOption(kind=_kind(kind), options=options) for kind in kinds]
        found.append(SetOptions(options=options))
    return arguments.among(found)


@cache
def _every_list(segment: bool, least: int) -> st.SearchStrategy[tuple[AnyOption, ...]]:
    return st.lists(options(segment=segment), min_size=least, max_size=4).map(_fitting)


@cache
def _every_change() -> st.SearchStrategy[Action]:
    lists = _every_list(True, 1)
    return st.one_of(
        st.builds(RemoveOption, kind=_OCTET),
        st.builds(GarbleOption, kind=st.integers(2, 255), length=_OCTET),
        st.builds(AddOptions, options=lists),
        st.builds(ReplaceOption, kind=_OCTET, options=lists),
        st.builds(SetOptions, options=_every_list(True, 0)),
    )


def _fitting(options: list[AnyOption]) -> tuple[AnyOption, ...]:
    """Return as many of them as a header has room for; one always fits."""
    room = OPTIONS_MOST_OCTETS
    found = []
    for option in options:
        room -= option.size
        if room < 0:
            break
        found.append(option)
    return tuple(found)


def _list(given: object) -> tuple[AnyOption, ...]:
    if not isinstance(given, str):
        raise ValueError(f"{given!r} is not a list of options: write <mss 1460,nop,wscale 7>")
    cursor = Cursor(given, line=1, name="a list of options")
    found = option_list(cursor)
    if not cursor.over:
        raise cursor.error(f"{cursor.found()} is more than belongs here", expected="the end of the list")
    return found


def _kind(given: object) -> int:
    (found,) = arguments.actions(f"remove {f'kind {given}' if isinstance(given, int) else given}")
    assert isinstance(found, RemoveOption)
    return found.kind
