"""Rules about the figures that an endpoint's own TCP gives: octets received, acknowledged, allowed (group DI)."""

from typing import Final

from tcpchaos.rfc.endpoint import Endpoint
from tcpchaos.rfc.law import Breach, Shown, shows
from tcpchaos.rfc.states import NO_CONNECTION, OPENING

_WIDEST: Final = 0xFFFF  # octets that a segment can say, before they are shifted
# Before it is open, its figures speak of what may yet be begun anew.
_NOT_OPEN: Final = OPENING | NO_CONNECTION


def _is_open(e: Endpoint, s: Shown) -> bool:
    """Tell whether both streams have begun for good, so that a figure and a position mean the same."""
    if s.socket is None or s.state in _NOT_OPEN or e.iss is None or e.irs is None or e.acked is None:
        return False
    return all(syn.seq == e.irs and not syn.size for syn in e.syns)


@shows("DI-07", "9293, 3.3.1")
def has_received_what_was_delivered(e: Endpoint, s: Shown) -> Breach | None:
    """What it counts as received was delivered to it, and covers all that it has acknowledged."""
    if s.socket is None or s.socket.bytes_received is None or e.irs is None or not _is_open(e, s):
        return None
    count = s.socket.bytes_received
    most, least = e.possible.nxt - e.irs - 1, (e.acked or 0) - e.irs - 1
    if s.settled and s.untouched:
        # The octet of a probe lies beyond the window, and may have been refused.
        least = max(least, e.received.nxt - e.irs - 1)
    least = min(least, most)  # what it acknowledged and was never given is another rule's
    if least <= count <= most:
        return None
    return Breach(f"{most} octets" if least == most else f"{least} to {most} octets", f"{count}")


@shows("DI-08", "9293, 3.3.1")
def counts_as_acknowledged_what_was(e: Endpoint, s: Shown) -> Breach | None:
    """What it counts as acknowledged was acknowledged by a segment that was delivered to it."""
    if s.socket is None or s.socket.bytes_acked is None or e.iss is None or not _is_open(e, s):
        return None
    # The SYN counts for the endpoint that sent it first.
    una = s.socket.bytes_acked + (1 if e.passive else 0)
    most = max(e.snd_una, s.moves.una) - e.iss
    # What it had to throw away acknowledged nothing.
    least = e.snd_una - e.iss if s.settled and s.untouched else 0
    if least <= una <= most:
        return None
    return Breach(f"up to {most}", f"up to {una}")


@shows("DI-09", "9293, 3.10.7.4", excuses="which of several windows counts is left to it")
def takes_no_window_for_larger_than_it_was_offered(e: Endpoint, s: Shown) -> Breach | None:
    """The window that it believes it may send into is no larger than any that was offered to it."""
    if s.socket is None or s.socket.snd_wnd is None or not _is_open(e, s) or s.socket.snd_wnd <= e.max_snd_wnd:
        return None
    return Breach(f"{e.max_snd_wnd} octets at the most", f"{s.socket.snd_wnd}")


@shows("DI-10", "9293, 3.8.6", excuses="a window larger than can be said")
def offers_the_window_that_it_says(e: Endpoint, s: Shown) -> Breach | None:
    """The window that it believes it has offered ends where one of its segments said."""
    if s.socket is None or s.socket.rcv_wnd is None or not s.settled or e.irs is None or not _is_open(e, s):
        return None
    # In its SYN the window is not scaled: until another segment was sent, it may be larger than could be said.
    if e.acked is None or e.acked <= e.irs + 1 or e.acked + s.socket.rcv_wnd <= e.promised:
        return None
    if e.rcv_wnd is not None and e.rcv_wnd >= _WIDEST << e.rcv_shift:
        return None
    return Breach(f"{e.promised - e.acked} octets at the most", f"{s.socket.rcv_wnd}")


@shows("OP-27", "7323, 2.3", level="MUST")
def scales_as_agreed(e: Endpoint, s: Shown) -> Breach | None:
    """Windows are shifted by what both SYNs offered, and not at all unless both did."""
    if s.socket is None or s.socket.snd_wscale is None or s.socket.rcv_wscale is None or not _is_open(e, s):
        return None
    agreed = (e.snd_shift, e.rcv_shift)
    says = (s.socket.snd_wscale, s.socket.rcv_wscale)
    if says == agreed or len({syn.offer for syn in e.syns}) != 1:
        return None
    return Breach(f"shifts of {agreed[0]} and {agreed[1]}", f"{says[0]} and {says[1]}")
