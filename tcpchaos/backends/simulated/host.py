"""A simulated host as applications see it: streams and listeners whose calls go over the world's desk."""

import errno
import os
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from ipaddress import ip_address
from typing import Final, TypeVar

import trio

from tcpchaos.backends.host import Ready
from tcpchaos.backends.simulated import desk
from tcpchaos.backends.simulated.desk import Desk, NotYet, Rank
from tcpchaos.sim.host import Host, Listener, PortTaken
from tcpchaos.sim.tcp import Settings, State, Tcp, TcpError
from tcpchaos.trace import Side, Socket

T = TypeVar("T")

_ERRORS: Final = {
    "refused": errno.ECONNREFUSED,
    "reset": errno.ECONNRESET,
    "timeout": errno.ETIMEDOUT,
    "unreachable": errno.EHOSTUNREACH,
    "pipe": errno.EPIPE,
}
_OPENING: Final = frozenset({State.SYN_SENT, State.SYN_RECEIVED})
_US_PER_S: Final = 1_000_000


def _error(number: int) -> OSError:
    return OSError(number, os.strerror(number))


class SimulatedStream:
    """One end of a simulated connection; a Stream."""

    def __init__(self, place: "SimulatedHost", tcp: Tcp, number: int) -> None:
        self._place = place
        self._tcp = tcp
        self._number = number
        self._closed = False
        self.local_port = tcp.local[1]
        self.remote_port = tcp.remote[1]

    async def send_all(self, octets: bytes) -> None:
        """Hand all octets to TCP; OSError when the connection can't take them any more."""
        await self._send(octets, urgent=False)

    async def send_urgent(self, octets: bytes) -> None:
        """Send all octets with the urgent pointer after the last of them (RFC 9293, 3.8.5)."""
        await self._send(octets, urgent=True)

    async def _send(self, octets: bytes, *, urgent: bool) -> None:
        rest = memoryview(octets)

        def send(now_us: int) -> None:
            nonlocal rest
            while rest:
                taken = self._tcp.send(bytes(rest), now_us, urgent=urgent)
                if not taken:
                    raise NotYet(self._tcp)
                rest = rest[taken:]

        await self._ask(desk.SEND, send)

    async def receive(self, most: int = 65536) -> bytes:
        """Wait for octets, urgent ones in line; b"" after the peer's FIN. OSError: reset, timed out."""

        def receive(now_us: int) -> bytes:
            octets = self._tcp.receive(most, now_us)
            if octets is None:
                raise NotYet(self._tcp)
            return octets

        return await self._ask(desk.RECEIVE, receive)

    async def send_eof(self) -> None:
        """Send FIN after what was handed over so far."""
        await self._ask(desk.FINISH, self._tcp.shutdown)

    def close(self) -> None:
        """Let go of both directions."""
        self._leave(self._tcp.close)

    def abort(self) -> None:
        """Let go with a RST."""
        self._leave(self._tcp.abort)

    def nodelay(self) -> None:
        """Send small segments at once."""
        self._set(self._tcp.set_nodelay)

    def keepalive(self, idle_s: int, interval_s: int, count: int) -> None:
        """Probe after `idle_s` seconds of silence, then every `interval_s`; give up after `count`."""
        self._set(partial(self._tcp.set_keepalive, idle_s * _US_PER_S, interval_s * _US_PER_S, count))

    def _set(self, act: Callable[[int], None]) -> None:
        if self._closed:
            raise _error(errno.EBADF)
        self._place.post(desk.SET, self._number, self._tcp, act)

    def _leave(self, act: Callable[[int], None]) -> None:
        if not self._closed:
            self._closed = True
            self._place.post(desk.LEAVE, self._number, self._tcp, act)

    async def _ask(self, kind: int, act: Callable[[int], T]) -> T:
        def unless_closed(now_us: int) -> T:
            if self._closed:
                raise _error(errno.EBADF)
            return act(now_us)

        return await self._place.ask(kind, self._number, unless_closed, self._tcp)


