"""What the chaos has left behind, looked at when all is at rest, before anything is stopped.

Facts only: whether they are anybody's fault is for others to say, who know what was done and what is usual.
"""

from dataclasses import dataclass
from typing import Final, Protocol

import trio

from tcpchaos.backends.host import Stream
from tcpchaos.backends.lab.usage import Usage
from tcpchaos.trace import Side, Socket
from tcpchaos.workloads.patience import patience
from tcpchaos.workloads.porter import CALL_S
from tcpchaos.workloads.voice import end_of

# How long a look at a server that has nothing to do lasts, and how long one that then works all the time is looked at.
SILENCE_S: Final = 0.1
LONG_SILENCE_S: Final = 1.0
# So long a server may go on with what it was asked for, even if nobody is there any more to hear of it.
FINISH_S: Final = 8.0
# Of a short silence: more is worth a longer look.
WORTH_A_LOOK: Final = 0.5
# On a busy machine a program that never rests gets only part of a processor, but not less than this.
LEAST_SHARE: Final = 0.05
# So long a server may take to notice that a peer has closed or is gone.
LEAK_S: Final = 5.0
LEAK_LOOK_S: Final = 0.1
# A connection that is not open at the server for so long is one of those that open with the first octets (Linux knows
# that as TCP_DEFER_ACCEPT).
DEFER_S: Final = 0.3
_LOOK_S: Final = 0.01  # between two looks at whether a call was accepted

