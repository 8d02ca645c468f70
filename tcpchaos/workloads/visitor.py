"""A client of ours for a server of the user's: it says some octets and listens for an answer.

The server may be one that runs for many such visitors.
"""

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Final, Protocol

import trio

from tcpchaos.backends.host import Broken, Stream
from tcpchaos.trace import Side
from tcpchaos.workloads.patience import patience
from tcpchaos.workloads.player import Application
from tcpchaos.workloads.porter import CALL_S
from tcpchaos.workloads.recorder import Account
from tcpchaos.workloads.stage import PROBES
from tcpchaos.workloads.survey import After
from tcpchaos.workloads.voice import end_of

MOST_HEARD_OCTETS: Final = 1 << 20  # of an answer that are searched; what comes after them is read and forgotten
SHOWN_OCTETS: Final = 200  # of an answer, in a result
END_S: Final = 0.5  # from when a visitor is turned away to when it is known that the server has ended


@dataclass(frozen=True, slots=True, kw_only=True)
class Exchange:
    """What a visitor says, and the regular expression that must match in what it hears; then it closes.

    Without an expression it closes its direction after the last octet said, and any end of the answer will do.
    `source` names where the octets are from, for whoever wants to say the same again.
    """

    send: bytes = b""
    expect: str = ""
    source: str = field(default="", compare=False)

    def __post_init__(self) -> None:
        try:
            re.compile(self.expect.encode())
        except re.error as error:
            raise ValueError(f"{self.expect!r} is no regular expression: {error}") from None

    def __str__(self) -> str:
        return f"{len(self.send)} octets" + (f", for an answer with {self.expect}" if self.expect else "")


class Caller(Protocol):
    """Where a visitor comes from."""

    async def connect(self, address: str, port: int) -> Stream:
        """Connect from there; OSError where that fails."""


class Visit:
    """One exchange with a server, and what came of it.

    With `probing`, its TCP looks after a server of which nobody tells when it has left.
    """

    def __init__(self, exchange: Exchange, *, probing: bool = False) -> None:
        self.exchange = exchange
        self._probing = probing
        self.ok = False
        self.arrived = False
        self.ended = "not started"
        self.heard = b""

    async def pay(self, caller: Caller, address: str, port: int) -> None:
        """Go there, say it, and listen."""
        self.ended = "connecting"
        try:
            stream = await caller.connect(address, port)
            self.arrived = True
            try:
                await self._talk(stream)
            finally:
                stream.close()
        except OSError as error:
            self.ended = f"{end_of(error)} while {self.ended}"

    async def _talk(self, stream: Stream) -> None:
        exchange = self.exchange
        if self._probing:
            stream.keepalive(*PROBES)
        wanted = re.compile(exchange.expect.encode(), re.DOTALL)
        self.ended = "writing"
        await stream.send_all(exchange.send)
        if not exchange.expect:
            await stream.send_eof()
        self.ended = "reading"
        while octets := await stream.receive():
            if len(self.heard) == MOST_HEARD_OCTETS:
                continue
            self.heard += octets[: MOST_HEARD_OCTETS - len(self.heard)]
            if exchange.expect and wanted.search(self.heard):
                self.ok, self.ended = True, "answered"
                return
        self.ok = not exchange.expect
        self.ended = f"end of stream after {len(self.heard)} octets" + ("" if self.ok else ", without the answer")

    def application(self) -> Application:
        """Return how it fared."""
        said = self.heard[:SHOWN_OCTETS].decode(errors="replace")
        return Application(side=Side.CLIENT, what=str(self.exchange), ok=self.ok, ended=self.ended, output=said)


class Visited(Protocol):
    """A server that runs, whoever started it."""

    @property
    def port(self) -> int:
        """The port on which it listens."""

    def server(self) -> Application:
        """Return how it fares."""

    async def served(self) -> None:
        """Wait until it has ended."""


class Unseen:
    """A server that is somebody else's: where it is, and nothing more is known of it."""

    def __init__(self, name: str, port: int) -> None:
        self.port = port
        self._name = name

    def server(self) -> Application:
        """Return that nothing is known of how it fares, which is not held against it."""
        return Application(side=Side.SERVER, what=self._name, ok=True, ended="not ours to know")

    async def served(self) -> None:
        """Wait in vain: nobody tells of its end."""
        await trio.sleep_forever()

    async def seek(self, caller: Caller, address: str) -> None:
        """Call it, with nothing to say. Broken where it is not there: what was done to segments does not explain that.

        To be asked where no call came through, while nothing is done to any segment.
        """
        why = f"no answer within {CALL_S:g} s"
        async with patience(CALL_S):
            try:
                (await caller.connect(address, self.port)).close()
                why = ""
            except OSError as error:
                why = end_of(error)
        if why:
            raise Broken(f"nobody serves at {self._name} ({why})", "start the server, and check its address and port")


class Visitor:
    """One visit to a server that was there before and stays; a Player."""

    def __init__(self, exchange: Exchange, caller: Caller, address: str, visited: Visited) -> None:
        self._visit = Visit(exchange, probing=isinstance(visited, Unseen))
        self._caller = caller
        self._address = address
        self._visited = visited

    @asynccontextmanager
    async def serving(self) -> AsyncIterator[None]:
        """Leave the server as it is."""
        yield

    async def play(self) -> None:
        """Pay the visit."""
        await self._visit.pay(self._caller, self._address, self._visited.port)
        if not self._visit.ok:
            with trio.move_on_after(END_S):
                await self._visited.served()

    def tell_waiting(self, at_us: int) -> None:
        """Tell nothing: what the server waits for is its own."""

    async def look_after(self) -> None:
        """Look after nothing, since others may be visiting, unless there may be nobody to visit: then Broken."""
        if isinstance(self._visited, Unseen) and not self._visit.arrived:
            await self._visited.seek(self._caller, self._address)

    @property
    def after(self) -> After:
        """Nothing is known of what one visitor has left."""
        return After()

    def waiting(self) -> tuple[str, ...]:
        """Say where the visit got stuck."""
        return () if self._visit.ok else (f"the client was still {self._visit.ended}",)

    def applications(self) -> tuple[Application, Application]:
        """Return how the visitor fared, and the server."""
        return self._visit.application(), self._visited.server()

    @property
    def accounts(self) -> tuple[Account, ...]:
        """None: what the server read and wrote is its own."""
        return ()
