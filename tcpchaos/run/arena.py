"""An arena: many runs at the same time in one lab, each on its own connections, with its own plan and its own oracle.

A kernel's timers can't be sped up, but a hundred connections can wait for them together. A server of the user's is
started once, serves all who come, and is started again after it has ended.
"""

import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Final

import trio

from tcpchaos.backends.host import Broken
from tcpchaos.backends.lab.commands import inherited_environment
from tcpchaos.backends.shared import SharedWorld
from tcpchaos.backends.world import Setting
from tcpchaos.backends.worlds import open_shared
from tcpchaos.plan import InjectIcmp, Plan
from tcpchaos.run.config import RunConfig, RunResult
from tcpchaos.run.session import one_error, run, run_in, run_simulated
from tcpchaos.trace import Side
from tcpchaos.workloads import Commands, Exchange, Programs

# Between two looks at how late everybody is, and how late that may be: a tenth of the shortest retransmission timeout.
LOOK_S: Final = 0.05
LATE_S: Final = 0.02
# Who has or wants a processor for less of the time is late because of others, whom it does not help that fewer play.
BUSY_SHARE: Final = 0.6
# Runs at a time: to begin with, at the least, at the most.
FIRST: Final = 16
LEAST: Final = 4
MOST: Final = 400

_SCHEDULED: Final = Path("/proc/thread-self/schedstat")
_NS_PER_S: Final = 1_000_000_000


def wanted_s() -> float:
    """Return for how many seconds this thread has had a processor, or has waited for one, until now."""
    try:
        ran_ns, waited_ns, _ = _SCHEDULED.read_text().split()
    except OSError:  # a kernel that keeps no such account
        return time.thread_time()
    return (int(ran_ns) + int(waited_ns)) / _NS_PER_S


