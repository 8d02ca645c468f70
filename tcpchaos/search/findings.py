"""What a campaign found: each bug once, confirmed by voting, made small, and saved as a case."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from math import ceil, log
from pathlib import Path
from typing import Final, Literal

from tcpchaos.corpus.case import MAX_TITLE, Case, Provenance, Violates
from tcpchaos.plan import Plan
from tcpchaos.rfc import LAW
from tcpchaos.search.shrinking import Shrinker
from tcpchaos.search.trials import Culprit, Sighting, Trial
from tcpchaos.trace import Side

VOTES: Final = 5  # replays of a failure before it is believed
FINAL_VOTES: Final = 20  # replays of the smallest plan, to say how often it fails
MOST_TRIES: Final = 8  # replays of a candidate, at the most, of a failure that is flaky
_MISSED: Final = 0.1  # how likely a candidate that shows a flaky failure may be missed
SHRUNK_FOR_A_BUG: Final = 3  # what breaks one rule in ever more states is one bug more often than several

# So often somebody else may be suspected of a failure that no replay has shown: of those who visit a server at the same
# time one has ended it, and all of them see it.
SUSPECTED: Final = 20
_SIDES: Final[dict[Side, Literal["client", "server"]]] = {Side.CLIENT: "client", Side.SERVER: "server"}

Status = Literal["new", "confirmed", "shrunk", "unconfirmed"]
# Plays trials side by side and returns what was seen, in their order.
Play = Callable[[Sequence[Trial]], Awaitable[list[Sighting]]]


@dataclass(slots=True, kw_only=True)
class Found:
    """One bug: the first trial that showed it, and what became of it.

    `status` is "new", "confirmed" or "shrunk", or "unconfirmed" where no replay showed it. `good` of `times` replays of
    `plan` showed it. `seen` counts the trials of the campaign that did, `anywhere` tells that the states in which it is
    seen differ, `suspects` are other trials that showed it, in case that the first one was innocent, and `file` is the
    case that was saved.
    """

    culprit: Culprit
    observed: str
    trial: Trial
    status: Status = "new"
    plan: Plan = field(default_factory=Plan)
    good: int = 0
    times: int = 0
    seen: int = 1
    anywhere: bool = True
    suspects: list[Trial] = field(default_factory=list)
    file: Path | None = None

    def suspect(self, trial: Trial) -> bool:
        """Note another trial that showed it, and tell whether it has to be looked into because no other is left."""
        if self.status in ("new", "unconfirmed") and self.seen <= SUSPECTED:
            self.suspects.append(trial)
        if self.status != "unconfirmed" or not self.suspects:
            return False
        self.status = "new"
        return True

    def case(self, *, version: str, stacks: tuple[str, str] | None, seed: int) -> Case:
        """Return it as a case."""
        sentence = next((rule.sentence for rule in LAW if rule.id == self.culprit.rule), "")
        side = next((side for side in Side if str(side) == self.culprit.blame), None)
        blame: Literal["client", "server"] | None = None if side is None else _SIDES[side]
        who = blame or "somebody"
        return Case(
            title=_line(f"{self.culprit.rule}, {who}: {sentence}"),
            about=f"{self.observed[:1].upper()}{self.observed[1:]}, in {' and '.join(self.culprit.states)}.",
            workload=self.trial.workload,
            plan=tuple(str(self.plan).splitlines()),
            expect=Violates(rule=self.culprit.rule, blame=blame),
            provenance=Provenance(
                source=f"campaign {self.trial.strategy}",
                version=version,
                stacks=stacks,
                seed=seed,
                replayed=(self.good, self.times),
            ),
        )


class Ledger:
    """All that a campaign found, and which of it is worth a closer look."""

    def __init__(self) -> None:
        self.found: dict[Culprit, Found] = {}

    def note(self, trial: Trial, sighting: Sighting) -> list[Found]:
        """Note what a trial showed, and return what is new and to be looked into."""
        fresh = []
        for culprit, observed in sighting.culprits:
            known = self.found.get(culprit)
            if known is not None:
                known.seen += 1
                if known.suspect(trial):
                    fresh.append(known)
                continue
            others = (each for key, each in self.found.items() if _alike(key, culprit))
            if sum(each.status != "unconfirmed" for each in others) < SHRUNK_FOR_A_BUG:
                self.found[culprit] = Found(culprit=culprit, observed=observed, trial=trial)
                fresh.append(self.found[culprit])
        return fresh

    @property
    def bugs(self) -> list[Found]:
        """Return what was confirmed, each once: what shrank to the same plan is one bug."""
        kept: dict[tuple[object, ...], Found] = {}
        for found in self.found.values():
            if found.status in ("confirmed", "shrunk"):
                culprit = found.culprit
                kept.setdefault((culprit.rule, culprit.blame, found.trial.workload, str(found.plan)), found)
        return list(kept.values())


def _alike(one: Culprit, other: Culprit) -> bool:
    return (one.rule, one.blame) == (other.rule, other.blame)


async def confirm(found: Found, play: Play, *, votes: int = VOTES) -> bool:
    """Replay a failure so often, and tell whether it was ever there again; if not, suspect the next trial.

    Where it always was in the same states, a smaller plan has to show it in these as well.
    """
    while not await _confirm(found, play, votes):
        if not found.suspects:
            found.status = "unconfirmed"
            return False
        found.trial = found.suspects.pop(0)
    found.status = "confirmed"
    return True


async def _confirm(found: Found, play: Play, votes: int) -> bool:
    found.plan = found.trial.parsed()
    sightings = await play([_trial(found, found.plan)] * votes)
    found.anywhere = not all(each.shows(found.culprit, anywhere=False) for each in sightings)
    found.good, found.times = sum(each.shows(found.culprit) for each in sightings), votes
    return found.good > 0


async def shrink(found: Found, play: Play, *, votes: int = FINAL_VOTES) -> None:
    """Make the plan of a confirmed failure as small as it gets, and count how often it fails then."""
    tries = tries_for(found.good, found.times)
    shrinker = Shrinker(found.plan)
    while wave := shrinker.wave():
        sightings = await play([_trial(found, plan) for plan in wave for _ in range(tries)])
        shows = [each.shows(found.culprit, anywhere=found.anywhere) for each in sightings]
        shrinker.tell([any(shows[at * tries : (at + 1) * tries]) for at in range(len(wave))])
        found.plan = shrinker.plan
    sightings = await play([_trial(found, found.plan)] * votes)
    found.good, found.times = sum(each.shows(found.culprit) for each in sightings), votes
    found.status = "shrunk"


def tries_for(good: int, times: int) -> int:
    """Return how often to play a candidate, so that one that shows a failure as flaky as this is seldom missed."""
    if good >= times:
        return 1
    return min(MOST_TRIES, ceil(log(_MISSED) / log(1 - good / times)))


def _trial(found: Found, plan: Plan) -> Trial:
    trial = found.trial
    return Trial(
        number=trial.number, strategy=trial.strategy, workload=trial.workload, plan=tuple(str(plan).splitlines())
    )


def _line(text: str) -> str:
    return text if len(text) <= MAX_TITLE else text[: MAX_TITLE - 4].rpartition(" ")[0] + " ..."
