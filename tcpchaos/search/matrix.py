"""The matrix: each state of either endpoint, reached on purpose, and a segment for each set of flags and position.

A cell is an ordinary plan under a workload: rules that bring the endpoint into the state and hold it there, and one
that injects the segment at that moment. What comes of the cells makes a table of how an endpoint conforms.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Final, Literal, NamedTuple

from tcpchaos.plan import STATES, Plan, parse
from tcpchaos.run import RunResult
from tcpchaos.trace import Side
from tcpchaos.wire import ACK, FIN, PSH, RST, SYN, URG

Verdict = Literal["ok", "known", "violation", "lethal", "undetermined", "not reached"]

# The sets of flags by name, as a column of the table has room for them.
FLAGS: Final = {
    "none": 0,
    "syn": SYN,
    "ack": ACK,
    "fin": FIN,
    "rst": RST,
    "syn-ack": SYN | ACK,
    "fin-ack": FIN | ACK,
    "rst-ack": RST | ACK,
    "psh-ack": PSH | ACK,
    "urg-ack": URG | ACK,
    "syn-fin": SYN | FIN,
    "syn-rst": SYN | RST,
    "fin-rst": FIN | RST,
    "syn-fin-ack": SYN | FIN | ACK,
    "fin-psh-urg": FIN | PSH | URG,
    "all": SYN | FIN | RST | PSH | ACK | URG,
}
_WITH_OCTET: Final = "psh-ack"  # the one that carries an octet


class Position(NamedTuple):
    """Where a segment stands: `number` is its seq or its ack, `name` where that lies."""

    number: Literal["seq", "ack"]
    name: str

    def __str__(self) -> str:
        return f"{self.number} {self.name}"


# Each position as a sum, once for an endpoint whose window is known, and once for one that has none yet. There the
# peer's SYN or SYN-ACK, which is held back meanwhile, stands for the left edge, and 64 kB are taken for the window.
_SEQS: Final = {
    "below": ("rcv.nxt-100000", "seg.seq-100000"),
    "left-1": ("rcv.nxt-1", "seg.seq-1"),
    "left": ("rcv.nxt", "seg.seq"),
    "inside": ("rcv.nxt+100", "seg.seq+100"),
    "right": ("rcv.nxt+rcv.wnd-1", "seg.seq+65534"),
    "right+1": ("rcv.nxt+rcv.wnd", "seg.seq+65535"),
    "beyond": ("rcv.nxt+rcv.wnd+100000000", "seg.seq+100065535"),
}
# What is acceptable lies between SND.UNA and SND.NXT; a listener has neither, and any acknowledgment is wrong there.
_ACKS: Final = {
    "far below": ("snd.una-1000000000", "0"),
    "below": ("snd.una-1000", "1"),
    "left-1": ("snd.una-1", "1000"),
    "left": ("snd.una", "65535"),
    "right": ("snd.nxt", "2147483647"),
    "right+1": ("snd.nxt+1", "2147483648"),
    "beyond": ("snd.nxt+1000000", "4294967295"),
}
POSITIONS: Final = (*(Position("seq", name) for name in _SEQS), *(Position("ack", name) for name in _ACKS))


class _Way(NamedTuple):
    """How a state is reached: under which workload for the client and for the server, with which rules, and when it is.

    In the texts `{me}` is the endpoint and `{peer}` the other one; the trigger ends before what is injected.
    """

    workloads: tuple[str, str]
    helpers: tuple[str, ...]
    trigger: str


_WAYS: Final = {
    # A caller's first SYN is late, and so the other one still listens.
    "listen": _Way(("call-back", "handshake"), (), "{peer} syn#1: delay 50ms, "),
    "syn-sent": _Way(("handshake", "call-back"), (), "{peer} syn-ack#1: delay 50ms, "),
    # All that could complete the handshake is late.
    "syn-received": _Way(("call-back", "handshake"), ("{peer} any#3: delay 50ms",), "{peer} any#2: delay 50ms, "),
    # Each has heard the other, and waits for what is late.
    "established": _Way(("echo", "echo"), (), "{peer} data#2: delay 50ms, "),
    "fin-wait-1": _Way(("handshake", "request-response"), ("{me} fin#1: delay 50ms",), "on {me}=fin-wait-1: "),
    # What it sends in these three shows that it has taken in what brought it there, so that its window is beyond doubt.
    "fin-wait-2": _Way(("half-close-client", "half-close-server"), (), "{me} ack#2 when {me}=fin-wait-2: "),
    "close-wait": _Way(("half-close-server", "half-close-client"), (), "{me} data#2 when {me}=close-wait: "),
    "time-wait": _Way(("handshake", "request-response"), (), "{me} ack#1 when {me}=time-wait: "),
    # The workload itself sees to it that the FINs cross.
    "closing": _Way(("simultaneous-close", "simultaneous-close"), (), "{me} ack#1 when {me}=closing: "),
    "last-ack": _Way(
        ("request-response", "handshake"), ("{peer} ack when {peer}=time-wait: delay 50ms",), "on {me}=last-ack: "
    ),
    # Whoever called has no listener on its port that would answer for the connection that is gone.
    "closed": _Way(("request-response", "call-back"), (), "on {me}=closed after 20ms: "),
}
# In these states an endpoint has no window yet; in a listener's case it has sent nothing either.
_WINDOWLESS: Final = frozenset({"listen", "syn-sent"})
_SPEECHLESS: Final = frozenset({"listen"})
# As what an observer knows a state, where that is not the state: before an endpoint has answered, nobody can tell
# whether it listens.
_SEEN_AS: Final = {"listen": "closed"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """One question: in this state, what does this endpoint do with this segment?"""

    side: Side
    state: str
    flags: str
    position: Position

    @property
    def workload(self) -> str:
        """The name of the workload under which the state is reached."""
        return _WAYS[self.state].workloads[self.side]

    @property
    def plan(self) -> Plan:
        """The plan that reaches the state and injects the segment; the last rule is the one that does."""
        way = _WAYS[self.state]
        lines = [*way.helpers, f"{way.trigger}inject to {{me}} {self._segment()}"]
        return parse("\n".join(lines).format(me=self.side, peer=self.side.peer))

    def _segment(self) -> str:
        flags = FLAGS[self.flags]
        names = "|".join(name for name, bit in _BITS.items() if flags & bit) or "none"
        payload = ' "x"' if self.flags == _WITH_OCTET else ""
        seq, ack = "left", "right"
        if self.position.number == "seq":
            seq = self.position.name
        else:
            ack = self.position.name
        words = [f"flags={names}{payload} seq={_SEQS[seq][self.state in _WINDOWLESS]}"]
        # Where nothing is said, it acknowledges what the peer really has.
        if self.position.number == "ack" or (flags & ACK and self.state in _SPEECHLESS):
            words.append(f"ack={_ACKS[ack][self.state in _SPEECHLESS]}")
        return " ".join(words)


_BITS: Final = {"syn": SYN, "fin": FIN, "rst": RST, "psh": PSH, "ack": ACK, "urg": URG}


def cells(
    *, sides: Iterable[Side] = tuple(Side), states: Iterable[str] = STATES, flags: Iterable[str] = tuple(FLAGS)
) -> Iterator[Cell]:
    """Yield the cells of these endpoints, states and flags; ack is varied only where the segment has one."""
    for side in sides:
        for state in states:
            for name in flags:
                for position in POSITIONS:
                    if position.number == "seq" or FLAGS[name] & ACK:
                        yield Cell(side=side, state=state, flags=name, position=position)


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What came of a cell: the verdict, and the rules that were broken (or are known to be)."""

    cell: Cell
    verdict: Verdict
    rules: tuple[str, ...] = ()


