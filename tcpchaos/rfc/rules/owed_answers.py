"""Rules about what has to be sent in answer to a segment that was delivered (of groups HS, SA, WF, RS, OP and TD).

A debt is called for only where every possibility calls for it. What settles it is generous: any acknowledgment will do
where one is owed, since nobody can tell for sure which segment it answers; and a reset always will, since an
application may end a connection at any time.
"""

from typing import Final

from tcpchaos.rfc.duties import RECEIVING, is_current
from tcpchaos.rfc.endpoint import Endpoint
from tcpchaos.rfc.law import Arrived, Debt, Sent, answers, relative
from tcpchaos.rfc.states import NO_CONNECTION, SYNCHRONIZED, State
from tcpchaos.wire import ACK, FIN, RST, SYN, Packet
from tcpchaos.wire.options import AUTHENTICATION, MD5, RAW

# RFC 9293 asks for these answers without a time. So late is what comes later than any acknowledgment may (SHLD-18).
AT_ONCE_US: Final = 200_000
DELAYED_ACK_US: Final = 500_000  # MUST-40
# RFC 5961, section 7, has answers to suspect segments throttled, of which Linux sends one each so long (sysctl
# tcp_invalid_ratelimit); and no clock ticks to the microsecond.
THROTTLE_US: Final = 520_000

_THROTTLED: Final = "answers to segments without octets may be throttled to one each half second"
_CONTROL: Final = SYN | ACK | RST | FIN
_ONLY_SYN_SENT: Final = frozenset({State.SYN_SENT})
_ONLY_SYN_RECEIVED: Final = frozenset({State.SYN_RECEIVED})
_LIVELY: Final = SYNCHRONIZED - {State.TIME_WAIT}
# Where a stack may have thrown away all of a connection but its end, it need not tell one reset from another.
_WARY: Final = _LIVELY - {State.FIN_WAIT_2}


def _legible(packet: Packet) -> bool:
    """Tell whether a segment gets as far as TCP's rules: whole, and without a signature that nobody asked for.

    Whoever looks for a signature drops what has options that can't be read (RFC 9293, section 3.1, MUST-7).
    """
    if not (packet.checksum_ok and packet.ip_checksum_ok and packet.offset_ok):
        return False
    return not any(option.kind in (MD5, AUTHENTICATION, RAW) for option in packet.options)


def _throttled(e: Endpoint, a: Arrived) -> bool:
    """Tell whether it has sent an acknowledgment alone so lately that it may keep the next one to itself."""
    duties = e.duties
    last_us = duties.bare_at_us
    if last_us is None and duties.again_at_us > duties.opened_at_us:
        last_us = duties.again_at_us  # its SYN-ACK once more
    return last_us is not None and a.at_us - last_us < THROTTLE_US


def _acknowledgment(a: Arrived, *, within_us: int = AT_ONCE_US) -> Debt:
    return Debt(a.at_us, within_us, "an acknowledgment")


def _reset(a: Arrived, *, or_ack: bool = False) -> Debt:
    """Return the debt of a reset that takes its number from the acknowledgment (section 3.10.7.1)."""
    seq = a.packet.ack

    def settles(e: Endpoint, m: Sent) -> bool:
        flags = m.packet.flags
        return bool(flags & RST and m.packet.seq == seq) or bool(or_ack and flags & ACK)

    return Debt(a.at_us, AT_ONCE_US, "a reset whose number is the one acknowledged", settles)


def _syn_ack_or_reset(e: Endpoint, m: Sent) -> bool:
    return m.packet.flags & (SYN | ACK) == SYN | ACK or bool(m.packet.flags & RST)


def _beyond(e: Endpoint, a: Arrived) -> bool:
    """Tell whether a segment begins beyond every window that was offered, or may have been unseen by now."""
    return a.left > e.promised + (e.rcv_wnd or 0)


def _inside(e: Endpoint, a: Arrived) -> bool:
    """Tell whether a segment lies within the window that was offered last."""
    return e.acked is not None and e.acked <= a.left and a.right <= min(e.promised, e.acked + (e.rcv_wnd or 0))


def _alive(e: Endpoint) -> bool:
    """Tell whether it is in a synchronized state for sure, and has shown so."""
    return e.acked is not None and e.states <= _LIVELY


def _dated(e: Endpoint, a: Arrived) -> bool:
    """Tell whether a segment without octets may be too old by its timestamp, whatever its number is."""
    return a.left == a.right and e.timestamps.agreed and e.timestamps.is_late(a.packet)


def _takes_in(e: Endpoint, a: Arrived) -> bool:
    """Tell whether nothing but its place in the stream can keep a segment from being taken in."""
    return e.must_discard(a.packet) is None and is_current(e, a.ack) and not e.timestamps.is_late(a.packet)


# Without a connection.


@answers("HS-12", "9293, 3.10.7.1", on="ack")
def resets_what_belongs_to_nobody(e: Endpoint, a: Arrived) -> Debt | None:
    """Where there is no connection, a segment that acknowledges something is answered with a reset."""
    if a.packet.flags & (SYN | ACK | RST) != ACK or not e.states <= NO_CONNECTION or not _legible(a.packet):
        return None
    never = e.iss is None and not e.syns
    return _reset(a) if never or e.closed_at_us is not None else None


