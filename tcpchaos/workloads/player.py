"""Whatever is played in a run, seen from the run: a workload, or two programs of the user's."""

from collections import Counter
from collections.abc import AsyncIterator, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from typing import Protocol

import trio

from tcpchaos.backends.host import CROSSING_PORTS, Host
from tcpchaos.trace import Side
from tcpchaos.workloads.porter import Porter
from tcpchaos.workloads.recorder import ACCOUNTS_KEPT, Account, Ledger, Recorder
from tcpchaos.workloads.registry import Workload
from tcpchaos.workloads.stage import Scale, Stage
from tcpchaos.workloads.survey import After


@dataclass(frozen=True, slots=True, kw_only=True)
class Application:
    """How one of the two applications fared: what it was, whether it got what it came for, how it ended, its output.

    `gave_up` tells that its TCP did so, having waited for the peer for as long as it must (RFC 9293, section 3.8.3).
    """

    side: Side
    what: str
    ok: bool
    ended: str
    output: str = ""
    gave_up: bool = False


class Player(Protocol):
    """What a run plays."""

    def serving(self) -> AbstractAsyncContextManager[None]:
        """Have the server ready in the block, and stopped after it."""

    async def play(self) -> None:
        """Play to the end."""

    def tell_waiting(self, at_us: int) -> None:
        """Tell whoever listens to the applications which of them wait for octets at this time, in vain so far."""

    async def look_after(self) -> None:
        """Look at what the chaos has left, while the server is still there; nothing is done to segments any more.

        Broken where a server that is somebody else's was never there.
        """

    @property
    def after(self) -> After:
        """What was found after the chaos, once nobody serves any more."""

    def waiting(self) -> tuple[str, ...]:
        """Say, a sentence each, who waits for what just now."""

    def applications(self) -> tuple[Application, Application]:
        """Return how the client and the server fared."""

    @property
    def accounts(self) -> tuple[Account, ...]:
        """The connections as the applications saw them, where that is known."""


class WorkloadPlayer:
    """A workload between two hosts, played once or several times."""

    def __init__(
        self,
        workload: Workload,
        client: Host,
        server: Host,
        ledger: Ledger,
        *,
        scale: Scale,
        port: int = 0,
        crossings: Iterator[int] | None = None,
    ) -> None:
        self._workload = workload
        self._hosts = client, server
        self._ledger = ledger
        self._scale = scale
        self._port = port
        self._crossings = iter(CROSSING_PORTS) if crossings is None else crossings
        self._recorders: list[Recorder] = []
        self._porter = Porter(client, server)
        # Only one at a time can listen on a port of the user's choice.
        self._at_once = 1 if port else scale.at_once
        self._called: tuple[Side, str] | None = None
        self._forgotten = 0  # connections that were played to their end, and of which no account is kept

    @asynccontextmanager
    async def serving(self) -> AsyncIterator[None]:
        """Keep the workload's listener when the workload is over; its server begins with the workload."""
        async with self._porter.at_the_door():
            yield

    async def play(self) -> None:
        """Play the workload to its end, as often as was asked for."""
        turns = iter(range(self._scale.times))
        async with trio.open_nursery() as nursery:
            for _ in range(min(self._at_once, self._scale.times)):
                nursery.start_soon(self._take_turns, turns)

    async def _take_turns(self, turns: Iterator[int]) -> None:
        for _ in turns:
            recorder = Recorder(self._ledger)
            self._recorders.append(recorder)
            await self._workload.play(self._stage(recorder))
            if len(self._recorders) > ACCOUNTS_KEPT and recorder.whole == recorder.connections:
                self._recorders.remove(recorder)
                self._forgotten += recorder.connections

    def _stage(self, recorder: Recorder) -> Stage:
        return Stage(
            *self._hosts,
            recorder,
            scale=self._scale,
            port=self._port,
            crossings=self._crossings,
            porter=self._porter,
        )

    def tell_waiting(self, at_us: int) -> None:
        """Tell the ledger which applications wait for octets."""
        for recorder in self._recorders:
            recorder.tell_waiting(at_us)

    async def look_after(self) -> None:
        """Call the workload's listener once more."""
        self._called = await self._porter.call()

    @property
    def after(self) -> After:
        """What was found after the chaos."""
        return After(called=self._called)

    def waiting(self) -> tuple[str, ...]:
        """Say who waits for what just now."""
        return tuple(line for recorder in self._recorders for line in recorder.waiting())

    @property
    def accounts(self) -> tuple[Account, ...]:
        """The connections as the applications saw them."""
        return tuple(account for recorder in self._recorders for account in recorder.accounts)

    def applications(self) -> tuple[Application, Application]:
        """Return how the two applications fared: well where every part was played to its end."""
        client, server = (self._application(side) for side in Side)
        return client, server

    def _application(self, side: Side) -> Application:
        accounts = self.accounts
        connections = self._forgotten + sum(recorder.connections for recorder in self._recorders)
        whole_and_forgotten = connections - len(accounts)
        ends = Counter(_end(account, side) for account in accounts)
        if not ends:
            ended = "no connection"
        elif len(ends) == 1 and connections == 1:
            [ended] = ends
        else:
            ended = ", ".join(f"{how} ({times})" for how, times in ends.most_common())
            ended += f", and {whole_and_forgotten} more as it should" if whole_and_forgotten else ""
        wrote = sum(account.wrote[side] for account in accounts)
        read = sum(account.read[side] for account in accounts)
        return Application(
            side=side,
            what=self._workload.name,
            ok=bool(accounts) and all(account.kept[side] for account in accounts),
            ended=f"{ended}; wrote {wrote} and read {read} octets",
            gave_up=any(account.ended[side] == "timeout" for account in accounts),
        )


def _end(account: Account, side: Side) -> str:
    if account.ended[side]:
        return account.ended[side]
    if account.closed[side] == "abort":
        return "abort" if account.kept[side] else "cut off"
    return "no end" if account.joined[side] else "no connection"