def answer(cell: Cell, result: RunResult) -> Answer:
    """Return what came of a cell that was played."""
    if not reached(cell, result):
        return Answer(cell=cell, verdict="not reached")
    # What nobody in particular is to blame for is held against the endpoint that was asked.
    mine = [found for found in result.findings if found.blame in (cell.side, None)]
    broken = sorted({found.rule for found in mine if found.counts})
    if broken:
        return Answer(cell=cell, verdict="violation", rules=tuple(broken))
    if result.outcome == "undetermined":
        return Answer(cell=cell, verdict="undetermined")
    known = sorted({found.rule for found in mine if found.known is not None})
    if known:
        return Answer(cell=cell, verdict="known", rules=tuple(known))
    return Answer(cell=cell, verdict="lethal" if result.verdict.faults == "lethal" else "ok")


def reached(cell: Cell, result: RunResult) -> bool:
    """Tell whether the segment was injected, and the endpoint was likeliest in the cell's state just before."""
    before: dict[int, str] = {}
    for event in result.trace:
        # Nobody sent it, and the endpoint got it.
        if event.delivered and event.side is cell.side and any(deed.startswith("inject to") for deed in event.deeds):
            return before.get(event.connection, "").lower() == _SEEN_AS.get(cell.state, cell.state)
        before[event.connection] = str(event.states[cell.side])
    return False


@dataclass(slots=True)
class Table:
    """The answers, counted for each endpoint, state and set of flags."""

    answers: list[Answer] = field(default_factory=list)

    def add(self, cell: Cell, result: RunResult) -> Answer:
        """Take in what came of a cell, and return the answer."""
        found = answer(cell, result)
        self.answers.append(found)
        return found

    def verdicts(self, side: Side, state: str, flags: str) -> Counter[Verdict]:
        """Return how often each verdict was given over the positions."""
        return self._count(lambda cell: (cell.side, cell.state, cell.flags) == (side, state, flags))

    def totals(self, side: Side) -> Counter[Verdict]:
        """Return how often each verdict was given to an endpoint."""
        return self._count(lambda cell: cell.side is side)

    def _count(self, counts: Callable[[Cell], bool]) -> Counter[Verdict]:
        return Counter(each.verdict for each in self.answers if counts(each.cell))
