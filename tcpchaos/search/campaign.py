"""A campaign: which batch is drawn next, what it has covered, and when it is over. Sans-IO.

Batches are drawn in rounds. All batches of a round are drawn from the same pool of interesting plans, and what they
showed is taken in their order; so a campaign is the same however many processes draw and play for it. What is drawn
waits in the reserve of its strategy until it is what says most that is new.
"""

from collections import Counter, OrderedDict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from tcpchaos.search.coverage import Coverage
from tcpchaos.search.findings import Found, Ledger
from tcpchaos.search.guidance import Pool, Reserve, Said
from tcpchaos.search.matrix import Answer, Table
from tcpchaos.search.trials import BATCH, Batch, Sighting, Trial

ROUND: Final = 4  # batches
IN_A_ROW: Final = 5  # trials of one strategy that are played: each of them may be the one that finds something
BARREN: Final = 3  # rounds in which nothing was drawn that had not been before: there is nothing else


@dataclass(frozen=True, slots=True, kw_only=True)
class Shard:
    """Part `index` (from 1) of `of` parts of a campaign: no two of them draw the same batch."""

    index: int = 1
    of: int = 1

    def __post_init__(self) -> None:
        if not 1 <= self.index <= self.of:
            raise ValueError(f"there is no part {self.index} of {self.of}: write 1/{self.of} to {self.of}/{self.of}")

    def __str__(self) -> str:
        return f"{self.index}/{self.of}"


class Campaign:
    """Draws from strategies, given by name and file, in turn; `most` bounds how many trials are played, 0 is no bound.

    `workloads` take the place of those that the strategies name. Guided, that is played first which says most that is
    new; and where it `learns`, half of what is drawn comes from plans that have shown something new. Campaigns may
    share `coverage` and `ledger`: then none finds what another has found.
    """

    def __init__(
        self,
        strategies: Sequence[tuple[str, str]],
        *,
        workloads: Sequence[str] = (),
        seed: int = 0,
        most: int = 0,
        guided: bool = True,
        shard: Shard | None = None,
        batch: int = BATCH,
        coverage: Coverage | None = None,
        ledger: Ledger | None = None,
    ) -> None:
        self.strategies = tuple(strategies)
        self.workloads = tuple(workloads)
        self.seed = seed
        self.most = most
        self.guided = self.learns = guided
        self.shard = shard or Shard()
        self.batch = batch
        self.coverage = Coverage() if coverage is None else coverage
        self.ledger = Ledger() if ledger is None else ledger
        self.table = Table()
        self.outcomes: Counter[str] = Counter()
        self.known: Counter[str] = Counter()
        self.new_by_strategy: Counter[str] = Counter()
        self.by_strategy: Counter[str] = Counter()
        self.idle = 0  # trials of which no rule met a segment
        self.segments = 0
        self.files = tuple(file for _, file in self.strategies)
        self._pools = {name: Pool() for name, _ in self.strategies}
        self._said = Said()
        self._reserves: OrderedDict[str, Reserve] = OrderedDict()  # whose turn it was last stands last
        self._turn = 0
        self._heard = 0  # batches
        self._drawn: set[tuple[str, tuple[str, ...], tuple[str, ...]]] = set()
        self._chosen = 0
        self._barren = 0  # rounds
        self._at_last_round = -1

    @property
    def trials(self) -> int:
        """How many trials were played, by all that share its coverage."""
        return self.coverage.trials

    @property
    def over(self) -> bool:
        """Whether as many trials were chosen as were asked for, or there are no others."""
        return (self.most > 0 and self._chosen >= self.most) or self._barren >= BARREN

    def round(self) -> list[Batch]:
        """Return the batches of the next round."""
        self._barren = self._barren + 1 if self._chosen == self._at_last_round else 0
        self._at_last_round = self._chosen
        pools = {name: pool.plans() if self.learns else () for name, pool in self._pools.items()}
        batches: list[Batch] = []
        left = self.most - self._chosen if self.most else ROUND * self.batch
        while left > 0 and len(batches) < ROUND:
            name, file = self.strategies[self._turn % len(self.strategies)]
            batches.append(
                Batch(
                    file=file,
                    seed=self.seed,
                    number=self._turn // len(self.strategies) * self.shard.of + self.shard.index - 1,
                    size=self.batch,
                    most=self.batch if self.guided else min(self.batch, left),
                    pool=pools[name],
                    workloads=self.workloads,
                )
            )
            left -= batches[-1].most
            self._turn += 1
        return batches

    def choose(self, trials: Sequence[Trial]) -> list[Trial]:
        """Return what to play now that this batch was drawn: nothing twice, and no more than is still wanted.

        Unguided, and of what a strategy enumerates, that is all of it.
        """
        fresh = []
        for trial in trials:
            what = trial.workload, trial.plan, trial.cell
            if what not in self._drawn:
                self._drawn.add(what)
                fresh.append(trial)
        self._heard += 1
        if self.guided and not any(trial.cell for trial in trials):
            fresh = list(self._best(fresh))
        chosen = fresh[: self.most - self._chosen] if self.most else fresh
        self._chosen += len(chosen)
        return chosen

    def _best(self, fresh: Sequence[Trial]) -> Iterator[Trial]:
        """Put what was drawn in its reserve, and yield a few of that, and of those that have waited longest.

        When each strategy was drawn from once, as many are played as are drawn.
        """
        if fresh:
            name = fresh[0].strategy
            self._reserves.setdefault(name, Reserve()).add(fresh)
            self._reserves.move_to_end(name, last=False)
        for _ in range(1 if self._heard <= len(self.strategies) else self.batch // IN_A_ROW):
            name = next((name for name, reserve in self._reserves.items() if reserve), "")
            if not name:
                return
            self._reserves.move_to_end(name)
            yield from self._reserves[name].take(IN_A_ROW, self._said)

    def tell(self, trial: Trial, sighting: Sighting) -> list[Found]:
        """Take what was seen of a trial, and return what is new and to be looked into."""
        new = self.coverage.add(sighting.cells)
        self.outcomes[sighting.outcome] += 1
        self.by_strategy[trial.strategy] += 1
        self.new_by_strategy[trial.strategy] += new
        self.known.update(sighting.known)
        self.idle += not sighting.fired
        self.segments += sighting.segments
        asked = trial.asked
        if asked is not None:
            self.table.answers.append(Answer(cell=asked, verdict=sighting.verdict, rules=sighting.rules))
        elif new and trial.strategy in self._pools:
            self._pools[trial.strategy].add(trial.workload, "\n".join(trial.plan), new)
        return self.ledger.note(trial, sighting)
