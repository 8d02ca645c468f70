"""Rules about what the applications read and were told (groups DI, TD and RS)."""

from tcpchaos.rfc.law import Breach, Told, tells


@tells("DI-01", "9293, 3.8")
def reads_what_was_written(t: Told) -> Breach | None:
    """What an application reads is a prefix of what its peer wrote."""
    if t.account.differs_at is None or not t.promised:
        return None
    return Breach("the octets that were written", f"another octet at {t.account.differs_at}")


@tells("TD-10", "9293, 3.10.4", level="MUST", label="MUST-12")
def reads_all_before_the_end(t: Told) -> Breach | None:
    """After an orderly close an application has read every octet before it is told of the end."""
    if t.account.ended != "eof" or t.peer.closed not in ("shutdown", "close") or not t.promised:
        return None
    if t.account.read == t.peer.wrote:
        return None
    return Breach(f"{t.peer.wrote} octets, then the end", f"the end after {t.account.read}")


@tells("RS-02", "9293, 3.10.7.4", level="MUST")
def is_reset_only_by_an_acceptable_reset(t: Told) -> Breach | None:
    """An application is told of a reset only after one that may be accepted was delivered."""
    if t.account.ended != "reset" or t.endpoint.reset_possible or t.account.closed == "abort":
        return None
    return Breach("a challenge, and the connection alive", "reset, though no acceptable reset was delivered")


@tells("RS-13", "9293, 3.9.1", level="MUST", label="MUST-12")
def is_told_of_the_end_only_by_a_fin(t: Told) -> Breach | None:
    """An application is told of the end of the stream only after the peer's FIN and all before it were delivered."""
    if t.account.ended != "eof" or t.endpoint.fin_possible or t.endpoint.irs is None:
        return None
    return Breach("no end before the FIN", "the end of the stream")
