"""The user's own programs instead of a workload: a server that must listen before a client is let at it.

What the programs say to each other is theirs. What is known of them is how they end, and the last of what they printed.
"""

import os
import re
from collections.abc import AsyncIterator, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from ipaddress import ip_address
from signal import Signals
from typing import Final, Protocol

import trio

from tcpchaos.backends.host import Broken, Stream
from tcpchaos.backends.lab.usage import Usage
from tcpchaos.trace import Side, Socket
from tcpchaos.workloads.player import Application
from tcpchaos.workloads.recorder import Account
from tcpchaos.workloads.survey import After, Survey
from tcpchaos.workloads.visitor import Exchange, Visit

READY_S: Final = 20.0  # within which a server must listen; interpreters on a busy machine take their time
ELSEWHERE_S: Final = 5.0  # after which a server that listens only where nobody can reach it is not waited for any more
LOOK_S: Final = 0.01  # between two looks at what listens
LAST_WORDS_S: Final = 0.5  # for output that is still in a pipe when a program has ended
TAIL_OCTETS: Final = 4096  # of each output that go into a result
TAIL_LINES: Final = 20
SUGGESTED_PORT: Final = 8080  # for a server that asks which; nothing else listens in its namespace
# What a shell answers with when the program isn't there, or isn't one.
NOT_EXECUTABLE, NOT_FOUND = 126, 127


class Program(Protocol):
    """A program that runs at a host."""

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

    async def wait(self) -> int:
        """Wait until it has ended and all of its output is there."""

    async def wait_exit(self) -> int:
        """Wait until it has ended."""

    async def stop(self) -> None:
        """Ask it to end (SIGTERM), and end it (SIGKILL) where that does not help."""


class Place(Protocol):
    """A host at which programs run."""

    @property
    def address(self) -> str:
        """Its IP address."""

    def listeners(self) -> list[tuple[str, int]]:
        """Address and port of all that listens there."""

    def sockets(self, *, info: bool = True) -> list[Socket]:
        """What its kernel says about all its TCP sockets, without `info` only what costs nothing."""

    async def connect(self, address: str, port: int) -> Stream:
        """Connect from there; OSError where that fails."""

    def run(self, command: str, *, env: Mapping[str, str] | None = None) -> AbstractAsyncContextManager[Program]:
        """Run a program there in the block."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Commands:
    """Two command lines, in which `{host}` and `{port}` stand for the server's address and port.

    Instead of a client's there may be what a client of ours says.
    """

    server: str
    client: str | Exchange

    def __str__(self) -> str:
        return f"{self.client} to {self.server}"


class Programs:
    """A server and a client of the user's, and what became of them."""

    def __init__(
        self, client: Place, server: Place, commands: Commands, *, env: Mapping[str, str] | None = None, port: int = 0
    ) -> None:
        self._places = (client, server)
        self._visit = Visit(commands.client) if isinstance(commands.client, Exchange) else None
        self._commands = (str(commands.client), commands.server)
        self._env = dict(os.environ if env is None else env)
        self._asked_port = port
        self._running: list[Program | None] = [None, None]
        self.port = port
        self.server_died = ""  # how, where it ended by itself and not well
        self._cut_off = False  # the client, before its end
        self._stopping = False
        self._survey: Survey | None = None

    @asynccontextmanager
    async def serving(self) -> AsyncIterator[None]:
        """Run the server in the block, which begins when it listens; afterwards it is stopped.

        Raises Broken where it ends before it listens, or never does, and ValueError for an unreadable command line.
        """
        place = self._places[Side.SERVER]
        async with self._run(Side.SERVER, self._asked_port or SUGGESTED_PORT) as server:
            try:
                self.port = await self._ready(place, server)
                self._survey = Survey(*self._places, server, self.port)
                yield
            finally:
                self._stopping = True
                if self._survey is not None:
                    self._survey.note_end()
                    if self._survey.status and not self.server_died:
                        self.server_died = how_it_ended(self._survey.status)
                if server.returncode is None:
                    with trio.CancelScope(shield=True):
                        await server.stop()

    @property
    def serves(self) -> bool:
        """Whether the server listens, and has not ended since."""
        server = self._running[Side.SERVER]
        return self.port > 0 and server is not None and not server.returncode

    async def served(self) -> None:
        """Wait until the server has ended; one that put itself into the background is waited for in vain."""
        server = self._running[Side.SERVER]
        if server is not None and await server.wait_exit() == 0:
            await trio.sleep_forever()

    async def play(self) -> None:
        """Run the client to its end; raises Broken where there is no such program."""
        if self._visit is not None:
            await self._visit.pay(self._places[Side.CLIENT], self._places[Side.SERVER].address, self.port)
            self._note_the_servers_end()
            return
        async with self._run(Side.CLIENT, self.port) as client:
            self._cut_off = True
            status = await client.wait_exit()
            self._cut_off = False
            with trio.move_on_after(LAST_WORDS_S):
                await client.wait()
            self._note_the_servers_end()
            if status in (NOT_EXECUTABLE, NOT_FOUND):
                raise Broken(
                    f"the client's command can't be run: {self.tail(Side.CLIENT) or self._commands[Side.CLIENT]}",
                    "check its spelling, install it, or give its path",
                )

    def _note_the_servers_end(self) -> None:
        server = self._running[Side.SERVER]
        if server is not None and server.returncode and not self._stopping:
            self.server_died = how_it_ended(server.returncode)

    def tell_waiting(self, at_us: int) -> None:
        """Tell nothing: what programs of the user's wait for is theirs."""

    async def look_after(self) -> None:
        """Look at what is left of the server, and call it once more."""
        if self._survey is not None:
            await self._survey.look()

    @property
    def after(self) -> After:
        """What was found after the chaos."""
        return After() if self._survey is None else self._survey.result()

    def tail(self, side: Side) -> str:
        """Return the last lines of what a program printed, its complaints at the end."""
        program = self._running[side]
        if program is None:
            return ""
        return "\n".join(filter(None, (last_lines(program.stdout), last_lines(program.stderr))))

    def waiting(self) -> tuple[str, ...]:
        """Say, a sentence each, which programs are still running."""
        return tuple(
            f"{side} was still running: {command}"
            for side, command, program in zip(Side, self._commands, self._running, strict=True)
            if side is Side.CLIENT and program is not None and program.returncode is None
        )

    def applications(self) -> tuple[Application, Application]:
        """Return how both fared: the client well where it exits with 0, the server where it does not die by itself."""
        return self._client() if self._visit is None else self._visit.application(), self.server()

    def _client(self) -> Application:
        client = self._running[Side.CLIENT]
        return Application(
            side=Side.CLIENT,
            what=self._commands[Side.CLIENT],
            ok=client is not None and client.returncode == 0,
            ended=self._fate(client, cut_off=self._cut_off),
            output=self.tail(Side.CLIENT),
        )

    def server(self) -> Application:
        """Return how the server fares."""
        server = self._running[Side.SERVER]
        self._note_the_servers_end()
        return Application(
            side=Side.SERVER,
            what=self._commands[Side.SERVER],
            ok=server is not None and not self.server_died,
            ended=self.server_died or self._fate(server, cut_off=True),
            output=self.tail(Side.SERVER),
        )

    @property
    def accounts(self) -> tuple[Account, ...]:
        """None: what programs of the user's read and wrote is theirs."""
        return ()

    @staticmethod
    def _fate(program: Program | None, *, cut_off: bool) -> str:
        if program is None:
            return "not started"
        if program.returncode is None:
            return "running"
        return "stopped" if cut_off and program.returncode < 0 else how_it_ended(program.returncode)

    @asynccontextmanager
    async def _run(self, side: Side, port: int) -> AsyncIterator[Program]:
        host = self._places[Side.SERVER].address
        env = {**self._env, "TCPCHAOS_HOST": host, "TCPCHAOS_PORT": str(port)}
        async with self._places[side].run(fill(self._commands[side], host=host, port=port), env=env) as program:
            self._running[side] = program
            yield program

    async def _ready(self, place: Place, server: Program) -> int:
        with trio.move_on_after(READY_S) as patience:
            while True:
                listeners = place.listeners()
                ports = [port for address, port in listeners if reachable(place.address, address)]
                port = choose(ports, asked=self._asked_port)
                if port:
                    return port
                if listeners:
                    patience.deadline = min(patience.deadline, trio.current_time() + ELSEWHERE_S)
                # A server that put itself into the background has ended well.
                if server.returncode:
                    with trio.move_on_after(LAST_WORDS_S):
                        await server.wait()
                    raise Broken(
                        f"the server ended ({how_it_ended(server.returncode)}) before it listened" + self._last_words(),
                        "give a command that serves until it is stopped",
                    )
                await trio.sleep(LOOK_S)
        wanted = f"port {self._asked_port}" if self._asked_port else "any TCP port"
        elsewhere = ", ".join(f"{address} port {port}" for address, port in place.listeners())
        raise Broken(
            f"the server does not listen on {wanted} of {place.address}"
            + (f", only on {elsewhere}" if elsewhere else "")
            + self._last_words(),
            f"have it listen on {{host}} ({place.address}) or on all addresses",
        )

    def _last_words(self) -> str:
        said = self.tail(Side.SERVER)
        return f"; it printed: {said}" if said else "; it printed nothing"


