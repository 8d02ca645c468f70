"""What `rcv.nxt+1` is at this moment: expressions of a plan, asked of what the oracle knows of both endpoints.

The oracle keeps positions, which never wrap; what comes out here is taken modulo the width of where it goes.
"""

from typing import NamedTuple

from tcpchaos.plan import Expr, Term, Variable, Whose
from tcpchaos.rfc import Endpoint
from tcpchaos.trace import Side
from tcpchaos.wire import SYN, Packet


class UnknownError(Exception):
    """A plan asks for a number of which nothing is known yet, such as `irs` before any SYN."""


class Moment(NamedTuple):
    """Whom an expression asks: both endpoints, client first, the one that will receive, and the matched segment."""

    endpoints: tuple[Endpoint, Endpoint]
    receiver: Side
    segment: Packet | None
    sender: Side | None  # of the matched segment

    def towards(self, receiver: Side) -> "Moment":
        """Return the same moment for a segment to this endpoint."""
        return self if receiver is self.receiver else self._replace(receiver=receiver)


def evaluate(expr: Expr, moment: Moment, shift: int = 0) -> int:
    """Return what the expression is, not yet cut to any width. Raises UnknownError.

    Windows count in units of 2^`shift` octets, which is what the window field of a header does (RFC 7323, section 2.3).
    """
    total = expr.offset
    for term in expr.terms:
        number = _of_segment(term, moment, shift) if term.variable.of_segment else _of_endpoint(term, moment, shift)
        total += -number if term.negative else number
    return total


def window_shift(moment: Moment, flags: int) -> int:
    """Return by how many bits the window of a segment with these flags to the moment's receiver is shifted."""
    return 0 if flags & SYN else moment.endpoints[moment.receiver.peer].rcv_shift


def _of_segment(term: Term, moment: Moment, shift: int) -> int:
    packet = moment.segment
    if packet is None or moment.sender is None:
        raise UnknownError(f"{term} has no segment to ask")
    match term.variable:
        case Variable.SEG_SEQ:
            return packet.seq
        case Variable.SEG_ACK:
            return packet.ack
        case Variable.SEG_LEN:
            return packet.length
        case _:
            scale = 0 if packet.flags & SYN else moment.endpoints[moment.sender].rcv_shift
            return packet.window << scale >> shift


def _of_endpoint(term: Term, moment: Moment, shift: int) -> int:
    match term.whose:
        case Whose.RECEIVER:
            side = moment.receiver
        case Whose.PEER:
            side = moment.receiver.peer
        case Whose.CLIENT:
            side = Side.CLIENT
        case Whose.SERVER:
            side = Side.SERVER
    number = _known(moment.endpoints[side], term.variable)
    if number is None:
        raise UnknownError(f"nothing is known of the {side}'s {term.variable} yet")
    return number >> shift if term.variable in (Variable.RCV_WND, Variable.SND_WND) else number


def _known(endpoint: Endpoint, variable: Variable) -> int | None:
    match variable:
        case Variable.RCV_NXT:
            return endpoint.rcv_nxt
        case Variable.RCV_WND:
            return endpoint.rcv_wnd
        # Before the endpoint's own SYN is seen these two count from nowhere.
        case Variable.SND_UNA:
            return None if endpoint.iss is None else endpoint.snd_una
        case Variable.SND_NXT:
            return None if endpoint.iss is None else endpoint.snd_nxt
        case Variable.SND_WND:
            return endpoint.snd_wnd
        case Variable.ISS:
            return endpoint.iss
        case Variable.IRS:
            return endpoint.irs
        case Variable.TS_RECENT:
            return endpoint.timestamps.recent
        case _:
            return endpoint.timestamps.value
