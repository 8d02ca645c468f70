"""What is known when a night begins: the corpus and what the last night found are replayed before anyone searches."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING, Final

from tcpchaos.cli.group import Mistake
from tcpchaos.cli.nights import Watch
from tcpchaos.corpus.case import CaseError
from tcpchaos.corpus.replay import Kept, Replay, Target
from tcpchaos.report.yesterday import Remembered, kept, to_remember

if TYPE_CHECKING:
    from tcpchaos.report.document import Nightly
    from tcpchaos.search.fuzzing import Setup

# Replays of what was once found, or is not as it was: enough to tell what is flaky from what is gone.
VOTES: Final = 5
ODD: Final = frozenset({"failed", "fixed", "undetermined"})
# For these there is some time even where the corpus has taken all of it: less, and nothing would ever be seen again.
LEAST_S: Final = 20.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """The corpus, and the last night if there was one; they are played against the same as the strategies' plans."""

    cases: Sequence[Kept]
    last: "Nightly | None"
    setup: "Setup"
    target: Target

    def replayed(self, watch: Watch, *, until: float) -> tuple[list[Replay], list[Remembered], bool]:
        """Replay the corpus, then the last night's bugs and what is not as it expects, so often that flakiness shows.

        The second part ends at `until`, by the monotonic clock; of a bug that had no replay by then nobody can tell
        tonight. The third answer is whether somebody ended it all. Raises Mistake for a bug that can't be replayed.
        """
        bugs = self._bugs()
        done, interrupted = watch.replay(self.cases, self.target, times=1)
        replays = {each.kept.file: each for each in done}
        again: dict[Path, Replay] = {}
        if not interrupted:
            simulated = _simulated(done, self.target)
            odd = [] if simulated else [each.kept for each in done if each.status in ODD]
            votes = 1 if simulated else VOTES
            within_s = max(LEAST_S, until - monotonic())
            done, interrupted = watch.replay([*bugs, *odd], self.target, times=votes, within_s=within_s)
            again = {each.kept.file: each for each in done}
            replays |= {each.file: _both(replays[each.file], again[each.file]) for each in odd if each.file in again}
        return list(replays.values()), self._remembered(bugs, again), interrupted

    def _bugs(self) -> list[Kept]:
        try:
            return [
                kept(bug, number, family=self.setup.usual.family, programs=self.target.play is not None)
                for number, bug in enumerate(to_remember(self.last), start=1)
            ]
        except CaseError as error:
            raise Mistake(f"--baseline: a bug in it can't be replayed: {error}") from None

    def _remembered(self, bugs: Sequence[Kept], again: Mapping[Path, Replay]) -> list[Remembered]:
        missed = "there was no time to replay it"
        return [
            Remembered(bug=bug, replay=again.get(each.file) or Replay(kept=each, status="undetermined", reason=missed))
            for bug, each in zip(to_remember(self.last), bugs, strict=True)
        ]


def _simulated(done: Sequence[Replay], target: Target) -> bool:
    """Tell whether time is virtual: then what was seen once is seen always."""
    return target.backend == "sim" or any(each.result is not None and each.result.backend == "sim" for each in done)


def _both(first: Replay, second: Replay) -> Replay:
    """Return what came of a case that was not as it expects, and of its replays."""
    if not second.good:
        return second
    reason = f"as expected {second.good} times of {second.times + 1}; otherwise {first.status}: {first.reason}"
    return replace(second, status="flaky", times=second.times + 1, reason=reason)
