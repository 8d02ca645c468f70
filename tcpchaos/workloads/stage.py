"""Where a workload is played: who listens, who connects, and how the one still on stage learns that the other has left.

A workload is two scripts, one for each application, written as if nothing could go wrong. What does go wrong ends the
part of one side; the other side, which may be waiting for octets that nobody will ever send, is then told to look
after its peer with keepalive probes (RFC 9293, section 3.8.4), so that its own TCP finds out.
"""

from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass
from errno import EADDRINUSE, EADDRNOTAVAIL
from typing import Final

import trio

from tcpchaos.backends.host import CROSSING_PORTS, Host, Listener, Stream
from tcpchaos.trace import Side
from tcpchaos.workloads.porter import Porter
from tcpchaos.workloads.recorder import Account, Recorder
from tcpchaos.workloads.voice import Hangup, Meeting, Voice, end_of

Script = Callable[[Voice], Awaitable[None]]

# A connection that the caller has and the listener not yet: so long it may still come out of the accept queue. Longer
# than the first retransmission timeout of a SYN-ACK (1 s), shorter than anyone's patience.
ACCEPT_GRACE_S: Final = 1.5
# A peer that has gone answers the first probe with a RST; ten in a row are not lost by any fault that can be survived.
PROBES: Final = (1, 1, 10)  # idle seconds, seconds between probes, how many


@dataclass(frozen=True, slots=True, kw_only=True)
class Scale:
    """How large a workload is, and how often it is played.

    `octets` of a bulk transfer in each direction, `connections` of a workload that makes many; `at_once` is how many
    of them there are at the same time, and how many of the `times` that the whole is played.
    """

    octets: int = 512 * 1024
    connections: int = 100
    at_once: int = 16
    times: int = 1


class _Duo:
    """The two voices of a connection, as far as they have come on stage."""

    def __init__(self) -> None:
        self.meeting = Meeting()
        self.voices: dict[Side, Voice] = {}

    def look_after_the_forsaken(self) -> None:
        """Have a voice that is alone look after the other one; a connection that has ended needs no probes."""
        if len(self.voices) == 1:
            for voice in self.voices.values():
                try:
                    voice.stream.keepalive(*PROBES)
                except OSError as error:
                    end_of(error)


