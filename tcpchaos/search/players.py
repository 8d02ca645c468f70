"""Where the trials of a campaign are played: between simulated endpoints, by its workers, or in a lab, side by side."""

from collections.abc import Callable, Sequence
from itertools import filterfalse
from math import ceil
from typing import Final, Protocol

import trio

from tcpchaos.backends.simulated import SIMULATED
from tcpchaos.plan import Edit, Field, Inject
from tcpchaos.search.staff import Staff
from tcpchaos.search.trials import Batch, Sighting, Trial
from tcpchaos.search.worker import Against, Answer, Order

Choose = Callable[[Sequence[Trial]], list[Trial]]
Heed = Callable[[Trial, Sighting], None]

# Trials that are played or wait to be played in a lab while the next batch is drawn.
UNDER_WAY: Final = 400
# Trials that a worker plays before it tells: one may take a second of a busy machine, and a campaign lasts some.
FEW: Final = 4


class Player(Protocol):
    """Who draws batches and plays trials; `stacks` are the TCPs that are played against, as far as they are known."""

    @property
    def stacks(self) -> tuple[str, str] | None:
        """The TCPs, client's first."""

    async def ready(self, files: tuple[str, ...]) -> None:
        """Wait until it can draw from these strategy files, and play, at once. Raises Refused, Broken."""

    async def round(self, batches: Sequence[Batch], choose: Choose, heed: Heed) -> None:
        """Draw these batches, and have what is chosen of them played; `heed` hears of each trial, now or later."""

    async def finish(self) -> None:
        """Wait until all trials have been heeded."""

    def call_off(self) -> None:
        """Have no trial of a round played any longer, nor heeded."""

    async def play(self, trials: Sequence[Trial], *, alone: bool = False) -> list[Sighting]:
        """Play these, side by side or one after the other, and return what was seen in their order."""


class Refused(Exception):  # noqa: N818 - an answer to a strategy file
    """A worker could not draw from a strategy; the message is that of StrategyError."""


class Simulated:
    """Has everything done by workers, in virtual time; the same orders give the same answers."""

    def __init__(self, staff: Staff, against: Against) -> None:
        self._staff = staff
        self._against = against
        client, server = against.endpoints
        self.stacks: tuple[str, str] | None = (client or SIMULATED, server or SIMULATED)
        self._files: tuple[str, ...] = ()

    async def ready(self, files: tuple[str, ...]) -> None:
        """Have all workers load these."""
        self._files = files
        await _load(self._staff, files)

    async def round(self, batches: Sequence[Batch], choose: Choose, heed: Heed) -> None:
        """Draw all batches at the same time, play what is chosen, and tell of it in its order as soon as may be."""
        chosen: list[Trial] = []
        orders = [Order(files=self._files, batch=batch) for batch in batches]
        await _all(self._staff, orders, lambda drawn: chosen.extend(choose(drawn.trials)))

        def tell(answer: Answer) -> None:
            for trial, seen in zip(answer.trials, answer.sightings, strict=True):
                heed(trial, seen)

        await _all(self._staff, self._orders(chosen, FEW), tell)

    async def finish(self) -> None:
        """Wait for nothing: a round has heeded all of its trials."""

    def call_off(self) -> None:
        """Do nothing: a round that is cancelled heeds no more trials."""

    async def play(self, trials: Sequence[Trial], *, alone: bool = False) -> list[Sighting]:
        """Play these, and return what was seen in their order; what is the same is played once."""
        different = list(dict.fromkeys(trials))
        answers = await _all(self._staff, self._orders(different, max(1, ceil(len(different) / self._staff.size))))
        found = {trial: seen for answer in answers for trial, seen in zip(answer.trials, answer.sightings, strict=True)}
        return [found[trial] for trial in trials]

    def _orders(self, trials: Sequence[Trial], size: int) -> list[Order]:
        return [
            Order(trials=tuple(trials[at : at + size]), against=self._against) for at in range(0, len(trials), size)
        ]


class Plays(Protocol):
    """Who plays trials in labs, as many at a time as these can bear."""

    @property
    def stacks(self) -> tuple[str, str] | None:
        """The TCPs that are played against, client's first, once they are known."""

    async def ready(self) -> None:
        """Wait until a trial can be played at once. Raises Broken."""

    async def see(self, trial: Trial, *, ahead: bool = False) -> Sighting:
        """Play a trial, `ahead` of those that wait, and return what was seen. Raises Broken."""


