"""A workload of which only the client's half is played here: the other half is up to a server that is somebody else's.

What such a server does is known from what it is, one that sends back all that it hears (RFC 862) or one that throws it
away (RFC 863). What it read and wrote is its own; but whether the client has read what must come back is seen here.
"""

from collections import deque
from dataclasses import replace
from typing import Protocol

import trio

from tcpchaos.backends.host import Host, Stream
from tcpchaos.trace import Side
from tcpchaos.workloads.player import Application, WorkloadPlayer
from tcpchaos.workloads.recorder import ACCOUNTS_KEPT, Conversation, Recorder
from tcpchaos.workloads.registry import Workload
from tcpchaos.workloads.stage import Scale, Script, Stage
from tcpchaos.workloads.visitor import Unseen


class HalfLedger(Protocol):
    """Who wants to be told although one side tells nothing."""

    def application(self, client_port: int, server_port: int, *, silent: Side) -> Conversation:
        """Return the conversation over this connection, of which the other side alone is heard."""


class HalfStage(Stage):
    """A stage on which the client stands alone; its server is where it always is, on the port of the stage."""

    async def converse(
        self,
        client: Script,
        server: Script,
        *,
        caller: Side = Side.CLIENT,
        connections: int = 1,
        at_once: int = 1,
        receive_buffers: tuple[int | None, int | None] = (None, None),
    ) -> None:
        """Let the client connect so often and play its script; the server's is played by somebody else."""
        # Nobody tells when the server has left: the client looks after it from the beginning.
        self._nobody_else_comes = True
        calls = iter(range(connections))
        async with trio.open_nursery() as callers:
            for _ in range(min(at_once, connections)):
                callers.start_soon(self._call, caller, self.port, calls, client, receive_buffers[caller])

    async def _play(self, stream: Stream, side: Side, script: Script) -> None:
        account = self.recorder.join(side.peer, stream.local_port, stream.remote_port)
        self.recorder.finish(account, side.peer, kept=True)
        await super()._play(stream, side, script)


class _Returned:
    """A conversation of which one side is heard: passes on what it tells, and compares what it reads with what it said.

    `differs` is a sentence once it has read what should not have come.
    """

    def __init__(self, conversation: Conversation, *, echoes: bool) -> None:
        self.differs = ""
        self._told = conversation
        self._echoes = echoes
        self._under_way: deque[bytes] = deque()
        self._read = 0

    def wrote(self, side: Side, octets: bytes) -> None:
        """Expect the same to come back."""
        if self._echoes:
            self._under_way.append(octets)
        self._told.wrote(side, octets)

    def read(self, side: Side, octets: bytes) -> None:
        """Compare it with what was written."""
        at = 0
        while at < len(octets) and not self.differs:
            expected = self._under_way.popleft() if self._under_way else b""
            now = octets[at : at + len(expected)]
            if not expected:
                self.differs = f"read an octet at {self._read + at} that nothing had called for"
            elif now != expected[: len(now)]:
                first = next(i for i, (a, b) in enumerate(zip(expected, now, strict=False)) if a != b)
                self.differs = f"read another octet at {self._read + at + first} than was sent there to come back"
            elif len(now) < len(expected):
                self._under_way.appendleft(expected[len(now) :])
            at += len(now)
        self._read += len(octets)
        self._told.read(side, octets)

    def ended(self, side: Side, how: str) -> None:
        """Pass it on."""
        self._told.ended(side, how)

    def closed(self, side: Side, how: str) -> None:
        """Pass it on."""
        self._told.closed(side, how)

    def waits(self, side: Side, at_us: int) -> None:
        """Pass it on."""
        self._told.waits(side, at_us)


class _HalfHeard:
    """A ledger for conversations of which the client's side alone is heard."""

    def __init__(self, ledger: HalfLedger, *, echoes: bool) -> None:
        self._ledger = ledger
        self._echoes = echoes
        self._opened: deque[_Returned] = deque(maxlen=ACCOUNTS_KEPT)

    def application(self, client_port: int, server_port: int) -> _Returned:
        """Return the conversation over this connection."""
        told = self._ledger.application(client_port, server_port, silent=Side.SERVER)
        self._opened.append(_Returned(told, echoes=self._echoes))
        return self._opened[-1]

    @property
    def differs(self) -> str:
        """A sentence about the first octets that were read and should not have come, "" where there were none."""
        return next((each.differs for each in self._opened if each.differs), "")


class HalfPlayer(WorkloadPlayer):
    """The client's half of a workload, played once or several times against a server that is there already."""

    def __init__(
        self, workload: Workload, client: Host, server: Host, ledger: HalfLedger, visited: Unseen, *, scale: Scale
    ) -> None:
        """Raises ValueError for a workload that needs more of a server than it can be asked for."""
        if not workload.server:
            raise ValueError(f"{workload.name} needs a server of ours")
        self._heard = _HalfHeard(ledger, echoes=workload.server == "echo")
        self._visited = visited
        super().__init__(workload, client, server, self._heard, scale=scale, port=visited.port)
        self._at_once = scale.at_once

    def _stage(self, recorder: Recorder) -> Stage:
        return HalfStage(*self._hosts, recorder, scale=self._scale, port=self._port)

    async def look_after(self) -> None:
        """Broken where no call came through, and neither does one to which nothing is done."""
        if not any(account.client_port for account in self.accounts):
            client, server = self._hosts
            await self._visited.seek(client, server.address)

    def applications(self) -> tuple[Application, Application]:
        """Return how the client fared, well also in that it read what it had to; and of the server what is known."""
        client = self._application(Side.CLIENT)
        if self._heard.differs:
            client = replace(client, ok=False, ended=f"{client.ended}; {self._heard.differs}")
        return client, self._visited.server()
