"""Parts of documents out of what the lower parts know: the trace, the connections, the findings.

Sequence numbers become relative here, once, for people and programs alike. Where a connection's beginning was not
seen, the first number that an endpoint used stands for its initial one.
"""

from collections.abc import Iterable, Mapping, Sequence
from ipaddress import ip_address
from types import MappingProxyType
from typing import Final

from tcpchaos.oracle import Connection, Finding
from tcpchaos.report import document as doc
from tcpchaos.report.texts import counted
from tcpchaos.rfc import LAW
from tcpchaos.seq import add, unwrap
from tcpchaos.trace import Event, Side, Trace
from tcpchaos.wire import ACK, SYN, Packet
from tcpchaos.wire.icmp import describe
from tcpchaos.wire.text import notation

_ENDS: Final[tuple[doc.Endpoint, doc.Endpoint]] = ("client", "server")


# Which rules are broken by a segment; all others by what did not come, or was said.
_BY_SEGMENT: Final = frozenset(rule.id for rule in LAW if rule.kind == "sent")


def found(finding: Finding, events: Sequence[doc.Seen] = ()) -> doc.Found:
    """Return a finding as a part of a document; among the `events` is the segment that shows it."""
    segment = ""
    if finding.frame and finding.rule in _BY_SEGMENT:
        segment = next((event.segment for event in events if event.frame == finding.frame), "")
    return doc.Found(
        rule=finding.rule,
        level=finding.level,
        tier=finding.tier,
        rfc=finding.rfc,
        blame=None if finding.blame is None else _ENDS[finding.blame],
        known=finding.known,
        excused=finding.excused,
        connection=finding.connection,
        frame=finding.frame,
        at_us=finding.at_us,
        states=_named(finding.states),
        expected=finding.expected,
        observed=finding.observed,
        sentence=finding.sentence,
        segment=segment,
        times=finding.times,
    )


def counts(finding: doc.Found) -> bool:
    """Tell whether a finding makes a violation."""
    return finding.known is None and finding.excused is None and finding.tier != "remark"


def deviations(findings: Iterable[doc.Found]) -> dict[str, int]:
    """Return how often each known deviation was seen."""
    seen: dict[str, int] = {}
    for finding in findings:
        if finding.known is not None:
            seen[finding.known] = seen.get(finding.known, 0) + finding.times
    return seen


def _named(states: tuple[str, str]) -> tuple[str, str]:
    return str(states[0]), str(states[1])


def links(connections: Iterable[Connection], trace: Trace) -> tuple[doc.Link, ...]:
    """Return the connections as parts of a document; their addresses are those of their first packets in the trace."""
    first: dict[int, Event] = {}
    for event in trace:
        first.setdefault(event.connection, event)
    made = []
    for connection in connections:
        places = _places(first[connection.number]) if connection.number in first else (("", 0), ("", 0))
        ends = [
            doc.End(
                address=places[side][0],
                port=places[side][1],
                state=str(connection.endpoint(side).state),
                states=tuple(sorted(map(str, connection.endpoint(side).states))),
                iss=None if connection.endpoint(side).joined else connection.endpoint(side).iss,
            )
            for side in Side
        ]
        made.append(doc.Link(number=connection.number, client=ends[0], server=ends[1]))
    return tuple(made)


def _places(event: Event) -> tuple[tuple[str, int], tuple[str, int]]:
    packet = event.packet
    sender = (str(ip_address(packet.src)), packet.sport)
    receiver = (str(ip_address(packet.dst)), packet.dport)
    return (sender, receiver) if _sender(event) is Side.CLIENT else (receiver, sender)


def _sender(event: Event) -> Side:
    return event.side.peer if event.delivered else event.side


