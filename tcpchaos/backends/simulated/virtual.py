"""Virtual time: while a task can run, none passes; when all of them wait, the world goes on until one need not.

A clock of trio's is asked how long to sleep exactly when every task waits. This one answers "not at all", and gives the
next turn to the task that moves the world, if there is anything to move, or else lets the time come that somebody
sleeps for. So an hour passes in the time that it takes to compute it; and since never more than one task is woken at
once, two runs of the same case are the same to the octet.
"""

import math
from collections.abc import Awaitable, Callable
from typing import Final, TypeVar

import trio

from tcpchaos.backends.simulated.desk import Desk
from tcpchaos.sim.world import World

T = TypeVar("T")

# Events between two looks of trio's at what else there may be, a Ctrl-C for example: some milliseconds' worth.
_BURST: Final = 64
# Ends of links to which packets may come while no application gets any further; each time that one does allows some
# more. A transfer has some hundreds between two calls; a storm, in which packets beget packets, has no end.
STORM: Final = 20_000
_MORE: Final = 1_000
_US_PER_S: Final = 1_000_000


class VirtualTime(trio.abc.Clock):
    """A clock that begins at 0 and passes as fast as a world can be computed."""

    def __init__(self) -> None:
        self.now_us = 0
        self.desk = Desk(self.clock, _nobody_sleeps)
        self._world: World | None = None
        self._most = STORM  # to be carried before an application gets further
        self._deadline = math.inf
        self._mover: trio.lowlevel.Task | None = None  # while it waits for its turn

    def clock(self) -> int:
        """Return the microseconds since the beginning."""
        return self.now_us

    def start_clock(self) -> None:
        """Do nothing: time passes only when everybody waits."""

    def current_time(self) -> float:
        """Return the seconds since the beginning."""
        return self.now_us / _US_PER_S

    def deadline_to_sleep_time(self, deadline: float) -> float:
        """Find out what comes next, now that every task waits, and let it come; nobody need really sleep."""
        if self._mover is not None and (not self.desk.idle or self._due_by(deadline) is not None):
            mover, self._mover = self._mover, None
            self._deadline = deadline
            trio.lowlevel.reschedule(mover)
        elif deadline == math.inf:
            return deadline  # nothing will ever happen, but for what comes from outside
        else:
            self._pass_to(deadline)
        return 0

    async def move(self, world: World) -> None:
        """Let things happen in the world, and carry out calls, until cancelled or until a storm rages in it."""
        self._world = world
        while world.carried < self._most:
            await self._turn()
            self._go_on(world)

    async def _turn(self) -> None:
        """Wait until every other task waits, and something is to be done."""

        def give_up(_: object) -> trio.lowlevel.Abort:
            self._mover = None
            return trio.lowlevel.Abort.SUCCEEDED

        self._mover = trio.lowlevel.current_task()
        await trio.lowlevel.wait_task_rescheduled(give_up)

    def _go_on(self, world: World) -> None:
        """Do one thing after the other, until a task can go on, or the time has come that one sleeps for."""
        desk = self.desk
        for _ in range(_BURST):
            if not desk.idle:
                woken = desk.work()
                world.collect(self.now_us)
                desk.look()
                if woken:
                    self._most = min(self._most + _MORE, world.carried + STORM)
                    return
                continue
            if world.carried >= self._most:
                return
            due_us = self._due_by(self._deadline)
            if due_us is None:
                return
            self.now_us = max(self.now_us, due_us)
            world.advance(self.now_us)
            desk.look()

    def _due_by(self, deadline: float) -> int | None:
        """Return when something happens in the world, if that is not after the deadline."""
        due_us = None if self._world is None else self._world.due()
        return due_us if due_us is not None and due_us / _US_PER_S <= deadline else None

    def _pass_to(self, deadline: float) -> None:
        at_us = math.ceil(deadline * _US_PER_S)
        while at_us / _US_PER_S < deadline:  # where the product was rounded down
            at_us += 1
        self.now_us = max(self.now_us, at_us)


def _nobody_sleeps() -> None:
    """Do nothing: new calls are looked for whenever every task waits, as the one does that has made one."""


def in_virtual_time(act: Callable[[VirtualTime], Awaitable[T]]) -> T:
    """Run `act` in a loop of its own, in which time is virtual; it is given the clock."""
    time = VirtualTime()
    return trio.run(act, time, clock=time)
