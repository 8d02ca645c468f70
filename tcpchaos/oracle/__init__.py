"""The oracle: folds what was seen through the law into a verdict, live, while it happens."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from typing import Literal

from tcpchaos.oracle.connection import Connection, Sight
from tcpchaos.oracle.conversation import Conversation
from tcpchaos.oracle.debts import MACHINE_US, Circumstances
from tcpchaos.oracle.memory import MOST_BEFORE, MOST_FINDINGS, Memory
from tcpchaos.oracle.numbering import numbers, predictable
from tcpchaos.oracle.overheard import Overheard
from tcpchaos.oracle.verdict import Faults, Finding, Outcome, Verdict
from tcpchaos.rfc import SHOWN_RULES, TOLD_RULES, Breach, Rule, Shown, Told
from tcpchaos.rfc.deviations import known
from tcpchaos.rfc.law import Sent
from tcpchaos.rfc.rules.runs import NUMBERS
from tcpchaos.trace import Side
from tcpchaos.wire import ACK, SYN, Packet

__all__ = ["Connection", "Conversation", "Faults", "Finding", "Oracle", "Outcome", "Sight", "Verdict"]

# A rule, a connection, a side, and the known deviation that it is, if any: one hides nothing that is none.
_Key = tuple[str, int, Side, str | None]


class Oracle:
    """Judges both endpoints of every connection that it is told of.

    `stacks` name the stacks of the client and the server where they are known ("linux 6.18"): their known deviations
    are then shown as known, unless `strict`. `vantage` is "both" for one who sees everything that is sent and
    everything that is delivered, from the beginning; "one" for one who reads a capture. What an endpoint owes may be
    `room_us` late on top of what the law grants, since it may have had to wait for a processor; with None, nobody knows
    for how long, and nothing is called late.

    Whoever comes when connections go on already gives `sight`, which is asked, with its sender and first packet, how
    much can be heard of a connection; then one that does not begin with a SYN is not judged from its beginning.
    """

    def __init__(
        self,
        *,
        stacks: tuple[str, str] = ("", ""),
        strict: bool = False,
        vantage: Literal["one", "both"] = "both",
        room_us: int | None = MACHINE_US,
        sight: Callable[[Side, Packet], Sight] | None = None,
    ) -> None:
        self._sight = sight
        self._memory = Memory()
        self._stacks = stacks
        self._strict = strict
        self._vantage = vantage
        self._conversations: dict[tuple[int, int], Conversation] = {}
        self._findings: dict[_Key, tuple[Finding, bool]] = {}
        self._times: dict[_Key, int] = {}
        self._more_breaches = 0  # of which no finding is kept
        self._more_count = False
        self._notes: list[str] = []
        self._now_us: int | None = None
        self._owed_until_us: int | None = None
        self.circumstances = Circumstances(self._conversations, room_us or 0)
        self._hurries = vantage == "both" and room_us is not None

    def connection(self, side: Side, packet: Packet) -> Connection:
        """Return the connection of a packet that `side` sent, a new one on first sight."""
        connection = self._memory.flows.get(packet.key)
        if connection is None or connection.is_reopened_by(side, packet):
            connection = self._opened(side, packet, connection)
        return connection

    def keeps(self, connection: Connection) -> bool:
        """Tell whether a connection has not been forgotten."""
        return self._memory.keeps(connection)

    def known(self, packet: Packet) -> Connection | None:
        """Return the connection that goes on between the ends of a packet, None where none is known."""
        return self._memory.flows.get(packet.key)

    @property
    def found(self) -> tuple[Finding, ...]:
        """What was condemned so far, the first of a kind on each connection; some of it may yet turn out unsure."""
        return tuple(finding for finding, _ in self._findings.values())

    def _opened(self, side: Side, packet: Packet, before: Connection | None) -> Connection:
        memory = self._memory
        sight = Sight() if self._sight is None else self._sight(side, packet)
        # Of one that was forgotten, the beginning was seen and can't be called upon.
        everything = self._vantage == "both" and not memory.forgotten_open and self._sight is None
        whole = everything or (packet.flags & (SYN | ACK) == SYN and sight.fresh)
        if before is not None and before.depth >= MOST_BEFORE:
            before, whole = None, False
        kind = Connection if self._vantage == "both" else Overheard
        connection = kind(
            memory.seen + 1,
            packet,
            side,
            whole=whole,
            condemn=self._condemn,
            before=before,
            circumstances=self.circumstances if self._hurries else None,
        )
        connection.far = sight.far
        for gone in memory.keep(connection, packet):
            self._forget(gone)
        return connection

    def _lighten(self) -> None:
        for gone in self._memory.lighten():
            self._forget(gone)

    def _forget(self, connection: Connection) -> None:
        """Judge a connection that is no longer kept for the last time."""
        connection.ask_nothing()
        conversation = self._conversations.pop(connection.ports, None)
        if conversation is not None and connection.at_rest:
            self._hear_of(connection, conversation)
        self._drop_unsure(connection)

    def _drop_unsure(self, connection: Connection) -> None:
        """Drop what would be a breach if all had been heard, of a connection of which it was not."""
        if connection.holes:
            unsure = [key for key, (_, sure) in self._findings.items() if key[1] == connection.number and not sure]
            for key in unsure:
                del self._findings[key], self._times[key]

    @property
    def connections(self) -> tuple[Connection, ...]:
        """The connections that are kept, in their order: of very many, the finished ones are forgotten first."""
        return self._memory.connections

    @property
    def seen(self) -> int:
        """How many connections there were."""
        return self._memory.seen

    def sent(self, connection: Connection, side: Side, packet: Packet, at_us: int, frame: int) -> None:
        """`side` sent a packet."""
        if self._memory.heard(packet):
            self._lighten()
        connection.sent(side, packet, at_us, frame)

    def delivered(
        self, connection: Connection, side: Side, packet: Packet, at_us: int, frame: int, intact: bool
    ) -> None:
        """A packet was delivered to `side`; `intact` if its octets are those that its peer sent."""
        if self._memory.heard(packet):
            self._lighten()
        connection.delivered(side, packet, at_us, frame, intact=intact)

    def passed(self, connection: Connection, side: Side, packet: Packet, at_us: int, frame: int) -> None:
        """`side` sent a packet (at `frame`) which was delivered to the other endpoint at once and untouched."""
        if self._memory.heard(packet):
            self._lighten()
        connection.passed(side, packet, at_us, frame)

    def application(self, client_port: int, server_port: int, *, silent: Side | None = None) -> Conversation:
        """Return the ledger of the applications that talk between these ports; a `silent` one tells nothing."""
        ports = client_port, server_port
        if ports not in self._conversations:
            self._conversations[ports] = Conversation(partial(self._sent_first, ports), silent=silent)
        return self._conversations[ports]

    def _sent_first(self, ports: tuple[int, int], side: Side, at: int) -> int | None:
        """Return the octet that was sent first at this place of a stream, None where that is not known."""
        found = [connection for connection in self.connections if connection.ports == ports]
        if len(found) != 1 or found[0].endpoint(side).iss is None:
            return None
        endpoint = found[0].endpoint(side)
        return endpoint.flight.octet((endpoint.iss or 0) + 1 + at)

    def note(self, text: str) -> None:
        """Add to the verdict what limits it."""
        if text not in self._notes:
            self._notes.append(text)

    def shown(self, connection: Connection, side: Side, shown: Shown) -> None:
        """The TCP of `side` says this of its end of the connection."""
        if not connection.whole:
            return
        conversation = self._conversations.get(connection.ports)
        if conversation is not None and side is not conversation.silent:
            shown = shown._replace(closed=conversation.account(side).closed is not None)
        for rule, check in SHOWN_RULES:
            breach = check(connection.endpoint(side), shown)
            if breach is not None:
                self._condemn(connection, rule, breach, side, None, connection.last_frame)

    def _condemn(
        self, connection: Connection, rule: Rule, breach: Breach, side: Side, sent: Sent | None, frame: int
    ) -> None:
        covered = None
        if not self._strict:
            covered = known(self._stacks[side], rule.id, connection.endpoint(side), sent)
        key = rule.id, connection.number, side, covered
        if key in self._findings:
            self._times[key] += 1
            return
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
        if len(self._findings) < MOST_FINDINGS:
            self._findings[key] = finding, decided
            self._times[key] = 1
        else:
            self._more_breaches += 1
            self._more_count |= decided and finding.counts

    def _hear(self) -> None:
        """Judge what the applications were told."""
        by_ports: dict[tuple[int, int], list[Connection]] = {}
        for connection in self.connections:
            by_ports.setdefault(connection.ports, []).append(connection)
        for ports, conversation in self._conversations.items():
            connections = by_ports.get(ports, [])
            if len(connections) == 1:
                self._hear_of(connections[0], conversation)

    def _hear_of(self, connection: Connection, conversation: Conversation) -> None:
        if connection.whole:
            for side in Side:
                if side is not conversation.silent:
                    self._hear_one(connection, conversation, side)

    def _hear_one(self, connection: Connection, conversation: Conversation, side: Side) -> None:
        told = Told(
            connection.endpoint(side),
            conversation.account(side),
            conversation.account(side.peer),
            connection.harmed is None,
            self._now_us,
            spoilt=connection.spoilt[side],
            excuse=connection.excuse,
            misled=connection.endpoint(side.peer).equivocates,
            lost_us=self.circumstances.stalls.lost_us,
        )
        for rule, check in TOLD_RULES:
            breach = check(told)
            if breach is not None:
                self._condemn(connection, rule, breach, side, None, connection.last_frame)

    @property
    def faults(self) -> Faults:
        """What was done to the connections: nothing, something that they must survive, or something lethal."""
        memory = self._memory
        if memory.harmed or any(connection.harmed for connection in memory.connections):
            return "lethal"
        touched = memory.touched or any(connection.touched for connection in memory.connections)
        return "survivable" if touched else "none"

    def look(self, now_us: int, *, at_rest: bool = False) -> int | None:
        """Condemn what is overdue at this time, and return when the last of what is still owed will be, if anything.

        `at_rest` tells that neither TCP has a connection any more that could owe more than an answer.
        """
        self._now_us = now_us
        last_us = None
        for connection in self.connections:
            due_us = connection.debts.look(now_us, connection.last_frame, standing=not at_rest)
            if due_us is not None:
                last_us = max(last_us or 0, due_us)
        self._owed_until_us = last_us
        return last_us

    def beat(self, now_us: int, waiting_us: int = 0) -> None:
        """Hear that somebody attends to the endpoints; whoever has begun to say so says it every `debts.BEAT_US`.

        `waiting_us` is for how long the oldest of their packets has waited that was not heard yet.
        """
        self.circumstances.stalls.beat(now_us, waiting_us)

    def leave(self, now_us: int) -> None:
        """Hear that the applications have come to their end: a connection that is being opened may be dropped."""
        if self.circumstances.opening:
            self.look(now_us)
            self.circumstances.opening = False

    def verdict(self, finished: bool = True, *, going_on: bool = False) -> Verdict:
        """Return the verdict so far; `finished` tells whether the applications came to their end.

        With `going_on` nobody waits for what is still owed and not late yet: they go on when we have left.
        """
        if going_on:
            self._owed_until_us = None
        self._hear()
        for connection in self.connections:
            self._drop_unsure(connection)
        findings: list[Finding] = []
        undecided: list[Finding] = []
        for key, (finding, decided) in self._findings.items():
            (findings if decided else undecided).append(replace(finding, times=self._times[key]))
        findings += self._guess()
        outcome: Outcome = "pass"
        if self._more_count or any(finding.counts for finding in findings):
            outcome = "violation"
        elif not finished or any(finding.counts for finding in undecided) or not self.seen or self._owed_until_us:
            outcome = "undetermined"
        return Verdict(
            outcome=outcome,
            faults=self.faults,
            findings=tuple(sorted(findings, key=lambda finding: finding.frame)),
            undecided=tuple(sorted(undecided, key=lambda finding: finding.frame)),
            notes=(*self._notes, *self._limits()),
        )

    def _guess(self) -> Iterator[Finding]:
        """Yield a finding for each side whose initial sequence numbers can be guessed; a side of a capture is many."""
        if self._vantage == "both":
            for side in Side:
                breach = predictable(numbers(self.connections, side))
                if breach is not None:
                    yield Finding.of(NUMBERS, breach, blame=side)

    def _limits(self) -> Iterator[str]:
        """Say what was not followed, and what is not kept."""
        memory, kept = self._memory, self.connections
        holes = memory.with_holes + sum(each.holes > 0 for each in kept)
        overwhelmed = memory.overwhelmed + sum(each.overwhelmed for each in kept)
        partial = memory.partial + sum(not each.whole for each in kept) - holes - overwhelmed
        judged = "the shape of segments" if self._vantage == "both" else "what each endpoint said by itself"
        if partial > 0:
            yield f"{partial:,} connection(s) not seen from their beginning: only {judged} judged"
        if holes:
            yield f"{holes:,} connection(s) with segments that were not captured: only {judged} judged"
        if overwhelmed:
            yield f"{overwhelmed:,} connection(s) with more SYNs, FINs or holes than are followed"
        if memory.forgotten:
            still = f", {memory.forgotten_open:,} of them still open" if memory.forgotten_open else ""
            yield f"{memory.forgotten:,} connection(s) judged and no longer kept{still}"
        if self._owed_until_us and self._now_us is not None:
            left_s = (self._owed_until_us - self._now_us) / 1_000_000
            yield f"something was still owed, and would have been late only {left_s:.1f} s after the last look"
        if self._more_breaches:
            yield f"{self._more_breaches:,} more breaches were counted and are not listed"
