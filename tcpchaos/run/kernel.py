"""What the endpoints' own TCPs say of their connections while a run lasts, put before the oracle.

They are asked now and then: while there is traffic about its sequence variables and states, of which only what can't
be is wrong; and once nothing has moved for a while, when both know the same.
"""

from collections.abc import Mapping
from typing import Final, Protocol

import trio

from tcpchaos.backends.testimony import Statement
from tcpchaos.oracle import Connection, Finding, Oracle
from tcpchaos.rfc import Shown, State
from tcpchaos.run.counting import cross_check, increases, no_room, unnamed
from tcpchaos.run.hearing import hear
from tcpchaos.trace import Side, Socket, Trace

LOOK_S: Final = 0.05
# While nothing moves there is less and less to be seen.
LONGEST_PAUSE_S: Final = 0.8
# Nothing was sent or delivered for so long: whatever a kernel had put aside for later has been taken in.
SETTLED_US: Final = 200_000
# Who wakes up so much later than wanted does not know what it has missed.
LATE_US: Final = 20_000
# So many connections are looked at in one pause; with more, the pauses are longer.
_AT_A_LOOK: Final = 200

# Timers of an endpoint that waits for a sign of life.
_PROBING: Final = frozenset({"keepalive", "probe"})

Ports = tuple[int, int]


class Told(Protocol):
    """An endpoint that says how its connections are."""

    @property
    def address(self) -> str:
        """Its IP address."""

    def sockets(self) -> list[Socket]:
        """What it says about all its TCP sockets now."""

    def counters(self) -> Mapping[str, int]:
        """What its stack has counted so far."""


class Place(Protocol):
    """A world, as far as it is watched."""

    def endpoint(self, side: Side) -> Told:
        """Return the endpoint on this side."""

    def clock(self) -> int:
        """Return the microseconds since it began."""

    def overhear(self) -> None:
        """Take over what a kernel has told of its doings so far."""

    async def testimony(self) -> Statement | None:
        """Return all that a kernel has told."""


