"""What the two endpoints of a connection owe, and when it is too late: the law says what, and by when.

A deadline is judged with care for the place where the endpoints run. Each of them gets some room on top of what the
law grants, since it may have to wait for a processor; and time in which we did not attend to anything is nobody's: what
an endpoint sent may have lain there unheard, and what it was sent may have come late.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Mapping
from typing import Final, NamedTuple

from tcpchaos.oracle.conversation import Conversation
from tcpchaos.rfc import ANSWER_CHECKS, OWED_RULES, Account, Breach, Endpoint, Rule
from tcpchaos.rfc.classes import class_of
from tcpchaos.rfc.duties import LOOK_US, Look
from tcpchaos.rfc.law import Arrived, Debt, Sent
from tcpchaos.trace import Side
from tcpchaos.wire import Packet

# Room for endpoints that run on a real machine: on two busy processors a task waits for its turn for some hundred
# milliseconds, an answer may take more than one, and half a second was seen.
MACHINE_US: Final = 2_000_000
# How often whoever runs the endpoints says that it attends to them; where that takes twice as long, it was a stall.
BEAT_US: Final = 100_000
NEVER_US: Final = 1 << 62
# For so long after a stall, what is heard may have waited for its end: so may what the endpoints had yet to do.
AFTERMATH_US: Final = 250_000
# Stalls that are remembered: those before are older than any deadline.
_STALLS_KEPT: Final = 1024
# So few connections fill no queue and call for no SYN cookies, however short the backlog is.
_FEW: Final = 4

# Rule, breach, whose, the frame that called for it.
Condemn = Callable[[Rule, Breach, Side, int], None]


class Stalls:
    """The times in which nobody attended to the endpoints, in microseconds of the run's clock."""

    def __init__(self) -> None:
        self._beat_us: int | None = None
        self._waiting_us = 0
        self._ends: list[int] = []
        self._lost: list[int] = [0]  # up to each of them, all in all
        self._late: list[tuple[int, int]] = []  # when something was heard how late, if never so late again

    def beat(self, now_us: int, waiting_us: int = 0) -> None:
        """Say that all that was to be heard up to now was heard, but for what has waited for so long or less."""
        self._waiting_us = waiting_us
        stall = self._stall(now_us)
        self._note_late(now_us, waiting_us + (now_us - (self._beat_us or 0) if stall else 0))
        if stall:
            self._ends.append(now_us)
            self._lost.append(self._lost[-1] + stall)
            if len(self._ends) > _STALLS_KEPT:
                del self._ends[0], self._lost[0]
        self._beat_us = now_us

    def _note_late(self, now_us: int, late_us: int) -> None:
        if late_us > 2 * BEAT_US:
            while self._late and self._late[-1][1] <= late_us:
                self._late.pop()
            self._late.append((now_us, late_us))
            del self._late[:-_STALLS_KEPT]

    def worst_us(self, since_us: int) -> int:
        """Return how long what was heard since then has waited at the worst, 0 where that is nothing unusual."""
        index = bisect_left(self._late, (since_us, 0))
        return self._late[index][1] if index < len(self._late) else 0

    def lost_us(self, since_us: int, now_us: int) -> int:
        """Return how much of the time since then is nobody's."""
        before = self._lost[bisect_right(self._ends, since_us)]
        return self._lost[-1] - before + self._stall(now_us)

    def late_us(self, at_us: int) -> int:
        """Return how long what is heard at this time may have waited to be sent and to be heard, at the most."""
        if self._beat_us is None:
            return 0
        if self._stall(at_us):
            return at_us - self._beat_us + self._waiting_us
        if self._ends and at_us - self._ends[-1] <= AFTERMATH_US:
            return at_us - self._ends[-1] + self._lost[-1] - self._lost[-2] + BEAT_US + self._waiting_us
        return 2 * BEAT_US + self._waiting_us

    def _stall(self, now_us: int) -> int:
        if self._beat_us is None or now_us - self._beat_us <= 2 * BEAT_US:
            return 0
        return now_us - self._beat_us - BEAT_US


class Circumstances:
    """What holds for all connections of an oracle: how its endpoints run, and what their applications do.

    `room_us` is granted on top of each deadline. `lasting` and `opening` are as in `Look`. `crowded` tells that others,
    of whom this oracle does not hear, call the same listeners.
    """

    def __init__(self, conversations: Mapping[tuple[int, int], Conversation], room_us: int) -> None:
        self.room_us = room_us
        self.stalls = Stalls()
        self.lasting = True
        self.opening = True
        self.crowded = False
        self.connections = 0
        self._conversations = conversations

    def account(self, ports: tuple[int, int], side: Side) -> Account | None:
        """Return what the application of this side did, where that is known."""
        conversation = self._conversations.get(ports)
        return None if conversation is None or conversation.silent is side else conversation.account(side)


class _Open(NamedTuple):
    """A debt that nothing has settled yet, and the frame that called for it."""

    rule: Rule
    debt: Debt
    frame: int


