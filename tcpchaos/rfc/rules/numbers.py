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


@sends("SA-02", "9293, 3.4", vantage="both")
def acknowledges_only_what_was_delivered(e: Endpoint, m: Sent) -> Breach | None:
    """No octet is acknowledged that was never delivered."""
    return _unfounded(e, m, "SA-02")


@sends("SA-09", "9293, 3.10.7.4", vantage="both")
def takes_nothing_from_a_segment_that_acknowledges_the_future(e: Endpoint, m: Sent) -> Breach | None:
    """Nothing is taken in from a segment that acknowledges what was never sent."""
    return _unfounded(e, m, "SA-09")


@sends("SA-11", "9293, 3.10.7.4", vantage="both")
def takes_nothing_from_a_segment_without_ack(e: Endpoint, m: Sent) -> Breach | None:
    """Nothing is taken in from a segment without the ACK bit."""
    return _unfounded(e, m, "SA-11")


@sends("SA-15", "9293, 3.10.7.4", vantage="both")
def acknowledges_a_fin_only_after_all_before_it(e: Endpoint, m: Sent) -> Breach | None:
    """A FIN is acknowledged only when every octet before it was delivered."""
    return _unfounded(e, m, "SA-15")


@sends("DI-05", "9293, 3.1", level="MUST", label="MUST-3", vantage="both")
def takes_nothing_from_a_segment_with_a_wrong_checksum(e: Endpoint, m: Sent) -> Breach | None:
    """Nothing is taken in from a segment whose checksum is wrong."""
    return _unfounded(e, m, "DI-05")


@sends("OP-09", "7323, 5.3", level="MUST", vantage="both")
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


@sends("SA-03", "9293, 3.4", vantage="both")
def acknowledgments_never_go_back(e: Endpoint, m: Sent) -> Breach | None:
    """The acknowledgment number never goes back."""
    if m.packet.flags & (ACK | SYN | RST) != ACK or e.acked is None or m.ack >= e.newest_ack:
        return None
    if m.at_us - e.newest_ack_at_us <= PASS_EACH_OTHER_US:
        return None
    return Breach(f"ack {relative(e.newest_ack, e.irs)} or more", f"ack {relative(m.ack, e.irs)}")


@sends("SA-06", "9293, 3.4")
def stays_in_its_stream(e: Endpoint, m: Sent) -> Breach | None:
    """No segment begins before the initial sequence number."""
    if m.packet.flags & (SYN | RST) or e.iss is None or m.position >= e.iss:
        return None
    return Breach("seq 0 or more", f"seq {relative(m.position, e.iss)}")


@sends("SA-07", "9293, 3.8.6", vantage="both")
def sends_only_what_was_allowed(e: Endpoint, m: Sent) -> Breach | None:
    """No octet is sent beyond the rightmost edge that the peer's windows ever allowed, but for a probe of one octet."""
    size = m.packet.size
    if not size or m.packet.flags & (SYN | RST) or e.iss is None or e.irs is None:
        return None
    end = m.first + size
    if end <= e.snd_limit or (size == 1 and end == e.snd_limit + 1):
        return None
    return Breach(f"data up to {relative(e.snd_limit, e.iss)}", f"data up to {relative(end, e.iss)}")


@sends("RT-01", "9293, 3.8.1")
def retransmits_the_same_octets(e: Endpoint, m: Sent) -> Breach | None:
    """A retransmitted octet is the one that was first sent at its sequence number."""
    if not m.packet.size or m.first >= e.snd_nxt or m.packet.flags & RST or e.iss is None:
        return None
    acknowledged = max(0, e.snd_una - m.first)
    at = e.flight.difference(m.first + acknowledged, m.packet.payload[acknowledged:])
    if at is None:
        return None
    return Breach("the octets that were sent first", f"another octet at {relative(at, e.iss)}")
