"""The assistants of a campaign, from where it is led: each has a lab of its own, and all end with it."""

import os
import pickle
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from itertools import count
from typing import Final

import msgspec
import trio

from tcpchaos.backends.host import Broken
from tcpchaos.search.assistant import Assignment, Report, Task
from tcpchaos.search.pipes import Frames, framed, framed_octets
from tcpchaos.search.trials import Sighting, Trial

# Labs of a campaign: one process draws for all of them, and one leads.
MOST_LABS: Final = 4
# In which an assistant may take down its lab, and the user's server in it, before it is killed.
_LEAVE_S: Final = 5.0
_GONE: Final = Broken("a process that plays in a lab has ended", "run again; see what it printed")


class _Asked:
    """What somebody waits for."""

    __slots__ = ("event", "report")

    def __init__(self) -> None:
        self.event = trio.Event()
        self.report: Report | None = None


class _Assistant:
    """One process, and what it was asked."""

    def __init__(self, process: trio.Process) -> None:
        assert process.stdin is not None
        assert process.stdout is not None
        self._process = process
        self._tasks = process.stdin
        self._reports = process.stdout
        self._turn = trio.Lock()
        self._numbers = count(1)
        self._asked: dict[int, _Asked] = {}
        self._begun = trio.Event()  # its lab is open, or it has ended
        self._broken: Broken | None = None

    @property
    def busy(self) -> int:
        """How many trials it has been given that it has not told of yet."""
        return len(self._asked)

    async def listen(self) -> None:
        """Hear what it tells, until it ends."""
        broken = _GONE
        async with self._reports:
            frames = Frames(self._reports)
            with suppress(EOFError):
                while True:
                    report = msgspec.msgpack.decode(await frames.next(), type=Report)
                    if report.number in self._asked:
                        asked = self._asked[report.number]
                        asked.report = report
                        asked.event.set()
                    elif not report.number and report.missing:
                        broken = Broken(report.missing, report.remedy)
                    elif not report.number:
                        self._begun.set()
        self._broken = broken
        self._begun.set()
        for asked in self._asked.values():
            asked.event.set()

    async def ready(self) -> None:
        """Wait until its lab is open. Raises Broken."""
        await self._begun.wait()
        if self._broken is not None:
            raise self._broken

    async def see(self, trial: Trial, *, ahead: bool) -> Report:
        """Have it play a trial; one that nobody waits for any more is called off. Raises Broken."""
        if self._broken is not None:
            raise self._broken
        number = next(self._numbers)
        asked = self._asked[number] = _Asked()
        try:
            await self.tell(framed(Task(number=number, trial=trial, ahead=ahead)))
            await asked.event.wait()
        finally:
            del self._asked[number]
            if asked.report is None and self._broken is None:
                with trio.CancelScope(shield=True):
                    await self.tell(framed(Task(number=number)))
        report = asked.report
        if report is None:
            raise self._broken or _GONE
        if report.missing:
            raise Broken(report.missing, report.remedy)
        return report

    async def tell(self, message: bytes) -> None:
        """Send it a whole message; to one that has ended nothing is sent, and `listen` finds that out."""
        async with self._turn:
            with trio.CancelScope(shield=True), suppress(trio.BrokenResourceError):  # half a task would be none
                await self._tasks.send_all(message)

    async def leave(self) -> None:
        """Let it take down its lab, and have it end in any case."""
        with trio.CancelScope(shield=True):
            await self._tasks.aclose()
            with trio.move_on_after(_LEAVE_S):
                await self._process.wait()
            self._process.kill()
            await self._process.wait()


class Crew:
    """Assistants who play what they are given, many trials at the same time."""

    def __init__(self, assistants: list[_Assistant]) -> None:
        self._assistants = assistants
        self.stacks: tuple[str, str] | None = None  # the TCPs that are played against, once that is known

    async def ready(self) -> None:
        """Wait until the labs of all are open. Raises Broken."""
        for each in self._assistants:
            await each.ready()

    async def see(self, trial: Trial, *, ahead: bool = False) -> Sighting:
        """Have a trial played by who has least to do, `ahead` of what waits there. Raises Broken."""
        report = await min(self._assistants, key=lambda each: each.busy).see(trial, ahead=ahead)
        self.stacks = report.stacks
        assert report.sighting is not None
        return report.sighting


@asynccontextmanager
async def assembled(assignment: Assignment, size: int = 0) -> AsyncIterator[Crew]:
    """Have so many assistants in the block, by default one for each processor, but no more than MOST_LABS.

    They have a session of their own: a Ctrl-C at the terminal is for who leads.
    """
    command = [sys.executable, "-m", "tcpchaos.search.assistant"]
    assistants: list[_Assistant] = []
    first = framed_octets(pickle.dumps(assignment))
    async with trio.open_nursery() as nursery:
        try:
            for _ in range(size or min(len(os.sched_getaffinity(0)), MOST_LABS)):
                process = await trio.lowlevel.open_process(
                    command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, start_new_session=True
                )
                assistants.append(_Assistant(process))
                nursery.start_soon(assistants[-1].listen)
                await assistants[-1].tell(first)
            yield Crew(assistants)
        finally:
            async with trio.open_nursery() as leaving:
                leaving.cancel_scope.shield = True
                for each in assistants:
                    leaving.start_soon(each.leave)
        nursery.cancel_scope.cancel()
