"""A campaign is led for as long as it may last, and what it finds is confirmed, made small, and saved."""

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Final

import trio

from tcpchaos.search.campaign import Campaign
from tcpchaos.search.findings import Found, confirm, shrink
from tcpchaos.search.players import Player
from tcpchaos.search.trials import Sighting, Trial

AT_ONCE: Final = 3  # findings that are looked into at the same time
LATE_S: Final = 8.0  # in which what is under way at the end of a turn may come to its own: most plans take less
# In which what was found is made small, when the time for searching is over: half of that time, in these bounds.
LEAST_AFTERWARDS_S: Final = 10.0
AFTERWARDS_S: Final = 120.0

# Writes a finding down and returns its file.
Save = Callable[[Found], Path | None]


class Expedition:
    """Leads a campaign; `save` is called for each finding when it is confirmed, and again when it is small.

    The time counts from when everything is ready. A `turn` is one of many, and short: it counts from its beginning, its
    first round is drawn in any case, and what is under way when the time is over has some seconds to come to its end,
    or slow machines would never find anything.
    """

    def __init__(
        self, campaign: Campaign, player: Player, save: Save, *, time_s: float | None = None, turn: bool = False
    ) -> None:
        self.campaign = campaign
        self.time_s = time_s
        self.took_s = 0.0
        self.interrupted = False
        self.stage = "getting ready"
        self._turn = turn
        self._player = player
        self._save = save
        self._room = trio.CapacityLimiter(AT_ONCE)
        self._search = trio.CancelScope()
        self._closing = trio.CancelScope()
        self._nursery: trio.Nursery | None = None
        self._began = 0.0

    @property
    def seconds(self) -> float:
        """For how long it has been under way."""
        return trio.current_time() - self._began

    @property
    def left_s(self) -> float | None:
        """How much of its time is left, None where there is no limit."""
        return None if self.time_s is None else max(0.0, self.time_s - self.seconds)

    async def lead(self) -> None:
        """Search until the time is over or nothing is left, then finish what was found. Raises Refused, Broken."""
        self._began = trio.current_time()
        with self._closing:
            async with trio.open_nursery() as nursery:
                self._nursery = nursery
                with self._search:
                    await self._player.ready(self.campaign.files)
                    if not self._turn:
                        self._began = trio.current_time()
                    self.stage = "searching"
                    if self._turn and not self.campaign.over:
                        await self._player.round(self.campaign.round(), self.campaign.choose, self._heed)
                    if self.time_s is not None:
                        self._search.deadline = self._began + self.time_s
                    while not self.campaign.over:
                        await self._player.round(self.campaign.round(), self.campaign.choose, self._heed)
                    await self._player.finish()
                self.took_s = self.seconds
                self.stage = "making small what was found"
                self._closing.deadline = min(self._closing.deadline, trio.current_time() + self._afterwards_s())
                if self._turn and not self.interrupted:
                    with trio.move_on_after(LATE_S):
                        await self._player.finish()
                self._player.call_off()
        self._nursery = None
        self.stage = "done"

    def _afterwards_s(self) -> float:
        """Return how long what was found may be made small; a turn has the time of all the others before it."""
        if self._turn or self.time_s is None:
            return AFTERWARDS_S
        return min(AFTERWARDS_S, max(LEAST_AFTERWARDS_S, self.time_s / 2))

    def interrupt(self) -> None:
        """End the search, and at the second time what is left to be done afterwards."""
        if self.interrupted or self.stage not in ("getting ready", "searching"):
            self._closing.cancel()
        self.interrupted = True
        self._search.cancel()

    def _heed(self, trial: Trial, sighting: Sighting) -> None:
        if self._nursery is None:
            return  # what was still played when all was over
        for found in self.campaign.tell(trial, sighting):
            self._nursery.start_soon(self._look_into, found)

    async def _look_into(self, found: Found) -> None:
        play = partial(self._play, alone=found.culprit.crash)
        async with self._room:
            if not await confirm(found, play):
                return
            self._write(found)
            await shrink(found, play)
            self._write(found)

    async def _play(self, trials: Sequence[Trial], *, alone: bool) -> list[Sighting]:
        return await self._player.play(trials, alone=alone)

    def _write(self, found: Found) -> None:
        """Save it, and then take away what was saved of it when it was larger."""
        before, found.file = found.file, self._save(found)
        if before is not None and before != found.file:
            before.unlink(missing_ok=True)
