"""One application at one end of a connection: it says and hears octets by count, and tells the recorder all of it.

Whatever TCP answers with an error is an outcome, not a bug: it is noted, and the application's part is over.
"""

import errno
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

import trio

from tcpchaos.backends.host import Stream
from tcpchaos.trace import Side
from tcpchaos.workloads.pattern import pattern
from tcpchaos.workloads.recorder import Account

CHUNK: Final = 4096  # octets handed over at once: so exactly is a sender's progress known

# What a connection may end with, in the recorder's words. Any other error says that the program or the machine is
# wrong, and is none of the workload's business.
ENDS: Final = {
    errno.ECONNRESET: "reset",
    errno.EPIPE: "pipe",
    errno.ENOTCONN: "gone",  # ended before, with an error that somebody was told of already
    errno.ECONNREFUSED: "refused",
    errno.ECONNABORTED: "aborted",
    errno.ETIMEDOUT: "timeout",
    # ICMP errors, as Linux translates them.
    errno.EHOSTUNREACH: "unreachable",
    errno.ENETUNREACH: "unreachable",
    errno.EHOSTDOWN: "unreachable",
    errno.ENONET: "unreachable",
    errno.ENOPROTOOPT: "unreachable",
    errno.EOPNOTSUPP: "unreachable",
    errno.EPROTO: "unreachable",
    errno.EACCES: "prohibited",
    errno.EMSGSIZE: "too big",
}


class Hangup(Exception):  # noqa: N818 - an outcome that ends a script, not an error
    """The connection ended before the application's part in the workload did; the account says how."""


def end_of(error: OSError) -> str:
    """Return the recorder's word for an error that ends a connection; raises any other error again."""
    if error.errno not in ENDS:
        raise error
    return ENDS[error.errno]


class Meeting:
    """A place where the two sides of a connection wait for each other; nobody waits for one who has left."""

    def __init__(self) -> None:
        self._here = {Side.CLIENT: trio.Event(), Side.SERVER: trio.Event()}

    def left(self, side: Side) -> None:
        """Say that this side is not going to come (any more)."""
        self._here[side].set()

    async def arrive(self, side: Side) -> None:
        """Come, and wait for the other side."""
        self._here[side].set()
        await self._here[side.peer].wait()


class Voice:
    """One application's end of a connection."""

    def __init__(self, stream: Stream, side: Side, account: Account, meeting: Meeting) -> None:
        self.stream = stream
        self.side = side
        self.account = account
        self._meeting = meeting
        self._said = 0  # octets of this side's own text
        self._gone = False

    @property
    def wrote(self) -> int:
        """Octets handed over so far, all those included that TCP has not taken yet."""
        return self.account.wrote[self.side]

    async def say(self, octets: int) -> None:
        """Hand over the next octets of this side's text."""
        while octets:
            size = min(octets, CHUNK)
            await self.send(self._next(size))
            octets -= size

    async def send(self, octets: bytes) -> None:
        """Hand over these octets."""
        with self._doing("writing", self.wrote):
            self.account.say_wrote(self.side, octets)
            await self.stream.send_all(octets)

    async def say_urgent(self, octets: int) -> None:
        """Hand over the next octets of this side's text, with the urgent pointer after the last of them."""
        text = self._next(octets)
        with self._doing("writing", self.wrote):
            self.account.say_wrote(self.side, text)
            await self.stream.send_urgent(text)

    async def hear(self, octets: int) -> None:
        """Read exactly so many octets; raises Hangup where the stream ends before."""
        while octets:
            heard = await self.listen(octets)
            if not heard:
                raise Hangup
            octets -= len(heard)

    async def hear_out(self) -> int:
        """Read up to the end of the stream, and return how many octets that was."""
        octets = 0
        while heard := await self.listen():
            octets += len(heard)
        return octets

    async def listen(self, most: int = 65536) -> bytes:
        """Read what there is, at most so many octets; b"" at the end of the stream."""
        with self._doing("reading", self.account.read[self.side]):
            heard = await self.stream.receive(most)
        if heard:
            self.account.say_read(self.side, heard)
            return heard
        # A kernel tells of a reset once, and of the end of the stream from then on. If another task of this side was
        # told of it in this turn of the scheduler, while writing, that is on record after the next one.
        for _ in range(2):
            await trio.lowlevel.checkpoint()
        if self.account.ended[self.side] not in ("", "eof"):
            raise Hangup
        self.account.say_ended(self.side, "eof")
        return b""

    async def meet(self) -> None:
        """Wait until the other side is here too, or gone."""
        self.account.doing[self.side]["waiting"] = "for the other application"
        await self._meeting.arrive(self.side)
        self.account.doing[self.side].pop("waiting")

    async def shut(self) -> None:
        """Close this side's direction: FIN."""
        self.account.say_closed(self.side, "shutdown")
        try:
            await self.stream.send_eof()
        except OSError as error:
            if error.errno == errno.ENOTCONN:
                # It ended before; with what, the next call tells who has not been told yet.
                await self.hear_out()
            raise self._hung_up(error) from error

    async def hear_reset(self) -> None:
        """Read until the peer's RST ends the connection; raises Hangup where something else does."""
        try:
            await self.hear_out()
        except Hangup:
            if self.account.ended[self.side] == "reset":
                return
            raise
        raise Hangup

    def nodelay(self) -> None:
        """Have small segments sent at once."""
        try:
            self.stream.nodelay()
        except OSError as error:
            raise self._hung_up(error) from error

    def probe(self, idle_s: int, interval_s: int, count: int) -> None:
        """Have the connection probed after so many seconds of silence."""
        try:
            self.stream.keepalive(idle_s, interval_s, count)
        except OSError as error:
            raise self._hung_up(error) from error

    def leave(self) -> None:
        """Let go of both directions, unless that has been done."""
        if not self._gone:
            self._gone = True
            self._meeting.left(self.side)
            self.account.say_closed(self.side, "close")
            self.stream.close()

    def abort(self) -> None:
        """Let go with a RST, unless this side has already let go."""
        if not self._gone:
            self._gone = True
            self._meeting.left(self.side)
            self.account.say_closed(self.side, "abort")
            self.stream.abort()

    def _next(self, size: int) -> bytes:
        text = pattern(self.side, self.account.number, self._said, size)
        self._said += size
        return text

    @contextmanager
    def _doing(self, what: str, position: int) -> Iterator[None]:
        """Note what this side waits for in the block, and what it learns if the connection ends meanwhile."""
        doing = self.account.doing[self.side]
        doing[what] = f"at octet {position}"
        try:
            yield
        except OSError as error:
            raise self._hung_up(error) from error
        doing.pop(what, None)

    def _hung_up(self, error: OSError) -> Hangup:
        self.account.say_ended(self.side, end_of(error))
        return Hangup(str(error))