class Throttle:
    """Lets as many runs be played at a time as leave each of them its turn soon enough.

    `wanted` tells for how many seconds a processor was wanted for them until now.
    """

    def __init__(self, most: int = MOST, wanted: Callable[[], float] = wanted_s) -> None:
        self._most = most
        self._wanted = wanted
        self._limiter = trio.CapacityLimiter(min(FIRST, most))
        self._door = trio.Lock()

    @property
    def at_once(self) -> int:
        """How many there may be at a time just now."""
        return int(self._limiter.total_tokens)

    @asynccontextmanager
    async def turn(self, *, ahead: bool = False) -> AsyncIterator[None]:
        """Wait for a turn, `ahead` of all others who wait but one, and have it in the block."""
        if ahead:
            await self._limiter.acquire()
        else:
            # Turns come in the order in which they were asked for: of these only one is ever in that queue.
            async with self._door:
                await self._limiter.acquire()
        try:
            yield
        finally:
            self._limiter.release()

    async def govern(self) -> None:
        """Let in more while nobody is late, and fewer while somebody is because of them, until cancelled."""
        while True:
            began_s, wanted_before_s = trio.current_time(), self._wanted()
            await trio.sleep_until(began_s + LOOK_S)
            took_s = trio.current_time() - began_s
            busy = self._wanted() - wanted_before_s > BUSY_SHARE * took_s
            now = self.at_once
            if busy and took_s - LOOK_S > LATE_S:
                self._limiter.total_tokens = max(min(LEAST, self._most), now * 7 // 8)
            elif self._limiter.available_tokens == 0:
                self._limiter.total_tokens = min(self._most, now + 1 + now // 16)


def _marks_the_host(plan: Plan) -> bool:
    """Tell whether it says how much a path carries, which a host keeps in mind for all connections that go there."""
    deeds = (deed for rule in plan.rules for deed in rule.actions)
    return any(isinstance(deed, InjectIcmp) and deed.mtu is not None for deed in deeds)


class Arena:
    """Where runs are played, as many at a time as ask for it and as the machine bears.

    There is a lab for each setting that is asked for, made when it is asked for first, and kept. What would not leave
    it as it was has one of its own.
    """

    def __init__(self, nursery: trio.Nursery, throttle: Throttle, server: str) -> None:
        self._nursery = nursery
        self._throttle = throttle
        self._server = server
        self._opening = trio.Lock()
        self._places: dict[tuple[object, ...], _Place | Broken] = {}
        self._alone = trio.CapacityLimiter(1)  # for what computes and nothing else
        self.remark = ""  # why runs are simulated for which nobody had asked for that

    async def run(self, config: RunConfig, *, ahead: bool = False) -> RunResult:
        """Play this beside what else is played, `ahead` of what waits for that, and return what came of it.

        Raises Broken where the environment failed, and what `run` raises.
        """
        async with self._throttle.turn(ahead=ahead):
            return await self._run(config)

    async def open(self, config: RunConfig) -> None:
        """Make the lab for such runs now, so that the first of them need not wait for it. Raises what `run` does."""
        if config.backend != "sim" and not isinstance(config.play, Commands):
            await self._place(config.setting)

    @property
    def at_once(self) -> int:
        """How many runs there may be at a time just now."""
        return self._throttle.at_once

    async def _run(self, config: RunConfig) -> RunResult:
        in_a_lab = config.backend != "sim" and config.foreign is None
        if isinstance(config.play, Commands) or (in_a_lab and _marks_the_host(config.plan)):
            return await run(self._apart(config), heeds_signals=False)
        place = None if config.backend == "sim" else await self._place(config.setting)
        if place is None:
            return await trio.to_thread.run_sync(run_simulated, config, limiter=self._alone)
        visits = isinstance(config.play, Exchange) and config.foreign is None
        visited = await place.visited() if visits else None
        return await run_in(place.shared.share(), config, visited=visited)

    def _apart(self, config: RunConfig) -> RunConfig:
        """Return the same run for a world of its own."""
        play = config.play
        if isinstance(play, Exchange):
            play = Commands(server=self._server, client=play)
        return replace(config, play=play, tracing=False)

    async def _place(self, setting: Setting) -> "_Place | None":
        """Return the lab for this setting, None where there is none and a simulated world will do."""
        key = (setting.endpoints, setting.family, setting.mtu, tuple(setting.sysctls.items()), setting.foreign)
        async with self._opening:
            place = self._places.get(key)
            if place is None:
                place = self._places[key] = await self._opened(setting)
        if not isinstance(place, Broken):
            return place
        if setting.backend == "lab" or setting.needs_lab:
            raise place
        self.remark = f"simulated, because this machine has no lab: {place}"
        return None

    async def _opened(self, setting: Setting) -> "_Place | Broken":
        place = _Place(replace(setting, tracing=False), self._server)
        try:
            with one_error():
                await self._nursery.start(place.keep)
        except Broken as broken:
            return broken
        return place


class _Place:
    """A lab that is shared, and the server in it."""

    def __init__(self, setting: Setting, server: str) -> None:
        self._setting = setting
        self._server = server
        self._turn = trio.Lock()
        self._programs: Programs | None = None
        self.shared: SharedWorld

    async def keep(self, *, task_status: trio.TaskStatus[None]) -> None:
        """Keep it open until cancelled."""
        async with open_shared(self._setting) as self.shared, trio.open_nursery() as self._nursery:
            task_status.started()
            await trio.sleep_forever()

    async def visited(self) -> Programs:
        """Return the server, which is started where it is not there, or not there any more."""
        async with self._turn:
            if self._programs is None or not self._programs.serves:
                self._programs = await self._nursery.start(self._serve)
            return self._programs

    async def _serve(self, *, task_status: trio.TaskStatus[Programs]) -> None:
        world = self.shared.world
        places = (world.place(Side.CLIENT), world.place(Side.SERVER))
        commands = Commands(server=self._server, client=Exchange())
        programs = Programs(*places, commands, env=inherited_environment())
        async with programs.serving():
            task_status.started(programs)
            await programs.served()


@asynccontextmanager
async def open_arena(server: str = "", *, at_once: int = MOST) -> AsyncIterator[Arena]:
    """Open an arena, in which exchanges are had with this server; nothing is left of it afterwards.

    There are never more than `at_once` runs at a time.
    """
    async with trio.open_nursery() as nursery:
        throttle = Throttle(at_once)
        nursery.start_soon(throttle.govern)
        yield Arena(nursery, throttle, server)
        nursery.cancel_scope.cancel()
