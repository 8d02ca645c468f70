"""Rules about the bits by which congestion is notified (group FL; RFC 3168)."""

from tcpchaos.rfc.conduct import ACCURATE_ECN
from tcpchaos.rfc.endpoint import Endpoint
from tcpchaos.rfc.law import Breach, Sent, sends
from tcpchaos.wire import ACK, CWR, ECE, SYN

_ASKS = ECE | CWR


@sends("FL-05", "9293, 3.1", excuses="the one that RFC 9768 uses, where a SYN offered that")
def reserved_bits_are_zero(e: Endpoint, m: Sent) -> Breach | None:
    """The reserved bits of the header are zero."""
    reserved = m.packet.reserved
    if not reserved:
        return None
    if reserved == ACCURATE_ECN and (m.packet.flags & SYN or (e.conduct.ecn | e.conduct.ecn_heard) >> 8):
        return None
    return Breach("reserved bits of zero", f"{reserved:#x}")


@sends("FL-10", "3168, 6.1.1", level="MUST", label="SHLD-8", vantage="both", on="syn")
def a_syn_ack_agrees_only_where_it_was_asked(e: Endpoint, m: Sent) -> Breach | None:
    """A SYN-ACK agrees to congestion notification only where a SYN that was delivered asked for it."""
    if not m.packet.flags & ACK or not m.packet.flags & _ASKS or not e.syns:
        return None
    if e.conduct.ecn_heard & _ASKS == _ASKS or e.conduct.ecn_heard >> 8:
        return None
    return Breach("neither ECE nor CWR", "an agreement that nobody asked for")


@sends("FL-14", "3168, 6.1.1", level="MUST", label="SHLD-8", vantage="both", on="ack")
def notifies_only_where_agreed(e: Endpoint, m: Sent) -> Breach | None:
    """Outside the handshake, ECE and CWR are set only where both SYNs had some of them."""
    if not m.packet.flags & _ASKS or e.iss is None or (e.conduct.ecn and e.conduct.ecn_heard):
        return None
    return Breach("neither ECE nor CWR: not agreed", "one of them")


@sends(
    "FL-16",
    "3168, 6.1.1",
    level="MUST",
    tier="soft",
    label="SHLD-8",
    on="syn",
    excuses="networks that are run with DCTCP or the like",
)
def a_syn_is_not_marked(e: Endpoint, m: Sent) -> Breach | None:
    """A packet with a SYN is not marked as one of a transport that knows congestion notification."""
    if m.packet.flags & ACK or not m.packet.tos & 3:
        return None
    return Breach("the codepoint Not-ECT", f"{m.packet.tos & 3:#04b}")


@sends("FL-17", "3168, 6.1.3", label="SHLD-8", vantage="both", on="ack", excuses="accurate notification (RFC 9768)")
def echoes_only_congestion(e: Endpoint, m: Sent) -> Breach | None:
    """ECE is set only after a packet was delivered that had met congestion."""
    if not m.packet.flags & ECE or e.conduct.congested or (e.conduct.ecn | e.conduct.ecn_heard) >> 8:
        return None
    if not (e.conduct.ecn and e.conduct.ecn_heard):
        return None
    return Breach("no ECE: no packet was marked", "ECE")
