"""A process that plays trials in a lab of its own, many at the same time; a machine has room for several of them.

First it is told whom it plays against, and tells when its lab is open. Then trials come in on its stdin, and what was
seen of them goes out on its stdout, in any order. It ends when its stdin does, and nothing is left of its lab.
"""

import os
import pickle
from contextlib import suppress
from dataclasses import dataclass, replace

import msgspec
import trio
from msgspec import Struct

from tcpchaos.backends.host import Broken
from tcpchaos.run import RunConfig
from tcpchaos.run.arena import Arena, open_arena
from tcpchaos.run.session import one_error
from tcpchaos.search.pipes import Frames, framed, private_stdout
from tcpchaos.search.trials import Sighting, Trial, sight
from tcpchaos.search.worker import SCALE


@dataclass(frozen=True, slots=True, kw_only=True)
class Assignment:
    """What all trials have in common, the server for exchanges of ours, and how many may be played at a time."""

    usual: RunConfig
    server: str
    at_once: int

    def config(self, trial: Trial) -> RunConfig:
        """Return the run that plays a trial."""
        play = trial.workload if isinstance(self.usual.play, str) else self.usual.play
        return replace(self.usual, plan=trial.parsed(), play=play, scale=SCALE)


class Task(Struct, frozen=True, kw_only=True):
    """A trial that is to be played, `ahead` of those that wait; without one, that of this number is called off."""

    number: int
    trial: Trial | None = None
    ahead: bool = False


class Report(Struct, frozen=True, kw_only=True):
    """What was seen of the trial of a task; or what there isn't, and how to get it, where the environment failed.

    `stacks` are the TCPs that were played against. Without a number, it is about the whole lab: that it is open, or how
    it failed.
    """

    number: int = 0
    sighting: Sighting | None = None
    stacks: tuple[str, str] = ("", "")
    missing: str = ""
    remedy: str = ""


class _Assistant:
    """Plays what it is told in an arena."""

    def __init__(self, assignment: Assignment, arena: Arena, reports: trio.abc.SendStream) -> None:
        self._assignment = assignment
        self._arena = arena
        self._reports = reports
        self._turn = trio.Lock()
        self._playing: dict[int, trio.CancelScope] = {}

    async def attend(self, tasks: Frames) -> None:
        """Tell that the lab is open, and play what comes until nothing comes any more."""
        await self._tell(Report())
        async with trio.open_nursery() as nursery:
            with suppress(EOFError):
                while True:
                    self._begin(msgspec.msgpack.decode(await tasks.next(), type=Task), nursery)
            nursery.cancel_scope.cancel()

    def _begin(self, task: Task, nursery: trio.Nursery) -> None:
        if task.trial is not None:
            scope = self._playing[task.number] = trio.CancelScope()
            nursery.start_soon(self._play, task.number, task.trial, task.ahead, scope)
        elif task.number in self._playing:
            self._playing[task.number].cancel()

    async def _play(self, number: int, trial: Trial, ahead: bool, scope: trio.CancelScope) -> None:
        with scope:
            try:
                result = await self._arena.run(self._assignment.config(trial), ahead=ahead)
                report = Report(number=number, sighting=sight(result, trial), stacks=result.stacks)
            except Broken as broken:
                report = failure(broken, number)
            await self._tell(report)
        del self._playing[number]

    async def _tell(self, report: Report) -> None:
        async with self._turn:
            with trio.CancelScope(shield=True), suppress(trio.BrokenResourceError):  # half a report would be none
                await self._reports.send_all(framed(report))


def failure(broken: Broken, number: int = 0) -> Report:
    """Return the report that the environment failed."""
    return Report(number=number, missing=broken.missing, remedy=broken.remedy)


async def assist(tasks: trio.abc.ReceiveStream, reports: trio.abc.SendStream) -> None:
    """Take the assignment, open a lab, and play in it until there are no more tasks."""
    frames = Frames(tasks)
    assignment: Assignment = pickle.loads(await frames.next())  # from the process that has started this one
    try:
        with one_error():
            async with open_arena(assignment.server, at_once=assignment.at_once) as arena:
                await arena.open(assignment.usual)
                await _Assistant(assignment, arena, reports).attend(frames)
    except Broken as broken:
        with suppress(trio.BrokenResourceError):
            await reports.send_all(framed(failure(broken)))


async def _main(messages: int) -> None:
    await assist(trio.lowlevel.FdStream(os.dup(0)), trio.lowlevel.FdStream(messages))


if __name__ == "__main__":
    trio.run(_main, private_stdout())
