"""Rules about the state that an endpoint says it is in, or moves to (group ST, and what HS and RS say of states).

What it says is compared with all states that may explain what was seen, and with what its own application may make it
do unseen: close (before the FIN is on the wire), abort, give up.
"""

from typing import Final

from tcpchaos.rfc.endpoint import Endpoint
from tcpchaos.rfc.law import Breach, Shown, shows
from tcpchaos.rfc.states import ARROWS, NO_CONNECTION, SYNCHRONIZED, Cause, State, reachable

# What an endpoint may do of its own accord, unseen as yet.
_OWN: Final = frozenset({Cause.SEND_SYN, Cause.SEND_FIN, Cause.SEND_RST, Cause.TIMEOUT})
_ALIVE: Final = frozenset({State.ESTABLISHED, State.CLOSE_WAIT})
_CLOSED_BY_PEER: Final = frozenset({State.CLOSE_WAIT, State.LAST_ACK})
_AFTER_OWN_FIN: Final = frozenset({State.FIN_WAIT_1, State.FIN_WAIT_2, State.CLOSING, State.LAST_ACK, State.TIME_WAIT})
# Moves that take no segment, or two arrows of figure 5 at once: OPEN, CLOSE, ABORT and giving up, and one segment that
# acknowledges and carries a FIN.
_ALSO_LEGAL: Final = frozenset(
    {
        (State.CLOSED, State.LISTEN),
        (State.SYN_RECEIVED, State.CLOSE_WAIT),
        (State.FIN_WAIT_1, State.TIME_WAIT),
        *((state, State.CLOSED) for state in State),
    }
)
_MOVES: Final = _ALSO_LEGAL | {(before, after) for (before, _), afters in ARROWS.items() for after in afters}
# So soon it has acknowledged what it took in, and so late nobody has waited for long enough yet (TIME-WAIT takes a
# minute and more; some stacks are told to wait for a second).
_ANSWERED_US: Final = 5_000
_SOON_US: Final = 900_000
# Nobody gives a connection up sooner than this for want of an answer: the first retransmission comes later.
_NOBODY_GIVES_UP_US: Final = 150_000


def _later(start: State) -> frozenset[State]:
    found = frozenset({start})
    while True:
        after = found | {after for before, after in _MOVES if before in found and before is not State.CLOSED}
        if after == found:
            return found
        found = after


# Where a connection may be found some time after it was found in a state.
_LATER: Final = {state: _later(state) for state in State}


def _allowed(e: Endpoint) -> frozenset[State]:
    """Return every state that it may say it is in."""
    states = e.states
    if states & _CLOSED_BY_PEER or (e.fin_sent is not None and e.fin_delivered is not None):
        # CLOSE is done when the application says so, however long the FIN has to wait behind octets: what looks like
        # an answer to the peer's FIN may have been decided before that came.
        states |= {State.CLOSING}
    # Nobody who has a connection ends it and opens another one between the same ports without a segment that says so.
    own = _OWN if e.states & NO_CONNECTION else _OWN - {Cause.SEND_SYN}
    return reachable(states, e.causes | own)


def _is_torn(e: Endpoint) -> bool:
    """Tell whether octets were delivered behind a FIN: one of the two is forged, and which one counts is unknown."""
    return e.fin_delivered is not None and e.possible.nxt > e.fin_delivered + 1


def _opens_again(e: Endpoint, s: Shown) -> bool:
    """Tell whether a SYN may have opened another connection in place of one in TIME-WAIT (section 3.6.1, MAY-2)."""
    waited = s.previous is State.TIME_WAIT or State.TIME_WAIT in e.states
    asked = e.challenged is not None or any(syn.seq != e.irs for syn in e.syns)
    return s.state is State.SYN_RECEIVED and waited and asked


def _told(s: Shown, *causes: Cause) -> bool:
    """Tell whether one of the causes had been delivered by then."""
    return any(s.moves.since.get(cause, s.at_us + 1) <= s.at_us for cause in causes)


