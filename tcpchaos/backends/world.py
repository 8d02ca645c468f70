"""What a run needs of a backend: two endpoints, time that passes, and packets that go through an engine on their way.

Nothing above the backends asks which of them provides it.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal, Protocol

import trio

from tcpchaos.backends.host import Host
from tcpchaos.backends.testimony import Statement
from tcpchaos.trace import Side, Socket
from tcpchaos.wire import Packet

if TYPE_CHECKING:
    from tcpchaos.backends.lab import LabHost

BackendName = Literal["auto", "lab", "sim"]


class PumpedEngine(Protocol):
    """What decides the fate of packets: the contract of the engine, times in microseconds of the run's clock."""

    def receive(self, side: Side, packet: Packet, now_us: int, /) -> None:
        """Take a packet that this endpoint sent."""

    def due(self) -> int | None:
        """When `advance` wants to be called."""

    def advance(self, now_us: int, /) -> None:
        """Do what has become due."""

    def take(self) -> Sequence[tuple[Side, bytes]]:
        """What to put on the wire now: to whom, and the octets of an IP packet."""


class Endpoint(Host, Protocol):
    """A host that also says how its connections are."""

    def counters(self) -> Mapping[str, int]:
        """What its stack has counted so far, by the names that nstat gives; nothing where it doesn't count."""

    def sockets(self, *, info: bool = True) -> list[Socket]:
        """What it says about all its TCP sockets now, without what takes long to say unless `info` is wanted.

        Broken where it can't be asked.
        """

    def socket(self, local_port: int, remote: str, remote_port: int, *, info: bool = True) -> Socket | None:
        """What it says about the one connection between these ends now, None where it has no such."""


class World(Protocol):
    """Two endpoints that reach each other only through `pump`.

    `backend` is "lab" or "sim", and `remark` says why, where nobody had asked for that. `virtual` tells that its time
    stands still while anything is worked out, so that nobody is late for want of a processor. `stacks` name the TCPs of
    the client and the server ("linux 6.18.44", "sim", "sim:NAME"), `conditions` are their settings in force.
    """

    @property
    def backend(self) -> str:
        """Which backend it is."""

    @property
    def virtual(self) -> bool:
        """Whether its time is virtual."""

    @property
    def remark(self) -> str:
        """What the user should know about the choice of it."""

    @property
    def stacks(self) -> tuple[str, str]:
        """The TCPs, client's first."""

    @property
    def conditions(self) -> Mapping[str, str]:
        """The settings in force."""

    @property
    def crossings(self) -> Iterator[int]:
        """Ports of the client for simultaneous opens that nobody has tried yet; the server's are the next ones."""

    def endpoint(self, side: Side) -> Endpoint:
        """Return the endpoint on this side."""

    def place(self, side: Side) -> "LabHost":
        """Return the endpoint on this side as one where programs run. Raises Broken where there is no such."""

    def clock(self) -> int:
        """Return the microseconds since the world was opened."""

    async def pump(
        self, engine: PumpedEngine, *, task_status: trio.TaskStatus[None] = trio.TASK_STATUS_IGNORED
    ) -> None:
        """Carry packets between the endpoints through the engine, until cancelled.

        Where time is virtual, also until packets beget packets and no application gets any further: time, which would
        end it anywhere else, hardly passes then.
        """

    def waiting_us(self) -> int:
        """Return for how long, in microseconds, the oldest packet has waited that `pump` has not carried yet."""

    def overhear(self) -> None:
        """Take over what a kernel has told of its doings so far, where one can be overheard."""

    async def testimony(self) -> Statement | None:
        """Return all that a kernel, or an endpoint of ours, has told; None where nobody can be overheard."""

    async def losses(self) -> dict[str, int]:
        """What got lost without the engine's doing: counts above zero, by cause."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Foreign:
    """A server that is somebody else's, by address and port, and how to come by it.

    Behind two `interfaces`, the first of which leads to the client: a kernel's sockets in the network `netns` (a name
    or a path, "" for our own). Behind one: the client is an endpoint of ours, at the address `own`. Behind none: so it
    is, over a device that is made for it, and the server is this machine's. `stack` names the server's TCP where that
    is known.
    """

    address: str
    port: int
    interfaces: tuple[str, ...]
    netns: str = ""
    own: str = ""
    stack: str = ""

    @property
    def backend(self) -> str:
        """What to call the way to it: "peer" where the client is ours, or else "bridge"."""
        return "peer" if self.own else "bridge"

    def __str__(self) -> str:
        return f"[{self.address}]:{self.port}" if ":" in self.address else f"{self.address}:{self.port}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """Which world is wanted.

    `endpoints` are the client's and the server's TCP: "" for what the backend has anyway, "sim" for ours, "sim:NAME"
    for a broken one of ours. `family` is that of the addresses, `mtu` in octets, `sysctls` are set where there is a
    kernel, and `seed` decides the initial sequence numbers where there is none. With `programs`, programs are to run at
    the endpoints; with `tracing`, a kernel is overheard where it may be. With a `foreign` server, all of these but the
    client's TCP and the seed are as they are found.
    """

    backend: BackendName = "auto"
    endpoints: tuple[str, str] = ("", "")
    family: Literal[4, 6] = 4
    mtu: int = 1500
    sysctls: Mapping[str, str] = field(default_factory=dict)
    seed: int = 0
    programs: bool = False
    tracing: bool = False
    foreign: Foreign | None = None

    @property
    def needs_lab(self) -> bool:
        """Whether a simulated world won't do."""
        return self.programs or bool(self.sysctls) or self.foreign is not None
