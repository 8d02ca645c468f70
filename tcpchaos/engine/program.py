"""A plan made ready to be asked about every segment: what can be decided once is decided here.

By sender, flags and whether there is payload, a table tells which rules could select a segment at all: for most
segments none, and one look-up says so. A rule whose ordinals are used up on a connection sleeps there, and the tables
without it are shared by all connections that have come as far.
"""

from collections.abc import Callable
from typing import TYPE_CHECKING, Final

from tcpchaos.engine.changes import expressions as asked_by_change
from tcpchaos.engine.forge import expressions as asked_by_forgery
from tcpchaos.engine.forge import receivers
from tcpchaos.engine.items import Step, steps
from tcpchaos.engine.numbers import Moment, evaluate
from tcpchaos.plan import (
    ALWAYS_PPM,
    Blackhole,
    Change,
    Expr,
    Heal,
    Inject,
    InjectIcmp,
    Kind,
    Nth,
    Plan,
    Rule,
    Selector,
    Sending,
    StateRule,
)
from tcpchaos.rfc import State
from tcpchaos.seq import diff
from tcpchaos.trace import Side
from tcpchaos.wire import Packet

if TYPE_CHECKING:
    from tcpchaos.engine.flow import Lane

# Eight flags, and whether there is payload.
CLASSES: Final = 512
Matcher = Callable[[Packet, "Lane"], bool]
# For each class the rules that are awake and could select it; None until a segment of the class is seen.
Table = list["tuple[Ready, ...] | None"]


class Ready:
    """A rule of either sort with its parts taken out."""

    __slots__ = (
        "after_us",
        "asks",
        "asks_of",
        "bit",
        "chance_ppm",
        "counts",
        "forgeries",
        "index",
        "last",
        "matches",
        "nth",
        "paths",
        "rule",
        "steps",
        "texts",
    )

    def __init__(self, index: int, rule: Rule | StateRule) -> None:
        self.index = index
        self.bit = 1 << index
        self.rule = rule
        self.nth = rule.select.nth if isinstance(rule, Rule) else rule.nth
        self.last = None if self.nth is None else _last(self.nth)
        self.chance_ppm = rule.chance_ppm
        self.counts = self.nth is not None or rule.chance_ppm < ALWAYS_PPM
        self.matches = _matcher(rule.select) if isinstance(rule, Rule) else None
        self.after_us = 0 if isinstance(rule, Rule) else rule.after_us
        self.texts = tuple(map(str, rule.actions))
        self.steps: tuple[Step, ...] = steps(rule.actions) if isinstance(rule, Rule) else ()
        self.paths = tuple(action for action in rule.actions if isinstance(action, Blackhole | Heal))
        self.forgeries = tuple(action for action in rule.actions if isinstance(action, Inject | InjectIcmp))
        self.asks: tuple[Expr, ...] = tuple(
            expr for action in rule.actions if isinstance(action, Change) for expr in asked_by_change(action)
        )
        self.asks_of: tuple[tuple[Side, Expr], ...] = tuple(
            (to, expr) for deed in self.forgeries for to in receivers(deed) for expr in asked_by_forgery(deed)
        )

    def require(self, moment: Moment) -> None:
        """Raise UnknownError where the rule asks for a number of which nothing is known yet."""
        for expr in self.asks:
            evaluate(expr, moment)
        for to, expr in self.asks_of:
            evaluate(expr, moment.towards(to))


class Program:
    """All rules of a plan, and the tables that tell which of them are worth a look."""

    def __init__(self, plan: Plan) -> None:
        self.seed = plan.seed
        self.rules = tuple(Ready(index, rule) for index, rule in enumerate(plan.rules))
        self.entered: dict[tuple[Side, State], tuple[Ready, ...]] = {}
        for ready in self.rules:
            if isinstance(ready.rule, StateRule):
                key = (ready.rule.side, State(ready.rule.state.upper()))
                self.entered[key] = (*self.entered.get(key, ()), ready)
        self.state_bits = sum(ready.bit for ready in self.rules if isinstance(ready.rule, StateRule))
        self._tables: dict[tuple[int, Side], Table] = {}

    def awake(self, connection: int) -> int:
        """Return the bits of the rules that are about the connection of this number."""
        bits = 0
        for ready in self.rules:
            rule = ready.rule
            which = rule.select.connection if isinstance(rule, Rule) else rule.connection
            if which is None or connection in which:
                bits |= ready.bit
        return bits

    def table(self, awake: int, side: Side) -> Table:
        """Return the table for what this side sends while these rules are awake."""
        key = (awake & ~self.state_bits, side)
        table = self._tables.get(key)
        if table is None:
            table = self._tables[key] = [None] * CLASSES
        return table

    def fill(self, table: Table, awake: int, side: Side, class_: int) -> tuple[Ready, ...]:
        """Work out one place of a table and return it."""
        found = tuple(
            ready
            for ready in self.rules
            if ready.bit & awake
            and isinstance(ready.rule, Rule)
            and _may_select(ready.rule.select, side, class_ >> 1, bool(class_ & 1))
        )
        table[class_] = found
        return found


def _last(nth: Nth) -> int | None:
    """Return the last ordinal that is selected, None where there is no end."""
    return None if nth.last is None else nth.last - (nth.last - nth.first) % nth.every


def _may_select(select: Selector, side: Side, flags: int, payload: bool) -> bool:
    if select.who is not None and select.who is not side:
        return False
    if select.flags is not None and select.flags != flags:
        return False
    shortest, longest = select.sizes
    return select.kind.flagged(flags) and (longest > 0 if payload else shortest == 0)


def is_kind(kind: Kind, flags: int, payload: bool) -> bool:
    """Tell whether a segment with these flags, with or without payload, is of the kind."""
    if kind is Kind.DATA or kind is Kind.ACK:
        return kind.flagged(flags) and payload is (kind is Kind.DATA)
    return kind.flagged(flags)


def _matcher(select: Selector) -> Matcher | None:
    """Return the function for what the table cannot decide, None where nothing is left. The cheapest comes first."""
    tests: list[Matcher] = [_length(length.holds) for length in select.lengths]
    tests += [_state(when.side, frozenset(State(name.upper()) for name in when.states)) for when in select.when]
    if select.sending is not None:
        again = select.sending is Sending.AGAIN
        tests.append(lambda packet, lane: sent_before(packet, lane) is again)
    tests += [_content(octets) for octets in select.has]
    if len(tests) < 2:
        return tests[0] if tests else None
    return lambda packet, lane: all(test(packet, lane) for test in tests)


def _length(holds: Callable[[int], bool]) -> Matcher:
    return lambda packet, lane: holds(packet.size)


def _state(side: Side, states: frozenset[State]) -> Matcher:
    return lambda packet, lane: lane.flow.endpoints[side].state in states


def _content(octets: bytes) -> Matcher:
    return lambda packet, lane: packet.octets.find(octets, packet.data_at, packet.end) >= 0


def sent_before(packet: Packet, lane: "Lane") -> bool:
    """Tell whether the segment has octets (SYN and FIN counted) and its sender has sent all of them before."""
    sender = lane.sender
    return bool(packet.length) and sender.iss is not None and diff(packet.seq + packet.length, sender.snd_nxt) <= 0
