"""The wire itself: both interfaces made ready, frames carried between them, and everything put back afterwards."""

import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Sequence
from contextlib import ExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, NamedTuple, Protocol, runtime_checkable

import trio

from tcpchaos.backends.bridge.flows import ALL, Flows
from tcpchaos.backends.bridge.framing import Wayside
from tcpchaos.backends.bridge.guardian import MESSAGE_OCTETS, Place
from tcpchaos.backends.bridge.interfaces import Interface, InterfaceError, transmit_drops
from tcpchaos.backends.bridge.port import Port
from tcpchaos.backends.host import Broken
from tcpchaos.backends.lab.edge import NEVER
from tcpchaos.backends.lab.pump import pump
from tcpchaos.backends.lab.timer import Alarm
from tcpchaos.backends.warden.offloads import ALL_BUT_RUNS, ARRIVING, TCP
from tcpchaos.backends.world import PumpedEngine
from tcpchaos.oracle import Sight
from tcpchaos.plan import Plan
from tcpchaos.trace import Side
from tcpchaos.wire import Packet

_PACKAGES: Final = Path(__file__).parents[3]
_ASLEEP: Final = "while the plan had no rules, no flow was chosen: what began then was not judged from its beginning"


@runtime_checkable
class Warned(Protocol):
    """An engine that wants to hear of ICMP errors that pass: they explain why an endpoint gives a connection up."""

    def warned(self, to: Side, key: bytes, now_us: int, *, fatal: bool) -> None:
        """Hear that an error was delivered to this endpoint, about the flow of this key of its own."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ends:
    """What is to be joined: two interfaces, the client's first, and which flows between them are anyone's business.

    `stacks` are the TCPs of the client and the server, "" for one that is not known. On the way to and from the `far`
    endpoints packets may get lost that nobody here hears of. With `idle`, no flow is chosen while a plan has no rules.
    """

    interfaces: tuple[Interface, Interface]
    flows: Flows = ALL
    stacks: tuple[str, str] = ("", "")
    far: frozenset[Side] = frozenset()
    idle: bool = False


class Wire:
    """An open wire.

    `interfaces` are its two ends, the client's first; `mtu` is the smaller of theirs, in octets. `quieted` are the
    offloads that were switched off, by interface. A socket file that is given to `entrust` is removed in the end, also
    after a `kill -9`.
    """

    backend = "bridge"

    def __init__(self, ports: tuple[Port, Port], framing: Wayside, ends: "Ends", quiet: "Quiet") -> None:
        self.ports = ports
        self.stacks = ends.stacks
        self.interfaces = (ports[0].interface, ports[1].interface)
        self.mtu = min(each.mtu for each in self.interfaces)
        self.quieted = quiet.off
        self._remarks = list(quiet.remarks)
        self._sight = Sight(far=ends.far)
        self.entrust = quiet.entrust
        self._framing = framing
        self._may_rest = ends.idle
        self._alarm: Alarm | None = None
        self._dropped = transmit_drops(self.interfaces)

    async def pump(
        self,
        engine: PumpedEngine,
        clock: Callable[[], int],
        *,
        alarm: Alarm | None = None,
        task_status: trio.TaskStatus[None] = trio.TASK_STATUS_IGNORED,
    ) -> None:
        """Carry frames, those of the chosen flows through the engine, until cancelled. Broken where an end is gone.

        Whoever gives an `alarm` and sets it off has the engine asked again when it is due.
        """
        if isinstance(engine, Warned):
            self._framing.warn = lambda to, key, fatal: engine.warned(to, key, clock(), fatal=fatal)
        with ExitStack() as stack:
            self._alarm = alarm or stack.enter_context(Alarm())
            await pump(
                self.ports, engine, clock, self.mtu, framing=self._framing, alarm=self._alarm, task_status=task_status
            )

    def conditions(self) -> dict[str, str]:
        """What was in force at the interfaces."""
        found = {f"interface to the {side}": self.interfaces[side].name for side in Side}
        off = {f"switched off at {where}": " ".join(names) for where, names in self.quieted.items()}
        return {**found, "mtu": str(self.mtu), **off}

    def heed(self, plan: Plan) -> None:
        """Choose flows as this plan wants it from now on, and have the pump ask the engine at once when it is due."""
        resting = self._may_rest and not plan.rules
        self._framing.rest(resting)
        if resting and _ASLEEP not in self._remarks:
            self._remarks.append(_ASLEEP)
        if self._alarm is not None:
            self._alarm.set(0)

    def sight(self, side: Side, packet: Packet) -> Sight:
        """Return how much can be heard of any connection."""
        return self._sight

    def notes(self) -> tuple[str, ...]:
        """What a reader of the result should know of the interfaces."""
        crowded = sum(port.crowded for port in self.ports)
        lost = f"{crowded:,} runs of segments that were not chosen found no room, and are sent again by their TCP"
        return (*self._remarks, *([lost] if crowded else []))

    def waiting_us(self) -> int:
        """For how long, in microseconds, the oldest frame has waited that the pump has not taken yet."""
        oldest_ns = min(port.head() for port in self.ports)
        return 0 if oldest_ns == NEVER else max(time.time_ns() - oldest_ns, 0) // 1000

    def trouble(self) -> tuple[str, ...]:
        """What has happened to the interfaces since the last look for the first time, a sentence each."""
        found = [each for port in self.ports if (each := port.look()) and each not in self._remarks]
        self._remarks += found
        return tuple(found)

    def losses(self) -> dict[str, int]:
        """What got lost without the engine's doing: counts above zero, by cause."""
        now = transmit_drops(self.interfaces)
        counts = {f"frames that {name} dropped": now[name] - self._dropped.get(name, 0) for name in now}
        counts["frames that overran the proxy"] = sum(port.overrun for port in self.ports)
        counts["packets that fit no frame, or came while an interface was down"] = sum(p.refused for p in self.ports)
        counts["frames merged before the proxy"] = sum(port.odd for port in self.ports)
        return {cause: count for cause, count in counts.items() if count > 0}


