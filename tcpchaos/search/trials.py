"""What a campaign tries, and what was seen of it: small, and made to cross the border between processes.

Failures are told apart by what they are: which rule was broken, by whom, in which states.
"""

from typing import Final, Literal

from msgspec import Struct

from tcpchaos.plan import Plan, parse
from tcpchaos.rfc.rules.runs import LIVES
from tcpchaos.run import RunResult
from tcpchaos.search.coverage import cells
from tcpchaos.search.matrix import Cell, Position, Verdict, answer
from tcpchaos.trace import Side

BATCH: Final = 20  # trials drawn at a time: enough to be worth it, few enough to be soon heard of
_SIDES: Final = {str(side): side for side in Side}


class Batch(Struct, frozen=True, kw_only=True):
    """What is to be drawn: batch `number` of a campaign with this seed, from a strategy file.

    It has up to `size` trials, of which the first `most` are wanted, 0 for all. Half of them are made from the `pool`,
    if there is one: workloads and plans in the notation. `workloads` take the place of the strategy's own, where there
    are any, or choose among what it enumerates.
    """

    file: str
    seed: int = 0
    number: int = 0
    size: int = BATCH
    most: int = 0
    pool: tuple[tuple[str, str], ...] = ()
    workloads: tuple[str, ...] = ()


class Trial(Struct, frozen=True, kw_only=True):
    """One case of a campaign: `number` is its place in all that this seed draws, `strategy` is who drew it.

    `plan` is in the notation, line by line. `cell` is the place in the matrix that it asks about, () for none: the
    endpoint, its state, the flags, and the number (seq or ack) with its position.
    """

    number: int
    strategy: str
    workload: str
    plan: tuple[str, ...]
    cell: tuple[str, ...] = ()

    @staticmethod
    def of(cell: Cell, *, number: int, strategy: str) -> "Trial":
        """Return the trial that asks about a cell."""
        what = (str(cell.side), cell.state, cell.flags, *cell.position)
        plan = tuple(str(cell.plan).splitlines())
        return Trial(number=number, strategy=strategy, workload=cell.workload, plan=plan, cell=what)

    def parsed(self) -> Plan:
        """Return the plan that its lines say."""
        return parse("\n".join(self.plan))

    @property
    def asked(self) -> Cell | None:
        """The cell that it asks about, if any."""
        if not self.cell:
            return None
        side, state, flags, kind, name = self.cell
        number: Literal["seq", "ack"] = "seq" if kind == "seq" else "ack"
        position = Position(number, name)
        return Cell(side=_SIDES[side], state=state, flags=flags, position=position)


class Culprit(Struct, frozen=True, kw_only=True, order=True):
    """Which rule was broken, by whom ("" is nobody in particular), in which states, client's first."""

    rule: str
    blame: str
    states: tuple[str, str]

    @property
    def crash(self) -> bool:
        """Whether it is the end of a server of the user's, which all see who visit it at that time."""
        return self.rule == LIVES.id


class Sighting(Struct, frozen=True, kw_only=True):
    """What was seen of a trial.

    `culprits` are those that make a violation, each with what was observed; `known` counts known deviations; `cells`
    is what was covered; `fired` tells whether any rule of the plan met a segment. `verdict` is the answer to the cell
    that was asked about, if any, and `rules` those that were broken in it, or are known to be.
    """

    outcome: str
    faults: str
    culprits: tuple[tuple[Culprit, str], ...]
    known: dict[str, int]
    cells: frozenset[tuple[str, ...]]
    segments: int
    fired: bool
    verdict: Verdict = "not reached"
    rules: tuple[str, ...] = ()

    def shows(self, wanted: Culprit, *, anywhere: bool = True) -> bool:
        """Tell whether this rule was broken by the same side; in the same states, unless it may be `anywhere`."""
        return any(
            culprit == wanted or (anywhere and (culprit.rule, culprit.blame) == (wanted.rule, wanted.blame))
            for culprit, _ in self.culprits
        )


def sight(result: RunResult, trial: Trial | None = None) -> Sighting:
    """Return what a campaign has to know of a run, which answers to a cell where the trial asks about one."""
    asked = None if trial is None else trial.asked
    answered = None if asked is None else answer(asked, result)
    known: dict[str, int] = {}
    culprits: dict[Culprit, str] = {}
    for finding in result.findings:
        if finding.known is not None:
            known[finding.known] = known.get(finding.known, 0) + finding.times
        if finding.counts and result.outcome == "violation":
            blame = "" if finding.blame is None else str(finding.blame)
            first, second = finding.states
            culprit = Culprit(rule=finding.rule, blame=blame, states=(str(first), str(second)))
            culprits.setdefault(culprit, f"expected {finding.expected}; observed {finding.observed}")
    ended = _end_of_server(result)
    if ended:
        culprit = Culprit(rule=LIVES.id, blame=str(Side.SERVER), states=("", ""))
        culprits.setdefault(culprit, f"expected a server that goes on; observed {ended}")
    return Sighting(
        outcome=result.outcome,
        faults=result.verdict.faults,
        culprits=tuple(culprits.items()),
        known=known,
        cells=frozenset(cells(result)),
        segments=result.trace.seen // 2,
        fired=any(each.times for each in result.fired if not each.of_workload),
        verdict="not reached" if answered is None else answered.verdict,
        rules=() if answered is None else answered.rules,
    )


def _end_of_server(result: RunResult) -> str:
    """Return how a server of the user's ended that nobody had asked to, nothing where it goes on."""
    server = result.applications[Side.SERVER]
    return "" if isinstance(result.config.play, str) or server.ok else server.ended
