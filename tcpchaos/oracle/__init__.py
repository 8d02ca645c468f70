"""The oracle: folds what was seen through the law into a verdict, live, while it happens."""

from dataclasses import replace
from typing import Literal

from tcpchaos.oracle.connection import Connection
from tcpchaos.oracle.conversation import Conversation
from tcpchaos.oracle.verdict import Faults, Finding, Outcome, Verdict
from tcpchaos.rfc import SHOWN_RULES, TOLD_RULES, Breach, Rule, Shown, Told
from tcpchaos.rfc.deviations import known
from tcpchaos.rfc.law import Sent
from tcpchaos.trace import Side
from tcpchaos.wire import ACK, SYN, Packet

__all__ = ["Connection", "Conversation", "Faults", "Finding", "Oracle", "Outcome", "Verdict"]


class Oracle:
    """Judges both endpoints of every connection that it is told of.

    `stacks` name the stacks of the client and the server where they are known ("linux 6.18"): their known deviations
    are then shown as known, unless `strict`. `vantage` is "both" for one who sees everything that is sent and
    everything that is delivered, from the beginning; "one" for one who reads a capture.
    """

    def __init__(
        self, *, stacks: tuple[str, str] = ("", ""), strict: bool = False, vantage: Literal["one", "both"] = "both"
    ) -> None:
        self.connections: list[Connection] = []
        self._stacks = stacks
        self._strict = strict
        self._vantage = vantage
        self._flows: dict[bytes, Connection] = {}
        self._conversations: dict[tuple[int, int], Conversation] = {}
        self._findings: dict[tuple[str, int, Side], tuple[Finding, bool]] = {}
        self._times: dict[tuple[str, int, Side], int] = {}
        self._notes: list[str] = []

    def connection(self, side: Side, packet: Packet) -> Connection:
        """Return the connection of a packet that `side` sent, a new one on first sight."""
        connection = self._flows.get(packet.key)
        if connection is None or connection.is_reopened_by(side, packet):
            before = connection
            connection = Connection(
                len(self.connections) + 1,
                packet,
                side,
                whole=self._vantage == "both" or packet.flags & (SYN | ACK) == SYN,
                condemn=self._condemn,
                before=before,
            )
            self.connections.append(connection)
            self._flows[packet.key] = self._flows[packet.reverse_key] = connection
        return connection

    def sent(self, connection: Connection, side: Side, packet: Packet, at_us: int, frame: int) -> None:
        """`side` sent a packet."""
        connection.sent(side, packet, at_us, frame)

    def delivered(
        self, connection: Connection, side: Side, packet: Packet, at_us: int, frame: int, intact: bool
    ) -> None:
        """A packet was delivered to `side`; `intact` if its octets are those that its peer sent."""
        connection.delivered(side, packet, at_us, frame, intact=intact)

    def passed(self, connection: Connection, side: Side, packet: Packet, at_us: int, frame: int) -> None:
        """`side` sent a packet (at `frame`) which was delivered to the other endpoint at once and untouched."""
        connection.passed(side, packet, at_us, frame)

    def application(self, client_port: int, server_port: int) -> Conversation:
        """Return the ledger of the applications that talk between these ports."""
        return self._conversations.setdefault((client_port, server_port), Conversation())

    def note(self, text: str) -> None:
        """Add to the verdict what limits it."""
        if text not in self._notes:
            self._notes.append(text)

    def shown(self, connection: Connection, side: Side, shown: Shown) -> None:
        """The TCP of `side` says this of its end of the connection."""
        if not connection.whole:
            return
        for rule, check in SHOWN_RULES:
            breach = check(connection.endpoint(side), shown)
            if breach is not None:
                self._condemn(connection, rule, breach, side, None, connection.last_frame)

    def _condemn(
        self, connection: Connection, rule: Rule, breach: Breach, side: Side, sent: Sent | None, frame: int
    ) -> None:
        key = rule.id, connection.number, side
        self._times[key] = self._times.get(key, 0) + 1
        if key in self._findings:
            return
        covered = None
        if sent is not None and not self._strict:
            covered = known(self._stacks[side], rule.id, connection.endpoint(side), sent)
        finding = Finding.of(
            rule,
            breach,
            blame=side,
            known=covered,
            connection=connection.number,
            frame=frame,
            at_us=connection.last_at_us,
            states=connection.states,
        )
        decided = self._vantage == "both" or rule.vantage == "any"
        self._findings[key] = finding, decided

    def _hear(self) -> None:
        """Judge what the applications were told."""
        by_ports: dict[tuple[int, int], list[Connection]] = {}
        for connection in self.connections:
            by_ports.setdefault(connection.ports, []).append(connection)
        for ports, conversation in self._conversations.items():
            connections = by_ports.get(ports, [])
            if len(connections) != 1 or not connections[0].whole:
                continue
            for side in Side:
                self._hear_one(connections[0], conversation, side)

    def _hear_one(self, connection: Connection, conversation: Conversation, side: Side) -> None:
        told = Told(
            connection.endpoint(side),
            conversation.account(side),
            conversation.account(side.peer),
            connection.harmed is None,
        )
        for rule, check in TOLD_RULES:
            breach = check(told)
            if breach is not None:
                self._condemn(connection, rule, breach, side, None, connection.last_frame)

    @property
    def faults(self) -> Faults:
        """What was done to the connections: nothing, something that they must survive, or something lethal."""
        if any(connection.harmed for connection in self.connections):
            return "lethal"
        return "survivable" if any(connection.touched for connection in self.connections) else "none"

    def verdict(self, finished: bool = True) -> Verdict:
        """Return the verdict so far; `finished` tells whether the applications came to their end."""
        self._hear()
        notes = list(self._notes)
        findings: list[Finding] = []
        undecided: list[Finding] = []
        for key, (finding, decided) in self._findings.items():
            (findings if decided else undecided).append(replace(finding, times=self._times[key]))
        partial = [connection.number for connection in self.connections if not connection.whole]
        if partial:
            notes.append(
                f"{len(partial)} connection(s) not seen from their beginning: only the shape of segments judged"
            )
        outcome: Outcome = "pass"
        if any(finding.counts for finding in findings):
            outcome = "violation"
        elif not finished or any(finding.counts for finding in undecided) or not self.connections:
            outcome = "undetermined"
        return Verdict(
            outcome=outcome,
            faults=self.faults,
            findings=tuple(sorted(findings, key=lambda finding: finding.frame)),
            undecided=tuple(sorted(undecided, key=lambda finding: finding.frame)),
            notes=tuple(notes),
        )