def fill(command: str, *, host: str, port: int) -> str:
    """Return the command line with `{host}` and `{port}` filled in; all other braces stay, they are the shell's."""
    values = {"{host}": host, "{port}": str(port)}
    # "${host}" is a variable of the shell's.
    return re.sub(r"(?<!\$)\{(?:host|port)\}", lambda match: values[match[0]], command)


def reachable(host: str, listening: str) -> bool:
    """Tell whether someone who connects to `host` finds a socket that listens on the address `listening`."""
    bound = ip_address(listening)
    mapped = getattr(bound, "ipv4_mapped", None)
    if mapped is not None:
        bound = mapped
    # One that listens on all of IPv6 mostly listens on all of IPv4 as well.
    return bound == ip_address(host) or (bound.is_unspecified and bound.version >= ip_address(host).version)


def choose(ports: list[int], *, asked: int) -> int:
    """Return the port to which the client shall go, 0 while there is none: the one asked for, or any one port."""
    if asked:
        return asked if asked in ports else 0
    if SUGGESTED_PORT in ports:
        return SUGGESTED_PORT
    return min(ports, default=0)


def last_lines(output: bytes) -> str:
    """Return the last lines of an output, each as a terminal shows it in the end: what overwrites itself once only."""
    lines = output[-TAIL_OCTETS:].decode(errors="replace").strip().split("\n")
    return "\n".join(line.rstrip().rpartition("\r")[2] for line in lines[-TAIL_LINES:])


def how_it_ended(status: int) -> str:
    """Say how a program ended: "exit 1", or "SIGSEGV"."""
    if status >= 0:
        return f"exit {status}"
    try:
        return Signals(-status).name
    except ValueError:
        return f"signal {-status}"  # one of those that have only numbers
