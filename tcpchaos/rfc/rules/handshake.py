"""Rules about how a connection is opened (group HS)."""

from typing import Final

from tcpchaos.rfc.endpoint import Endpoint
from tcpchaos.rfc.law import Breach, Sent, relative, sends
from tcpchaos.rfc.offers import has_fast_open
from tcpchaos.rfc.states import NO_CONNECTION, OPENING, Cause, State
from tcpchaos.seq import add, ahead, diff, unwrap
from tcpchaos.wire import ACK, RST, SYN

# A half-open connection is kept at least so long; what a cookie says may be said anew each minute.
_ATTEMPT_US: Final = 10_000_000
# So soon after its last acknowledgment nobody has waited in TIME-WAIT for long enough (some are told to for a second).
_WAITS_US: Final = 900_000


@sends("HS-01", "9293, 3.10.7.2", vantage="both", on="syn")
def syn_ack_acknowledges_the_syn(e: Endpoint, m: Sent) -> Breach | None:
    """A SYN-ACK acknowledges a SYN that was delivered, and at most the data that came on it."""
    if m.packet.flags & (SYN | ACK) != SYN | ACK or not e.syns:
        return None
    if any(ahead(add(syn.seq, 1), m.packet.ack) <= syn.size for syn in e.syns):
        return None
    # After a fast open, what came behind the SYN may be acknowledged too.
    if any(syn.size for syn in e.syns) and e.irs is not None and m.ack <= e.possible.nxt:
        return None
    return Breach("ack 1, the octet after the SYN", f"ack {ahead(e.syns[-1].seq, m.packet.ack)}")


@sends("HS-02", "9293, 3.5", vantage="both", on="syn")
def no_syn_ack_without_a_syn(e: Endpoint, m: Sent) -> Breach | None:
    """A SYN-ACK answers a SYN that was delivered."""
    if m.packet.flags & (SYN | ACK) != SYN | ACK or e.syns:
        return None
    return Breach("no SYN-ACK before a SYN was delivered", "a SYN-ACK")


@sends("HS-06", "9293, 3.10.7.3", vantage="both", on="ack")
def nothing_but_syn_before_the_answer(e: Endpoint, m: Sent) -> Breach | None:
    """An endpoint that has sent its SYN and received none sends nothing but that SYN, or a reset."""
    if m.packet.flags & (SYN | RST) or e.iss is None or e.syns:
        return None
    return Breach("only the SYN again, or a reset", "another segment although no SYN was delivered")


@sends("HS-07", "9293, 3.5", level="MUST", label="MUST-10", vantage="both", on="syn")
def crossed_syn_keeps_the_initial_number(e: Endpoint, m: Sent) -> Breach | None:
    """Where two SYNs cross, the SYN-ACK repeats the initial sequence number of the SYN that was already sent."""
    if m.packet.flags & (SYN | ACK) != SYN | ACK or e.iss is None or m.packet.seq == e.iss:
        return None
    if not e.states <= OPENING or e.offered is None or Cause.RECEIVE_RST in e.causes or e.passive:
        return None
    return Breach("seq 0, the initial sequence number", f"seq {ahead(e.iss, m.packet.seq)}")


@sends("HS-08", "9293, 3.10.7.4", vantage="both", on="data")
def no_data_before_the_syn_is_acknowledged(e: Endpoint, m: Sent) -> Breach | None:
    """No data is sent before an acceptable acknowledgment of the own SYN was delivered, but for fast open."""
    if not m.packet.size or m.packet.flags & SYN or e.iss is None or not e.syns:
        return None
    if Cause.RECEIVE_ACK_OF_SYN in e.causes or any(syn.size for syn in e.syns):
        return None
    return Breach("no data in SYN-RECEIVED", f"{m.packet.size} octets")


@sends("HS-19", "9293, 3.10.7.1", label="MUST-45", vantage="both", on="ack")
def nothing_without_a_connection(e: Endpoint, m: Sent) -> Breach | None:
    """An endpoint that has neither sent a SYN nor answered one sends nothing but a reset."""
    if e.iss is not None or m.packet.flags & (SYN | RST) or not e.states <= NO_CONNECTION | OPENING:
        return None
    return Breach("a SYN, a SYN-ACK or a reset", "a segment of a connection that does not exist")


@sends("HS-20", "7323, 2.2", level="MUST", vantage="both", on="syn")
def window_scale_answers_window_scale(e: Endpoint, m: Sent) -> Breach | None:
    """A SYN-ACK offers window scaling only where a SYN that was delivered offered it."""
    if m.packet.flags & (SYN | ACK) != SYN | ACK or m.packet.wscale is None or not e.syns:
        return None
    if any(syn.offer.wscale is not None for syn in e.syns):
        return None
    return Breach("no window scale option", f"wscale {m.packet.wscale}")


