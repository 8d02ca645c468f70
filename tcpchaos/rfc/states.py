"""The states of a connection and the arrows between them: RFC 9293, figure 5, once and only here.

Everything else that knows how a connection moves (the observer, the rules, whatever draws the diagram) reads `ARROWS`.
"""

from collections.abc import Iterable
from enum import Enum, StrEnum
from functools import lru_cache
from types import MappingProxyType
from typing import Final


class State(StrEnum):
    """One of the 11 states of RFC 9293, section 3.3.2."""

    CLOSED = "CLOSED"
    LISTEN = "LISTEN"
    SYN_SENT = "SYN-SENT"
    SYN_RECEIVED = "SYN-RECEIVED"
    ESTABLISHED = "ESTABLISHED"
    FIN_WAIT_1 = "FIN-WAIT-1"
    FIN_WAIT_2 = "FIN-WAIT-2"
    CLOSE_WAIT = "CLOSE-WAIT"
    CLOSING = "CLOSING"
    LAST_ACK = "LAST-ACK"
    TIME_WAIT = "TIME-WAIT"


class Cause(Enum):
    """What moves a connection from one state to another, as an observer of the wire can name it."""

    SEND_SYN = "snd SYN"
    RECEIVE_SYN = "rcv SYN"
    RECEIVE_SYN_ACK = "rcv SYN,ACK"
    RECEIVE_ACK_OF_SYN = "rcv ACK of SYN"
    SEND_FIN = "snd FIN"
    RECEIVE_FIN = "rcv FIN"
    RECEIVE_ACK_OF_FIN = "rcv ACK of FIN"
    SEND_RST = "snd RST"
    RECEIVE_RST = "rcv RST"
    TIMEOUT = "timeout"

    __hash__ = object.__hash__  # each is there once; Enum's own asks for the hash of a name, in Python


_S = State
_C = Cause

# Opening and abandoning without a segment (OPEN, and CLOSE in LISTEN or SYN-SENT) cannot be seen on the wire; an
# endpoint of which nothing is known yet is therefore in CLOSED or in LISTEN.
ARROWS: Final = MappingProxyType(
    {
        (_S.CLOSED, _C.SEND_SYN): (_S.SYN_SENT,),
        (_S.LISTEN, _C.SEND_SYN): (_S.SYN_SENT,),
        (_S.LISTEN, _C.RECEIVE_SYN): (_S.SYN_RECEIVED,),
        (_S.SYN_SENT, _C.RECEIVE_SYN): (_S.SYN_RECEIVED,),
        (_S.SYN_SENT, _C.RECEIVE_SYN_ACK): (_S.ESTABLISHED,),
        (_S.SYN_RECEIVED, _C.RECEIVE_ACK_OF_SYN): (_S.ESTABLISHED,),
        # Section 3.10.7.4 lets a FIN that acknowledges the SYN take both arrows at once.
        (_S.SYN_RECEIVED, _C.SEND_FIN): (_S.FIN_WAIT_1,),
        (_S.ESTABLISHED, _C.SEND_FIN): (_S.FIN_WAIT_1,),
        (_S.CLOSE_WAIT, _C.SEND_FIN): (_S.LAST_ACK,),
        (_S.SYN_RECEIVED, _C.RECEIVE_FIN): (_S.CLOSE_WAIT,),
        (_S.ESTABLISHED, _C.RECEIVE_FIN): (_S.CLOSE_WAIT,),
        (_S.FIN_WAIT_1, _C.RECEIVE_FIN): (_S.CLOSING,),
        (_S.FIN_WAIT_2, _C.RECEIVE_FIN): (_S.TIME_WAIT,),
        (_S.FIN_WAIT_1, _C.RECEIVE_ACK_OF_FIN): (_S.FIN_WAIT_2,),
        (_S.CLOSING, _C.RECEIVE_ACK_OF_FIN): (_S.TIME_WAIT,),
        (_S.LAST_ACK, _C.RECEIVE_ACK_OF_FIN): (_S.CLOSED,),
        (_S.TIME_WAIT, _C.TIMEOUT): (_S.CLOSED,),
        # A passive open goes back to listening when its peer resets it, an active one is over (section 3.10.7.4).
        (_S.SYN_RECEIVED, _C.RECEIVE_RST): (_S.LISTEN, _S.CLOSED),
        **{
            (state, _C.RECEIVE_RST): (_S.CLOSED,)
            for state in State
            if state not in (_S.CLOSED, _S.LISTEN, _S.SYN_RECEIVED)
        },
        (_S.SYN_RECEIVED, _C.SEND_RST): (_S.LISTEN, _S.CLOSED),
        **{
            (state, _C.SEND_RST): (_S.CLOSED,)
            for state in State
            if state not in (_S.CLOSED, _S.LISTEN, _S.SYN_RECEIVED)
        },
    }
)

NO_CONNECTION: Final = frozenset({State.CLOSED, State.LISTEN})
# From these a SYN opens a connection though there was one before (RFC 9293, section 3.6.1).
REOPENING: Final = NO_CONNECTION | {State.TIME_WAIT}
OPENING: Final = frozenset({State.SYN_SENT, State.SYN_RECEIVED})
SYNCHRONIZED: Final = frozenset(State) - NO_CONNECTION - OPENING
PEER_CLOSED: Final = frozenset({State.CLOSE_WAIT, State.CLOSING, State.LAST_ACK, State.TIME_WAIT})


def step(states: Iterable[State], cause: Cause) -> frozenset[State]:
    """Return the states that the cause leads to; a state from which it has no arrow leads nowhere."""
    return frozenset(after for before in states for after in ARROWS.get((before, cause), ()))


def reachable(states: frozenset[State], causes: Iterable[Cause]) -> frozenset[State]:
    """Return the states that explain a trace in which any of the causes may have been taken in already, or not yet."""
    return _reachable(states, frozenset(causes))


# The same few questions come up on every connection, several times a segment while it opens and closes.
@lru_cache(maxsize=4096)
def _reachable(states: frozenset[State], causes: frozenset[Cause]) -> frozenset[State]:
    frontier = states
    while frontier:
        found = frozenset[State]().union(*(step(frontier, cause) for cause in causes))
        frontier = found - states
        states |= frontier
    return states