def _unexplained(e: Endpoint, s: Shown) -> str | None:
    """Return the rule that says why no explanation of what was seen leads to this state, None if one does."""
    if s.before is not None or s.state in _allowed(e) or _is_torn(e) or _opens_again(e, s):
        return None
    state, since = s.state, s.moves.since
    if state is State.SYN_RECEIVED and e.states <= SYNCHRONIZED:
        return "ST-10"
    if state in SYNCHRONIZED and Cause.RECEIVE_ACK_OF_SYN not in since:
        if not e.passive and e.irs is None:
            return "HS-05"
        return "ST-02" if e.passive else "HS-15"
    if state in _CLOSED_BY_PEER and e.fin_delivered is None:
        return "ST-06"
    if state in (State.CLOSING, State.TIME_WAIT) and e.fin_delivered is None:
        return "ST-05"
    if state is State.FIN_WAIT_2 and Cause.RECEIVE_ACK_OF_FIN not in since:
        return "ST-04"
    return "ST-08" if state is State.TIME_WAIT else "ST-12"


def _named(states: frozenset[State]) -> str:
    return " or ".join(sorted(states))


def _if(rule_id: str, e: Endpoint, s: Shown) -> Breach | None:
    """Return the breach where this is the rule that says what is wrong with the state."""
    if _unexplained(e, s) != rule_id:
        return None
    return Breach(_named(e.states), s.state)


def _moved(s: Shown, before: State, after: State) -> bool:
    return s.before is before and s.state is after


def _without(e: Endpoint, s: Shown, before: State, after: State, *causes: Cause) -> Breach | None:
    """Return the breach of a move for which none of these causes had been delivered."""
    if not _moved(s, before, after) or _told(s, *causes):
        return None
    return Breach(f"{before} until it is delivered: {' or '.join(cause.value for cause in causes)}", after)


@shows("ST-01", "9293, 3.3.2")
def moves_along_the_arrows(e: Endpoint, s: Shown) -> Breach | None:
    """A connection moves from state to state only along the arrows of the state diagram."""
    if s.before is not None:
        legal = s.before is s.state or (s.before, s.state) in _MOVES
    else:
        legal = s.previous is None or s.state in _LATER[s.previous] or s.previous in _CLOSED_BY_PEER
        legal = legal or _opens_again(e, s) or (e.conduct.restarted and s.state in _allowed(e))
    return None if legal else Breach(f"an arrow that leaves {s.before or s.previous}", s.state)


@shows("ST-02", "9293, 3.10.7.4", excuses="fast open: data may be taken in before, the state not left")
def is_established_by_an_acknowledgment_of_its_syn(e: Endpoint, s: Shown) -> Breach | None:
    """SYN-RECEIVED is left for ESTABLISHED only when an acceptable acknowledgment of the own SYN was delivered."""
    return _if("ST-02", e, s) or _without(
        e, s, State.SYN_RECEIVED, State.ESTABLISHED, Cause.RECEIVE_ACK_OF_SYN, Cause.RECEIVE_SYN_ACK
    )


@shows("HS-15", "9293, 3.10.7.3")
def is_established_by_a_syn_and_its_acknowledgment(e: Endpoint, s: Shown) -> Breach | None:
    """SYN-SENT is left for ESTABLISHED only when a SYN was delivered and the own one acknowledged."""
    return _if("HS-15", e, s) or _without(e, s, State.SYN_SENT, State.ESTABLISHED, Cause.RECEIVE_SYN_ACK)


@shows("HS-05", "9293, 3.10.7.3")
def waits_for_a_syn(e: Endpoint, s: Shown) -> Breach | None:
    """An endpoint in SYN-SENT to which no SYN was delivered stays there, whatever acknowledges or resets it."""
    return _if("HS-05", e, s)


