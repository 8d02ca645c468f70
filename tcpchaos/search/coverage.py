"""What a campaign has covered: which segments were seen in which states, what was done to them, and what broke.

A cell is (client's state, server's state, whose segment of what kind, what was done to it, where it was seen), or
("breach", rule, client's state, server's state) for each finding, be it a violation or known.
"""

from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Final

from tcpchaos.plan import Kind
from tcpchaos.run import RunResult
from tcpchaos.trace import Event
from tcpchaos.wire import Packet

Cell = tuple[str, ...]
BREACH: Final = "breach"
_KINDS: Final = (Kind.SYN, Kind.SYN_ACK, Kind.RST, Kind.FIN)
_EDITED: Final = "edit"
# The verbs of deeds that stand for themselves; all others change a field or an option.
_VERBS: Final = frozenset(
    {"drop", "delay", "rate", "duplicate", "hold", "split", "coalesce", "truncate", "corrupt", "inject", "blackhole"}
    | {"heal", "remove", "add", "replace", "garble"}
)


def kind_of(packet: Packet) -> str:
    """Return what a segment is, by flags and payload, as selectors name it."""
    flags = packet.flags
    for kind in _KINDS:
        if kind.flagged(flags):
            return str(kind)
    return str(Kind.DATA if packet.size else Kind.ACK)


def cells(result: RunResult) -> Iterator[Cell]:
    """Yield what a run has covered; the same may come several times."""
    for event in result.trace:
        yield from _cells(event)
    for finding in result.findings:
        yield (BREACH, finding.rule, *map(str, finding.states))


def _cells(event: Event) -> Iterator[Cell]:
    what = "icmp" if event.icmp else kind_of(event.packet)
    sender = event.side.peer if event.delivered else event.side
    client, server = event.states
    segment = f"{sender} {what}"
    where = "delivered" if event.delivered else "sent"
    for deed in event.deeds or ("pass",):
        yield client, server, segment, verb(deed), where


def verb(deed: str) -> str:
    """Return what was done, without how much of it."""
    word = deed.partition(" ")[0]
    return word if word in _VERBS or word == "pass" else _EDITED


class Coverage:
    """All cells that were covered, each with how many trials did; `growth` is how many there were after which trial."""

    def __init__(self) -> None:
        self.cells: Counter[Cell] = Counter()
        self.trials = 0
        self.growth: list[tuple[int, int]] = []

    def add(self, found: Iterable[Cell]) -> int:
        """Note what a trial has covered, and return how much of it is new."""
        before = len(self.cells)
        self.cells.update(found)
        self.trials += 1
        new = len(self.cells) - before
        if new:
            self.growth.append((self.trials, len(self.cells)))
        return new

    def merge(self, cells: Iterable[tuple[Cell, int]]) -> None:
        """Add what another campaign has covered."""
        for cell, times in cells:
            self.cells[cell] += times

    @property
    def states(self) -> Counter[tuple[str, str]]:
        """How many cells there are for each pair of states, client's first."""
        return Counter((cell[0], cell[1]) for cell in self.cells if cell[0] != BREACH)

    @property
    def kinds(self) -> Counter[tuple[str, str, str]]:
        """How many cells there are for each side's state and kind of segment: side, state, kind."""
        found: Counter[tuple[str, str, str]] = Counter()
        for cell in self.cells:
            if cell[0] != BREACH:
                sender, _, kind = cell[2].partition(" ")
                found[sender, cell[0] if sender == "client" else cell[1], kind] += 1
        return found