# States in which a socket that no program holds is one that no program has accepted yet.
NOT_ACCEPTED: Final = frozenset({"ESTABLISHED", "CLOSE-WAIT"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Remains:
    """What is left of a server of the user's.

    `status` is with what it ended by itself, None while it runs; `listens` tells whether anyone still listens on its
    port, `in_background` whether its command had ended well before the chaos began. `said` is all that it printed,
    `said_before` what of it before anyone called it once more. `unclosed` are sockets that it has not closed although
    their peers have, or although their connections are over; the growths are since it began to listen, that of
    `descriptors` of the process in which it is largest. `busy` is the share of a processor that it wants with nothing
    to do. `still_open` are connections that neither it nor, as far as it knows, its client has closed. What nobody
    could look at is 0.
    """

    status: int | None
    listens: bool
    in_background: bool
    said: bytes = b""
    said_before: bytes = b""
    unclosed: int = 0
    descriptors: int = 0
    memory_octets: int = 0
    processor_us: int = 0
    busy: float = 0.0
    still_open: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class After:
    """What was found after the chaos.

    `called` tells whose listener was called once more, with nothing done to the call, and what went wrong ("" if
    nothing did); None where nobody could be called. `remains` are None where the server was no program.
    """

    called: tuple[Side, str] | None = None
    remains: Remains | None = None


class Server(Protocol):
    """A server that runs."""

    @property
    def returncode(self) -> int | None:
        """Its exit status, minus the signal that ended it, None while it runs."""

    @property
    def stdout(self) -> bytes:
        """What it has printed so far."""

    @property
    def stderr(self) -> bytes:
        """What it has complained about so far."""

    def usage(self) -> Usage | None:
        """What it and all that it started hold and have burnt so far; None where nobody may know."""


class Place(Protocol):
    """The host of a server, or of a client."""

    @property
    def address(self) -> str:
        """Its IP address."""

    def sockets(self, *, info: bool = True) -> list[Socket]:
        """What its kernel says about all its TCP sockets, without `info` only what costs nothing."""

    async def connect(self, address: str, port: int) -> Stream:
        """Connect from there; OSError where that fails."""


class Survey:
    """A server, looked at when it has begun to listen (at once) and when all is over (`look`)."""

    def __init__(self, client: Place, here: Place, server: Server, port: int) -> None:
        self._client = client
        self._here = here
        self._server = server
        self._port = port
        self._in_background = server.returncode == 0
        self._first = server.usage()
        self._last: Usage | None = None
        self._called: tuple[Side, str] | None = None
        self._said_before: bytes | None = None
        self._busy = 0.0
        self._unclosed = 0
        self._open = 0
        self._listens = True
        self.status: int | None = None  # with what it ended by itself

    async def look(self) -> None:
        """Look at what is left of the server, and call it once more if it ought to answer."""
        self._open = still_open(self._here.sockets(info=False), self._client.address, self._port)
        self._busy = await self._idle()
        self._unclosed = await self._leak()
        self._last = self._server.usage()
        self.note_end()
        if self.status is None or (self._in_background and not self.status):
            self._called = Side.SERVER, await self._call() if self._listens else "nobody listens any more"

    def note_end(self) -> None:
        """Take the server as it is now for how the chaos left it: it is about to be stopped, or called once more."""
        if self._said_before is None:
            self._said_before = self._said()
            self.status = self._server.returncode
            self._listens = any(
                found.state == "LISTEN" and found.local_port == self._port for found in self._here.sockets(info=False)
            )

    def result(self) -> After:
        """Return what was found; to be asked when the server has ended."""
        files, memory, processor_us = growth(self._first, self._last)
        return After(
            called=self._called,
            remains=Remains(
                status=self.status,
                listens=self._listens,
                in_background=self._in_background,
                said=self._said(),
                said_before=self._said_before or b"",
                unclosed=self._unclosed,
                descriptors=files,
                memory_octets=memory,
                processor_us=processor_us,
                busy=self._busy,
                still_open=self._open,
            ),
        )

    def _said(self) -> bytes:
        return self._server.stdout.rstrip() + b"\n" + self._server.stderr

    async def _idle(self) -> float:
        """Return the share of a processor that the server takes while nothing happens."""
        share, began = await self._share(SILENCE_S), trio.current_time()
        while share >= WORTH_A_LOOK and trio.current_time() - began < FINISH_S:
            share = await self._share(LONG_SILENCE_S)
        return share

    async def _share(self, for_s: float) -> float:
        before, began = self._server.usage(), trio.current_time()
        await trio.sleep(for_s)
        return busy(before, self._server.usage(), trio.current_time() - began)

    async def _leak(self) -> int:
        """Return how many sockets the server does not close, given time to do so."""
        left = leaked(self._first, self._server.usage())
        with trio.move_on_after(LEAK_S):
            while left:
                await trio.sleep(LEAK_LOOK_S)
                left = leaked(self._first, self._server.usage())
        return left

    async def _call(self) -> str:
        """Connect, see the connection accepted, and let go of it; return what went wrong, "" if nothing did."""
        wrong = "no connection"
        async with patience(CALL_S):
            try:
                stream = await self._client.connect(self._here.address, self._port)
            except OSError as error:
                return f"{wrong}: {end_of(error)}"
            wrong = "a connection that nobody accepts"
            try:
                await self._accepted(stream)
            finally:
                stream.close()
            return ""
        return f"{wrong} within {CALL_S:g} s"

    async def _accepted(self, stream: Stream) -> None:
        """Return when the server has accepted, or has asked its kernel to wait for octets before it is to."""
        deferred_at = trio.current_time() + DEFER_S
        while True:
            answer = accepted(self._here.sockets(info=False), stream.local_port, self._port)
            if answer or (answer is None and trio.current_time() > deferred_at):
                return
            await trio.sleep(_LOOK_S)


def growth(before: Usage | None, now: Usage | None) -> tuple[int, int, int]:
    """Return by how much files, memory (octets) and processor time (microseconds) have grown, 0 where nobody knows."""
    if before is None or now is None:
        return 0, 0, 0
    files = (now.descriptors[pid] - count for pid, count in before.descriptors.items() if pid in now.descriptors)
    return (
        max(0, *files, 0),
        max(0, now.memory_octets - before.memory_octets),
        max(0, now.processor_us - before.processor_us),
    )


def busy(before: Usage | None, now: Usage | None, for_s: float) -> float:
    """Return the share of a processor that was wanted, 0 where nobody knows."""
    if before is None or now is None:
        return 0.0
    share = (now.processor_us - before.processor_us) / 1e6 / for_s
    if share < LEAST_SHARE:
        return max(0.0, share)
    return max(share, (now.wanted_us - before.wanted_us) / 1e6 / for_s)


def leaked(before: Usage | None, now: Usage | None) -> int:
    """Return how many more sockets wait to be closed than before."""
    if before is None or now is None:
        return 0
    return max(0, now.unclosed + now.dead - before.unclosed - before.dead)


def accepted(sockets: list[Socket], client_port: int, port: int) -> bool | None:
    """Tell whether a server has accepted a connection to its port, None while it is not yet open.

    One that is gone again it has accepted.
    """
    found = [s for s in sockets if (s.remote_port, s.local_port) == (client_port, port)]
    if any(s.state == "SYN-RECEIVED" for s in found):
        return None
    return not any(s.state in NOT_ACCEPTED and not s.held for s in found)


def still_open(sockets: list[Socket], client: str, port: int) -> int:
    """Count the connections of the client to this port that a server has and nobody has closed, for all it knows."""
    return sum(
        s.state == "ESTABLISHED" and s.held and s.local_port == port and s.remote.endswith(client) for s in sockets
    )
