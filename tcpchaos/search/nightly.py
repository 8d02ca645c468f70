"""A night: the time that there is goes to strategies by what they still find.

Each strategy has a campaign of its own, which goes on at each of its turns; all of them share what was covered and what
was found, so that only what is new to the night counts, and no bug is made small twice.
"""

import signal
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from math import inf
from typing import Final

import trio

from tcpchaos.backends.host import Broken
from tcpchaos.run.session import one_error
from tcpchaos.search.campaign import Campaign
from tcpchaos.search.coverage import Coverage
from tcpchaos.search.expedition import Expedition
from tcpchaos.search.findings import Ledger
from tcpchaos.search.fuzzing import Came, Setup, acquaint, begun, fuzz

LEAST_S: Final = 5.0  # of a turn: to open a lab and to begin take a second or two
ROUNDS: Final = 4  # a round takes this part of the time that is left

# Is given a name, the seconds that are left of the night, and the expedition, at the beginning of each turn.
Watch = Callable[[str, float, Expedition], object]


class Shares:
    """Who searches next and for how long. Sans-IO: the time that is left and what was found are told.

    In a round each strategy has its turn, a short one at least; what there is beyond that goes to those that found
    something new in their last turn, by how much of it in a second. Where there is not enough for all, those come first
    that were never tried, then those that find most.
    """

    def __init__(self, names: Sequence[str]) -> None:
        self._rates = dict.fromkeys(names, inf)
        self._turns: deque[tuple[str, float]] = deque()

    def turn(self, left_s: float) -> tuple[str, float] | None:
        """Return whose turn is next and for how many seconds, None when the night is over."""
        if left_s <= 0 or not self._rates:
            return None
        if not self._turns:
            self._turns.extend(self._round(left_s))
        name, seconds = self._turns.popleft()
        return name, min(seconds, left_s)

    def tell(self, name: str, *, new: int, took_s: float, over: bool = False) -> None:
        """Take how many cells a turn was the first to cover; one that has nothing more to draw gets no other turn."""
        self._rates[name] = new / max(took_s, LEAST_S)
        if over:
            del self._rates[name]

    def _round(self, left_s: float) -> list[tuple[str, float]]:
        names = sorted(self._rates, key=lambda name: -self._rates[name])
        names = names[: max(1, int(left_s / LEAST_S))]
        spare = max(0.0, left_s / ROUNDS - LEAST_S * len(names))
        known = [rate for name in names if (rate := self._rates[name]) < inf]
        weights = [rate if rate < inf else max(known, default=1.0) for rate in map(self._rates.__getitem__, names)]
        total = sum(weights)
        return [
            (name, LEAST_S + spare * (weight / total if total else 1 / len(names)))
            for name, weight in zip(names, weights, strict=True)
        ]


@dataclass(slots=True, kw_only=True)
class Night:
    """What came of a night so far: the campaign of each strategy, and how long they searched in how many turns.

    `backend` and `remark` are as in Came; `lack` says why the environment failed.
    """

    campaigns: dict[str, Campaign]
    coverage: Coverage
    ledger: Ledger
    turns: dict[str, int] = field(default_factory=dict)
    seconds: dict[str, float] = field(default_factory=dict)
    backend: str = ""
    remark: str = ""
    stacks: tuple[str, str] | None = None
    interrupted: bool = False
    lack: str = ""

    @property
    def trials(self) -> int:
        """How many trials were played."""
        return self.coverage.trials


def begin(setup: Setup) -> Night:
    """Return a night in which nothing has happened yet."""
    coverage, ledger = Coverage(), Ledger()
    each = {name: replace(setup, strategies=((name, file),)) for name, file in setup.strategies}
    return Night(
        campaigns={name: begun(its, coverage=coverage, ledger=ledger) for name, its in each.items()},
        coverage=coverage,
        ledger=ledger,
    )


async def search(night: Night, setup: Setup, *, time_s: float, watch: Watch) -> None:
    """Have all strategies search for so long in all; Ctrl-C and SIGTERM end it early, and what was found is kept.

    Raises Refused for a strategy that draws nothing.
    """
    ends = trio.current_time() + time_s
    # The one that finds out may be another every night, where there is not time for all of them.
    names = deque(night.campaigns)
    names.rotate(-setup.seed)
    shares = Shares(names)
    async with trio.open_nursery() as nursery:
        await nursery.start(_listen, night)
        night.lack = await _lack(setup)
        while not (night.interrupted or night.lack) and (turn := shares.turn(ends - trio.current_time())) is not None:
            name, seconds = turn
            campaign = night.campaigns[name]
            before = campaign.new_by_strategy[name]

            def begins(expedition: Expedition, name: str = name) -> None:
                watch(name, ends - trio.current_time(), expedition)
                if night.interrupted:
                    expedition.interrupt()

            try:
                came = await fuzz(replace(setup, time_s=seconds), campaign=campaign, watch=begins)
            except Broken as broken:
                night.lack = str(broken)
                break
            _note(night, name, came)
            setup = replace(setup, usual=replace(setup.usual, backend=came.backend))
            took_s = came.expedition.took_s
            shares.tell(name, new=campaign.new_by_strategy[name] - before, took_s=took_s, over=campaign.over)
        nursery.cancel_scope.cancel()


async def _lack(setup: Setup) -> str:
    """Return why nothing could be told from faults, "" where something can."""
    try:
        with one_error():
            await acquaint(setup)
    except Broken as broken:
        return str(broken)
    return ""


def _note(night: Night, name: str, came: Came) -> None:
    night.turns[name] = night.turns.get(name, 0) + 1
    night.seconds[name] = night.seconds.get(name, 0.0) + came.expedition.took_s
    night.backend = came.backend
    night.remark = night.remark or came.remark
    night.stacks = came.player.stacks or night.stacks
    night.interrupted = night.interrupted or came.expedition.interrupted


async def _listen(night: Night, *, task_status: trio.TaskStatus[None]) -> None:
    """Hear between two turns what each turn hears for itself."""
    with trio.open_signal_receiver(signal.SIGINT, signal.SIGTERM) as signals:
        task_status.started()
        async for _ in signals:
            night.interrupted = True
