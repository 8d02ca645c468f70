"""The lab: two endpoints, the proxy's two sockets between them, and what the kernels say about it all."""

import os
import re
import socket
import time
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, ExitStack, asynccontextmanager, contextmanager
from typing import Any, Literal
from weakref import WeakSet

import trio

from tcpchaos.backends.host import Broken, Ready
from tcpchaos.backends.lab import commands, diag
from tcpchaos.backends.lab.control import MOST_DESCRIPTORS, Asked, Control, open_control
from tcpchaos.backends.lab.counters import FILES, Counters
from tcpchaos.backends.lab.edge import NEVER, PACKET_IGNORE_OUTGOING, SOL_PACKET, Edge
from tcpchaos.backends.lab.pump import pump
from tcpchaos.backends.lab.sockets import KernelListener, KernelStream
from tcpchaos.backends.lab.timer import Alarm
from tcpchaos.backends.lab.tracing import Tracer
from tcpchaos.backends.warden.addresses import ADDRESSES4, ADDRESSES6, IPV6_LEAST_MTU
from tcpchaos.backends.world import PumpedEngine
from tcpchaos.trace import Side, Socket

# RFC 9293, 3.7.1 obliges hosts to take 576 octets; below 68 there is no IPv4 (RFC 791). Above 65535 - 18 no frame.
LEAST_MTU = 68
MOST_MTU = 65517
_SUFFIX_OCTETS = 4  # as many as the 15 letters of an interface's name have room for, in hexadecimal


