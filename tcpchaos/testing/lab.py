"""What a test holds of a lab: sockets at both ends, programs there, and what passed so far."""

import socket
from collections.abc import Sequence
from typing import Final, NamedTuple

import trio

from tcpchaos.backends.lab import Lab as OpenLab
from tcpchaos.backends.lab import LabHost
from tcpchaos.backends.lab.commands import inherited_environment
from tcpchaos.plan import Plan, parse
from tcpchaos.rfc import State
from tcpchaos.run.live import Live, LiveResult
from tcpchaos.run.session import one_error
from tcpchaos.testing.worker import Worker
from tcpchaos.trace import Side
from tcpchaos.workloads import Commands, Programs
from tcpchaos.workloads.programs import fill

TIMEOUT_S: Final = 10.0
# How long ends that are being closed are waited for at the end: a lost FIN is sent again after 200 ms, and 400 ms.
SETTLE_S: Final = 2.0
_LOOK_S: Final = 0.01
_PASSING: Final = frozenset({State.FIN_WAIT_1, State.CLOSING, State.LAST_ACK, State.SYN_SENT, State.SYN_RECEIVED})


PlanLike = str | Sequence[str] | Plan


class Ran(NamedTuple):
    """How a program ended: its exit status (minus a signal's number), and what it said."""

    status: int
    stdout: str
    stderr: str


class Lab:
    """Two ends with the kernel's TCP in networks of their own, and the proxy between them.

    All of it may be used from a thread without a loop, or from one with any loop. `port` is the server's, once there is
    one.
    """

    def __init__(self, worker: Worker, lab: OpenLab, live: Live) -> None:
        self.port = 0
        self._worker = worker
        self._lab = lab
        self._live = live
        self._family = socket.AF_INET6 if ":" in lab.server.address else socket.AF_INET
        self._ending = trio.Event()
        self._servers = 0
        self._over = trio.Event()
        self._result: LiveResult | None = None

    @property
    def client_address(self) -> str:
        """The client's IP address."""
        return self._lab.client.address

    @property
    def server_address(self) -> str:
        """The server's IP address."""
        return self._lab.server.address

    @property
    def segments(self) -> int:
        """How many segments were sent so far."""
        return self._live.segments

    @property
    def result(self) -> LiveResult:
        """What came of it so far."""
        return self._worker.call(self._so_far)

    def replace(self, plan: PlanLike) -> None:
        """Do what another plan says from now on; each connection's segments count anew. Raises PlanError."""
        self._worker.call(self._replace, read(plan))

    def client_socket(self) -> socket.socket:
        """Return a new TCP socket at the client's end: blocking, not connected, and the caller's to close."""
        return self._socket(Side.CLIENT)

    def server_socket(self) -> socket.socket:
        """Return a new TCP socket at the server's end: blocking, not bound, and the caller's to close."""
        return self._socket(Side.SERVER)

    def listen(self, port: int = 0, *, backlog: int = 128) -> socket.socket:
        """Return a blocking socket that listens at the server's address; `port` 0 is any free one. Raises OSError."""
        listening = self.server_socket()
        try:
            listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            listening.bind((self.server_address, port))
            listening.listen(backlog)
        except OSError:
            listening.close()
            raise
        self.port = listening.getsockname()[1]
        return listening

    def connect(self, port: int = 0, *, timeout_s: float = TIMEOUT_S) -> socket.socket:
        """Return a socket connected from the client to this port of the server, or to the one that listens there.

        Its calls time out after as long as connecting may take. Raises OSError where it can't be connected.
        """
        connecting = self.client_socket()
        connecting.settimeout(timeout_s)
        try:
            connecting.connect((self.server_address, port or self.port))
        except OSError:
            connecting.close()
            raise
        return connecting

    def serve(self, command: str, *, port: int = 0) -> int:
        """Start a server at the server's end, wait until it listens, and return its port; it is stopped at the end.

        `{host}` and `{port}` stand for where to listen, as `$TCPCHAOS_HOST` and `$TCPCHAOS_PORT` do. Raises Broken
        where it ends or never listens.
        """
        places = (self._lab.client, self._lab.server)
        programs = Programs(*places, Commands(server=command, client=""), env=inherited_environment(), port=port)
        self._worker.call(self._start, programs)
        self.port = programs.port
        return self.port

    def run(self, command: str, *, timeout_s: float = TIMEOUT_S) -> Ran:
        """Run a program at the client's end, with `{host}` and `{port}` of the server, and return how it ended.

        Raises TimeoutError where it has not ended in time, Broken where there is no such program.
        """
        words = fill(command, host=self.server_address, port=self.port)
        try:
            return self._worker.call(_run, self._lab.client, words, timeout_s)
        except trio.TooSlowError:
            raise TimeoutError(f"{words} had not ended after {timeout_s:g} s") from None

    def _socket(self, side: Side) -> socket.socket:
        return self._worker.call(self._lab.socket, str(side), (self._family, socket.SOCK_STREAM, socket.IPPROTO_TCP))

    async def _start(self, programs: Programs) -> None:
        with one_error():
            await self._worker.nursery.start(self._serve, programs)

    async def _serve(self, programs: Programs, *, task_status: trio.TaskStatus[None]) -> None:
        async with programs.serving():
            self._servers += 1
            task_status.started()
            await self._ending.wait()
        self._servers -= 1

    async def _replace(self, plan: Plan) -> None:
        self._live.replace(plan)

    async def _so_far(self) -> LiveResult:
        return self._live.result()

    async def begin(self) -> None:
        """Let packets pass from now on."""
        self._worker.nursery.start_soon(self._go_on)
        await self._live.begun.wait()

    async def _go_on(self) -> None:
        self._result = await self._live.run()
        self._over.set()

    async def end(self) -> LiveResult:
        """Stop what was started, let the ends come to rest, and return what came of it all."""
        self._ending.set()
        while self._servers:
            await trio.sleep(_LOOK_S)
        await self._settle()
        self._live.stop("")
        await self._over.wait()
        assert self._result is not None
        return self._result

    async def _settle(self) -> None:
        """Wait until nothing passes any more, and nobody is closing a connection."""
        with trio.move_on_after(SETTLE_S):
            before = -1
            while (
                self._live.busy or any(map(_closing, (self._lab.client, self._lab.server))) or before != self.segments
            ):
                before = self.segments
                await trio.sleep(_LOOK_S)


def _closing(host: LabHost) -> bool:
    return any(each.state in _PASSING for each in host.sockets(info=False))


async def _run(host: LabHost, words: str, timeout_s: float) -> Ran:
    with trio.fail_after(timeout_s):
        async with host.run(words) as program:
            status = await program.wait()
            return Ran(status, program.stdout.decode(errors="replace"), program.stderr.decode(errors="replace"))


def read(plan: PlanLike) -> Plan:
    """Return the plan of a text, of lines, or of a plan. Raises PlanError."""
    if isinstance(plan, Plan):
        return plan
    return parse(plan if isinstance(plan, str) else "\n".join(plan))
