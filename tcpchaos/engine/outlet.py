"""The one place where packets leave the engine: the oracle and the trace learn of each, and forged ones follow it.

What an endpoint is given may move it to another state, and a rule may wait for that state: its packets go right behind
the one that moved the endpoint.
"""

from functools import partial
from typing import Final, NamedTuple

from tcpchaos.engine.flow import Flow
from tcpchaos.engine.forge import icmp, receivers, segment
from tcpchaos.engine.numbers import Moment, UnknownError
from tcpchaos.engine.program import Ready
from tcpchaos.engine.timers import Timers
from tcpchaos.oracle import Oracle
from tcpchaos.plan import IcmpError, Inject, InjectIcmp
from tcpchaos.trace import Event, Side, Trace
from tcpchaos.wire import Packet, WireError
from tcpchaos.wire.icmp import is_soft

# Entries of states that rules answer while one packet is dealt with: two rules can wake each other for ever.
ENTRIES_AT_MOST: Final = 64
# Different notes that are kept: they are for a person to read.
NOTES_AT_MOST: Final = 100
_MORE_FRAGMENTS: Final = 1


class Command(NamedTuple):
    """Octets of an IP packet to put on the wire towards an endpoint."""

    to: Side
    octets: bytes


class Outlet:
    """Commands on their way out, and everyone who has to hear of them."""

    def __init__(self, oracle: Oracle, trace: Trace | None, timers: Timers, rules: int, mtu: int | None) -> None:
        self.oracle = oracle
        self.trace = trace
        self.timers = timers
        self.mtu = mtu
        self.commands: list[Command] = []
        self.frame = 0
        self.deeds = [0] * rules
        self.notes: dict[str, None] = {}
        self.entries_left = ENTRIES_AT_MOST

    def note(self, text: str) -> None:
        """Remember, once, what could not be done."""
        if len(self.notes) < NOTES_AT_MOST:
            self.notes[text] = None

    def may(self, ready: Ready, moment: Moment) -> bool:
        """Count a rule as done, or note that it asks for something of which nothing is known yet."""
        try:
            ready.require(moment)
        except UnknownError as unknown:
            self.note(f"{ready.rule}: {unknown}")
            return False
        self.deeds[ready.index] += 1
        return True

    def record(
        self,
        flow: Flow,
        side: Side,
        packet: Packet,
        deeds: tuple[str, ...],
        *,
        delivered: bool,
        origin: int = 0,
        connection: int | None = None,
        octets: bytes = b"",
    ) -> None:
        """Write the newest frame into the trace; `octets` are those of an ICMP error that quotes the packet."""
        if self.trace is not None:
            client, server = flow.endpoints
            number = flow.number if connection is None else connection
            states = (client.state, server.state)
            self.trace.add(
                Event(self.frame, self.timers.now_us, side, delivered, packet, number, origin, deeds, states, octets)
            )

    def deliver(
        self, flow: Flow, to: Side, packet: Packet, *, origin: int, deeds: tuple[str, ...], intact: bool
    ) -> None:
        """Send a packet to an endpoint, and behind it what the state that it enters calls for."""
        self.frame += 1
        conn = flow.conn
        if packet.key != flow.lanes[to.peer].key:
            # With other ports it is a segment of another connection, as far as its receiver can tell.
            conn = self.oracle.connection(to.peer, packet)
        if intact or not _is_fragment(packet):
            self.oracle.delivered(conn, to, packet, self.timers.now_us, self.frame, intact)
        entered = self.entered(flow, to)
        if entered:
            deeds = (*deeds, *self.open_paths(flow, entered))
        self.record(flow, to, packet, deeds, delivered=True, origin=origin, connection=conn.number)
        self.commands.append(Command(to, packet.octets))
        for ready in entered:
            self.forge(flow, ready)

    # Rules that wait for a state.

    def entered(self, flow: Flow, side: Side) -> list[Ready]:
        """Return the rules to be done because this endpoint has entered a state; those with a delay are put off."""
        if not flow.lanes[side].watched:
            return []
        found = []
        for ready in flow.entered(side):
            if self.entries_left <= 0:
                self.note(
                    f"{ready.rule}: rules go on waking each other, no more than {ENTRIES_AT_MOST} at a time are done"
                )
                break
            self.entries_left -= 1
            if ready.after_us:
                self.timers.at(ready.after_us, partial(self._later, flow, ready))
            elif self.may(ready, flow.moment(side)):
                found.append(ready)
        return found

    def open_paths(self, flow: Flow, entered: list[Ready]) -> list[str]:
        """Do what these rules do to the paths, and return the deeds of which no event of their own tells."""
        for ready in entered:
            for path in ready.paths:
                flow.change_path(path, self.timers.now_us)
        return [
            str(action)
            for ready in entered
            for action in ready.rule.actions
            if not isinstance(action, Inject | InjectIcmp)
        ]

    def enter(self, flow: Flow) -> None:
        """Do what the states call for that either endpoint has entered unseen."""
        for side in Side:
            entered = self.entered(flow, side)
            self.open_paths(flow, entered)
            for ready in entered:
                self.forge(flow, ready)

    def _later(self, flow: Flow, ready: Ready) -> None:
        if ready not in flow.program.rules:
            return  # another plan has come in the place of its own
        if self.may(ready, flow.moment(Side.CLIENT)):
            self.open_paths(flow, [ready])
            self.forge(flow, ready)

    # Packets that nobody sent.

    def forge(self, flow: Flow, ready: Ready, matched: Packet | None = None, sender: Side | None = None) -> None:
        """Send the packets that a rule injects, each to its receiver."""
        for deed in ready.forgeries:
            for to in receivers(deed):
                moment = flow.moment(to, matched, sender)
                try:
                    self._forge(flow, deed, moment)
                except (UnknownError, WireError) as error:
                    self.note(f"{deed}: {error}")

    def _forge(self, flow: Flow, deed: Inject | InjectIcmp, moment: Moment) -> None:
        to = moment.receiver
        if isinstance(deed, InjectIcmp):
            self._warn(flow, deed, moment)
            return
        packet = segment(deed, moment, flow.newest)
        if self.mtu is not None and packet.end > self.mtu:
            self.note(f"{deed}: {packet.end} octets are more than the MTU of {self.mtu}")
            return
        self.deliver(flow, to, packet, origin=0, deeds=(str(deed),), intact=False)

    def _warn(self, flow: Flow, deed: InjectIcmp, moment: Moment) -> None:
        to = moment.receiver
        forged = icmp(deed, moment, flow.newest)
        if forged is None:
            self.note(f"{deed}: the {to} has sent nothing that could be quoted")
            return
        quoted, octets = forged
        self.frame += 1
        fatal = deed.error is not IcmpError.TOO_BIG
        flow.conn.warned(to, self.timers.now_us, self.frame, fatal=fatal, soft=is_soft(octets), seq=quoted.seq)
        self.record(flow, to, quoted, (str(deed),), delivered=True, octets=octets)
        self.commands.append(Command(to, octets))


def _is_fragment(packet: Packet) -> bool:
    """Tell whether an edit has made it the first fragment of a packet that is never completed, and so of no segment."""
    return bool((packet.ip_flags or 0) & _MORE_FRAGMENTS)
