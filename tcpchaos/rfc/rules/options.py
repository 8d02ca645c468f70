"""Rules about the options and the shape of the header of what an endpoint sends (group OP)."""

from typing import Final

from tcpchaos.rfc.endpoint import MOST_SHIFT, Endpoint
from tcpchaos.rfc.law import PASS_EACH_OTHER_US, Breach, Sent, relative, sends
from tcpchaos.seq import unwrap
from tcpchaos.wire import ACK, RST, SYN, Packet
from tcpchaos.wire.options import (
    FAST_OPEN,
    MD5,
    MSS,
    NOP,
    RAW,
    SACK,
    SACK_PERMITTED,
    TIMESTAMPS,
    USER_TIMEOUT,
    WSCALE,
)

# RFC 9293, section 3.7.1: what may be sent to a peer that did not say.
DEFAULT_MSS: Final = {4: 536, 6: 1220}
_WIDEST_WINDOW: Final = 1 << 30  # octets (RFC 7323, section 2.3)
_BODIES: Final = {MSS: 2, WSCALE: 1, SACK_PERMITTED: 0, TIMESTAMPS: 8, MD5: 16, USER_TIMEOUT: 2}


@sends("OP-01", "9293, 3.2", level="MUST", label="MUST-65", shape=True)
def mss_only_on_a_syn(e: Endpoint, m: Sent) -> Breach | None:
    """The maximum segment size option stands only on a SYN."""
    return _only_on_a_syn(m, "mss", m.packet.mss is not None)


@sends("OP-03", "7323, 2.2", level="MUST", shape=True)
def window_scale_only_on_a_syn(e: Endpoint, m: Sent) -> Breach | None:
    """The window scale option stands only on a SYN."""
    return _only_on_a_syn(m, "wscale", m.packet.wscale is not None)


@sends("OP-19", "2018, 2", level="MUST", shape=True)
def sack_permitted_only_on_a_syn(e: Endpoint, m: Sent) -> Breach | None:
    """The SACK-permitted option stands only on a SYN."""
    return _only_on_a_syn(m, "sackOK", m.packet.sack_permitted)


def _only_on_a_syn(m: Sent, name: str, present: bool) -> Breach | None:
    return Breach(f"{name} only on a SYN", name) if present and not m.packet.flags & SYN else None


@sends(
    "OP-02",
    "9293, 3.7.1",
    level="MUST",
    label="MUST-4, MUST-14, MUST-15, MUST-16",
    vantage="both",
    excuses="a single octet, which nothing can be shorter than",
    on="data",
)
def segments_fit_the_mss(e: Endpoint, m: Sent) -> Breach | None:
    """Data and options together are no longer than the maximum segment size that the peer announced, or the default."""
    packet = m.packet
    if packet.size <= 1 or packet.flags & SYN or not e.syns:
        return None
    default = DEFAULT_MSS[packet.version]
    limit = max(default if syn.offer.mss is None else syn.offer.mss for syn in e.syns)
    octets = m.options_and_data
    return None if octets <= limit else Breach(f"{limit} octets of options and data", f"{octets}")


@sends("OP-05", "7323, 2.3", level="MUST", shape=True)
def shifts_by_fourteen_at_the_most(e: Endpoint, m: Sent) -> Breach | None:
    """The window scale option announces a shift of 14 bits at the most."""
    shift = m.packet.wscale
    return None if shift is None or shift <= MOST_SHIFT else Breach(f"wscale {MOST_SHIFT} at the most", f"{shift}")


@sends("OP-06", "7323, 3.2", level="MUST", on="ack")
def timestamps_on_every_segment(e: Endpoint, m: Sent) -> Breach | None:
    """Once both sides have agreed on timestamps, every segment but a reset carries them."""
    # An endpoint that never had a value to echo, because its peer's clock stood at 0, may leave the option out.
    known = e.timestamps
    if m.packet.flags & (RST | SYN) or not known.agreed or m.packet.timestamps or not known.recent:
        return None
    if not all(syn.offer.timestamps for syn in e.syns):
        return None
    return Breach("timestamps", "none")


@sends(
    "OP-07",
    "7323, 5.4",
    level="MUST",
    vantage="both",
    on="ack",
    excuses="for a moment, segments that passed each other",
)
def timestamps_never_go_back(e: Endpoint, m: Sent) -> Breach | None:
    """The timestamp value never goes back."""
    stamps = m.packet.timestamps
    newest = e.timestamps.value
    if stamps is None or newest is None or m.packet.flags & (SYN | RST):
        return None
    behind = newest - unwrap(stamps[0], newest)
    if behind <= 0 or m.earliest_us - e.timestamps.value_at_us <= PASS_EACH_OTHER_US:
        return None
    return Breach("TSval the same or later", f"TSval {behind} earlier")


@sends("OP-12", "2018, 3", level="MUST", vantage="both", on="ack")
def sacks_only_what_was_delivered(e: Endpoint, m: Sent) -> Breach | None:
    """A SACK block reports only octets that were delivered."""
    for left, right in _blocks(e, m):
        if left < right and not e.possible.holds(left, right):
            return Breach("blocks that were delivered", f"{relative(left, e.irs)}:{relative(right, e.irs)}")
    return None


