"""Where applications' calls to simulated hosts are taken, put in order, and carried out.

A scheduler of tasks promises no order, so calls that come at the same time are carried out by rank: which endpoint,
which of its streams, what kind of call. One that can't be finished yet waits until something has happened to what it
is about.
"""

from collections.abc import Callable
from heapq import heappop, heappush
from itertools import count
from typing import TypeVar, cast

import trio

from tcpchaos.sim.host import Host, Listener
from tcpchaos.sim.tcp import Tcp
from tcpchaos.trace import Side

T = TypeVar("T")

# What calls of one stream are for, in the order in which they are carried out where they come at the same time.
LISTEN, CONNECT, SET, ACCEPT, SEND, FINISH, RECEIVE, LEAVE = range(8)

Subject = Tcp | Listener


class NotYet(Exception):  # noqa: N818 - an answer, not a mistake
    """A call can't be finished before something has happened to its subject."""

    def __init__(self, subject: Subject) -> None:
        self.subject = subject


class Call:
    """One call of an application's: `act`, given the time, does it, or does what it can and raises NotYet."""

    __slots__ = ("act", "error", "over", "result", "task")

    def __init__(self, act: Callable[[int], object], task: trio.lowlevel.Task | None) -> None:
        self.act = act
        self.task = task
        self.over = False
        self.result: object = None
        self.error: OSError | None = None


Rank = tuple[Side, int, int]


class Desk:
    """The calls to one world's hosts; `clock` gives microseconds, `wake` is called when there is something to do."""

    def __init__(self, clock: Callable[[], int], wake: Callable[[], None]) -> None:
        self._clock = clock
        self._wake = wake
        self._calls: list[tuple[Rank, int, Call]] = []
        self._waiting: dict[Subject, list[tuple[Rank, Call]]] = {}
        self._hosts: list[Host] = []
        self._order = count()

    def serve(self, host: Host) -> None:
        """Take calls to this host from now on."""
        self._hosts.append(host)

    def post(self, rank: Rank, act: Callable[[int], object]) -> None:
        """Have something done of which nobody awaits the end, and which can't go wrong."""
        self._put(rank, Call(act, None))
        self._wake()

    async def ask(self, rank: Rank, act: Callable[[int], T]) -> T:
        """Have something done and wait for what comes of it; raises the OSError that `act` raises."""
        await trio.lowlevel.checkpoint_if_cancelled()
        call = Call(act, trio.lowlevel.current_task())
        self._put(rank, call)
        self._wake()

        def give_up(_: object) -> trio.lowlevel.Abort:
            call.over = True
            return trio.lowlevel.Abort.SUCCEEDED

        await trio.lowlevel.wait_task_rescheduled(give_up)
        if call.error is not None:
            raise call.error
        return cast(T, call.result)

    def work(self) -> bool:
        """Carry out the call that is first by rank; whether a task goes on because of it."""
        rank, _, call = heappop(self._calls)
        if call.over:
            return False
        try:
            call.result = call.act(self._clock())
        except NotYet as wait:
            self._waiting.setdefault(wait.subject, []).append((rank, call))
            return False
        except OSError as error:
            call.error = error
        call.over = True
        if call.task is None:
            return False
        trio.lowlevel.reschedule(call.task)
        return True

    @property
    def idle(self) -> bool:
        """Whether no call is to be carried out now."""
        return not self._calls

    def look(self) -> None:
        """Take up again the calls to whose subjects something has happened."""
        for host in self._hosts:
            for subject in host.changes():
                for rank, call in self._waiting.pop(subject, ()):
                    self._put(rank, call)

    def _put(self, rank: Rank, call: Call) -> None:
        heappush(self._calls, (rank, next(self._order), call))
