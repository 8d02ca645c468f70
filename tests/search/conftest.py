"""What the tests of campaigns share: a player that plays nothing, and a strategy in a file."""

from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
import trio

from tcpchaos.search.players import Choose, Heed
from tcpchaos.search.trials import Batch, Culprit, Sighting, Trial

STRATEGY = '''"""Lost handshakes."""
from tcpchaos import search as chaos
workloads = ("handshake",)
plans = chaos.plans(
    chaos.rules(chaos.selectors("client syn", "server syn-ack", "any ack"), chaos.actions("drop"), chaos.edits()),
    max_size=2,
)
'''


@pytest.fixture
def strategy(tmp_path: Path) -> tuple[str, str]:
    """A strategy by its name and file."""
    path = tmp_path / "lost.py"
    path.write_text(STRATEGY)
    return "lost", str(path)


class Pretending:
    """A player whose trials show what it was told: each takes a second, and batches are ten of them."""

    def __init__(self, shows: Callable[[str], Sequence[Culprit]]) -> None:
        self.stacks: tuple[str, str] | None = ("linux 6.1", "sim")
        self.shows = shows
        self.alone: list[bool] = []
        self.called_off = False
        self.ready_s = 0.0
        self.files: tuple[str, ...] = ()

    async def ready(self, files: tuple[str, ...]) -> None:
        self.files = files
        await trio.sleep(self.ready_s)

    async def round(self, batches: Sequence[Batch], choose: Choose, heed: Heed) -> None:
        for batch in batches:
            trials = [
                Trial(
                    number=number,
                    strategy=Path(batch.file).stem,
                    workload="echo",
                    plan=(f"client data#{number + 1}: drop",),
                )
                for number in range(10 * batch.number, 10 * batch.number + 10)
            ]
            for trial in choose(trials):
                await trio.sleep(1)
                heed(trial, self.sighting(trial))

    async def finish(self) -> None:
        await trio.lowlevel.checkpoint()

    def call_off(self) -> None:
        self.called_off = True

    async def play(self, trials: Sequence[Trial], *, alone: bool = False) -> list[Sighting]:
        self.alone.append(alone)
        await trio.sleep(1)
        return [self.sighting(trial) for trial in trials]

    def sighting(self, trial: Trial) -> Sighting:
        culprits = self.shows("\n".join(trial.plan))
        return Sighting(
            outcome="violation" if culprits else "pass",
            faults="survivable",
            culprits=tuple((culprit, "expected 1; observed 2") for culprit in culprits),
            known={},
            cells=frozenset({("A", "B", f"client {trial.number}", "drop", "sent")}),
            segments=9,
            fired=True,
        )
