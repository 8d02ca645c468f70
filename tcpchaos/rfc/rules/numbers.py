"""Rules about the sequence and acknowledgment numbers of what an endpoint sends, and its octets (groups SA, RT, WF)."""

from tcpchaos.rfc.endpoint import Endpoint
from tcpchaos.rfc.law import PASS_EACH_OTHER_US, Breach, Sent, relative, sends
from tcpchaos.wire import ACK, RST, SYN


@sends("SA-01", "9293, 3.4", shape=True)
def every_segment_acknowledges(e: Endpoint, m: Sent) -> Breach | None:
    """Every segment but a SYN and a reset carries an acknowledgment."""
    if m.packet.flags & (ACK | SYN | RST):
        return None
    return Breach("the ACK bit set", "it is clear")


@sends("SA-02", "9293, 3.4", vantage="both", on="ack")
def acknowledges_only_what_was_delivered(e: Endpoint, m: Sent) -> Breach | None:
    """No octet is acknowledged that was never delivered."""
    return _unfounded(e, m, "SA-02")


@sends("SA-09", "9293, 3.10.7.4", vantage="both", on="ack")
def takes_nothing_from_a_segment_that_acknowledges_the_future(e: Endpoint, m: Sent) -> Breach | None:
    """Nothing is taken in from a segment that acknowledges what was never sent."""
    return _unfounded(e, m, "SA-09")


@sends("SA-11", "9293, 3.10.7.4", vantage="both", on="ack")
def takes_nothing_from_a_segment_without_ack(e: Endpoint, m: Sent) -> Breach | None:
    """Nothing is taken in from a segment without the ACK bit."""
    return _unfounded(e, m, "SA-11")


@sends("SA-15", "9293, 3.10.7.4", vantage="both", on="ack")
def acknowledges_a_fin_only_after_all_before_it(e: Endpoint, m: Sent) -> Breach | None:
    """A FIN is acknowledged only when every octet before it was delivered."""
    return _unfounded(e, m, "SA-15")


@sends("DI-05", "9293, 3.1", level="MUST", label="MUST-3", vantage="both", on="ack")
def takes_nothing_from_a_segment_with_a_wrong_checksum(e: Endpoint, m: Sent) -> Breach | None:
    """Nothing is taken in from a segment whose checksum is wrong."""
    return _unfounded(e, m, "DI-05")


@sends("OP-09", "7323, 5.3", level="MUST", vantage="both", on="ack")
def takes_nothing_from_the_past(e: Endpoint, m: Sent) -> Breach | None:
    """Nothing is taken in from a segment whose timestamp is older than one that the endpoint has echoed."""
    return _unfounded(e, m, "OP-09")


def _unfounded(e: Endpoint, m: Sent, rule_id: str) -> Breach | None:
    """Return the breach of an acknowledgment without ground, where this is the rule that says why it has none."""
    if m.packet.flags & (ACK | SYN | RST) != ACK or e.irs is None or m.ack <= e.possible.nxt:
        return None
    reason = next((why for left, right, why in e.doubtful if left < m.ack and right > e.possible.nxt), None)
    if reason is None:
        reason = "SA-15" if m.ack - 1 in e.fins else "SA-02"
    if reason != rule_id:
        return None
    return Breach(f"ack {relative(e.possible.nxt, e.irs)} at the most", f"ack {relative(m.ack, e.irs)}")


@sends("SA-03", "9293, 3.4", vantage="both", on="ack", excuses="for a moment, segments that passed each other")
def acknowledgments_never_go_back(e: Endpoint, m: Sent) -> Breach | None:
    """The acknowledgment number never goes back."""
    if m.packet.flags & (ACK | SYN | RST) != ACK or e.acked is None or m.ack >= e.newest_ack:
        return None
    if m.earliest_us - e.newest_ack_at_us <= PASS_EACH_OTHER_US:
        return None
    return Breach(f"ack {relative(e.newest_ack, e.irs)} or more", f"ack {relative(m.ack, e.irs)}")


