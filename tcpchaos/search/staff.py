"""The worker processes of a campaign, from where it is led: each does one thing at a time, and all end with it."""

import os
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import msgspec
import trio

from tcpchaos.backends.host import Broken
from tcpchaos.search.pipes import Frames, framed
from tcpchaos.search.worker import Answer, Order


class _Worker:
    """One process: what it answers is read to its end, also where nobody waits for it any more."""

    def __init__(self, process: trio.Process) -> None:
        assert process.stdin is not None
        assert process.stdout is not None
        self._orders = process.stdin
        self._answers = Frames(process.stdout)
        self._owed = 0  # answers that it has not given yet

    async def do(self, order: Order) -> Answer:
        """Have it do something; who is cancelled leaves the answer to the next one, who throws it away."""
        with trio.CancelScope(shield=True):  # half an order would be none; a pipe has room for a whole one
            await self._orders.send_all(framed(order))
        self._owed += 1
        while True:
            octets = await self._answers.next()
            self._owed -= 1
            if not self._owed:
                return msgspec.msgpack.decode(octets, type=Answer)


class Staff:
    """Workers who wait for orders."""

    def __init__(self, workers: list[trio.Process]) -> None:
        self._idle_send, self._idle = trio.open_memory_channel[_Worker](len(workers))
        for worker in workers:
            self._idle_send.send_nowait(_Worker(worker))
        self.size = len(workers)

    async def do(self, order: Order) -> Answer:
        """Have the next idle worker do something. Raises Broken where it ends over it."""
        worker = await self._idle.receive()
        try:
            return await worker.do(order)
        except (trio.BrokenResourceError, EOFError) as error:
            raise Broken("a process that draws and plays has ended", "run again; see what it printed") from error
        finally:
            self._idle_send.send_nowait(worker)


@asynccontextmanager
async def employed(size: int = 0) -> AsyncIterator[Staff]:
    """Employ so many workers in the block, by default one for each processor."""
    command = [sys.executable, "-m", "tcpchaos.search.worker"]
    workers: list[trio.Process] = []
    try:
        for _ in range(size or len(os.sched_getaffinity(0))):
            workers.append(await trio.lowlevel.open_process(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE))
        yield Staff(workers)
    finally:
        for worker in workers:
            worker.kill()
        with trio.CancelScope(shield=True):
            for worker in workers:
                await worker.wait()
                for pipe in (worker.stdin, worker.stdout):
                    if pipe is not None:
                        await trio.aclose_forcefully(pipe)
