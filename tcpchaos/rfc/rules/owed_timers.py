"""Rules about what has to be sent in time whether or not anything comes (of groups RT, WF, TL, SA, TD, OP and HS).

How long a sender may wait before it sends again is worked out from what it was seen to do: the longest that it waited
so far, which back-off doubles, and the longest that anything was outstanding, from which it may have measured its round
trips. A stack need not be the one that RFC 6298 describes to stay within that. What was heard late was sent earlier, so
that it may have measured, and waited for, so much more.
"""

from typing import Final

from tcpchaos.rfc.duties import LOOK_US, RECEIVING, Look, Since
from tcpchaos.rfc.endpoint import Endpoint
from tcpchaos.rfc.law import Breach, Debt, Told, of_a_run, owes, relative, tells
from tcpchaos.rfc.rules.owed_answers import AT_ONCE_US, DELAYED_ACK_US
from tcpchaos.rfc.states import NO_CONNECTION, OPENING, SYNCHRONIZED, State

# RFC 6298: the first timeout is 1 s (2.1), or 3 s where the SYN was lost (5.7).
FIRST_RTO_US: Final = 3_000_000
# RTO = SRTT + 4 * RTTVAR (2.3): with SRTT and RTTVAR at most the slowest round trip, five of these.
_ROUND_TRIPS: Final = 5
# A timeout is twice the last one (5.5). A third one of these in addition: timers tick, and machines are busy.
_BACK_OFF: Final = 2
_TOLERANCE: Final = 3
# The longest timeout there is: 60 s at least (2.5), and 120 s in Linux.
_SLOWEST_RTO_US: Final = 120_000_000
# A TCP goes on for 100 s at least (SHLD-11), and longer for a SYN (MUST-23): Linux gives a half-open connection up
# after 63 s, so that nothing is held against anyone in the last doubling before that.
R2_US: Final = 100_000_000
HALF_OPEN_US: Final = 30_000_000

_GIVEN_UP: Final = "a program of the user's may have told its TCP to give up"
_CLOSABLE: Final = SYNCHRONIZED - {State.TIME_WAIT, State.FIN_WAIT_2}
_SENDING: Final = frozenset({State.ESTABLISHED, State.CLOSE_WAIT})


