"""Rules about windows: those that an endpoint offers, and those that it is offered (group WF)."""

from typing import Final

from tcpchaos.rfc.endpoint import Endpoint
from tcpchaos.rfc.law import PASS_EACH_OTHER_US, Breach, Sent, relative, sends
from tcpchaos.rfc.rules.options import DEFAULT_MSS

# The least that any stack takes for a segment worth waiting for (TCP_MIN_MSS of Linux).
_SILLY_OCTETS: Final = 88
# RFC 6928, section 2, and one more: a probe of the tail may come before the first acknowledgment.
_INITIAL_SEGMENTS: Final = 10
_PROBES: Final = 1


@sends("SA-07", "9293, 3.8.6", vantage="both", on="text")
def sends_only_what_was_allowed(e: Endpoint, m: Sent) -> Breach | None:
    """No octet is sent beyond the rightmost edge that the peer's windows ever allowed, but for a probe of one octet."""
    end = _beyond(e, m)
    if end is None or _for_want_of_scaling(e, end):
        return None
    return Breach(f"data up to {relative(e.snd_limit, e.iss)}", f"data up to {relative(end, e.iss)}")


@sends("OP-04", "7323, 2.2", level="MUST", vantage="both", on="text")
def takes_windows_as_they_are_meant(e: Endpoint, m: Sent) -> Breach | None:
    """A window is scaled only where both SYNs offered scaling, and that of a SYN never is."""
    end = _beyond(e, m)
    if end is None or not _for_want_of_scaling(e, end):
        return None
    return Breach(f"data up to {relative(e.snd_limit, e.iss)}", f"data up to {relative(end, e.iss)}")


def _beyond(e: Endpoint, m: Sent) -> int | None:
    """Return where a segment ends that goes beyond what was ever allowed, None if it does not."""
    size = m.packet.size
    if e.iss is None or e.irs is None:
        return None
    end = m.first + size
    return None if end <= e.snd_limit or (size == 1 and end == e.snd_limit + 1) else end


def _for_want_of_scaling(e: Endpoint, end: int) -> bool:
    """Tell whether one who scales what must not be scaled would think that it may send up to there."""
    scales = [syn.offer.wscale or 0 for syn in e.syns]
    shift = max([*scales, (e.offered.wscale or 0) if e.offered else 0])
    only_syns = e.max_snd_wnd < 1 << 16 and e.snd_una - (e.iss or 0) <= 1
    if not shift or (e.snd_shift and not only_syns):
        return False
    return end <= e.snd_una + (e.max_snd_wnd << shift)


@sends(
    "WF-01",
    "9293, 3.8.6",
    level="SHOULD",
    tier="soft",
    label="SHLD-14",
    on="ack",
    excuses="less than the unit of a scaled window; for a moment, segments that passed each other",
)
def never_takes_back_what_it_offered(e: Endpoint, m: Sent) -> Breach | None:
    """The right edge of the window that is offered never moves to the left."""
    if e.acked is None or e.irs is None or m.ack < e.newest_ack:
        return None
    edge = m.ack + (m.packet.window << e.rcv_shift)
    if edge + (1 << e.rcv_shift) > e.promised or m.earliest_us - e.conduct.promised_at_us <= PASS_EACH_OTHER_US:
        return None
    return Breach(f"an edge at {relative(e.promised, e.irs)} or further", f"{relative(edge, e.irs)}")


@sends(
    "WF-02",
    "9293, 3.8.6",
    level="SHOULD",
    tier="soft",
    label="SHLD-15",
    vantage="both",
    on="text",
    excuses="what was sent before, a probe of one octet, and a smaller window that may not have been taken in",
)
def sends_nothing_new_beyond_a_smaller_window(e: Endpoint, m: Sent) -> Breach | None:
    """Once the peer has taken back a part of its window, nothing new is sent beyond what is left of it."""
    shrunk = e.conduct.shrunk
    end = m.first + m.packet.size
    if shrunk is None or end <= e.snd_nxt or end <= shrunk.edge + (1 << e.snd_shift):
        return None
    if m.heeded_us <= shrunk.at_us:
        return None
    return Breach(f"new data up to {relative(shrunk.edge, e.iss)}", f"up to {relative(end, e.iss)}")


@sends("WF-09", "9293, 3.8.6.2.2", level="MUST", tier="soft", label="MUST-39", on="ack", excuses="a small buffer")
def opens_a_window_worth_while(e: Endpoint, m: Sent) -> Breach | None:
    """A window that was shut is not opened by less than a small segment."""
    if e.rcv_wnd or e.acked is None or e.irs is None or e.promised > e.acked or m.ack != e.acked:
        return None
    opened = m.packet.window << e.rcv_shift
    if not 0 < opened < min(_SILLY_OCTETS, e.conduct.most_offered // 2):
        return None
    return Breach(f"{_SILLY_OCTETS} octets or more", f"a window of {opened}")


@sends(
    "WF-12",
    "6928, 2",
    level="MUST",
    tier="soft",
    label="MUST-19",
    vantage="both",
    on="text",
    excuses="one segment more, which probes the tail; what duplicate acknowledgments let through",
)
def begins_with_ten_segments(e: Endpoint, m: Sent) -> Breach | None:
    """Before anything is acknowledged, no more is sent than ten full segments."""
    if e.iss is None or e.snd_una > e.iss + 1 or not e.syns or e.conduct.urged:
        return None
    if e.duties.ahead > e.snd_una:
        return None  # something may have been acknowledged before it was heard
    full = max(e.snd_mss, DEFAULT_MSS[m.packet.version])
    first = e.iss + 1 + e.conduct.syn_size
    end = m.first + m.packet.size
    if end - first <= full * (_INITIAL_SEGMENTS + _PROBES):
        return None
    return Breach(f"{full * _INITIAL_SEGMENTS} octets at the most", f"{end - first}")