@shows(
    "ST-03",
    "9293, 3.10.4",
    excuses="the state is entered when the application closes, before the FIN is sent; one that was told of an ICMP"
    " error in place of its connection lets go of it",
)
def closes_only_when_told_to(e: Endpoint, s: Shown) -> Breach | None:
    """A state that follows the own FIN is entered only after the application has closed."""
    if s.closed is not False or s.state not in _AFTER_OWN_FIN or e.duties.warned:
        return None
    return Breach("no FIN before CLOSE", s.state)


@shows("ST-04", "9293, 3.10.7.4")
def waits_for_the_acknowledgment_of_its_fin(e: Endpoint, s: Shown) -> Breach | None:
    """FIN-WAIT-1 is left for FIN-WAIT-2 only when an acknowledgment of the own FIN was delivered."""
    return _if("ST-04", e, s) or _without(e, s, State.FIN_WAIT_1, State.FIN_WAIT_2, Cause.RECEIVE_ACK_OF_FIN)


@shows("ST-05", "9293, 3.10.7.4")
def closes_both_ways_only_after_a_fin(e: Endpoint, s: Shown) -> Breach | None:
    """CLOSING and TIME-WAIT are entered only after the peer's FIN and all before it were delivered."""
    return _if("ST-05", e, s) or _without(e, s, State.FIN_WAIT_1, State.CLOSING, Cause.RECEIVE_FIN)


@shows("ST-06", "9293, 3.10.7.4")
def is_closed_by_its_peer_only_after_a_fin(e: Endpoint, s: Shown) -> Breach | None:
    """CLOSE-WAIT is entered only after the peer's FIN and all before it were delivered."""
    return (
        _if("ST-06", e, s)
        or _without(e, s, State.ESTABLISHED, State.CLOSE_WAIT, Cause.RECEIVE_FIN)
        or _without(e, s, State.SYN_RECEIVED, State.CLOSE_WAIT, Cause.RECEIVE_FIN)
    )


@shows("ST-08", "9293, 3.10.7.4")
def waits_in_closing(e: Endpoint, s: Shown) -> Breach | None:
    """TIME-WAIT is entered only when an acknowledgment of the own FIN was delivered."""
    return _if("ST-08", e, s) or _without(e, s, State.CLOSING, State.TIME_WAIT, Cause.RECEIVE_ACK_OF_FIN)


@shows("ST-09", "9293, 3.6.1")
def only_who_closes_first_waits(e: Endpoint, s: Shown) -> Breach | None:
    """TIME-WAIT is for the endpoint that closed first, or for both where the FINs crossed."""
    if (s.previous or s.before) not in _CLOSED_BY_PEER or s.state not in (State.CLOSING, State.TIME_WAIT):
        return None
    return Breach(str(State.CLOSED), s.state)


@shows(
    "ST-14",
    "9293, 3.6.1",
    level="MUST",
    label="MUST-13",
    tier="soft",
    excuses="a reset ends it; the system may lack room for more of them, or may have waited for long enough",
)
def who_closes_first_waits(e: Endpoint, s: Shown) -> Breach | None:
    """An endpoint that closed first, and has acknowledged its peer's FIN, waits in TIME-WAIT."""
    told, fin = s.moves.since, e.fin_delivered
    if s.socket is not None or s.before is not None or e.state is not State.TIME_WAIT or fin is None:
        return None
    if State.LAST_ACK in e.states or Cause.RECEIVE_RST in told or (e.acked or 0) <= fin or _is_torn(e):
        return None
    if e.conduct.fin_doubtful:
        return None
    if not _ANSWERED_US <= s.at_us - told.get(Cause.RECEIVE_FIN, s.at_us) <= _SOON_US:
        return None
    return Breach(str(State.TIME_WAIT), "no connection any more")


@shows("ST-10", "9293, 3.10.7.4")
def no_syn_leads_back(e: Endpoint, s: Shown) -> Breach | None:
    """A SYN that is delivered to a synchronized connection leaves its state as it is."""
    breach = _if("ST-10", e, s)
    if breach is not None or s.moves.refused != "ST-10" or not _is_gone(e, s):
        return breach
    return Breach(_named(e.states), "no connection any more")


