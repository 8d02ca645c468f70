"""Rules about how a connection ends for its applications: what they are told, and that they are told at all."""

from typing import Final

from tcpchaos.rfc.law import Breach, Told, tells

# How long a TCP may take to hand on what it has acknowledged, or to say that there is nothing more: far more than any
# does, so that only one that never will is found. Where the run had to wait for its own turn meanwhile, so had the
# application.
TELLS_US: Final = 1_000_000

_NO_TURN: Final = "the last second before the run was cut off, and time in which nobody had a turn"


@tells(
    "DI-04",
    "9293, 3.9.1",
    excuses="octets that were forged, and read in place of what was written; octets that the peer's TCP has sent so",
)
def reads_a_prefix_before_an_error(t: Told) -> Breach | None:
    """What an application has read before its connection ended with an error is a prefix of what its peer wrote."""
    if t.account.ended in (None, "eof") or t.account.differs_at is None or t.spoilt:
        return None
    if t.misled or t.account.was_sent_so:
        return None
    return Breach(f"the {t.account.differs_at} octets before it, and the error", "another octet, and the error")


@tells("DI-41", "9293, 3.9.1.3", excuses=_NO_TURN)
def is_given_what_was_acknowledged(t: Told) -> Breach | None:
    """An application that waits for octets is given those that its TCP has acknowledged."""
    e = t.endpoint
    if not _waits_in_vain(t) or e.irs is None or e.acked is None or len(e.syns) > 1:
        return None
    octets = e.acked - e.irs - 1 - _fin(t)
    if octets <= t.account.read:
        return None
    return Breach(f"{octets} octets to read", f"it waits, having read {t.account.read}")


@tells(
    "TD-41",
    "9293, 3.10.7.4",
    label="MUST-12",
    excuses="a FIN that stands where octets were delivered, too; " + _NO_TURN,
)
def is_told_of_the_end(t: Told) -> Breach | None:
    """An application that waits for octets is told of the end once its TCP has acknowledged the peer's FIN."""
    if not _waits_in_vain(t) or not _fin(t) or t.endpoint.conduct.fin_doubtful:
        return None
    return Breach("the end of the stream", "it waits, though the FIN has been acknowledged")


@tells("RS-41", "9293, 3.10.7.4", label="MUST-12", excuses=_NO_TURN)
def is_told_of_a_reset(t: Told) -> Breach | None:
    """An application that waits for octets is told of a reset that its TCP had to accept."""
    reset_at_us = t.endpoint.reset_at_us
    if reset_at_us is None or not _waits_since(t, reset_at_us):
        return None
    return Breach("reset", "it waits, though the connection was reset")


@tells("RS-42", "9293, 3.10.7.3", excuses="an ICMP error")
def is_refused_only_while_opening(t: Told) -> Breach | None:
    """A reset of a connection that was open is told as a reset, and not as a refusal to open it."""
    if t.account.ended != "refused" or not t.account.read or not t.promised:
        return None
    return Breach("reset", f"refused, after {t.account.read} octets were read")


@tells("RS-43", "9293, 3.9.1.2")
def writes_until_it_is_over(t: Told) -> Breach | None:
    """An application is told that nobody can be written to only after a reset, or after it closed that way itself."""
    if not t.account.muted or t.account.ended not in ("eof", "pipe"):
        return None
    if t.endpoint.reset_possible or not t.promised:
        return None
    return Breach("the octets taken", "nobody to write to, though no acceptable reset was delivered")


def _waits_in_vain(t: Told) -> bool:
    """Tell whether the application waits, and its TCP has had nothing new for it for long."""
    return _waits_since(t, t.endpoint.newest_ack_at_us)


def _waits_since(t: Told, since_us: int) -> bool:
    """Tell whether the application waits, and had its turn for long enough since then."""
    waits_at_us = t.account.waits_at_us
    if waits_at_us is None or t.account.ended is not None:
        return False
    return waits_at_us - since_us - t.lost_us(since_us, waits_at_us) >= TELLS_US


def _fin(t: Told) -> int:
    """Return 1 if the TCP has acknowledged the peer's FIN."""
    fin = t.endpoint.fin_delivered
    return int(fin is not None and t.endpoint.acked is not None and t.endpoint.acked > fin)