@sends("OP-20", "2018, 2", level="MUST", vantage="both")
def sacks_only_where_permitted(e: Endpoint, m: Sent) -> Breach | None:
    """SACK blocks are sent only to a peer whose SYN permitted them, and never on a SYN."""
    if not m.packet.sack or not e.syns:
        return None
    if m.packet.flags & SYN:
        return Breach("no SACK blocks on a SYN", "SACK blocks")
    return None if any(syn.offer.sack for syn in e.syns) else Breach("no SACK blocks: never permitted", "SACK blocks")


@sends("OP-21", "2018, 3", level="MUST", on="ack")
def sack_blocks_have_two_edges(e: Endpoint, m: Sent) -> Breach | None:
    """A SACK block's right edge lies after its left edge, and every block but the first lies above the ACK."""
    for index, (left, right) in enumerate(_blocks(e, m)):
        if right <= left or (index and right <= m.ack):
            return Breach(
                "blocks above the acknowledgment, left edge first",
                f"{relative(left, e.irs)}:{relative(right, e.irs)} with ack {relative(m.ack, e.irs)}",
            )
    return None


def _blocks(e: Endpoint, m: Sent) -> list[tuple[int, int]]:
    if not m.packet.flags & ACK or m.packet.flags & (SYN | RST) or e.irs is None:
        return []
    return [(block_edge(e, left), block_edge(e, right)) for left, right in m.packet.sack]


def block_edge(e: Endpoint, number: int) -> int:
    """Return the position of an edge of a SACK block: further ahead than any window reaches it lies far behind."""
    return unwrap(number, e.possible.nxt - _WIDEST_WINDOW)


@sends("OP-22", "7323, 3.2", level="MUST", vantage="both", on="ack")
def timestamps_only_where_agreed(e: Endpoint, m: Sent) -> Breach | None:
    """Outside the handshake, timestamps are sent only where both SYNs offered them."""
    if m.packet.flags & (SYN | RST) or m.packet.timestamps is None or e.offered is None or not e.syns:
        return None
    if e.offered.timestamps and any(syn.offer.timestamps for syn in e.syns):
        return None
    return Breach("no timestamps", "timestamps")


# Nobody reads that value, and the SYN by which Linux takes up a connection in place of one in TIME-WAIT has one.
@sends("OP-23", "7323, 3.2", level="SHOULD", tier="remark", shape=True)
def echoes_only_with_ack(e: Endpoint, m: Sent) -> Breach | None:
    """TSecr is zero where the ACK bit is clear."""
    stamps = m.packet.timestamps
    if stamps is None or m.packet.flags & (ACK | RST) or not stamps[1]:
        return None
    return Breach("TSecr 0", f"TSecr {stamps[1]}")


@sends("OP-16", "9293, 3.1", level="MUST", label="MUST-69", shape=True)
def padding_is_zero(e: Endpoint, m: Sent) -> Breach | None:
    """What follows the end of the option list is zeros."""
    octets = m.packet.options_octets
    options = m.packet.options
    if not options or options[-1].kind != RAW or len(options) < 2 or options[-2].kind:
        return None
    return Breach("zeros after the end of the list", octets.hex(" "))


@sends("OP-17", "7413, 4.1.1", level="MUST", shape=True)
def cookies_have_a_legal_length(e: Endpoint, m: Sent) -> Breach | None:
    """A fast open cookie is empty, or 4 to 16 octets long and even."""
    for kind, body in m.packet.options:
        if kind == FAST_OPEN and body and not (4 <= len(body) <= 16 and len(body) % 2 == 0):
            return Breach("a cookie of 4 to 16 octets, even", f"{len(body)} octets")
    return None


@sends("OP-18", "9293, 3.1", shape=True)
def no_option_twice(e: Endpoint, m: Sent) -> Breach | None:
    """No option of a known kind stands twice on one segment."""
    kinds = [option.kind for option in m.packet.options if option.kind in _BODIES or option.kind == SACK]
    twice = sorted({kind for kind in kinds if kinds.count(kind) > 1})
    return Breach("each option once", f"kind {twice[0]} more than once") if twice else None


@sends("OP-24", "9293, 3.2", label="MUST-68", shape=True)
def options_have_their_length(e: Endpoint, m: Sent) -> Breach | None:
    """An option of a known kind has the length of its kind, and each option ends within the header."""
    return illegal_length(m.packet)


def illegal_length(packet: Packet) -> Breach | None:
    """Return what is wrong with the length of the first option of which something is, None if nothing."""
    before = NOP
    for kind, body in packet.options:
        if kind == RAW and before:
            return Breach("a length of 2 or more that fits the header", body.hex(" "))
        if (kind in _BODIES and len(body) != _BODIES[kind]) or (kind == SACK and (not body or len(body) % 8)):
            return Breach(f"the length of kind {kind}", f"a body of {len(body)} octets")
        before = kind
    return None


@sends("OP-25", "9293, 3.1", shape=True)
def the_data_offset_lies_in_the_segment(e: Endpoint, m: Sent) -> Breach | None:
    """The data offset is at least 5 words and points no further than the end of the segment."""
    packet = m.packet
    if packet.offset_ok:
        return None
    return Breach("5 words or more, inside the segment", f"{packet.offset} words")


@sends("OP-26", "9293, 3.1", level="MUST", label="MUST-2", vantage="both", shape=True)
def checksums_are_right(e: Endpoint, m: Sent) -> Breach | None:
    """The checksums of what is sent are right."""
    if not m.packet.checksum_ok:
        return Breach(f"checksum {m.packet.right_checksum:#06x}", f"{m.packet.checksum:#06x}")
    return None if m.packet.ip_checksum_ok else Breach("a right IP checksum", "a wrong one")