class Stage:
    """Two hosts, a recorder, and the connections between them.

    `crossings` are the client's ports for simultaneous opens (the server's are the next higher ones); stages that are
    played at the same time share them, so that no two take the same. `porter` keeps the listener afterwards.
    """

    def __init__(
        self,
        client: Host,
        server: Host,
        recorder: Recorder,
        *,
        scale: Scale | None = None,
        port: int = 0,
        crossings: Iterator[int] | None = None,
        porter: Porter | None = None,
    ) -> None:
        self.hosts = (client, server)
        self.recorder = recorder
        self.scale = scale or Scale()
        self.port = port
        self._duos: dict[Account, _Duo] = {}
        self._arrival = trio.Event()
        self._nobody_else_comes = False
        self._crossings = iter(CROSSING_PORTS) if crossings is None else crossings
        self._porter = porter or Porter(client, server)

    async def converse(
        self,
        client: Script,
        server: Script,
        *,
        caller: Side = Side.CLIENT,
        connections: int = 1,
        at_once: int = 1,
        receive_buffers: tuple[int | None, int | None] = (None, None),
    ) -> None:
        """Let the caller connect so often, and both sides play their scripts on every connection."""
        scripts = (client, server)
        callee = caller.peer
        self._porter.release()
        listener = await self.hosts[callee].listen(self.port, receive_buffer=receive_buffers[callee])
        calls = iter(range(connections))
        async with trio.open_nursery() as nursery:
            accepting = trio.CancelScope()
            nursery.start_soon(self._take, nursery, listener, callee, scripts[callee], accepting)
            async with trio.open_nursery() as callers:
                for _ in range(min(at_once, connections)):
                    callers.start_soon(
                        self._call, caller, listener.port, calls, scripts[caller], receive_buffers[caller]
                    )
            with trio.move_on_after(ACCEPT_GRACE_S):
                while self.recorder.unanswered(callee):
                    await self._arrival.wait()
            accepting.cancel()
            self._nobody_else_comes = True
            for duo in self._duos.values():
                duo.look_after_the_forsaken()
        if connections == 1:
            self.recorder.unite(caller)

    async def cross(self, client: Script, server: Script) -> None:
        """Let both sides connect to each other at the same time (RFC 9293, section 3.5, figure 7)."""
        for port in self._crossings:
            try:
                await self._cross(port, (client, server))
            except OSError as error:
                # Another connection's ports, or one of a run before that is still in TIME-WAIT: take the next ones.
                if error.errno not in (EADDRINUSE, EADDRNOTAVAIL):
                    raise
            else:
                return
        raise OSError(EADDRINUSE, "no free pair of ports for a simultaneous open")

    async def _cross(self, client_port: int, scripts: tuple[Script, Script]) -> None:
        ports = (client_port, client_port + 1)
        taken: list[OSError] = []
        unready = set(Side)
        all_ready = trio.Event()

        def be_ready(side: Side) -> None:
            unready.discard(side)
            if not unready:
                all_ready.set()

        async def reach(side: Side) -> None:
            async def ready() -> None:
                be_ready(side)
                await all_ready.wait()

            try:
                with self.recorder.connecting(side):
                    stream = await self.hosts[side].connect(
                        self.hosts[side.peer].address, ports[side.peer], local_port=ports[side], ready=ready
                    )
            except OSError as error:
                if error.errno in (EADDRINUSE, EADDRNOTAVAIL):
                    taken.append(error)
                    both.cancel_scope.cancel()
                    return
                be_ready(side)  # or the other one would wait for it
                client, server = ports
                self.recorder.failed(side, end_of(error), client_port=client, server_port=server)
            else:
                await self._play(stream, side, scripts[side])

        async with trio.open_nursery() as both:
            for side in Side:
                both.start_soon(reach, side)
        if taken:
            raise taken[0]

    async def _take(
        self, nursery: trio.Nursery, listener: Listener, side: Side, script: Script, scope: trio.CancelScope
    ) -> None:
        try:
            with scope:
                while True:
                    nursery.start_soon(self._play, await listener.accept(), side, script)
            self._porter.keep(listener, side)
        except BaseException:
            listener.close()
            raise

    async def _call(
        self, side: Side, port: int, calls: Iterator[int], script: Script, receive_buffer: int | None
    ) -> None:
        for _ in calls:
            try:
                with self.recorder.connecting(side):
                    stream = await self.hosts[side].connect(
                        self.hosts[side.peer].address, port, receive_buffer=receive_buffer
                    )
            except OSError as error:
                self.recorder.failed(side, end_of(error))
            else:
                await self._play(stream, side, script)

    async def _play(self, stream: Stream, side: Side, script: Script) -> None:
        ports = (stream.local_port, stream.remote_port)
        account = self.recorder.join(side, ports[side], ports[side.peer])
        duo = self._duos.setdefault(account, _Duo())
        voice = duo.voices[side] = Voice(stream, side, account, duo.meeting)
        self._arrived()
        if self._nobody_else_comes:
            duo.look_after_the_forsaken()
        kept = False
        try:
            await script(voice)
            kept = True
        except Hangup:
            pass
        except trio.Cancelled:
            # The run is over before the workload: an application that is killed owes nobody its unsent octets.
            voice.abort()
            raise
        finally:
            voice.leave()
            self.recorder.finish(account, side, kept=kept)
            del duo.voices[side]
            duo.look_after_the_forsaken()
            if not duo.voices and account.joined[side.peer]:
                del self._duos[account]

    def _arrived(self) -> None:
        self._arrival.set()
        self._arrival = trio.Event()


async def at_once(first: Awaitable[object], second: Awaitable[object]) -> None:
    """Wait for two things that one side does at the same time; a Hangup of either ends both."""
    ended: list[Hangup] = []

    async def do(part: Awaitable[object]) -> None:
        try:
            await part
        except Hangup as hangup:
            ended.append(hangup)
            nursery.cancel_scope.cancel()

    async with trio.open_nursery() as nursery:
        nursery.start_soon(do, first)
        nursery.start_soon(do, second)
    if ended:
        raise ended[0]