def timeout_us(e: Endpoint, late_us: int = 0) -> int:
    """Return how long it may wait at most before it sends again what was not acknowledged.

    What it sent may have been heard so late.
    """
    duties = e.duties
    if duties.misled:
        return _SLOWEST_RTO_US
    doubled = _BACK_OFF * (duties.waited_us + late_us)
    slowest_us = duties.slowest_us + late_us + LOOK_US
    longest = max(FIRST_RTO_US, _ROUND_TRIPS * slowest_us, doubled + doubled // _TOLERANCE)
    return min(longest, _SLOWEST_RTO_US)


def _holds(since: Since, position: int | None, times: int = 1) -> bool:
    return since.position == position and since.times >= times


def _may_be_gone(e: Endpoint) -> bool:
    return e.duties.warned or e.reset_possible or bool(e.states & NO_CONNECTION) or e.closed_at_us is not None


def _again(e: Endpoint, look: Look, expected: str, lives_us: int = R2_US) -> Debt | None:
    """Return the debt of sending again what stands at SND.UNA."""
    since_us = e.duties.waiting_since_us
    within_us = timeout_us(e, look.late_us)
    # What would be due only when the endpoint may have given up is not owed.
    if since_us + within_us > max(e.duties.una_at_us, e.duties.flight_at_us) + lives_us:
        return None
    return Debt(since_us, within_us, expected)


def _outstanding(e: Endpoint, look: Look) -> bool:
    """Tell whether something of a connection is outstanding for sure, and its sender for sure still there."""
    if e.iss is None or e.snd_una >= e.snd_nxt or not look.lasting or _may_be_gone(e):
        return False
    if e.duties.ahead > e.snd_una:
        return False  # it may have counted, and then something else stands at SND.UNA
    return e.states <= _CLOSABLE | {State.FIN_WAIT_2}


def _once_held(e: Endpoint) -> bool:
    return any(left <= e.snd_una < right for left, right in e.duties.sacked)


@owes("RT-02", "9293, 3.8.1", label="SHLD-16, MUST-35", excuses=_GIVEN_UP)
def retransmits_octets(e: Endpoint, look: Look) -> Debt | None:
    """Octets that were not acknowledged are sent again, after at most twice as long as the last time."""
    if not _outstanding(e, look) or e.snd_una == e.fin_sent or _once_held(e):
        return None
    return _again(e, look, f"a retransmission of {relative(e.snd_una, e.iss)}")


@owes("OP-15", "2018, 8", level="MUST", excuses=_GIVEN_UP)
def keeps_what_was_only_sacked(e: Endpoint, look: Look) -> Debt | None:
    """Octets that were reported in SACK blocks and never acknowledged are kept, and sent again."""
    if not _outstanding(e, look) or not _once_held(e):
        return None
    return _again(e, look, f"a retransmission of {relative(e.snd_una, e.iss)}")


@owes("RT-11", "9293, 3.8.1", excuses=_GIVEN_UP)
def retransmits_the_fin(e: Endpoint, look: Look) -> Debt | None:
    """A FIN that was not acknowledged is sent again, also when the application has let go."""
    if not _outstanding(e, look) or e.snd_una != e.fin_sent:
        return None
    return _again(e, look, "the FIN again")


@owes("HS-17", "9293, 3.8.3", level="MUST", label="MUST-22", excuses=_GIVEN_UP)
def retries_the_syn(e: Endpoint, look: Look) -> Debt | None:
    """A SYN that was not answered is sent again."""
    if e.states != {State.SYN_SENT} or e.iss is None or not look.lasting or not look.opening or _may_be_gone(e):
        return None
    return _again(e, look, "the SYN again", HALF_OPEN_US)


@owes("RT-13", "9293, 3.8.1", excuses=_GIVEN_UP + "; SYN cookies are kept by nobody")
def retransmits_the_syn_ack(e: Endpoint, look: Look) -> Debt | None:
    """A SYN-ACK that was not acknowledged is sent again."""
    if e.states != {State.SYN_RECEIVED} or not look.lasting or not look.opening or not look.few or _may_be_gone(e):
        return None
    return _again(e, look, "the SYN-ACK again", HALF_OPEN_US)


@owes("RT-08", "5681, 3.2", level="SHOULD", tier="remark", excuses="it is still recovering from an earlier loss")
def retransmits_fast(e: Endpoint, look: Look) -> Debt | None:
    """The third acknowledgment that reports octets beyond a hole has the hole filled at once."""
    third = e.duties.duplicates
    if not _outstanding(e, look) or not _holds(third, e.snd_una, 3) or _once_held(e):
        return None
    if e.snd_una < e.duties.recover:
        return None
    return Debt(third.at_us, AT_ONCE_US, f"a retransmission of {relative(e.snd_una, e.iss)}")


def _handed_over(e: Endpoint, look: Look) -> bool:
    """Tell whether its application waits for it to send, and nothing that it has sent is outstanding."""
    if look.account is None or look.account.ended is not None or look.account.closed == "abort" or not look.lasting:
        return False
    if e.iss is None or e.snd_una != e.snd_nxt or e.fin_sent is not None or _may_be_gone(e):
        return False
    return e.states <= _SENDING and _holds(e.duties.idle, e.snd_nxt)


def _prod(e: Endpoint, look: Look, expected: str) -> Debt:
    return Debt(max(e.duties.idle.at_us, e.duties.waiting_since_us), timeout_us(e, look.late_us), expected)


@owes("WF-04", "9293, 3.8.6.1", level="MUST", label="MUST-35, MUST-36, SHLD-29", excuses=_GIVEN_UP)
def probes_a_shut_window(e: Endpoint, look: Look) -> Debt | None:
    """While the peer's window is shut and there is something to send, it is probed, at most twice as late each time."""
    if e.snd_wnd != 0 or not _handed_over(e, look):
        return None
    return _prod(e, look, "a probe of the shut window")


@owes("RT-31", "9293, 3.8", label="MUST-1, MUST-60", excuses=_GIVEN_UP)
def sends_what_it_was_given(e: Endpoint, look: Look) -> Debt | None:
    """What an application has handed over is sent, where nothing is outstanding and the window is open."""
    if not e.snd_wnd or not _handed_over(e, look):
        return None
    return _prod(e, look, "the octets that were handed over")


# As a receiver.


def _silent(e: Endpoint, look: Look, *, closed: bool) -> Debt | None:
    since_us = e.duties.silent_since_us
    if since_us is None or _may_be_gone(e) or not e.states <= SYNCHRONIZED:
        return None
    if closed != (e.states <= RECEIVING - {State.ESTABLISHED}):
        return None
    return Debt(since_us, DELAYED_ACK_US, "an acknowledgment")


@owes("TL-01", "9293, 3.8.6.3", level="MUST", label="MUST-40")
def acknowledges_in_half_a_second(e: Endpoint, look: Look) -> Debt | None:
    """Octets that came in order are acknowledged within half a second."""
    return _silent(e, look, closed=False)


@owes(
    "TD-31",
    "9293, 3.10.7.4",
    label="MUST-40",
    excuses="an application that closed both directions resets the connection",
)
def acknowledges_after_its_fin(e: Endpoint, look: Look) -> Debt | None:
    """After the own FIN the peer's octets are still acknowledged, within half a second."""
    return _silent(e, look, closed=True)


@owes("SA-14", "9293, 3.8.6.3", level="SHOULD", tier="remark", label="SHLD-19")
def acknowledges_every_second_segment(e: Endpoint, look: Look) -> Debt | None:
    """Two full segments are acknowledged at once."""
    behind = e.duties.behind
    if e.duties.silent_since_us is None or not _holds(behind, e.acked) or _may_be_gone(e) or e.fins:
        return None
    return Debt(max(behind.at_us, e.duties.silent_since_us), AT_ONCE_US, "an acknowledgment")


@owes(
    "TL-02",
    "9293, 3.10.7.4",
    label="MUST-5, MUST-6, MUST-64",
    excuses="a receiver without memory shows a smaller window",
)
def takes_in_what_comes_in_order(e: Endpoint, look: Look) -> Debt | None:
    """Octets that come in order and inside the window are taken in, at the latest when they come for the third time."""
    again = e.duties.redelivered
    if e.acked is None or not _holds(again, e.acked, 2) or not e.states <= RECEIVING or _may_be_gone(e):
        return None
    if not e.rcv_wnd or e.acked >= e.promised:
        return None
    return Debt(again.at_us, DELAYED_ACK_US, f"ack beyond {relative(e.acked, e.irs)}")


@owes("WF-13", "9293, 3.8.6", excuses="a receiver may lack memory")
def opens_its_window_again(e: Endpoint, look: Look) -> Debt | None:
    """Once the application has read everything, a shut window is opened again."""
    if e.acked is None or e.irs is None or e.rcv_wnd != 0 or look.account is None or e.fins or _may_be_gone(e):
        return None
    if look.account.read < e.acked - e.irs - 1 or not _holds(e.duties.drained, e.promised) or not look.lasting:
        return None
    if not e.states <= RECEIVING or look.account.ended is not None or look.account.closed in ("close", "abort"):
        return None
    return Debt(e.duties.drained.at_us, DELAYED_ACK_US, "a window that is open")


# What an application is told when its TCP gives up.


def _gave_up(t: Told, *, shut: bool) -> Breach | None:
    """Return the breach of a TCP that told its application so before it can have tried for as long as it must."""
    e = t.endpoint
    if t.account.ended != "timeout" or t.now_us is None or e.iss is None or e.duties.warned or e.states & OPENING:
        return None
    if shut != (e.snd_wnd == 0):
        return None
    # Many probe with no octet at all: then nothing is outstanding, and it waits none the less.
    if e.snd_una >= e.snd_nxt and not (shut and t.account.wrote > e.snd_nxt - e.iss - 1):
        return None
    tried_us = t.now_us - max(e.duties.una_at_us, e.duties.flight_at_us)
    if tried_us >= R2_US:
        return None
    return Breach(f"at least {R2_US // 1_000_000} s of trying", f"a timeout after {tried_us // 1_000_000} s at most")


@tells("RT-10", "9293, 3.8.3", level="SHOULD", tier="soft", label="SHLD-11", excuses=_GIVEN_UP)
def tries_for_long_enough(t: Told) -> Breach | None:
    """A TCP goes on trying for 100 s at least before it gives a connection up."""
    return _gave_up(t, shut=False)


@tells("WF-06", "9293, 3.8.6.1", level="MUST", tier="soft", label="MUST-37", excuses=_GIVEN_UP)
def is_patient_with_a_shut_window(t: Told) -> Breach | None:
    """A connection whose peer answers probes with a shut window is not given up."""
    return _gave_up(t, shut=True)


STUCK: Final = of_a_run(
    "TL-03",
    "9293, 3.8.1",
    "A connection that is only being opened or closed has a timer that will end it.",
    tier="soft",
)