@asynccontextmanager
async def open_wire(ends: "Ends") -> AsyncIterator[Wire]:
    """Join two interfaces in the block; everything about them is put back after it, also after a `kill -9`.

    InterfaceError where another process has joined one of them, Broken where this user may not.
    """
    async with quieted(ends.interfaces, ARRIVING, ALL_BUT_RUNS) as quiet:
        framing = Wayside(ends.flows)
        client, server = ends.interfaces
        with Port(client, framing.wants) as first, Port(server, framing.wants) as second:
            yield Wire((first, second), framing, ends, quiet)


class Quiet(NamedTuple):
    """Which offloads were on, by interface; what could not be switched off, a sentence each; and who removes files."""

    off: dict[str, tuple[str, ...]]
    remarks: tuple[str, ...]
    entrust: Callable[[str], Awaitable[None]]


@asynccontextmanager
async def quieted(
    interfaces: Sequence[Interface], meant: Iterable[str] = TCP, meant_far: Iterable[str] = TCP
) -> AsyncIterator[Quiet]:
    """Have these offloads of interfaces, and of the far ends of their cables, off in the block.

    InterfaceError where another process holds one of them.
    """
    near, far = tuple(sorted(meant)), tuple(sorted(meant_far))
    cables = [(each.name, each.far) for each in interfaces if each.far is not None]
    places = [Place(each.index, None, near) for each in interfaces] + [Place(*end, far) for _, end in cables]
    names = [each.name for each in interfaces] + [f"the far end of {name}" for name, _ in cables]
    async with _guardian(places) as (told, entrust):
        off: dict[str, tuple[str, ...]] = {}
        remarks = []
        for name, found in zip(names, told, strict=True):
            if found is None:
                remarks.append(
                    f"{name}: its offloads are not known; if segments are merged where they arrive, there: "
                    "ethtool -K IF gro off"
                )
                continue
            own, before, left = found
            called = name if name == own else f"{name} ({own})"
            if before:
                off[called] = tuple(before)
            merging = [each for each in left if each in ARRIVING]
            if merging:
                remarks.append(f"{called}: {', '.join(merging)} can't be switched off: segments may come merged")
        yield Quiet(off, tuple(remarks), entrust)


@asynccontextmanager
async def _guardian(
    places: Sequence[Place],
) -> AsyncIterator[tuple[list[Any], Callable[[str], Awaitable[None]]]]:
    """Start the guardian, and let it put everything back when the block, or this process, has ended."""
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    with ours:
        with theirs:
            process = await trio.lowlevel.open_process(
                [sys.executable, "-S", "-P", "-m", "tcpchaos.backends.bridge.guardian", str(theirs.fileno())],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                pass_fds=[theirs.fileno()],
                start_new_session=True,
                env={**os.environ, "PYTHONPATH": os.pathsep.join([str(_PACKAGES), *filter(None, sys.path)])},
            )
        try:
            end = trio.socket.from_stdlib_socket(ours)
            await end.send(json.dumps(places).encode())
            octets = await end.recv(MESSAGE_OCTETS)
            if not octets:
                raise Broken("the process that switches offloads off has ended", "see above for what it said")
            answer = json.loads(octets)
            if "held" in answer:
                raise InterfaceError(f"{answer['held']} is one end of another wire of tcpchaos': stop that one first")

            async def entrust(path: str) -> None:
                await end.send(json.dumps([os.path.abspath(path), os.lstat(path).st_ino]).encode())

            yield answer["told"], entrust
        finally:
            ours.close()
            with trio.CancelScope(shield=True):
                await process.wait()
