"""Who keeps a workload's listener when the workload is over: turns away whoever comes late, and lets one clean call in.

A listener that the chaos has worn out looks like any other until somebody calls again.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

import trio

from tcpchaos.backends.host import Host, Listener, Stream
from tcpchaos.trace import Side
from tcpchaos.workloads.patience import patience
from tcpchaos.workloads.pattern import pattern
from tcpchaos.workloads.voice import end_of

CALL_S: Final = 5.0  # how long a call may take to which nothing is done: several retransmissions of a SYN
CALL_OCTETS: Final = 64


class Porter:
    """The keeper of a listener, while its block lasts."""

    def __init__(self, client: Host, server: Host) -> None:
        self._hosts = (client, server)
        self._nursery: trio.Nursery | None = None
        self._kept: tuple[Listener, Side] | None = None
        self._calling = False

    @asynccontextmanager
    async def at_the_door(self) -> AsyncIterator[None]:
        """Take listeners in the block; after it the last one is closed."""
        async with trio.open_nursery() as nursery:
            self._nursery = nursery
            try:
                yield
            finally:
                self._nursery = None
                self.release()
                nursery.cancel_scope.cancel()

    def keep(self, listener: Listener, side: Side) -> None:
        """Keep a listener of this side's that nobody accepts from any more, in place of the one kept before."""
        self.release()
        if self._nursery is None:
            listener.close()
            return
        self._kept = listener, side
        self._nursery.start_soon(self._mind, listener)

    def release(self) -> None:
        """Close the listener that is kept, if any."""
        if self._kept is not None:
            self._kept[0].close()
            self._kept = None

    async def call(self) -> tuple[Side, str] | None:
        """Connect once more, say something and have it said back.

        Returns whose listener that was and what went wrong, "" if nothing did; None where there is no listener.
        """
        if self._kept is None:
            return None
        listener, side = self._kept
        self._calling = True
        wrong = "no connection"
        async with patience(CALL_S) as waiting:
            try:
                stream = await self._hosts[side.peer].connect(self._hosts[side].address, listener.port)
                wrong = "a connection, but no answer"
                try:
                    wrong = await _exchange(stream, side.peer)
                finally:
                    stream.close()
            except OSError as error:
                wrong = f"{wrong}: {end_of(error)}"
        return side, f"{wrong} within {CALL_S:g} s" if waiting.cancelled_caught else wrong

    async def _mind(self, listener: Listener) -> None:
        try:
            while True:
                stream = await listener.accept()
                if self._calling and self._nursery is not None:
                    self._nursery.start_soon(_answer, stream)
                else:
                    stream.abort()
        except OSError:
            return  # it was released


async def _exchange(stream: Stream, side: Side) -> str:
    text = pattern(side, 0, 0, CALL_OCTETS)
    await stream.send_all(text)
    await stream.send_eof()
    heard = b""
    while octets := await stream.receive():
        heard += octets
    return "" if heard == text else f"{len(heard)} octets came back of {CALL_OCTETS}, and not the same"


async def _answer(stream: Stream) -> None:
    try:
        while octets := await stream.receive():
            await stream.send_all(octets)
    except OSError:
        return  # whoever called is told so, too
    finally:
        stream.close()