class Laboratory:
    """Has batches drawn by workers, and what is chosen of them played by a crew.

    What is looked into is played by another one, `closer`, where nobody else disturbs, or else it goes first. Where
    trials all call the same port (`one_port`), those are left out that move to other ports. The nursery is where is
    waited for what was seen.
    """

    def __init__(
        self, staff: Staff, nursery: trio.Nursery, crew: Plays, *, closer: Plays | None = None, one_port: bool = False
    ) -> None:
        self._staff = staff
        self._nursery = nursery
        self._crew = crew
        self._closer = closer or crew
        self._one_port = one_port
        self._files: tuple[str, ...] = ()
        self._room = trio.Semaphore(UNDER_WAY)
        self._under_way: set[trio.CancelScope] = set()
        self._done = trio.Event()

    @property
    def stacks(self) -> tuple[str, str] | None:
        """The TCPs that are played against, once something was played."""
        return self._crew.stacks

    async def ready(self, files: tuple[str, ...]) -> None:
        """Have the workers load these while the labs are opened."""
        self._files = files
        async with trio.open_nursery() as nursery:
            for crew in {self._crew, self._closer}:
                nursery.start_soon(crew.ready)
            await _load(self._staff, files)

    async def round(self, batches: Sequence[Batch], choose: Choose, heed: Heed) -> None:
        """Draw the batches in their order, and begin to play each trial as soon as there is room."""
        for batch in batches:
            [answer] = await _all(self._staff, [Order(files=self._files, batch=batch)])
            # All cases call the same port of a server that is somebody else's: what moves to other ports could meet.
            known = list(filterfalse(_moves, answer.trials)) if self._one_port else answer.trials
            for trial in choose(known):
                await self._room.acquire()
                scope = trio.CancelScope()
                self._under_way.add(scope)
                self._nursery.start_soon(self._heeded, trial, heed, scope)

    async def finish(self) -> None:
        """Wait until all trials have been heeded."""
        while self._under_way:
            self._done = trio.Event()
            await self._done.wait()

    def call_off(self) -> None:
        """Have no trial of a round played any longer: not those that wait, and not those that have begun."""
        for scope in self._under_way:
            scope.cancel()

    async def play(self, trials: Sequence[Trial], *, alone: bool = False) -> list[Sighting]:
        """Play these, and return what was seen in their order."""
        found: dict[int, Sighting] = {}
        room = trio.CapacityLimiter(1 if alone else max(1, len(trials)))

        async def one(number: int) -> None:
            async with room:
                found[number] = await self._closer.see(trials[number], ahead=True)

        async with trio.open_nursery() as nursery:
            for number in range(len(trials)):
                nursery.start_soon(one, number)
        return [found[number] for number in range(len(trials))]

    async def _heeded(self, trial: Trial, heed: Heed, scope: trio.CancelScope) -> None:
        try:
            with scope:
                heed(trial, await self._crew.see(trial))
        finally:
            self._room.release()
            self._under_way.remove(scope)
            if not self._under_way:
                self._done.set()


def _moves(trial: Trial) -> bool:
    """Tell whether a plan sends anything between other ports than its connection has."""
    deeds = (deed for rule in trial.parsed().rules for deed in rule.actions)
    edits = (edit for deed in deeds for edit in (deed.fields if isinstance(deed, Inject) else (deed,)))
    return any(isinstance(edit, Edit) and edit.field in (Field.SPORT, Field.DPORT) for edit in edits)


async def _load(staff: Staff, files: tuple[str, ...]) -> None:
    """Have each worker load these; all are idle, and so each takes one of the orders."""
    await _all(staff, [Order(files=files)] * staff.size)


async def _all(staff: Staff, orders: Sequence[Order], tell: Callable[[Answer], object] = bool) -> list[Answer]:
    """Have all orders done at the same time; `tell` hears of the answers in the order of the orders."""
    waiting: dict[int, Answer] = {}
    answers: list[Answer] = []

    async def one(number: int) -> None:
        waiting[number] = await staff.do(orders[number])
        while len(answers) in waiting:
            answer = waiting.pop(len(answers))
            if answer.error:
                raise Refused(answer.error)
            answers.append(answer)
            tell(answer)

    async with trio.open_nursery() as nursery:
        for number in range(len(orders)):
            nursery.start_soon(one, number)
    return answers