@sends("HS-21", "7323, 3.2", level="MUST", vantage="both", on="syn")
def timestamps_answer_timestamps(e: Endpoint, m: Sent) -> Breach | None:
    """A SYN-ACK offers timestamps only where a SYN that was delivered offered them."""
    if m.packet.flags & (SYN | ACK) != SYN | ACK or m.packet.timestamps is None or not e.syns:
        return None
    if any(syn.offer.timestamps for syn in e.syns):
        return None
    return Breach("no timestamps option", "timestamps")


@sends(
    "HS-03",
    "9293, 3.4",
    tier="soft",
    vantage="both",
    on="syn",
    excuses="a reset or an ICMP error that may have ended the attempt; a full listener, which answers with cookies",
)
def keeps_its_initial_number(e: Endpoint, m: Sent) -> Breach | None:
    """A SYN-ACK that is sent again has the initial sequence number of the first, as long as the attempt lives."""
    if not m.packet.flags & ACK or e.iss is None or m.packet.seq == e.iss or not e.passive:
        return None
    if not e.states <= OPENING | {State.ESTABLISHED} or State.SYN_RECEIVED not in e.states or len(e.syns) > 1:
        return None
    if Cause.RECEIVE_RST in e.causes or e.duties.warned or m.at_us - e.conduct.new_at_us > _ATTEMPT_US:
        return None
    return Breach("seq 0, the initial sequence number", f"seq {ahead(e.iss, m.packet.seq)}")


@sends("OP-32", "7413, 3.1", level="MUST", vantage="both", on="syn")
def a_cookie_only_where_asked(e: Endpoint, m: Sent) -> Breach | None:
    """A SYN-ACK carries a fast open cookie only where a SYN that was delivered has the option."""
    if not m.packet.flags & ACK or not e.syns or any(syn.offer.fast_open for syn in e.syns):
        return None
    return Breach("no cookie", "a cookie") if has_fast_open(m.packet) else None


def _reopens(e: Endpoint, m: Sent) -> bool:
    """Tell whether a segment is a SYN-ACK of one that surely waits in TIME-WAIT: it opens another connection there."""
    if not m.packet.flags & ACK or e.iss is None or m.packet.seq == e.iss or e.state is not State.TIME_WAIT:
        return False
    if State.LAST_ACK in e.states or e.reset_possible or e.conduct.fin_doubtful or e.fin_delivered is None:
        return False
    # One that came before this SYN may have ended the wait, and have been turned down by whoever listens.
    if len({syn.seq for syn in e.syns} - {e.irs}) > 1:
        return False
    return e.acked == e.fin_delivered + 1 and m.at_us - e.newest_ack_at_us <= _WAITS_US


_NO_ROOM: Final = "a system without room for those that wait"


def _may_be_newer(seq: int, position: int) -> bool:
    """Tell whether a number may be taken for this position or one beyond: of two on opposite sides, either may be."""
    return diff(position, seq) <= 0


@sends(
    "TD-07",
    "9293, 3.6.1",
    level="MUST",
    tier="soft",
    label="MUST-13, MAY-2",
    vantage="both",
    on="syn",
    excuses=_NO_ROOM,
)
def takes_no_old_syn_for_a_new_connection(e: Endpoint, m: Sent) -> Breach | None:
    """In TIME-WAIT a SYN is accepted only if it is newer than all before, by its number or by its timestamp."""
    if not _reopens(e, m) or e.acked is None:
        return None
    syns = [syn for syn in e.syns if m.packet.ack in (add(syn.seq, 1), add(syn.seq, 1 + syn.size))]
    # The answer echoes the timestamp of the SYN, and what was echoed before is no newer than TS.Recent (RFC 6191).
    stamps, recent = m.packet.timestamps, e.timestamps.echoed
    later = stamps is None or recent is None or unwrap(stamps[1], recent) > recent
    if not syns or any(_may_be_newer(syn.seq, e.acked) or (syn.offer.timestamps and later) for syn in syns):
        return None
    position = unwrap(syns[0].seq, e.acked)
    return Breach(f"a SYN at {relative(e.acked, e.irs)} or beyond", f"an answer to one at {relative(position, e.irs)}")


@sends("TD-32", "9293, 3.6.1", tier="soft", label="MAY-2", vantage="both", on="syn", excuses=_NO_ROOM)
def begins_beyond_the_connection_before(e: Endpoint, m: Sent) -> Breach | None:
    """Who opens another connection from TIME-WAIT takes an initial number beyond all that it has sent."""
    if not _reopens(e, m) or m.position >= e.snd_nxt:
        return None
    return Breach(f"seq {relative(e.snd_nxt, e.iss)} or more", f"seq {relative(m.position, e.iss)}")
