"""Strategies of packets that nobody sent: forged segments, and forged ICMP errors that quote real ones."""

from collections.abc import Sequence
from dataclasses import replace
from functools import cache
from typing import Final

from hypothesis import strategies as st
from hypothesis.errors import InvalidArgument

from tcpchaos.plan import Edit, Expr, Field, IcmpError, Inject, InjectIcmp, Operator
from tcpchaos.plan.inject import INJECTABLE, INJECTED
from tcpchaos.plan.selectors import whom
from tcpchaos.search.blocks import arguments
from tcpchaos.search.blocks.arguments import Choices
from tcpchaos.search.blocks.edits import every_value
from tcpchaos.search.blocks.numbers import expressions
from tcpchaos.search.blocks.octets import payloads
from tcpchaos.search.blocks.options import option_lists
from tcpchaos.trace import Side

_NAMED: Final = {str(error): error for error in IcmpError}
_MTU: Final = arguments.whole(0, 0xFFFF)


def injections(
    *segments: str,
    to: Choices[str | Side | None] = None,
    seq: Choices[int | str | Expr | None] = None,
    ack: Choices[int | str | Expr | None] = None,
    more: Sequence[str] = ("",),
) -> st.SearchStrategy[Inject]:
    """Draw forged segments, the simplest first: `injections("rst", "syn", 'data "x"', to="server", seq=seqs())`.

    `segments` are what stands in the notation behind `inject to client`; `to` is an endpoint, or None for both; `seq`
    and `ack` None are what the receiver expects; `more` are other fields and options (`"window=0"`, `"<mss 9>"`).
    Without segments, every injected segment of the notation is drawn.
    """
    if not segments:
        return every_injection()
    texts = [f"{segment} {rest}".strip() for segment in segments for rest in more]
    forged: st.SearchStrategy[Inject]
    if isinstance(to, st.SearchStrategy):
        receivers = arguments.choices("injections()", "to", to, arguments.side)
        blank = arguments.among([_segment(text, None) for text in texts])
        forged = st.tuples(blank, receivers).map(lambda drawn: replace(drawn[0], to=drawn[1]))
    else:
        sides = arguments.values("injections()", "to", to, arguments.side)
        forged = arguments.among([_segment(text, side) for text in texts for side in sides])
    if seq is None and ack is None:
        return forged
    seqs = arguments.choices("injections()", "seq", seq, _position)
    acks = arguments.choices("injections()", "ack", ack, _position)

    @st.composite
    def injection(draw: st.DrawFn) -> Inject:
        segment = draw(forged)
        return _placed(segment, None if seq is None else draw(seqs), None if ack is None else draw(acks))

    return injection()


def icmp_errors(
    *errors: str | int,
    to: Choices[str | Side | None] = None,
    mtu: Choices[int] = 1280,
    seq: Choices[int | str | Expr | None] = None,
) -> st.SearchStrategy[InjectIcmp]:
    """Draw ICMP errors by name or code, the simplest first: `icmp_errors("prohibited", "too-big", mtu=(1280, 68))`.

    `mtu` in octets is what a `too-big` says; `seq` is the quoted sequence number, None the one that was sent. Without
    errors, every ICMP error of the notation is drawn.
    """
    if not errors:
        return every_icmp_error()
    return st.tuples(
        arguments.choices("icmp_errors()", "the errors", errors, _error),
        arguments.choices("icmp_errors()", "to", to, arguments.side),
        arguments.choices("icmp_errors()", "mtu", mtu, _MTU),
        arguments.choices("icmp_errors()", "seq", seq, _position),
    ).map(lambda drawn: _complaint(*drawn))


@cache
def every_injection(*, segment: bool = True) -> st.SearchStrategy[Inject]:
    """Draw forged segments of every kind with any fields; `segment` tells whether there is one to speak of."""
    return _every_injection(segment)


@st.composite
def _every_injection(draw: st.DrawFn, segment: bool) -> Inject:
    chosen = draw(_FIELDS)
    return Inject(
        to=draw(_RECEIVERS),
        flags=draw(_FLAGS),
        payload=draw(payloads()),
        fields=tuple(
            draw(every_value(field, Operator.SET, segment=segment)) for field in INJECTABLE if field in chosen
        ),
        options=draw(option_lists(segment=segment)),
    )


@cache
def every_icmp_error(*, segment: bool = True) -> st.SearchStrategy[InjectIcmp]:
    """Draw ICMP errors by name and by code; `segment` tells whether there is a segment to speak of."""
    seq = st.none() | expressions(segment=segment)
    mtu = st.integers(0, 0xFFFF)
    named = st.sampled_from([error for error in IcmpError if error is not IcmpError.TOO_BIG])
    return st.one_of(
        st.builds(InjectIcmp, to=_RECEIVERS, error=named, seq=seq),
        st.builds(InjectIcmp, to=_RECEIVERS, error=st.just(IcmpError.TOO_BIG), mtu=mtu, seq=seq),
        st.builds(InjectIcmp, to=_RECEIVERS, error=st.integers(0, 255), mtu=st.none() | mtu, seq=seq),
    )


_RECEIVERS: Final = st.sampled_from([Side.CLIENT, Side.SERVER, None])
_FIELDS: Final = st.lists(st.sampled_from(INJECTABLE), unique=True, max_size=4)
_FLAGS: Final = st.sampled_from(sorted(INJECTED.values())) | st.integers(0, 255)


def _segment(text: str, to: Side | None) -> Inject:
    try:
        (found,) = arguments.actions(f"inject to {whom(to)} {text}")
    except ValueError as error:
        raise InvalidArgument(f"injections(): the segments: {error}") from error
    if not isinstance(found, Inject):
        raise InvalidArgument(f"injections(): {text!r} is not a segment: give ICMP errors to icmp_errors()")
    return found


def _position(given: object) -> Expr | None:
    return None if given is None else arguments.number(given)


def _placed(forged: Inject, seq: Expr | None, ack: Expr | None) -> Inject:
    given = {edit.field: edit for edit in forged.fields}
    for field, value in ((Field.SEQ, seq), (Field.ACK, ack)):
        if value is not None:
            given[field] = Edit(field=field, value=value)
    return replace(forged, fields=tuple(given[field] for field in INJECTABLE if field in given))


def _error(given: object) -> IcmpError | int:
    if isinstance(given, int) and not isinstance(given, IcmpError):
        return arguments.whole(0, 255)(given)
    if given not in _NAMED:
        raise ValueError(f"{given!r} is not an ICMP error: write a code, or one of {', '.join(_NAMED)}")
    return _NAMED[str(given)]


def _complaint(error: IcmpError | int, to: Side | None, mtu: int, seq: Expr | None) -> InjectIcmp:
    return InjectIcmp(to=to, error=error, mtu=mtu if error is IcmpError.TOO_BIG else None, seq=seq)