class Debts:
    """What both endpoints of one connection owe.

    `next_us` is when to `look` at it again, and `outstanding` tells that an answer is. At most one debt for each rule
    and endpoint is open.
    """

    def __init__(
        self,
        ends: tuple[Endpoint, Endpoint],
        ports: tuple[int, int],
        circumstances: Circumstances,
        condemn: Condemn,
        *,
        alone: bool,
    ) -> None:
        self.next_us = 0
        self.outstanding = False
        self._ends = ends
        self._ports = ports
        self._circumstances = circumstances
        self._condemn = condemn
        self._alone = alone  # no other connection used these ports before
        circumstances.connections += 1
        self._first = circumstances.connections == 1 and not circumstances.crowded
        self._open: tuple[dict[str, _Open], dict[str, _Open]] = ({}, {})
        self._condemned: dict[tuple[Side, str], int] = {}

    def close(self) -> None:
        """Ask nothing more of anyone."""
        self.next_us = NEVER_US
        for side in Side:
            self.forgive(side)

    def forgive(self, side: Side) -> None:
        """Ask no answers of an endpoint that may have gone before it could give them."""
        self._open[side].clear()
        self.outstanding = bool(self._open[0] or self._open[1])

    def arrived(self, side: Side, packet: Packet, at_us: int, frame: int) -> None:
        """Note what a segment calls for that is being delivered to this side, before anything is learnt from it."""
        if self.next_us == NEVER_US:
            return
        endpoint, owing = self._ends[side], self._open[side]
        segment = Arrived(endpoint, packet, at_us, first=self._first)
        for rule, check in ANSWER_CHECKS[class_of(packet)]:
            debt = check(endpoint, segment)
            if debt is not None and rule.id not in owing:
                owing[rule.id] = _Open(rule, debt, frame)
                self.outstanding = True
                self.next_us = min(self.next_us, self._due_us(debt, at_us) + 1)

    def sent(self, side: Side, sent: Sent) -> None:
        """Settle what a segment settles that this side sends, before anything is learnt from it."""
        owing = self._open[side]
        if owing:
            endpoint = self._ends[side]
            for rule_id in [rule_id for rule_id, each in owing.items() if each.debt.settles(endpoint, sent)]:
                del owing[rule_id]
            self.outstanding = bool(self._open[0] or self._open[1])

    def look(self, now_us: int, frame: int, *, standing: bool = True) -> int | None:
        """Condemn what is too late by now, and return when the last of what is still owed will be.

        Without `standing`, only answers are asked for: the endpoints are known to have no connection any more.
        """
        if self.next_us == NEVER_US or not (standing or self._open[0] or self._open[1]):
            return None
        last_us = None
        soon_us = now_us + LOOK_US
        for side in Side:
            for each in list(self._open[side].values()):
                due_us = self._due_us(each.debt, now_us)
                if due_us < now_us:
                    del self._open[side][each.rule.id]
                    self._late(side, each, now_us)
                else:
                    last_us = max(last_us or 0, due_us)
                    soon_us = min(soon_us, due_us + 1)
            for owed in self._standing(side, now_us, frame) if standing else ():
                due_us = self._due_us(owed.debt, now_us)
                if due_us < now_us:
                    self._late(side, owed, now_us)
                else:
                    last_us = max(last_us or 0, due_us)
                    soon_us = min(soon_us, due_us + 1)
        self.outstanding = bool(self._open[0] or self._open[1])
        self.next_us = soon_us
        return last_us

    def _standing(self, side: Side, now_us: int, frame: int) -> list[_Open]:
        """Return what this side owes by what is known of it, but for what it was condemned for already."""
        endpoint, around = self._ends[side], self._circumstances
        known = self._alone
        look = Look(
            now_us,
            around.account(self._ports, side) if known else None,
            lasting=around.lasting,
            opening=around.opening,
            few=around.connections <= _FEW and not around.crowded,
            late_us=around.stalls.worst_us(endpoint.duties.opened_from_us),
        )
        endpoint.duties.look(endpoint, look)
        found = []
        for rule, check in OWED_RULES:
            debt = check(endpoint, look)
            if debt is not None and self._condemned.get((side, rule.id)) != debt.since_us:
                found.append(_Open(rule, debt, frame))
        return found

    def _due_us(self, debt: Debt, now_us: int) -> int:
        around = self._circumstances
        return debt.since_us + debt.within_us + around.room_us + around.stalls.lost_us(debt.since_us, now_us)

    def _late(self, side: Side, owed: _Open, now_us: int) -> None:
        rule, debt, frame = owed
        self._condemned[side, rule.id] = debt.since_us
        expected = f"{debt.expected} within {debt.within_us // 1000:,} ms"
        breach = Breach(expected, f"nothing of the kind for {(now_us - debt.since_us) // 1000:,} ms")
        self._condemn(rule, breach, side, frame)


def _nobody(rule: Rule, breach: Breach, side: Side, frame: int) -> None:
    """Condemn nobody."""


# Those of all connections of which nothing is asked.
NO_DEBTS: Final = Debts((Endpoint(), Endpoint()), (0, 0), Circumstances({}, 0), _nobody, alone=False)
NO_DEBTS.close()
