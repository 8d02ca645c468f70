"""What a workload may do with an endpoint, whichever backend provides it, and the one way a backend says it can't.

A workload is written once against these protocols; kernels in namespaces and simulated endpoints both fit them.
"""

from collections.abc import Awaitable, Callable
from typing import Final, Protocol, TypeAlias

from tcpchaos.trace import Side

# Ports for a simultaneous open, the client's (the server's is the next one): below the ones that kernels pick
# themselves (32768 and up).
CROSSING_PORTS: Final = range(20001, 29999, 2)

Ready: TypeAlias = Callable[[], Awaitable[None]]  # what is waited for in the last moment before something begins


class Broken(Exception):  # noqa: N818 - the name of the outcome, not of a mistake in the code
    """The environment failed, not the endpoints: `missing` says what there isn't, `remedy` how to get it."""

    def __init__(self, missing: str, remedy: str) -> None:
        super().__init__(missing, remedy)
        self.missing = missing
        self.remedy = remedy

    def __str__(self) -> str:
        return f"{self.missing}: {self.remedy}"


class Stream(Protocol):
    """One end of a connection. Everything that goes wrong with it is an OSError; after close(), EBADF."""

    @property
    def local_port(self) -> int:
        """The port at this end, while the connection lives and after."""

    @property
    def remote_port(self) -> int:
        """The port at the other end, while the connection lives and after."""

    async def send_all(self, octets: bytes) -> None:
        """Hand all octets to TCP; returns when it has taken the last (RFC 9293, 3.9.1.2 SEND)."""

    async def receive(self, most: int = 65536) -> bytes:
        """Wait for octets and take at most `most`; b"" when the peer has sent its FIN (RFC 9293, 3.9.1.3 RECEIVE).

        Urgent octets arrive in line, at their place in the stream (RFC 6093, 6).
        """

    async def send_urgent(self, octets: bytes) -> None:
        """Send all octets with the urgent pointer after the last of them (RFC 9293, 3.8.5)."""

    async def send_eof(self) -> None:
        """Send FIN after what was handed over so far; receiving goes on (RFC 9293, 3.9.1.4 CLOSE)."""

    def close(self) -> None:
        """Let go of both directions: FIN, or RST where octets were left unread (RFC 9293, 3.6.1); never fails."""

    def abort(self) -> None:
        """Let go with a RST and forget what was not yet sent (RFC 9293, 3.9.1.5 ABORT); never fails."""

    def nodelay(self) -> None:
        """Send small segments at once, without Nagle's algorithm (RFC 9293, 3.7.4)."""

    def keepalive(self, idle_s: int, interval_s: int, count: int) -> None:
        """Probe after `idle_s` seconds of silence, then every `interval_s`; give up after `count` (RFC 9293, 3.8.4)."""


class Listener(Protocol):
    """A port on which an endpoint takes connections (RFC 9293, 3.9.1.1 passive OPEN)."""

    @property
    def port(self) -> int:
        """The port that it listens on."""

    async def accept(self) -> Stream:
        """Wait for the next connection that reached ESTABLISHED; OSError once it is closed."""

    def close(self) -> None:
        """Listen no more; never fails."""


class Host(Protocol):
    """One endpoint: an address, and a TCP of its own."""

    @property
    def side(self) -> Side:
        """On which side of the proxy it lives."""

    @property
    def address(self) -> str:
        """Its IP address, in the family of the run."""

    async def listen(self, port: int = 0, *, backlog: int = 128, receive_buffer: int | None = None) -> Listener:
        """Listen on this port, 0 for any free one; `receive_buffer` octets bound the window of what it accepts."""

    async def connect(
        self,
        address: str,
        port: int,
        *,
        local_port: int = 0,
        receive_buffer: int | None = None,
        ready: Ready | None = None,
    ) -> Stream:
        """Connect, and return when ESTABLISHED (RFC 9293, 3.9.1.1 active OPEN).

        Two hosts that connect to each other's `local_port` at the same time open simultaneously (RFC 9293, 3.5).
        `ready` is awaited when all is prepared: right after it the SYN is sent.
        `receive_buffer` octets bound the window offered. OSError: refused, reset, unreachable, timed out.
        """
