"""Rules about what the applications read and were told (groups DI, TD and RS)."""

from tcpchaos.rfc.law import Breach, Told, tells


@tells("DI-01", "9293, 3.8", excuses="the peer's TCP has sent it so, or first one octet there and then another")
def reads_what_was_written(t: Told) -> Breach | None:
    """What an application reads is a prefix of what its peer wrote."""
    if t.account.differs_at is None or not t.promised or _only_against_a_rule(t) or t.misled or t.account.was_sent_so:
        return None
    return Breach("the octets that were written", f"another octet at {t.account.differs_at}")


@tells("DI-12", "9293, 3.8", excuses="octets that were acknowledged too long ago to be still known")
def sends_what_was_written(t: Told) -> Breach | None:
    """What a TCP sends is what its application wrote, octet by octet."""
    if not t.peer.was_sent_so or not t.promised:
        return None
    return Breach("the octets that were written", f"another octet at {t.peer.differs_at}, and its peer read that")


@tells("DI-02", "9293, 3.8", excuses="more forged octets than are remembered")
def reads_what_was_delivered(t: Told) -> Breach | None:
    """Where forged octets were delivered, an application reads what was written or forged, and nothing else."""
    if t.account.octet is None or t.promised or t.endpoint.conduct.arrivals.too_many or _brought_by(t):
        return None
    if t.endpoint.irs is None or t.endpoint.conduct.restarted or len(t.endpoint.syns) > 1:
        return None
    return Breach("octets that were delivered there", f"another octet at {t.account.differs_at}")


@tells(
    "DI-03",
    "9293, 3.10.7.4",
    label="MUST-3",
    excuses="octets that were also delivered in a segment that may be accepted",
)
def reads_nothing_from_what_must_be_discarded(t: Told) -> Breach | None:
    """No octet reaches an application from a segment that had to be discarded."""
    if not _only_against_a_rule(t):
        return None
    return Breach("nothing of it", f"the octet at {t.account.differs_at}, delivered only against {_brought_by(t)[0]}")


def _only_against_a_rule(t: Told) -> bool:
    reasons = _brought_by(t)
    return bool(reasons) and None not in reasons


def _brought_by(t: Told) -> list[str | None]:
    """Return of each segment that brought the octet that was read and not written the rule against it, None without."""
    e, account = t.endpoint, t.account
    if e.irs is None or account.differs_at is None or account.octet is None:
        return []
    return e.conduct.arrivals.explains(e.irs + 1 + account.differs_at, account.octet)


@tells("DI-11", "9293, 3.8")
def reads_no_more_than_was_delivered(t: Told) -> Breach | None:
    """An application reads no more octets than were delivered in order."""
    e = t.endpoint
    if e.irs is None or e.conduct.restarted or len(e.syns) > 1 or t.account.read <= e.possible.nxt - e.irs - 1:
        return None
    return Breach(f"{e.possible.nxt - e.irs - 1} octets at the most", f"{t.account.read}")


@tells("TD-01", "9293, 3.10.4")
def sends_no_more_than_was_written(t: Told) -> Breach | None:
    """A TCP sends every octet that its application wrote before it closed, and no others, and then its FIN."""
    e = t.endpoint
    if e.iss is None or e.conduct.restarted or e.joined or not (t.account.wrote or t.account.closed):
        return None
    sent = (e.snd_nxt if e.fin_sent is None else e.fin_sent) - e.iss - 1
    if sent > t.account.wrote:
        return Breach(f"{t.account.wrote} octets at the most", f"{sent}")
    # Whoever lets go of a connection without having closed may have been in the middle of writing.
    if sent == t.account.wrote or e.fin_sent is None or t.account.closed != "shutdown" or t.account.muted:
        return None
    return (
        Breach(f"a FIN after {t.account.wrote} octets", f"one after {sent}")
        if t.account.ended in (None, "eof")
        else None
    )


@tells("TD-10", "9293, 3.10.4", level="MUST", label="MUST-12")
def reads_all_before_the_end(t: Told) -> Breach | None:
    """After an orderly close an application has read every octet before it is told of the end."""
    if t.account.ended != "eof" or t.peer.closed not in ("shutdown", "close") or not t.promised:
        return None
    # Of what was written last, nobody knows how much a TCP took that refused to take more.
    if t.account.read == t.peer.wrote or t.peer.muted or t.peer.ended not in (None, "eof"):
        return None
    e = t.endpoint
    if e.fin_delivered is not None and e.irs is not None and t.account.read == e.fin_delivered - e.irs - 1:
        return None  # its peer's TCP has closed before the end, or after it
    return Breach(f"{t.peer.wrote} octets, then the end", f"the end after {t.account.read}")


@tells("RS-02", "9293, 3.10.7.4", level="MUST")
def is_reset_only_by_an_acceptable_reset(t: Told) -> Breach | None:
    """A reset inside the window that does not have the expected number is challenged, and ends nothing."""
    if not _reset_without_ground(t) or not t.endpoint.conduct.refused_inside:
        return None
    return Breach("a challenge, and the connection alive", "reset, by one that had to be challenged")


@tells("RS-17", "9293, 3.10.7.4", level="MUST")
def is_reset_by_nothing_outside_the_window(t: Told) -> Breach | None:
    """A reset outside the window is dropped, and ends nothing."""
    refused = t.endpoint.conduct
    if not _reset_without_ground(t) or refused.refused_inside or not refused.refused_outside:
        return None
    return Breach("the reset dropped, and the connection alive", "reset, by one that had to be dropped")


@tells("RS-16", "9293, 3.9.1.8", label="MUST-12")
def is_reset_only_by_a_reset(t: Told) -> Breach | None:
    """An application is told of a reset only after one was delivered."""
    refused = t.endpoint.conduct
    if not _reset_without_ground(t) or refused.refused_inside or refused.refused_outside:
        return None
    return Breach("no reset: none was delivered", "reset")


@tells("RS-19", "9293, 3.10.7.3", excuses="an ICMP error")
def is_refused_only_by_an_acceptable_reset(t: Told) -> Breach | None:
    """An application is told that its connection was refused only after a reset that acknowledges its SYN."""
    if t.account.ended != "refused" or t.endpoint.reset_possible or not t.promised or t.endpoint.iss is None:
        return None
    return Breach("the connection still opening", "refused, though no acceptable reset was delivered")


def _reset_without_ground(t: Told) -> bool:
    return t.account.ended == "reset" and not t.endpoint.reset_possible and t.account.closed != "abort"


@tells("RS-13", "9293, 3.9.1", level="MUST", label="MUST-12")
def is_told_of_the_end_only_by_a_fin(t: Told) -> Breach | None:
    """An application is told of the end of the stream only after the peer's FIN and all before it were delivered."""
    if t.account.ended != "eof" or t.endpoint.fin_possible or t.endpoint.irs is None:
        return None
    return Breach("no end before the FIN", "the end of the stream")
