"""What a campaign tries, and what was seen of it: small, and made to cross the border between processes.

Failures are told apart by what they are: which rule was broken, by whom, in which states.
"""

from msgspec import Struct

from tcpchaos.rfc.rules.runs import LIVES
from tcpchaos.run import RunResult
from tcpchaos.search.coverage import cells
from tcpchaos.trace import Side


class Trial(Struct, frozen=True, kw_only=True):
    """One case of a campaign: `number` is its place in all that this seed draws, `strategy` is who drew it.

    `plan` is in the notation, line by line.
    """

    number: int
    strategy: str
    workload: str
    plan: tuple[str, ...]


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
    is what was covered; `fired` tells whether any rule of the plan met a segment.
    """

    outcome: str
    faults: str
    culprits: tuple[tuple[Culprit, str], ...]
    known: dict[str, int]
    cells: frozenset[tuple[str, ...]]
    segments: int
    fired: bool

    def shows(self, wanted: Culprit, *, anywhere: bool = True) -> bool:
        """Tell whether this rule was broken by the same side; in the same states, unless it may be `anywhere`."""
        return any(
            culprit == wanted or (anywhere and (culprit.rule, culprit.blame) == (wanted.rule, wanted.blame))
            for culprit, _ in self.culprits
        )


def sight(result: RunResult) -> Sighting:
    """Return what a campaign has to know of a run."""
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
    )


def _end_of_server(result: RunResult) -> str:
    """Return how a server of the user's ended that nobody had asked to, nothing where it goes on."""
    server = result.applications[Side.SERVER]
    return "" if isinstance(result.config.play, str) or server.ok else server.ended