@answers(
    "HS-11", "9293, 3.10.7.2", excuses="a queue of connections may be full, unless this is the first one", on="syn"
)
def answers_a_syn(e: Endpoint, a: Arrived) -> Debt | None:
    """A SYN is answered with a SYN-ACK where somebody listens, and with a reset where nobody does."""
    if a.packet.flags & _CONTROL != SYN or e.iss is not None or e.irs is not None or not a.first:
        return None
    if not e.states <= NO_CONNECTION or not _legible(a.packet):
        return None
    return Debt(a.at_us, AT_ONCE_US, "a SYN-ACK, or a reset where nobody listens", _syn_ack_or_reset)


# While a connection is being opened.


@answers("HS-34", "9293, 3.10.7.3")
def resets_a_wrong_answer_to_its_syn(e: Endpoint, a: Arrived) -> Debt | None:
    """In SYN-SENT, a segment that acknowledges something else than the SYN is answered with a reset."""
    if a.packet.flags & (ACK | RST) != ACK or e.states != _ONLY_SYN_SENT or e.iss is None:
        return None
    return _reset(a) if not e.iss < a.ack <= e.snd_nxt and _legible(a.packet) else None


@answers("HS-31", "9293, 3.5", level="MUST", label="MUST-10", on="syn")
def answers_a_crossed_syn(e: Endpoint, a: Arrived) -> Debt | None:
    """In SYN-SENT, a SYN is answered with a SYN-ACK."""
    if a.packet.flags & _CONTROL != SYN or e.states != _ONLY_SYN_SENT or e.syns or not _legible(a.packet):
        return None
    return Debt(a.at_us, AT_ONCE_US, "a SYN-ACK", _syn_ack_or_reset)


@answers("HS-32", "9293, 3.10.7.3", excuses="an acknowledgment may wait for data to go with it", on="syn")
def completes_the_handshake(e: Endpoint, a: Arrived) -> Debt | None:
    """In SYN-SENT, an acceptable SYN-ACK is acknowledged."""
    if a.packet.flags & _CONTROL != SYN | ACK or e.states != _ONLY_SYN_SENT or e.syns or not _legible(a.packet):
        return None
    return _acknowledgment(a, within_us=DELAYED_ACK_US) if a.ack == e.snd_nxt else None


@answers("HS-13", "9293, 3.10.7.4", excuses=_THROTTLED, on="ack")
def challenges_what_is_unacceptable_while_opening(e: Endpoint, a: Arrived) -> Debt | None:
    """In SYN-RECEIVED, a segment outside the window is answered with an acknowledgment."""
    if a.packet.flags & (SYN | ACK | RST) != ACK or e.states != _ONLY_SYN_RECEIVED or not e.passive:
        return None
    return _acknowledgment(a) if _beyond(e, a) and not _throttled(e, a) and _legible(a.packet) else None


@answers("HS-33", "9293, 3.10.7.4", excuses="its timestamps may make the segment unacceptable", on="ack")
def resets_a_wrong_answer_to_its_syn_ack(e: Endpoint, a: Arrived) -> Debt | None:
    """In SYN-RECEIVED, a segment that acknowledges something else than the SYN-ACK is answered with a reset."""
    if a.packet.flags & (SYN | ACK | RST) != ACK or e.states != _ONLY_SYN_RECEIVED or not e.passive:
        return None
    if e.iss is None or e.iss < a.ack <= e.snd_nxt or a.left != e.received.nxt or not _legible(a.packet):
        return None
    return _reset(a, or_ack=a.packet.timestamps is not None or e.timestamps.agreed)


# In a connection.


@answers("SA-08", "9293, 3.10.7.4", excuses=_THROTTLED, on="ack")
def acknowledges_what_is_unacceptable(e: Endpoint, a: Arrived) -> Debt | None:
    """A segment that is not acceptable, old or beyond the window, is answered with an acknowledgment."""
    if a.packet.flags & (SYN | ACK | RST) != ACK or not _alive(e) or e.acked is None:
        return None
    length = a.right - a.left
    taken_in = min(e.acked, e.possible.nxt)
    old = a.right <= taken_in if length else a.left < taken_in
    if not (_beyond(e, a) or (old and not _dated(e, a))):
        return None
    # The last octet taken in may be taken in again, and the segment be suspect only for what it acknowledges.
    suspect = not length or not is_current(e, a.ack)
    return None if (suspect and _throttled(e, a)) or not _legible(a.packet) else _acknowledgment(a)


@answers("WF-08", "9293, 3.10.7.4", on="text")
def acknowledges_what_it_has_no_room_for(e: Endpoint, a: Arrived) -> Debt | None:
    """Octets that meet a shut window are answered with an acknowledgment."""
    if a.packet.flags & (SYN | ACK | RST) != ACK or not a.packet.size or e.rcv_wnd != 0 or not _alive(e):
        return None
    if a.left != e.acked or a.left < e.promised or e.fins or not _takes_in(e, a) or not _legible(a.packet):
        return None
    return _acknowledgment(a, within_us=DELAYED_ACK_US)


