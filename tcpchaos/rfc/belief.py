"""Which states explain what was seen of an endpoint, and which of them is the likeliest.

A segment that was delivered may not have been taken in yet when the next one leaves. Each thing it may have caused is
kept, and every state that some of those causes lead to is a member of the belief, until the endpoint sends something
that a member cannot explain.
"""

from functools import lru_cache
from typing import Final

from tcpchaos.rfc.states import NO_CONNECTION, OPENING, PEER_CLOSED, SYNCHRONIZED, Cause, State, reachable, step
from tcpchaos.wire import ACK, FIN, SYN, Packet

_ESTABLISHED_ONLY: Final = frozenset({State.ESTABLISHED})
_RANK: Final = {state: rank for rank, state in enumerate(State)}

# The order in which section 3.10.7.4 looks at a segment: RST, SYN, ACK, and the FIN last.
_ORDER: Final = (
    Cause.RECEIVE_RST,
    Cause.RECEIVE_SYN_ACK,
    Cause.RECEIVE_SYN,
    Cause.RECEIVE_ACK_OF_SYN,
    Cause.RECEIVE_ACK_OF_FIN,
    Cause.RECEIVE_FIN,
)


class Belief:
    """The states of RFC 9293, figure 5, that an endpoint may be in.

    `states` are all of them, `state` the one it is in once it has taken in everything that was delivered. `plain`
    tells that it is in ESTABLISHED and nothing else is possible.
    """

    __slots__ = ("causes", "plain", "reset", "state", "states")

    def __init__(self) -> None:
        self.state = State.CLOSED
        self.states = NO_CONNECTION
        self.causes: frozenset[Cause] = frozenset()  # delivered, perhaps not taken in yet
        self.plain = False
        self.reset = False  # likely: one that any stack accepts was delivered

    @property
    def by_now(self) -> frozenset[State]:
        """The states that it may be in by now: it may have taken in since what it had not when it last sent."""
        return reachable(self.states, self.causes)

    def assume(self, state: State) -> None:
        """Take it to be in this state, where nobody saw how it came there."""
        self.state = state
        self.states = frozenset({state})
        self.plain = self.states == _ESTABLISHED_ONLY

    def delivered(self, cause: Cause) -> None:
        """A segment was delivered that may have this effect."""
        if cause is not Cause.RECEIVE_RST or not self.states <= NO_CONNECTION:
            self.causes |= {cause}
        if cause in (Cause.RECEIVE_ACK_OF_FIN, Cause.RECEIVE_FIN):
            # Nobody sees the end of TIME-WAIT, and stacks differ in how long it takes.
            self.causes |= {Cause.TIMEOUT}
        self.states = reachable(self.states, self.causes)
        self.state = _furthest(self.state, self.causes - {Cause.RECEIVE_RST})
        self.plain = self.states == _ESTABLISHED_ONLY

    def took_in_text(self) -> None:
        """It has acknowledged what no SYN carried, which is taken in only once the connection is open (3.10.7.4)."""
        states = self.states - OPENING
        if states:
            self._settle(states)

    def begin_again(self) -> None:
        """It takes up another connection between the same ports: what was delivered before has had its effect."""
        self.causes = frozenset()
        self.states = NO_CONNECTION
        self.reset = False

    def likely_reset(self) -> None:
        """The reset that was just delivered is one that any stack accepts."""
        self.reset = True
        self.state = _furthest(self.state, frozenset({Cause.RECEIVE_RST}))

    def likely_listening(self) -> None:
        """A SYN is delivered to an endpoint that has shown nothing of itself: likely somebody listens."""
        self.state = State.LISTEN

    def refused(self) -> None:
        """It sent a reset that likely just refuses a segment."""
        self.states |= step(self.states, Cause.SEND_RST)
        self.plain = False

    def sent_rst(self) -> None:
        """It sent a reset."""
        self.plain = False
        if not self.states & SYNCHRONIZED:
            self.refused()
            return
        ended = step(self.states, Cause.SEND_RST) | self.states & (OPENING | NO_CONNECTION)
        self.states = reachable(ended, self.causes)
        self.state = State.CLOSED

    def sent(self, packet: Packet, acknowledges_fin: bool | None) -> None:
        """Keep what explains a segment that it sent, which is no reset.

        `acknowledges_fin` tells whether the segment acknowledges the peer's FIN, None where none was delivered.
        """
        flags = packet.flags
        states = self.states
        if flags & (SYN | ACK) == SYN:
            # Whatever may be on its way to it, it has not taken in an answer yet.
            self.states = reachable(frozenset({State.SYN_SENT}), self.causes)
            self.state = State.SYN_SENT
            self.plain = False
            return
        if flags & SYN:
            self.causes -= {Cause.RECEIVE_SYN}
            self.reset = False
            states = reachable(frozenset({State.SYN_RECEIVED}), self.causes)
        elif flags & FIN:
            closed_already = states & {State.FIN_WAIT_1, State.CLOSING, State.LAST_ACK}
            states = reachable(step(states, Cause.SEND_FIN) | closed_already, self.causes)
            self.state = next(iter(step((self.state,), Cause.SEND_FIN)), self.state)
        elif self.plain:
            return
        elif flags & ACK:
            states -= {State.SYN_SENT} | NO_CONNECTION
        if packet.size and not flags & SYN:
            states -= OPENING
        if flags & ACK and acknowledges_fin:
            states &= PEER_CLOSED | NO_CONNECTION
        elif flags & ACK and flags & FIN and acknowledges_fin is False:
            states -= {State.LAST_ACK}
        # A segment that no member explains is a finding of some rule; the belief stays what it was.
        if states:
            self._settle(states)

    def _settle(self, states: frozenset[State]) -> None:
        self.states = states
        likely = self.state
        if likely not in states:
            likely = min(states, key=_RANK.__getitem__)
        self.state = _furthest(likely, self.causes if self.reset else self.causes - {Cause.RECEIVE_RST})
        self.plain = states == _ESTABLISHED_ONLY


@lru_cache(maxsize=4096)
def _furthest(state: State, causes: frozenset[Cause]) -> State:
    """Return the state in which the endpoint is once it has taken in everything."""
    for cause in _ORDER:
        if cause in causes:
            after = step((state,), cause)
            if after:
                # Of the two ways out of SYN-RECEIVED, a reset more often meets a listener.
                state = next(iter(after)) if len(after) == 1 else State.LISTEN
    return state