@shows("ST-12", "9293, 3.3.2")
def is_where_what_was_seen_leads(e: Endpoint, s: Shown) -> Breach | None:
    """An endpoint is in a state to which what was delivered to it and what it sent may have led."""
    return _if("ST-12", e, s)


def _is_gone(e: Endpoint, s: Shown) -> bool:
    """Tell whether a connection is gone that had no reason to end, and did not say so.

    Nothing of its own was outstanding and it did not probe, so that no answer can have failed to come; and an
    application that lets go of it is seen to send a FIN or a reset.
    """
    if not s.settled or s.probing or s.before is not None or s.socket is not None or s.state not in NO_CONNECTION:
        return False
    return e.states <= _ALIVE and not e.reset_possible and not len(e.flight) and e.fin_sent is None


@shows("RS-03", "9293, 3.10.7.4", level="MUST")
def outlives_a_reset_that_is_not_exact(e: Endpoint, s: Shown) -> Breach | None:
    """A reset whose number is not RCV.NXT leaves a synchronized connection as it is."""
    if s.reset and s.before in SYNCHRONIZED and not _told(s, Cause.RECEIVE_RST):
        return Breach(str(s.before), f"{s.state} because of a reset")
    if s.moves.refused != "RS-03" or not _is_gone(e, s):
        return None
    return Breach(_named(e.states), "no connection any more")


@shows("RS-21", "9293, 3.10.7.4", level="MUST")
def does_not_outlive_an_exact_reset(e: Endpoint, s: Shown) -> Breach | None:
    """After a reset whose number is RCV.NXT there is no connection any more."""
    if not s.settled or s.before is not None or e.reset_at_us is None or s.state not in SYNCHRONIZED:
        return None
    return None if s.state is State.TIME_WAIT else Breach("no connection any more", s.state)


@shows("RS-04", "9293, 3.10.7.3")
def outlives_a_reset_that_does_not_acknowledge_the_syn(e: Endpoint, s: Shown) -> Breach | None:
    """In SYN-SENT a reset counts only if it acknowledges the SYN."""
    if not s.reset or s.before is not State.SYN_SENT or _told(s, Cause.RECEIVE_RST):
        return None
    return Breach(str(s.before), f"{s.state} because of a reset")


@shows("ST-13", "9293, 3.10.7.4")
def stays_until_there_is_a_reason(e: Endpoint, s: Shown) -> Breach | None:
    """A connection with nothing outstanding ends only by a segment that ends it, or with one that says so."""
    if s.moves.refused is not None or not _is_gone(e, s):
        return None
    return Breach(_named(e.states), "no connection any more")


@shows("ST-07", "9293, 3.10.7.4", excuses="the system may lack room for connections that no application holds")
def waits_until_its_fin_is_acknowledged(e: Endpoint, s: Shown) -> Breach | None:
    """LAST-ACK and CLOSING are left only for an acknowledgment of the FIN, a reset, or retransmissions in vain."""
    if s.before not in (State.LAST_ACK, State.CLOSING) or s.state is not State.CLOSED:
        return None
    if _told(s, Cause.RECEIVE_ACK_OF_FIN, Cause.RECEIVE_RST):
        return None
    if s.aborted or s.stayed_us is None or s.stayed_us > _NOBODY_GIVES_UP_US:
        return None
    return Breach(f"{s.before} until the FIN is acknowledged", s.state)


@shows("ST-11", "9293, 3.3.2", tier="soft")
def both_ends_agree(e: Endpoint, s: Shown) -> Breach | None:
    """Where all was delivered as it was sent and nothing is under way, the two ends are in states that fit."""
    if not s.settled or not s.untouched or s.peer is None or s.state is not State.ESTABLISHED:
        return None
    if s.peer not in _AFTER_OWN_FIN - {State.FIN_WAIT_1} and s.peer is not State.SYN_SENT:
        return None
    return Breach("a peer in ESTABLISHED, CLOSE-WAIT or FIN-WAIT-1", f"a peer in {s.peer}")