@answers("SA-31", "9293, 3.10.7.4", excuses=_THROTTLED, on="ack")
def acknowledges_what_acknowledges_the_future(e: Endpoint, a: Arrived) -> Debt | None:
    """A segment that acknowledges what was never sent is answered with an acknowledgment."""
    if a.packet.flags & (SYN | ACK | RST) != ACK or not _alive(e):
        return None
    if not a.left == e.acked == e.possible.nxt or e.must_discard(a.packet) != "SA-09":
        return None
    return _acknowledgment(a) if not _throttled(e, a) and _legible(a.packet) else None


@answers("SA-12", "5681, 4.2", level="SHOULD", excuses="a receiver may lack memory", on="text")
def acknowledges_what_is_out_of_order(e: Endpoint, a: Arrived) -> Debt | None:
    """Octets beyond a hole are acknowledged at once."""
    if a.packet.flags & (SYN | ACK | RST) != ACK or not a.packet.size or not e.states <= RECEIVING or e.fins:
        return None
    if a.left <= e.possible.nxt or not _inside(e, a) or not _takes_in(e, a):
        return None
    return _acknowledgment(a) if _legible(a.packet) else None


@answers("SA-32", "9293, 3.10.7.4", level="MUST", excuses=_THROTTLED, on="syn")
def challenges_a_syn(e: Endpoint, a: Arrived) -> Debt | None:
    """In a synchronized state, a SYN is answered with an acknowledgment."""
    if a.packet.flags & (SYN | RST) != SYN or not _alive(e) or _throttled(e, a) or not _legible(a.packet):
        return None
    return _acknowledgment(a)


@answers("RS-31", "9293, 3.10.7.4", level="MUST", excuses=_THROTTLED, on="rst")
def challenges_a_reset_that_is_not_exact(e: Endpoint, a: Arrived) -> Debt | None:
    """A reset within the window whose number is not RCV.NXT is answered with an acknowledgment."""
    if not a.packet.flags & RST or a.packet.flags & SYN or not _alive(e) or not e.states <= _WARY:
        return None
    if a.left <= e.possible.nxt or not _inside(e, a) or e.may_accept_rst(a.packet):
        return None
    return _acknowledgment(a) if not _throttled(e, a) and _legible(a.packet) else None


@answers("OP-51", "7323, 5.3", level="MUST", on="text")
def acknowledges_what_is_past(e: Endpoint, a: Arrived) -> Debt | None:
    """Octets whose timestamp is older than one that was echoed are answered with an acknowledgment."""
    if a.packet.flags & (SYN | ACK | RST) != ACK or not a.packet.size or not e.states <= RECEIVING or e.fins:
        return None
    if e.acked is None or e.must_discard(a.packet) != "OP-09" or not _legible(a.packet):
        return None
    return _acknowledgment(a)


@answers("OP-52", "7323, 5.3", level="MUST", excuses=_THROTTLED, on="ack")
def acknowledges_what_is_old_twice(e: Endpoint, a: Arrived) -> Debt | None:
    """A segment without octets that is old by its number and by its timestamp is answered with an acknowledgment."""
    if a.packet.flags & (SYN | ACK | RST) != ACK or not _alive(e) or e.acked is None or not _dated(e, a):
        return None
    if a.left >= min(e.acked, e.possible.nxt) or _throttled(e, a) or not _legible(a.packet):
        return None
    return _acknowledgment(a)


# At its end.


@answers("TD-03", "9293, 3.10.7.4", excuses="there may be no room for the octets that come with it", on="fin")
def acknowledges_the_fin(e: Endpoint, a: Arrived) -> Debt | None:
    """A FIN is acknowledged once every octet before it was delivered."""
    if a.packet.flags & (SYN | ACK | RST | FIN) != ACK | FIN or not e.states <= RECEIVING or e.fins:
        return None
    if e.acked is None or not a.left <= e.acked < a.right or e.possible.nxt > a.right:
        return None
    if a.right > min(e.promised, e.acked + (e.rcv_wnd or 0)) or not _takes_in(e, a):
        return None
    if not _legible(a.packet):
        return None
    end = a.right

    def settles(e: Endpoint, m: Sent) -> bool:
        return bool(m.packet.flags & RST) or m.ack >= end or not m.packet.window

    return Debt(a.at_us, DELAYED_ACK_US, f"ack {relative(end, e.irs)}", settles)


@answers("TD-06", "9293, 3.10.7.4", on="fin")
def acknowledges_the_fin_again(e: Endpoint, a: Arrived) -> Debt | None:
    """In TIME-WAIT, a FIN that comes again is acknowledged again, and reset where the wait is over."""
    if a.packet.flags & (SYN | ACK | RST | FIN) != ACK | FIN or State.TIME_WAIT not in e.states:
        return None
    if e.fin_delivered is None or e.acked != e.fin_delivered + 1 or a.right != e.acked or not _legible(a.packet):
        return None
    return _acknowledgment(a)
