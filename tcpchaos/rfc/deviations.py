"""Where real stacks are known to depart from the letter of an RFC: data, each with its reason and its reference.

A breach that one of these covers is shown as known and counted; it is never hidden, and with `strict` it is a
violation like any other.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from tcpchaos.rfc.endpoint import Endpoint
from tcpchaos.rfc.law import Sent
from tcpchaos.rfc.rules.options import block_edge
from tcpchaos.rfc.states import State
from tcpchaos.seq import diff

# Octets of options and data in the smallest segment that Linux will be talked into (sysctl tcp_min_snd_mss).
LINUX_LEAST_SEGMENT_OCTETS: Final = 48
_VERSION: Final = re.compile(r"\s+(\d+)\.(\d+)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Deviation:
    """One known departure: of which stack, from which of its versions on, from which rules, in which case."""

    id: str
    stack: str
    since: tuple[int, int] = (0, 0)
    rules: frozenset[str]
    reason: str
    reference: str
    covers: Callable[[Endpoint, Sent | None], bool]

    @property
    def whose(self) -> str:
        """Which stack departs so, in words."""
        since = ".".join(map(str, self.since)) if any(self.since) else ""
        return f"{self.stack} from {since} on" if since else self.stack

    def is_of(self, stack: str) -> bool:
        """Tell whether a stack such as "linux 6.18" departs so; one that does not tell its version may."""
        if not stack.startswith(self.stack):
            return False
        version = _VERSION.match(stack, len(self.stack))
        return version is None or (int(version[1]), int(version[2])) >= self.since


def _least_segment(e: Endpoint, m: Sent | None) -> bool:
    return m is not None and m.options_and_data <= LINUX_LEAST_SEGMENT_OCTETS


def _crossed(e: Endpoint, m: Sent | None) -> bool:
    """Tell whether two SYNs have crossed; where it sends the segment that shows it, whether its own is unanswered."""
    return not e.passive and (e.snd_una == e.iss if m is not None else any(not syn.with_ack for syn in e.syns))


def _had_crossed(e: Endpoint, m: Sent | None) -> bool:
    return not e.passive and any(not syn.with_ack for syn in e.syns)


def _fin_out_of_order(e: Endpoint, m: Sent | None) -> bool:
    """Tell whether the acknowledgment is of a FIN that came before what it stands behind."""
    if m is None or m.ack - 1 not in e.fins or e.acked is None or e.acked >= m.ack:
        return False
    return any(block_edge(e, right) == m.ack for _, right in m.packet.sack)


def _time_wait_without_scaling(e: Endpoint, m: Sent | None) -> bool:
    return State.TIME_WAIT in e.states and not e.rcv_shift


def _gave_way(e: Endpoint, m: Sent | None) -> bool:
    """Tell whether it has waited in TIME-WAIT until a SYN came that might open another connection."""
    syn = e.challenged
    if m is not None or syn is None or syn.with_ack or syn not in e.syns:
        return False
    # Half a circle away is newer, for the kernel: it asks whether what it expected is older.
    return syn.offer.timestamps or diff(e.received.nxt, syn.seq) < 0


def _had_no_memory(e: Endpoint, m: Sent | None) -> bool:
    """Tell whether the window was shut before octets that were within it, or is opened again after that."""
    if m is None or e.acked is None:
        return False
    return e.received.nxt > m.ack if not m.packet.window else not e.rcv_wnd and e.acked < e.promised


def _any_case(e: Endpoint, m: Sent | None) -> bool:
    return True


def _last_octet_again(e: Endpoint, m: Sent | None) -> bool:
    return e.fin_sent is not None and e.fin_delivered is not None and e.snd_una > e.fin_sent


DEVIATIONS: Final = (
    Deviation(
        id="linux-crossed-syn-793",
        stack="linux",
        rules=frozenset({"HS-08", "HS-01", "HS-15", "ST-02"}),
        reason="where two SYNs have crossed, a segment that acknowledges SND.UNA itself completes the handshake, as"
        " RFC 793 had it, where RFC 9293 asks for one that acknowledges the SYN; the SYN-ACK is then retransmitted"
        " and acknowledges data",
        reference="tcp_rcv_state_process() and tcp_ack() in net/ipv4/tcp_input.c; RFC 9293, section 3.10.7.4",
        covers=_crossed,
    ),
    Deviation(
        id="linux-crossed-syn-options",
        stack="linux",
        rules=frozenset({"HS-20", "HS-21"}),
        reason="where two SYNs have crossed, the SYN-ACK is the own SYN with an ACK: it offers what that offered,"
        " whatever the peer's SYN had",
        reference="tcp_send_synack() in net/ipv4/tcp_output.c; RFC 7323, sections 2.2 and 3.2",
        covers=_had_crossed,
    ),
    Deviation(
        id="linux-crossed-syn-window",
        stack="linux",
        rules=frozenset({"DI-09", "DI-10", "OP-04", "WF-01"}),
        reason="where two SYNs have crossed, windows are shifted as the own SYN offers: that of the peer's SYN-ACK"
        " as if it were no SYN, and the own ones even if the peer's SYN offered no scaling",
        reference="tcp_rcv_synsent_state_process() and tcp_rcv_state_process(), case TCP_SYN_RECV, in"
        " net/ipv4/tcp_input.c; RFC 7323, section 2.3",
        covers=_had_crossed,
    ),
    Deviation(
        id="linux-fin-leaves-sack",
        stack="linux",
        rules=frozenset({"OP-14", "OP-21"}),
        reason="the acknowledgment of a FIN that came out of order is sent from within the queue, before the blocks"
        " that it has just filled up are taken from the list",
        reference="tcp_fin() called by tcp_ofo_queue(), and only then tcp_sack_remove(), in net/ipv4/tcp_input.c",
        covers=_fin_out_of_order,
    ),
    Deviation(
        id="linux-fin-again",
        stack="linux",
        rules=frozenset({"SA-08"}),
        reason="a FIN that comes again counts as acceptable, since it ends at RCV.NXT: in CLOSING or LAST-ACK its"
        " acknowledgment of the own FIN ends the wait for that, and nothing is answered",
        reference="tcp_sequence() and tcp_rcv_state_process() in net/ipv4/tcp_input.c; RFC 9293, section 3.10.7.4",
        covers=_last_octet_again,
    ),
    Deviation(
        id="linux-least-segment",
        stack="linux",
        rules=frozenset({"OP-02"}),
        reason="segments are never made smaller than 48 octets of options and data, so that a peer cannot have"
        " the cost of a connection multiplied by announcing a tiny MSS",
        reference="sysctl net.ipv4.tcp_min_snd_mss; CVE-2019-11479",
        covers=_least_segment,
    ),
    Deviation(
        id="linux-no-memory",
        stack="linux",
        since=(6, 6),
        rules=frozenset({"WF-01"}),
        reason="where there is no memory for octets that are within the window, however small they are, they are"
        " dropped, and a shut window tells so at once",
        reference="tcp_data_queue() in net/ipv4/tcp_input.c and tcp_select_window() in net/ipv4/tcp_output.c,"
        " ICSK_ACK_NOMEM, counted in TcpExtTCPRcvQDrop; RFC 9293, section 3.8.6 (SHLD-14)",
        covers=_had_no_memory,
    ),
    Deviation(
        id="linux-old-ack",
        stack="linux",
        rules=frozenset({"SA-10"}),
        reason="the fast path queues the octets of the next segment expected before it looks at an acknowledgment that"
        " is too old, so that the protection against forged data does not cover it",
        reference="tcp_rcv_established() in net/ipv4/tcp_input.c; RFC 5961, section 5.2, which RFC 9293 leaves to"
        " choice (MAY-12)",
        covers=_any_case,
    ),
    Deviation(
        id="linux-old-twice",
        stack="linux",
        since=(6, 14),
        rules=frozenset({"OP-52"}),
        reason="an acknowledgment without octets that is old by its number and by its timestamp was overtaken on its"
        " way, most likely, and tells of nothing that an answer would be good for",
        reference="tcp_disordered_ack_check() and tcp_validate_incoming() in net/ipv4/tcp_input.c, drop reason"
        " TCP_RFC7323_PAWS_ACK, counted in TcpExtPAWSOldAck; RFC 7323, section 5.3",
        covers=_any_case,
    ),
    Deviation(
        id="linux-time-wait-syn",
        stack="linux",
        rules=frozenset({"ST-14"}),
        reason="a newer SYN ends TIME-WAIT before the listener is asked: where that turns it down (one with a FIN, or"
        " for want of room), no connection is opened and nobody waits any more",
        reference="tcp_v4_rcv(), case TCP_TW_SYN, in net/ipv4/tcp_ipv4.c, and tcp_rcv_state_process(), case TCP_LISTEN,"
        " in net/ipv4/tcp_input.c; RFC 9293, section 3.6.1",
        covers=_gave_way,
    ),
    Deviation(
        id="linux-time-wait-window",
        stack="linux",
        rules=frozenset({"WF-01"}),
        reason="where windows are not scaled, one of more than 65535 octets is announced in TIME-WAIT modulo 65536",
        reference="tcp_time_wait() in net/ipv4/tcp_minisocks.c keeps it, tcp_v4_timewait_ack() announces it",
        covers=_time_wait_without_scaling,
    ),
)


def named(identity: str) -> Deviation:
    """Return the deviation that is called so; raises KeyError."""
    return {each.id: each for each in DEVIATIONS}[identity]


def known(stack: str, rule_id: str, endpoint: Endpoint, sent: Sent | None) -> str | None:
    """Return the id of the deviation that covers a breach by this stack (such as "linux 6.18"), None without one.

    `sent` is the segment that shows it, None where something else did.
    """
    for deviation in DEVIATIONS:
        if rule_id in deviation.rules and deviation.is_of(stack) and deviation.covers(endpoint, sent):
            return deviation.id
    return None