class Numbers:
    """What sequence numbers are relative to, for each endpoint of each connection."""

    def __init__(self, connections: Iterable[Connection]) -> None:
        self._base: dict[tuple[int, Side], int] = {}
        self._reached: dict[tuple[int, Side], int] = {}  # about where each stream is, to know how often it has wrapped
        self._shifts: dict[tuple[int, Side], tuple[int, int]] = {}
        for connection in connections:
            for side in Side:
                end = connection.endpoint(side)
                if end.iss is not None:
                    self._base[connection.number, side] = end.iss
                if end.offered is not None and not end.joined:
                    self._shifts[connection.number, side] = end.rcv_shift, end.snd_shift

    def text(self, event: Event) -> str:
        """Return an event's segment in the one notation, or what the ICMP error says and about which segment."""
        if event.icmp:
            quoted = self.text(event._replace(icmp=b"", side=event.side.peer))
            return f"{describe(event.icmp)} about {' '.join(quoted.split()[:2])}"
        iss, irs = self._bases(event)
        return notation(event.packet, iss=iss, irs=irs)

    def _bases(self, event: Event) -> tuple[int, int]:
        """Return what the numbers of the sender and of the receiver of an event's segment are relative to."""
        packet, sender = event.packet, _sender(event)
        # Where no SYN was seen, the first octet seen is octet 1, as it would be behind a SYN.
        before = -1 if not packet.flags & SYN else 0
        iss = self._base.setdefault((event.connection, sender), add(packet.seq, before))
        irs = self._base.get((event.connection, sender.peer))
        if irs is None and packet.ack:
            irs = self._base[event.connection, sender.peer] = add(packet.ack, -1)
        return iss, irs or 0

    def position(self, event: Event) -> doc.Position | None:
        """Return where an event's segment stands in the two streams, None of an ICMP error."""
        if event.icmp:
            return None
        packet, sender = event.packet, _sender(event)
        iss, irs = self._bases(event)
        own, other = (event.connection, sender), (event.connection, sender.peer)
        seq = unwrap(add(packet.seq, -iss), self._reached.get(own, 0))
        if not event.delivered:  # what the proxy made of it leads nowhere
            self._reached[own] = seq
        ack, edge = None, None
        if packet.flags & ACK:
            ack = unwrap(add(packet.ack, -irs), self._reached.get(other, 0))
            edge = self._edge(event, ack)
        reached = self._reached.get(other, 0)
        sacked = tuple(
            (unwrap(add(left, -irs), reached), unwrap(add(right, -irs), reached)) for left, right in packet.sack
        )
        return doc.Position(seq=seq, end=seq + packet.length, ack=ack, edge=edge, sacked=sacked)

    def _edge(self, event: Event, ack: int) -> int | None:
        if event.packet.flags & SYN:
            return ack + event.packet.window
        shifts = self._shifts.get((event.connection, event.side))
        return None if shifts is None else ack + (event.packet.window << shifts[event.delivered])


def seens(trace: Trace, numbers: Numbers, reasons: Mapping[int, str] = MappingProxyType({})) -> doc.Seens:
    """Return a trace as a part of a document, with what a kernel said of the segments at some of its frames."""
    sent: dict[int, Packet] = {}
    events = []
    for event in trace:
        if not event.delivered:
            sent[event.frame] = event.packet
        origin = sent.get(event.origin)
        events.append(
            doc.Seen(
                frame=event.frame,
                at_us=event.at_us,
                connection=event.connection,
                endpoint=_ENDS[event.side],
                what="delivered" if event.delivered else "sent",
                origin=event.origin,
                segment=numbers.text(event),
                octets=0 if event.icmp else event.packet.size,
                position=numbers.position(event),
                edited=event.delivered and origin is not None and origin.octets != event.packet.octets,
                deeds=event.deeds,
                states=_named(event.states),
                kernel=reasons.get(event.frame, ""),
            )
        )
    return doc.Seens(seen=trace.seen, left_out=trace.left_out, events=tuple(events))


def blamed(findings: Sequence[doc.Found]) -> str:
    """Return the sentence of a violation: who broke which rule where, and how many more findings there are."""
    first = findings[0]
    where = f" at #{first.frame}" if first.frame else ""
    more = f" And {counted(len(findings) - 1, 'more finding')}." if len(findings) > 1 else ""
    rule = f"{first.sentence[:1].lower()}{first.sentence[1:]}"
    return f"The {first.blame or 'run'} broke {first.rule}{where}: {rule}{more}"
