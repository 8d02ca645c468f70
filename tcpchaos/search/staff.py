"""The worker processes of a campaign, from where it is led: each does one thing at a time, and all end with it."""

import os
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

import msgspec
import trio

from tcpchaos.backends.host import Broken
from tcpchaos.search.worker import LENGTH, Answer, Order, framed

_CHUNK_OCTETS: Final = 1 << 20


class Staff:
    """Workers who wait for orders."""

    def __init__(self, workers: list[trio.Process]) -> None:
        self._idle_send, self._idle = trio.open_memory_channel[trio.Process](len(workers))
        for worker in workers:
            self._idle_send.send_nowait(worker)
        self.size = len(workers)

    async def do(self, order: Order) -> Answer:
        """Have the next idle worker do something. Raises Broken where it ends over it."""
        worker = await self._idle.receive()
        try:
            assert worker.stdin is not None
            await worker.stdin.send_all(framed(order))
            (size,) = LENGTH.unpack(await _read(worker, LENGTH.size))
            answer = msgspec.msgpack.decode(await _read(worker, size), type=Answer)
        except (trio.BrokenResourceError, EOFError) as error:
            raise Broken("a process that draws and plays has ended", "run again; see what it printed") from error
        self._idle_send.send_nowait(worker)
        return answer


async def _read(worker: trio.Process, size: int) -> bytes:
    assert worker.stdout is not None
    found = b""
    while len(found) < size:
        octets = await worker.stdout.receive_some(min(size - len(found), _CHUNK_OCTETS))
        if not octets:
            raise EOFError
        found += octets
    return found


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