class SimulatedListener:
    """A port on which a simulated host takes connections; a Listener."""

    def __init__(self, place: "SimulatedHost", listener: Listener, number: int) -> None:
        self._place = place
        self._listener = listener
        self._number = number
        self._closed = False
        self.port = listener.port

    async def accept(self) -> SimulatedStream:
        """Wait for the next connection; OSError once the listener is closed."""

        def accept(now_us: int) -> SimulatedStream:
            if self._closed:
                raise _error(errno.EBADF)
            tcp = self._place.host.accept(self._listener)
            if tcp is None:
                raise NotYet(self._listener)
            return self._place.stream(tcp)

        return await self._place.ask(desk.ACCEPT, self._number, accept)

    def close(self) -> None:
        """Listen no more."""
        if not self._closed:
            self._closed = True
            self._place.post(
                desk.LEAVE, self._number, None, lambda now_us: self._place.host.unlisten(self._listener, now_us)
            )


class SimulatedHost:
    """One endpoint with a TCP of our own; a Host."""

    def __init__(self, side: Side, host: Host, at: Desk) -> None:
        self.side = side
        self.address = str(ip_address(host.address))
        self.host = host
        self._desk = at
        self._numbers = 0
        at.serve(host)

    async def listen(
        self, port: int = 0, *, backlog: int = 128, receive_buffer: int | None = None
    ) -> SimulatedListener:
        """Listen on this port, 0 for any free one; OSError where it is taken."""
        settings = self._settings(receive_buffer)

        def listen(now_us: int) -> SimulatedListener:
            try:
                listener = self.host.listen(port, backlog=backlog, settings=settings)
            except PortTaken:
                raise _error(errno.EADDRINUSE) from None
            return SimulatedListener(self, listener, self._number())

        return await self.ask(desk.LISTEN, 0, listen)

    async def connect(
        self,
        address: str,
        port: int,
        *,
        local_port: int = 0,
        receive_buffer: int | None = None,
        ready: Ready | None = None,
    ) -> SimulatedStream:
        """Connect from this endpoint; OSError: refused, reset, unreachable, timed out, `local_port` taken."""
        remote = ip_address(address).packed
        settings = self._settings(receive_buffer)
        made: list[Tcp] = []

        def connect(now_us: int) -> SimulatedStream:
            if not made:
                try:
                    made.append(self.host.connect(remote, port, now_us, local_port=local_port, settings=settings))
                except PortTaken:
                    raise _error(errno.EADDRNOTAVAIL) from None
            [tcp] = made
            if tcp.error is not None:
                raise TcpError(tcp.error)
            if tcp.state in _OPENING:
                raise NotYet(tcp)
            return self.stream(tcp)

        if ready is not None:
            await ready()
        try:
            return await self.ask(desk.CONNECT, 0, connect)
        except trio.Cancelled:
            for tcp in made:
                self.post(desk.LEAVE, 0, tcp, tcp.abort)
            raise

    def counters(self) -> dict[str, int]:
        """It doesn't count."""
        return {}

    def sockets(self, *, info: bool = True) -> list[Socket]:
        """What this endpoint says about all its TCP sockets now, which never takes long."""
        return self.host.sockets()

    def socket(self, local_port: int, remote: str, remote_port: int, *, info: bool = True) -> Socket | None:
        """What this endpoint says about one connection now, None where it has no such."""
        ends = local_port, remote, remote_port
        found = (each for each in self.host.sockets() if (each.local_port, each.remote, each.remote_port) == ends)
        return next(found, None)

    def stream(self, tcp: Tcp) -> SimulatedStream:
        """Return a stream over a connection that was opened."""
        return SimulatedStream(self, tcp, self._number())

    async def ask(self, kind: int, number: int, act: Callable[[int], T], tcp: Tcp | None = None) -> T:
        """Have a call carried out, of a kind and by the number of its stream; what TCP answers comes as OSError."""

        def translated(now_us: int) -> T:
            try:
                return act(now_us)
            except TcpError as error:
                raise _error(_ERRORS[error.kind]) from error
            finally:
                if tcp is not None:
                    self.host.settle(tcp, now_us, tell=False)

        return await self._desk.ask(self._rank(kind, number), translated)

    def post(self, kind: int, number: int, tcp: Tcp | None, act: Callable[[int], None]) -> None:
        """Have something done that can't go wrong."""

        def settled(now_us: int) -> None:
            act(now_us)
            if tcp is not None:
                self.host.settle(tcp, now_us)

        self._desk.post(self._rank(kind, number), settled)

    def _rank(self, kind: int, number: int) -> Rank:
        return self.side, number, kind

    def _number(self) -> int:
        self._numbers += 1
        return self._numbers

    def _settings(self, receive_buffer: int | None) -> Settings | None:
        return None if receive_buffer is None else replace(self.host.settings, receive_buffer=receive_buffer)
