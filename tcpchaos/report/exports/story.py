"""What one endpoint lived through under a plan: what was delivered to it, and what it sent, with their times.

The tools of others have no proxy that breaks segments. They play the peer, and so the faults are in what they send.
"""

from dataclasses import dataclass
from typing import NamedTuple

from tcpchaos.run import RunResult
from tcpchaos.seq import diff
from tcpchaos.trace import Event, Side
from tcpchaos.wire import ACK, SYN, Packet


class Step(NamedTuple):
    """A segment that the endpoint sent, or that was delivered to it; `icmp` errors are delivered only."""

    at_us: int
    sent: bool
    packet: Packet
    icmp: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Story:
    """The steps of one endpoint on one connection; sequence numbers are relative to `iss` and `irs`."""

    side: Side
    steps: tuple[Step, ...]
    iss: int
    irs: int

    @property
    def opens(self) -> bool:
        """Whether it calls, and doesn't wait to be called."""
        first = next((step.packet for step in self.steps if step.sent), None)
        return first is not None and first.flags & (SYN | ACK) == SYN

    def seq(self, step: Step) -> int:
        """Return a segment's sequence number, relative to its sender's first one."""
        return diff(step.packet.seq, self.iss if step.sent else self.irs)

    def ack(self, step: Step) -> int:
        """Return a segment's acknowledgment number, relative to its receiver's first one."""
        return diff(step.packet.ack, self.irs if step.sent else self.iss)


def told(result: RunResult, side: Side) -> Story | None:
    """Return what this endpoint lived through, on the connection that matters most; None where none was begun."""
    chosen = _chosen(result)
    connection = next((each for each in result.connections if each.number == chosen), None)
    if connection is None:
        return None
    own, peer = connection.endpoint(side).iss, connection.endpoint(side.peer).iss
    steps = [
        Step(event.at_us, not event.delivered, event.packet, bool(event.icmp))
        for event in result.trace
        if event.connection == chosen and event.side is side
    ]
    return Story(side=side, steps=tuple(steps), iss=own or 0, irs=peer or 0) if steps else None


def _chosen(result: RunResult) -> int:
    """Return the connection with the first finding, or with the first fault, or the first one."""
    for finding in result.findings:
        if finding.counts and finding.connection:
            return finding.connection
    events: list[Event] = list(result.trace)
    return next((event.connection for event in events if event.deeds), events[0].connection if events else 0)