class LabHost:
    """One endpoint of a lab, with a kernel's TCP; a Host on which the user's programs can run, too."""

    def __init__(
        self, control: Asked, side: Side, family: Literal[4, 6], diag_socket: socket.socket, counters: Counters
    ) -> None:
        self._control = control
        self._diag = diag_socket
        self._counters = counters
        self._family = socket.AF_INET if family == 4 else socket.AF_INET6
        self._open: WeakSet[KernelStream | KernelListener] = WeakSet()
        # Made in advance, since each question to the warden costs a turn in the middle of the traffic.
        self._stock: list[socket.socket] = []
        self.side = side
        self.address = str((ADDRESSES4 if family == 4 else ADDRESSES6)[str(side)])

    async def _socket(self, receive_buffer: int | None) -> trio.socket.SocketType:
        if not self._stock:
            kind = (self._family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
            self._stock += await make_sockets(self._control, str(self.side), kind, count=MOST_DESCRIPTORS)
        made = self._stock.pop()
        made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        # Urgent octets stay where they stand in the stream: RFC 6093, 6 advises it, and it keeps streams comparable.
        made.setsockopt(socket.SOL_SOCKET, socket.SO_OOBINLINE, 1)
        if receive_buffer is not None:
            made.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
        return trio.socket.from_stdlib_socket(made)

    async def listen(self, port: int = 0, *, backlog: int = 128, receive_buffer: int | None = None) -> KernelListener:
        """Listen on this port, 0 for any free one; OSError where it is taken."""
        listening = await self._socket(receive_buffer)
        try:
            await listening.bind((self.address, port))
            listening.listen(backlog)
        except BaseException:
            listening.close()
            raise
        listener = KernelListener(listening, self._open)
        self._open.add(listener)
        return listener

    async def connect(
        self,
        address: str,
        port: int,
        *,
        local_port: int = 0,
        receive_buffer: int | None = None,
        ready: Ready | None = None,
    ) -> KernelStream:
        """Connect from this endpoint; OSError: refused, reset, unreachable, timed out, `local_port` taken."""
        connecting = await self._socket(receive_buffer)
        try:
            if local_port:
                await connecting.bind((self.address, local_port))
            if ready is not None:
                await ready()
            await connecting.connect((address, port))
        except BaseException:
            connecting.close()
            raise
        stream = KernelStream(connecting, port)
        self._open.add(stream)
        return stream

    def close(self) -> None:
        """Close what is still open of its streams and listeners: an open socket would keep its namespace alive."""
        for left in [*self._open, *self._stock]:
            left.close()
        self._stock.clear()
        self._counters.close()

    def sockets(self, *, info: bool = True) -> list[Socket]:
        """What this endpoint's kernel says about all its TCP sockets now; Broken where it can't be asked.

        Without `info` it is asked only for what it tells without stopping a connection for a moment.
        """
        with self._telling():
            return diag.dump(self._diag, info=info)

    @staticmethod
    @contextmanager
    def _telling() -> Iterator[None]:
        try:
            yield
        except OSError as error:
            raise Broken(f"the kernel doesn't list TCP sockets ({error.strerror})", "sudo modprobe tcp_diag") from error

    def socket(self, local_port: int, remote: str, remote_port: int, *, info: bool = True) -> Socket | None:
        """What this endpoint's kernel says about one connection now, None where it has no such; see `sockets`."""
        with self._telling():
            return diag.find(self._diag, self.address, local_port, remote, remote_port, info=info)

    def counters(self) -> dict[str, int]:
        """What this endpoint's kernel has counted so far, by the names that nstat gives; Broken where it refuses."""
        try:
            return self._counters.read()
        except OSError as error:
            raise Broken(f"the kernel's counters can't be read ({error.strerror})", "mount /proc") from error

    def listeners(self) -> list[tuple[str, int]]:
        """Address and port of each TCP socket that listens at this endpoint now."""
        return [(found.local, found.local_port) for found in self.sockets(info=False) if found.state == "LISTEN"]

    def run(
        self,
        command: str | Sequence[str],
        *,
        env: Mapping[str, str] | None = None,
        cwd: str | os.PathLike[str] | None = None,
    ) -> AbstractAsyncContextManager[commands.Command]:
        """Run a program at this endpoint, as the user that runs tcpchaos; with the block all that it started ends.

        A string is read as a shell would; `env` replaces the whole environment. Broken where it can't be started,
        ValueError for a command line that can't be read.
        """
        return commands.run(self._control, str(self.side), command, env, cwd)


async def make_sockets(
    control: Asked,
    where: str,
    kind: tuple[int, int, int],
    options: Sequence[tuple[int, int, int]] = (),
    *,
    count: int = 1,
) -> list[socket.socket]:
    """Sockets (family, type, protocol) made in one of the lab's networks: "proxy", "client", "server"."""
    numbers = [int(part) for part in kind]
    request = {"do": "sockets", "where": where, "kind": numbers, "options": options, "count": count}
    _, descriptors = await control.ask(request)
    return [socket.socket(*kind, fileno=descriptor) for descriptor in descriptors]


class Lab:
    """An open lab.

    `kernel` names the stack at both endpoints, `conditions` are the sysctls in force there, `mtu` that of both cables.
    `in_user_namespace` tells whether it was made without root, `has_own_proc` whether programs find only themselves
    in /proc. `tracer` collects what the kernel tells of its doings, where it was asked to and can be.
    """

    def __init__(
        self,
        control: Control,
        facts: Mapping[str, Any],
        mtu: int,
        hosts: Sequence[LabHost],
        edges: tuple[Edge, Edge],
        tracer: Tracer | None = None,
    ) -> None:
        self._control = control
        self.tracer = tracer
        self.client, self.server = hosts
        self.mtu = mtu
        self.kernel = kernel_name()
        self.conditions: dict[str, str] = facts["conditions"]
        self.in_user_namespace: bool = facts["user_namespace"]
        self.has_own_proc: bool = facts["own_proc"]
        self.edges = edges

    def host(self, side: Side) -> LabHost:
        """The endpoint on this side."""
        return self.client if side is Side.CLIENT else self.server

    async def pump(
        self,
        engine: PumpedEngine,
        clock: Callable[[], int],
        *,
        alarm: Alarm | None = None,
        task_status: trio.TaskStatus[None] = trio.TASK_STATUS_IGNORED,
    ) -> None:
        """Carry frames between the endpoints through the engine, until cancelled.

        `clock` gives the microseconds since the run began. Frames that came before anyone pumped are carried first.
        Whoever gives an `alarm` and sets it off has the engine asked again when it is due.
        """
        await pump(self.edges, engine, clock, self.mtu, alarm=alarm, task_status=task_status)

    async def socket(
        self, where: str, kind: tuple[int, int, int], options: Sequence[tuple[int, int, int]] = ()
    ) -> socket.socket:
        """A socket (family, type, protocol) of any kind in one of the networks: "proxy", "client" or "server".

        Options (level, name, value) are set with the capabilities that the lab's owner has there. OSError if refused.
        """
        (made,) = await make_sockets(self._control, where, kind, options)
        return made

    def run_between(
        self, command: Sequence[str], *, env: Mapping[str, str] | None = None
    ) -> AbstractAsyncContextManager[commands.Command]:
        """Run a program of ours in the proxy's place, where it may read packets and change the network.

        Both of the proxy's interfaces, called "client" and "server", are then its own: the lab lets go of them.
        """
        for edge in self.edges:
            edge.close()
        return commands.run(self._control, "proxy", command, env, None, capable=True)

    def waiting_us(self) -> int:
        """For how long, in microseconds, the oldest frame has waited that the pump has not taken yet."""
        oldest_ns = min(edge.head() for edge in self.edges)
        return 0 if oldest_ns == NEVER else max(time.time_ns() - oldest_ns, 0) // 1000

    async def losses(self) -> dict[str, int]:
        """What got lost between the endpoints without the engine's doing: counts above zero, by cause.

        Empty when the engine saw all that was sent, and all that it sent arrived.
        """
        answer, _ = await self._control.ask({"do": "dropped"})
        counts: dict[str, int] = dict(answer["dropped"])
        counts["frames that overran the proxy"] = sum(edge.overrun for edge in self.edges)
        counts["packets that fit no frame"] = sum(edge.refused for edge in self.edges)
        counts["frames merged or unfinished before the proxy"] = sum(edge.odd for edge in self.edges)
        return {cause: count for cause, count in counts.items() if count}


def kernel_name() -> str:
    """The stack that this machine's kernel is: "linux 6.1.2", without what its builder appended."""
    system = os.uname()
    number = re.match(r"[\d.]*\d", system.release)
    return f"{system.sysname.lower()} {number[0] if number else system.release}"


async def _edge(control: Control, interface: str, mtu: int) -> Edge:
    kind = (socket.AF_PACKET, socket.SOCK_RAW, 0)
    try:
        (packet_socket,) = await make_sockets(control, "proxy", kind, [(SOL_PACKET, PACKET_IGNORE_OUTGOING, 1)])
        return Edge(packet_socket, interface, mtu)
    except OSError as error:
        raise Broken(
            f"no packet sockets ({error.strerror})",
            "sudo modprobe af_packet, or Linux 4.20 or newer with CONFIG_PACKET",
        ) from error


async def _tracer(control: Control, cables: tuple[str, str], addresses: tuple[str, str]) -> Tracer | None:
    """Have the kernel tell what it does, where it may be asked to."""
    try:
        _, (directory,) = await control.ask({"do": "tracing"})
        return Tracer(directory, cables, addresses)
    except (OSError, ValueError):
        return None


@asynccontextmanager
async def open_lab(
    family: Literal[4, 6] = 4,
    mtu: int = 1500,
    sysctls: Mapping[str, str] | None = None,
    *,
    tracing: bool = False,
    offloads: bool = False,
) -> AsyncIterator[Lab]:
    """Make a lab, whose endpoints speak to each other only through `Lab.pump`; nothing is left of it afterwards.

    `family` is that of the hosts' addresses, `mtu` in octets, `sysctls` are set at both endpoints. With `tracing` the
    kernel is asked to tell what it does with segments, which it does for the machine's root alone. With `offloads`,
    interfaces leave to cards what they would anywhere: `Lab.pump` is for labs without. ValueError for an MTU that the
    family can't have, Broken with what the machine lacks.
    """
    least = LEAST_MTU if family == 4 else IPV6_LEAST_MTU
    if not least <= mtu <= MOST_MTU:
        raise ValueError(f"an MTU of {mtu}: IPv{family} needs {least} to {MOST_MTU} octets")
    # The kernel tells of an interface only its name: it must not be that of another lab's.
    suffix = os.urandom(_SUFFIX_OCTETS).hex() if tracing else ""
    config = {
        "family": family,
        "mtu": mtu,
        "sysctls": dict(sysctls or {}),
        "tracing": tracing,
        "suffix": suffix,
        "offloads": offloads,
    }
    async with open_control(config) as (control, facts):
        with ExitStack() as stack:
            hosts = []
            for side in Side:
                netlink = (socket.AF_NETLINK, socket.SOCK_RAW, diag.NETLINK_SOCK_DIAG)
                (diag_socket,) = await make_sockets(control, str(side), netlink)
                stack.enter_context(diag_socket)
                _, files = await control.ask({"do": "open", "where": str(side), "paths": FILES})
                hosts.append(LabHost(control, side, family, diag_socket, Counters(files)))
                stack.callback(hosts[-1].close)
            cables = ("client" + suffix, "server" + suffix)
            client_edge = stack.enter_context(await _edge(control, cables[0], mtu))
            server_edge = stack.enter_context(await _edge(control, cables[1], mtu))
            tracer = await _tracer(control, cables, (hosts[0].address, hosts[1].address)) if tracing else None
            if tracer is not None:
                stack.callback(tracer.close)
            yield Lab(control, facts, mtu, hosts, (client_edge, server_edge), tracer)
