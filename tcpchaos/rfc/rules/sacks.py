"""Rules about what selective acknowledgments report, beyond their shape (group OP; RFC 2018, RFC 2883)."""

from tcpchaos.rfc.endpoint import Endpoint
from tcpchaos.rfc.law import Breach, Sent, relative, sends
from tcpchaos.rfc.rules.options import block_edge
from tcpchaos.wire import ACK, RST, SYN


@sends(
    "OP-13",
    "2018, 4",
    level="MUST",
    tier="soft",
    vantage="both",
    on="ack",
    excuses="segments that arrived at the last moment, or may have been dropped",
)
def the_newest_block_comes_first(e: Endpoint, m: Sent) -> Breach | None:
    """The first SACK block contains the segment that arrived last among those out of order."""
    blocks = m.packet.sack
    if not blocks or e.irs is None:
        return None
    left, right = (block_edge(e, edge) for edge in blocks[0])
    if right <= m.ack or _is_duplicate(e, m):
        return None
    for island in reversed(e.conduct.arrivals.islands):
        if island.right <= m.ack:
            continue
        if left < island.right and island.left < right:
            return None
        if island.sure and m.heeded_us > island.at_us:
            wanted = f"a first block with {relative(island.left, e.irs)}:{relative(island.right, e.irs)}"
            return Breach(wanted, f"{relative(left, e.irs)}:{relative(right, e.irs)}")
    return None


@sends("OP-14", "2883, 4", level="MUST", vantage="both", on="ack")
def reports_only_real_duplicates(e: Endpoint, m: Sent) -> Breach | None:
    """A D-SACK block reports only octets that were delivered twice."""
    if not m.packet.sack or e.irs is None or not _is_duplicate(e, m):
        return None
    left, right = (block_edge(e, edge) for edge in m.packet.sack[0])
    # What is older than the connection is not remembered, and arrived twice where it was forged.
    if left >= right or left < e.irs or e.conduct.arrivals.arrived_twice(left, right):
        return None
    return Breach("octets that arrived twice", f"{relative(left, e.irs)}:{relative(right, e.irs)}")


def _is_duplicate(e: Endpoint, m: Sent) -> bool:
    """Tell whether the first block reports a duplicate: it lies below the acknowledgment, or within the second."""
    if m.packet.flags & (ACK | RST | SYN) != ACK:
        return False
    edges = [tuple(block_edge(e, edge) for edge in block) for block in m.packet.sack[:2]]
    (left, right), *second = edges
    return right <= m.ack or any(low <= left and right <= high for low, high in second)