class Witness:
    """Asks both endpoints of a world and tells the oracle; `alone` tells that nobody else uses their stacks.

    In the end it has the `reasons` that a kernel gave, by the frame of the trace, by how much each endpoint's
    `counters` have grown, and `findings` and `notes` of its own.
    """

    def __init__(self, oracle: Oracle, trace: Trace, place: Place, *, alone: bool) -> None:
        self._oracle = oracle
        self._trace = trace
        self._place = place
        self._endpoints = (place.endpoint(Side.CLIENT), place.endpoint(Side.SERVER))
        self._alone = alone
        self._seen = -1
        self._since_us = 0
        self._before: tuple[dict[Ports, Socket], dict[Ports, Socket]] = ({}, {})
        self._gone: dict[tuple[Side, Ports], Socket] = {}
        self._dismissed = False
        self._asked_us = 0
        self._counted = tuple(endpoint.counters() for endpoint in self._endpoints)
        self.counters: tuple[dict[str, int], ...] = ({}, {})
        self.overheard = False
        self.reasons: dict[int, str] = {}
        self.findings: list[Finding] = []
        self.notes: list[str] = []

    async def watch(self) -> None:
        """Look now and then, until dismissed or cancelled."""
        pause_s = LOOK_S
        while not self._dismissed:
            wait_s = pause_s * (1 + self._oracle.seen // _AT_A_LOOK)
            due_us = self._place.clock() + round(1e6 * wait_s)
            await trio.sleep(wait_s)
            # Whoever carries the segments has its turn first: what an endpoint has sent is then seen.
            await trio.lowlevel.checkpoint()
            await trio.lowlevel.checkpoint()
            if self._place.clock() - due_us > LATE_US:
                self._since_us = self._place.clock()  # nobody had a turn for a while: that it was calm says nothing
            if not self._dismissed:
                pause_s = LOOK_S if self.look() else min(2 * pause_s, LONGEST_PAUSE_S)

    def dismiss(self) -> None:
        """Look once more and then no longer: what comes now is not judged."""
        if not self._dismissed:
            self._dismissed = True
            self._since_us = self._place.clock()
            self.look()
            self._miss()
            self._asked_us = self._place.clock()
            for side in Side:
                self._count(side)

    def _miss(self) -> None:
        """Tell of the connections that are said to be over by who has to wait for a while."""
        for ports, connection in self._connections().items():
            for side in Side:
                if ports not in self._before[side] and connection.endpoint(side).state is State.TIME_WAIT:
                    at_us = self._place.clock()
                    self._show(connection, side, None, None, None, settled=False, at_us=at_us)

    def _count(self, side: Side) -> None:
        """Hold against each other what an endpoint has counted, what it lists, and what was seen."""
        endpoint = self._endpoints[side]
        counted = endpoint.counters()
        grown = increases(self._counted[side], counted)
        self.counters = (grown, self.counters[1]) if side is Side.CLIENT else (self.counters[0], grown)
        sockets = endpoint.sockets()
        found = unnamed(side, counted, sockets) if endpoint.counters() == counted else None
        self.findings += [found] if found is not None else []
        note = no_room(side, grown)
        if note is not None:
            self.notes.append(note)

    async def conclude(self) -> None:
        """Judge what the kernels have counted, and told of their own doings; nothing is sent any more."""
        for side in Side:
            found = cross_check(side, self.counters[side], self._trace, self._asked_us, alone=self._alone)
            self.findings += [found] if found is not None else []
        testimony = await self._place.testimony()
        if testimony is not None:
            self.overheard = True
            heard = hear(testimony, self._trace, self._oracle)
            self.reasons = heard.reasons
            self.findings += heard.findings
            self.notes += heard.notes

    def look(self) -> bool:
        """Ask both endpoints about all their connections, and tell whether anything was sent since the last look."""
        self._place.overhear()
        now_us, moved = self._place.clock(), self._trace.seen != self._seen
        if moved:
            self._seen, self._since_us = self._trace.seen, now_us
        found = (self._ask(Side.CLIENT), self._ask(Side.SERVER))
        calm = now_us - self._since_us >= SETTLED_US
        settled = calm and all(_same(found[side], self._before[side]) for side in Side)
        connections = self._connections()
        for side in Side:
            for ports in self._before[side].keys() - found[side].keys():
                self._gone[side, ports] = self._before[side][ports]
            for ports, socket in found[side].items():
                self._gone.pop((side, ports), None)
                connection = connections.get(ports)
                if connection is not None:
                    others = self._before[side].get(ports), found[side.peer].get(ports)
                    self._show(connection, side, socket, *others, settled=settled, at_us=now_us)
        if settled:
            for (side, ports), last in self._gone.items():
                connection = connections.get(ports)
                if connection is not None:
                    self._show(connection, side, None, last, None, settled=True, at_us=now_us)
            self._gone.clear()
        self._before = found
        return moved

    def _ask(self, side: Side) -> dict[Ports, Socket]:
        """Return what an endpoint says of its connections to the other, by their ports, the client's first."""
        peer = self._endpoints[side.peer].address
        return {
            (each.local_port, each.remote_port) if side is Side.CLIENT else (each.remote_port, each.local_port): each
            for each in self._endpoints[side].sockets()
            if each.remote == peer and each.remote_port
        }

    def _connections(self) -> dict[Ports, Connection]:
        """Return the connections of which there was only one between their ports: what is said is meant of that."""
        found: dict[Ports, Connection] = {}
        several = set()
        for connection in self._oracle.connections:
            if connection.ports in found or connection.before is not None:
                several.add(connection.ports)
            found[connection.ports] = connection
        return {ports: connection for ports, connection in found.items() if ports not in several}

    def _show(
        self,
        connection: Connection,
        side: Side,
        socket: Socket | None,
        previous: Socket | None,
        peer: Socket | None,
        *,
        settled: bool,
        at_us: int,
    ) -> None:
        self._oracle.shown(
            connection,
            side,
            Shown(
                State.CLOSED if socket is None else State(socket.state),
                connection.moves[side],
                settled=settled,
                untouched=not connection.touched,
                socket=socket,
                previous=None if previous is None or socket is None else State(previous.state),
                probing=previous is not None and previous.timer in _PROBING,
                at_us=at_us,
                peer=None if peer is None else State(peer.state),
            ),
        )


def _same(now: dict[Ports, Socket], before: dict[Ports, Socket]) -> bool:
    """Tell whether nothing of what is judged has changed between two looks."""
    return now.keys() == before.keys() and all(
        (each.state, each.bytes_received, each.bytes_acked, each.rcv_wnd)
        == (before[ports].state, before[ports].bytes_received, before[ports].bytes_acked, before[ports].rcv_wnd)
        for ports, each in now.items()
    )
