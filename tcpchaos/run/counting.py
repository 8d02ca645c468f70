"""What the endpoints' kernels counted during a run, held against what was seen on the wire.

Only where every segment of the run is still in the trace, and only what has one meaning: that a kernel counts more
acknowledgments than we do says nothing.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from tcpchaos.oracle import Finding
from tcpchaos.rfc import Breach
from tcpchaos.rfc.rules.runs import COUNTS, KEEPS_NO_SOCKETS
from tcpchaos.seq import unwrap
from tcpchaos.trace import Event, Side, Socket, Trace
from tcpchaos.wire import RST

Counted = Mapping[str, int]

# Not events: they stand where they stand.
LEVELS: Final = frozenset(
    {"TcpRtoAlgorithm", "TcpRtoMin", "TcpRtoMax", "TcpMaxConn", "TcpCurrEstab", "IpForwarding", "IpDefaultTTL"}
    | {"TCP inuse", "TCP tw", "TCP6 inuse"}
)
# What a kernel throws away though nothing is wrong with it: it explains why an answer failed to come.
NO_ROOM: Final = (
    "TcpExtListenOverflows",
    "TcpExtListenDrops",
    "TcpExtPruneCalled",
    "TcpExtRcvPruned",
    "TcpExtOfoPruned",
    "TcpExtTCPBacklogDrop",
    "TcpExtPFMemallocDrop",
    "TcpExtTCPRcvQDrop",
    "TcpExtTCPMemoryPressures",
    "TcpExtTCPAbortOnMemory",
    "TcpExtTCPReqQFullDrop",
    "TcpExtTCPTimeWaitOverflow",
    "TcpExtTCPWqueueTooBig",
)
_LEAST_OFFSET: Final = 5  # words; a shorter header is refused before its checksum is looked at
_MORE_FRAGMENTS: Final = 1
_WAITS_US: Final = 100_000  # a segment at most, before a kernel looks at it


@dataclass(slots=True)
class Seen:
    """What was sent by one endpoint, and delivered to it, until its kernel was asked: at the least, at the most."""

    resets: list[int] = field(default_factory=lambda: [0, 0])
    wrong_checksums: list[int] = field(default_factory=lambda: [0, 0])
    from_the_past: int = 0
    newest: dict[int, int] = field(default_factory=dict)


def increases(before: Counted, after: Counted) -> dict[str, int]:
    """By how much each counter has grown, of those that have; what is no count of events is left out."""
    return {
        name: value - before.get(name, 0)
        for name, value in after.items()
        if name not in LEVELS and value != before.get(name, 0)
    }


def no_room(side: Side, grown: Counted) -> str | None:
    """Say what a kernel threw away for want of room, None if nothing."""
    found = ", ".join(f"{name} {grown[name]}" for name in NO_ROOM if grown.get(name))
    return f"the {side}'s kernel had no room for all that came: {found}" if found else None


def cross_check(side: Side, grown: Counted, trace: Trace, asked_us: int, *, alone: bool) -> Finding | None:
    """Return a finding where an endpoint's kernel counted something else than was seen; nothing if it doesn't count.

    It was asked at that time: what was sent shortly before is seen later, and what was delivered may still wait.
    `alone` tells that no other programs talk to each other at this endpoint.
    """
    if not grown or trace.left_out:
        return None
    seen = _count(trace, asked_us)[side]
    wrong, resets = grown.get("TcpInCsumErrors", 0), grown.get("TcpOutRsts", 0)
    past = grown.get("TcpExtPAWSEstab", 0) + grown.get("TcpExtPAWSOldAck", 0)
    breach = None
    if alone and not seen.wrong_checksums[0] <= wrong <= seen.wrong_checksums[1]:
        breach = Breach(f"{_span(seen.wrong_checksums)} wrong checksums", f"TcpInCsumErrors {wrong}")
    elif resets < seen.resets[0] or (alone and resets > seen.resets[1]):
        breach = Breach(f"{_span(seen.resets)} resets", f"TcpOutRsts {resets}")
    elif alone and past > seen.from_the_past:
        breach = Breach(f"{seen.from_the_past} segments from the past at the most", f"TcpExtPAWSEstab {past}")
    return None if breach is None else Finding.of(COUNTS, breach, blame=side)


def _span(range_: Sequence[int]) -> str:
    least, most = range_
    return str(least) if least == most else f"{least} to {most}"


def unnamed(side: Side, counted: Counted, sockets: Sequence[Socket]) -> Finding | None:
    """Return a finding where a kernel at rest has more sockets in use than it lists."""
    if "TCP inuse" not in counted or any(each.state == "SYN-RECEIVED" for each in sockets):
        return None  # a connection that is being opened may be less than a socket
    used = counted["TCP inuse"] + counted.get("TCP6 inuse", 0)
    listed = sum(each.timer != "time-wait" for each in sockets)
    if used <= listed:
        return None
    return Finding.of(KEEPS_NO_SOCKETS, Breach(f"{listed} sockets", f"{used} in use"), blame=side)


def _count(trace: Trace, asked_us: int) -> tuple[Seen, Seen]:
    tallies = Seen(), Seen()
    for event in trace:
        if event.icmp:
            continue
        tally = tallies[event.side]
        if event.delivered:
            if event.at_us <= asked_us:
                _delivered(tally, event, surely=event.at_us <= asked_us - _WAITS_US)
        elif event.packet.flags & RST:
            tally.resets[0] += event.at_us <= asked_us
            tally.resets[1] += 1
    return tallies


def _delivered(tally: Seen, event: Event, *, surely: bool) -> None:
    packet = event.packet
    if not packet.checksum_ok:
        whole = packet.offset >= _LEAST_OFFSET and not (packet.ip_flags or 0) & _MORE_FRAGMENTS
        if whole and packet.ip_checksum_ok:
            tally.wrong_checksums[0] += surely
            tally.wrong_checksums[1] += 1
    elif packet.timestamps is not None:
        newest = tally.newest.get(event.connection)
        value = packet.timestamps[0] if newest is None else unwrap(packet.timestamps[0], newest)
        if newest is not None and value < newest:
            tally.from_the_past += 1
        tally.newest[event.connection] = value if newest is None else max(value, newest)
