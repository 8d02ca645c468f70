"""Rules about the control bits of what an endpoint sends (group FL)."""

from tcpchaos.rfc.endpoint import MOST_PROVOKED, Endpoint
from tcpchaos.rfc.law import PASS_EACH_OTHER_US, Breach, Sent, relative, sends
from tcpchaos.rfc.rules.resets import surely_lives
from tcpchaos.rfc.states import NO_CONNECTION, SYNCHRONIZED, State
from tcpchaos.wire import ACK, FIN, PSH, RST, SYN, URG

# States in which a connection is surely still there.
_UNTIL_THE_LAST = frozenset({State.ESTABLISHED, State.CLOSE_WAIT, State.FIN_WAIT_1, State.CLOSING})


@sends("FL-01", "9293, 3.1", shape=True)
def at_most_one_of_syn_fin_and_rst(e: Endpoint, m: Sent) -> Breach | None:
    """At most one of SYN, FIN and RST is set."""
    flags = m.packet.flags & (SYN | FIN | RST)
    if flags in (0, SYN, FIN, RST):
        return None
    return Breach("at most one of SYN, FIN and RST", "more than one of them")


@sends("FL-02", "9293, 3.1", shape=True)
def some_flag(e: Endpoint, m: Sent) -> Breach | None:
    """A segment has at least one of SYN, ACK, RST and FIN set."""
    if m.packet.flags & (SYN | ACK | RST | FIN):
        return None
    return Breach("SYN, ACK, RST or FIN", "none of them")


@sends("FL-03", "9293, 3.10.7.4", shape=True)
def fin_acknowledges(e: Endpoint, m: Sent) -> Breach | None:
    """A FIN carries an acknowledgment."""
    if m.packet.flags & (FIN | ACK | SYN | RST) == FIN:
        return Breach("FIN together with ACK", "FIN without ACK")
    return None


@sends("FL-09", "9293, 3.10.4", on="fin")
def one_fin(e: Endpoint, m: Sent) -> Breach | None:
    """The FIN stands right after the last octet of data, and a retransmitted one stands where the first one stood."""
    if not m.packet.flags & FIN or e.iss is None:
        return None
    fin = m.end - 1
    if e.fin_sent is not None:
        if fin != e.fin_sent:
            return Breach(f"the FIN at {relative(e.fin_sent, e.iss)}", f"another one at {relative(fin, e.iss)}")
        return None
    if fin < e.snd_nxt:
        return Breach(f"a FIN at or after {relative(e.snd_nxt, e.iss)}", f"one at {relative(fin, e.iss)}, inside data")
    return None


@sends(
    "FL-11", "9293, 3.5.2", vantage="both", on="rst", excuses="for a moment after its end, what it still had to send"
)
def no_reset_for_a_reset(e: Endpoint, m: Sent) -> Breach | None:
    """Where there is no connection, a reset is not answered with a reset."""
    if not m.packet.flags & RST or not e.states <= NO_CONNECTION or len(e.provoked) >= MOST_PROVOKED:
        return None
    if e.closed_at_us is not None and m.earliest_us - e.closed_at_us <= PASS_EACH_OTHER_US:
        return None
    answer = e.answer(m.packet)
    if answer in e.unprovoked and answer not in e.provoked:
        return Breach("no answer to a reset", "a reset")
    return None


@sends("FL-12", "9293, 3.10.7", vantage="both", on="syn", excuses="for a moment, segments that passed each other")
def no_syn_once_synchronized(e: Endpoint, m: Sent) -> Breach | None:
    """An endpoint that has shown itself synchronized sends no SYN again, neither that of the connection nor another."""
    if not m.packet.flags & SYN or e.iss is None:
        return None
    if m.packet.seq != e.iss:
        if not e.states <= _UNTIL_THE_LAST or not surely_lives(e, m.at_us):
            return None
        return Breach("no SYN in " + " or ".join(sorted(e.states)), "a SYN with another initial sequence number")
    if m.earliest_us - e.newest_ack_at_us <= PASS_EACH_OTHER_US:
        return None
    if e.states <= SYNCHRONIZED - {State.TIME_WAIT} and (e.sent_payload or not m.packet.flags & ACK):
        return Breach("no SYN in " + " or ".join(sorted(e.states)), "the SYN of the handshake again")
    return None


@sends("TD-02", "9293, 3.10.4", on="data")
def no_data_after_the_fin(e: Endpoint, m: Sent) -> Breach | None:
    """No octet of data is sent at or beyond the own FIN."""
    if not m.packet.size or e.fin_sent is None or m.first + m.packet.size <= e.fin_sent:
        return None
    end = relative(m.first + m.packet.size, e.iss)
    return Breach(f"no data beyond the FIN at {relative(e.fin_sent, e.iss)}", f"data up to {end}")


@sends("FL-04", "9293, 3.1", tier="remark", shape=True)
def nothing_urgent_about_a_syn(e: Endpoint, m: Sent) -> Breach | None:
    """A SYN without data has neither PSH nor URG set."""
    if not m.packet.flags & SYN or not m.packet.flags & (PSH | URG) or m.packet.size:
        return None
    return Breach("neither PSH nor URG", "one of them")


@sends("FL-06", "9293, 3.1", tier="remark", shape=True)
def no_number_without_its_bit(e: Endpoint, m: Sent) -> Breach | None:
    """Where the ACK bit is clear the acknowledgment number is zero."""
    if m.packet.flags & ACK or not m.packet.ack:
        return None
    return Breach("ack 0", f"ack {m.packet.ack}")


@sends("FL-07", "9293, 3.8.5", level="MUST", label="MUST-62", shape=True)
def the_urgent_pointer_points_behind_something(e: Endpoint, m: Sent) -> Breach | None:
    """The urgent pointer points to the octet after the urgent data, which is not the first of the segment."""
    if not m.packet.flags & URG or m.packet.urgent:
        return None
    return Breach("urg 1 or more", "urg 0")


@sends("FL-13", "9293, 3.8.5", tier="soft", excuses="for a moment, segments that passed; pointers beyond 64 KiB")
def the_urgent_pointer_never_goes_back(e: Endpoint, m: Sent) -> Breach | None:
    """The urgent pointer never points to less than it did before."""
    told = e.conduct.urgent_to
    if told is None or not m.packet.flags & URG or m.packet.flags & SYN or m.packet.urgent == 0xFFFF:
        return None
    points = m.position + m.packet.urgent
    if points >= told or m.earliest_us - e.conduct.urgent_at_us <= PASS_EACH_OTHER_US:
        return None
    return Breach(f"a pointer to {relative(told, e.iss)} or further", f"{relative(points, e.iss)}")
