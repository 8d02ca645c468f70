"""Strategies of numbers relative to the state of an endpoint: at, beside and beyond every edge, and at the wrap."""

from dataclasses import replace
from functools import cache
from typing import Final

from hypothesis import strategies as st
from hypothesis.errors import InvalidArgument

from tcpchaos.plan import Expr, Term, Variable, Whose, number
from tcpchaos.search.blocks import arguments

# The receiver's window, as a segment's first number meets it (RFC 9293, section 3.10.7.4): the simplest first, then
# beside the edges, beyond them, where the connection began, half a circle away, and on either side of 2^32.
SEQS: Final = (
    "rcv.nxt",
    "rcv.nxt+1",
    "rcv.nxt-1",
    "rcv.nxt+rcv.wnd-1",
    "rcv.nxt+rcv.wnd",
    "rcv.nxt+rcv.wnd+1",
    "rcv.nxt+50",
    "rcv.nxt-50",
    "rcv.nxt+1000",
    "rcv.nxt-1000",
    "rcv.nxt-rcv.wnd",
    "irs",
    "irs+1",
    "rcv.nxt+100000000",
    "rcv.nxt-100000000",
    "rcv.nxt+2147483647",
    "rcv.nxt+2147483648",
    "rcv.nxt+2147483649",
    "0",
    "4294967295",
)
# What a segment may acknowledge, as its receiver sees it: between SND.UNA and SND.NXT, beside, beyond.
ACKS: Final = (
    "snd.nxt",
    "snd.una",
    "snd.nxt+1",
    "snd.nxt-1",
    "snd.una-1",
    "iss",
    "iss+1",
    "snd.nxt+1000",
    "snd.una-1000",
    "snd.una-snd.wnd",
    "snd.una-snd.wnd-1",
    "snd.una-300000",
    "snd.nxt+1000000",
    "snd.una-100000000",
    "snd.nxt+2147483647",
    "snd.nxt+2147483648",
    "snd.nxt+2147483649",
    "0",
    "4294967295",
)


def numbers(*texts: str | int) -> st.SearchStrategy[Expr]:
    """Draw one of these numbers or sums in the plan's notation, the simplest first: `numbers("rcv.nxt", 0)`."""
    return arguments.choices("numbers()", "the numbers", texts, arguments.number)


def near(*texts: str | int, within: int = 1) -> st.SearchStrategy[Expr]:
    """Draw these sums and whatever lies up to `within` beside them; shrinks to the first, and to it exactly."""
    anchors = arguments.values("near()", "the numbers", texts, arguments.number)
    if not 1 <= within < 1 << 32:
        raise InvalidArgument(f"near(): within is {within!r}: write how far beside, from 1 to {(1 << 32) - 1}")
    if any(anchor.constant for anchor in anchors):
        raise InvalidArgument("near(): a number alone is not near anything: write a sum such as rcv.nxt")
    beside = st.integers(-within, within)
    return st.tuples(arguments.among(anchors), beside).map(lambda drawn: _moved(*drawn))


@cache
def seqs() -> st.SearchStrategy[Expr]:
    """Draw sequence numbers at, beside and beyond the edges of the receiver's window, and at the wrap."""
    return numbers(*SEQS)


@cache
def acks() -> st.SearchStrategy[Expr]:
    """Draw acknowledgment numbers at, beside and beyond what the receiver has sent, and at the wrap."""
    return numbers(*ACKS)


@cache
def expressions(bits: int = 32, *, segment: bool = True, least: int = 0) -> st.SearchStrategy[Expr]:
    """Draw every number that fits into so many bits, and every sum; `segment`: one is there to speak of."""
    if not 1 <= bits <= 32 or not 0 <= least < 1 << bits:
        raise InvalidArgument(
            f"expressions(): {bits!r} bits from {least!r} on: write 1 to 32 bits and what they can hold"
        )
    constants = st.integers(least, (1 << bits) - 1).map(number)
    variables = [variable for variable in Variable if not variable.of_segment]
    terms = st.builds(Term, variable=st.sampled_from(variables), whose=st.sampled_from(Whose), negative=st.booleans())
    if segment:
        of_segment = [variable for variable in Variable if variable.of_segment]
        terms |= st.builds(Term, variable=st.sampled_from(of_segment), negative=st.booleans())
    sums = st.lists(terms, min_size=1, max_size=3).map(tuple)
    return constants | st.builds(Expr, terms=sums, offset=st.integers(-(1 << 32), 1 << 32))


def _moved(anchor: Expr, by: int) -> Expr:
    return replace(anchor, offset=anchor.offset + by) if by else anchor