@sends("SA-06", "9293, 3.4", on="ack")
def stays_in_its_stream(e: Endpoint, m: Sent) -> Breach | None:
    """No segment begins before the initial sequence number."""
    if m.packet.flags & (SYN | RST) or e.iss is None or m.position >= e.iss:
        return None
    return Breach("seq 0 or more", f"seq {relative(m.position, e.iss)}")


@sends("SA-04", "9293, 3.4", on="ack", vantage="both", excuses="for a moment, segments that passed each other")
def leaves_nothing_out(e: Endpoint, m: Sent) -> Breach | None:
    """What is new begins where what was sent before ended: nothing is left out."""
    gap = e.conduct.gap
    if gap is None or m.earliest_us - gap.at_us <= PASS_EACH_OTHER_US:
        return None
    return Breach(f"octets from {relative(gap.left, e.iss)} on", f"octets from {relative(gap.right, e.iss)} on")


@sends(
    "SA-05",
    "9293, 3.10.7.4",
    tier="soft",
    vantage="both",
    on="ack",
    excuses="SND.UNA - 1, which keeps alive or probes; an edge that moved left or has a probe behind it;"
    " for a moment, segments that passed",
)
def bare_acknowledgments_stand_at_the_end(e: Endpoint, m: Sent) -> Breach | None:
    """A segment that only acknowledges has SND.NXT for its sequence number."""
    if m.packet.length or e.iss is None or m.position >= e.snd_nxt or e.conduct.syn_size:
        return None
    if e.duties.ahead > e.snd_una:
        return None  # if that does not count, nor does the window that came with it
    if m.earliest_us - max(e.conduct.new_at_us, e.conduct.una_at_us) <= PASS_EACH_OTHER_US:
        return None
    una = e.snd_una if e.conduct.sure_una is None else e.conduct.sure_una
    if una <= m.position == e.snd_nxt - 1:
        return None  # what lies behind it is the octet of a probe, where the peer would not look
    if una - 1 <= m.position < e.snd_una or (not e.conduct.reopened and m.position >= una - 1):
        return None
    return Breach(f"seq {relative(e.snd_nxt, e.iss)}", f"seq {relative(m.position, e.iss)}")


@sends("SA-10", "5961, 5.2", level="MUST", tier="soft", label="MAY-12", vantage="both", on="ack")
def takes_nothing_from_a_segment_that_acknowledges_the_past(e: Endpoint, m: Sent) -> Breach | None:
    """Nothing is taken in from a segment that acknowledges less than the largest window below SND.UNA."""
    span = next((span for span in e.conduct.past if span[0] < m.ack <= e.possible.nxt), None)
    if span is None or e.irs is None:
        return None
    return Breach(f"ack {relative(span[0], e.irs)} at the most", f"ack {relative(m.ack, e.irs)}")


@sends("TD-05", "9293, 3.10.7.4", vantage="both", on="ack")
def takes_nothing_behind_the_fin(e: Endpoint, m: Sent) -> Breach | None:
    """Nothing is taken in from behind the FIN of the peer."""
    fin = e.fin_delivered
    if fin is None or m.ack <= fin + 1 or e.conduct.fin_doubtful or e.acked is None or e.acked <= fin:
        return None
    return Breach(f"ack {relative(fin + 1, e.irs)} at the most", f"ack {relative(m.ack, e.irs)}")


@sends("RT-01", "9293, 3.8.1", on="data")
def retransmits_the_same_octets(e: Endpoint, m: Sent) -> Breach | None:
    """A retransmitted octet is the one that was first sent at its sequence number."""
    if not m.packet.size or m.first >= e.snd_nxt or m.packet.flags & RST or e.iss is None:
        return None
    at = e.other_octet_at(m.first, m.packet)
    if at is None:
        return None
    return Breach("the octets that were sent first", f"another octet at {relative(at, e.iss)}")
