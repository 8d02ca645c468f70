"""Flows of a live host in our hands: a queue, rules that lead to it, and everything taken back afterwards."""

import os
import signal
import socket
import struct
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from fcntl import ioctl
from ipaddress import ip_address
from types import FrameType
from typing import Any, Final

import trio

from tcpchaos.backends.host import Broken
from tcpchaos.backends.lab.diag import NETLINK_SOCK_DIAG, dump
from tcpchaos.backends.lab.timer import Alarm
from tcpchaos.backends.lab.world import kernel_name
from tcpchaos.backends.queue import rules
from tcpchaos.backends.queue.binding import Queue
from tcpchaos.backends.queue.netlink import MOST_OCTETS, NETLINK_NETFILTER
from tcpchaos.backends.queue.place import Place
from tcpchaos.backends.queue.pump import Carrier, pump
from tcpchaos.backends.queue.rules import LOOPBACK, Flows, Rule
from tcpchaos.backends.queue.sender import Sender
from tcpchaos.backends.world import PumpedEngine
from tcpchaos.oracle import Sight
from tcpchaos.plan import Plan
from tcpchaos.trace import Side, Socket
from tcpchaos.wire import Packet

_SIOCGIFMTU: Final = 0x8921
_SIOCGIFFLAGS: Final = 0x8913
_UP: Final = 1
LEAST_MTU: Final = 576  # octets: what every host takes (RFC 791)

# What is told before it is done: the rules that will be in force.
Tell = Callable[[tuple[Rule, ...]], None]


class Attachment:
    """Named flows that pass through here.

    `mtu` in octets is what no segment of theirs is longer than. `removed` rules of a tcpchaos that was killed were
    found and taken back; `listening` tells whether a server was found at the port.
    """

    backend = "queue"

    def __init__(self, flows: Flows, place: Place, queue: Queue, sender: Sender, mtu: int, removed: int) -> None:
        self.flows = flows
        self.mtu = mtu
        self.removed = removed
        self.stacks = (kernel_name(), kernel_name())
        sockets = _sockets(place)
        self.listening = any(each.state == "LISTEN" and each.local_port == flows.port for each in sockets)
        self._queue = queue
        self._sender = sender
        self._alarm: Alarm | None = None
        self._carrier = Carrier(queue, sender, flows.port, mtu, _keys(sockets, flows.port))

    async def pump(
        self,
        engine: PumpedEngine,
        clock: Callable[[], int],
        *,
        alarm: Alarm | None = None,
        task_status: trio.TaskStatus[None] = trio.TASK_STATUS_IGNORED,
    ) -> None:
        """Carry the packets of the flows through the engine, until cancelled."""
        with ExitStack() as stack:
            self._alarm = alarm or stack.enter_context(Alarm())
            await pump(self._carrier, self._queue, engine, clock, alarm=self._alarm, task_status=task_status)

    def conditions(self) -> dict[str, str]:
        """What was in force: nothing but what the notes say."""
        return {}

    def heed(self, plan: Plan) -> None:
        """Have the pump, while it is at work, ask the engine at once when it is due, whatever the plan is."""
        if self._alarm is not None:
            self._alarm.set(0)

    def sight(self, side: Side, packet: Packet) -> Sight:
        """Return how much can be heard of a connection that begins with the packet that is being carried."""
        return self._carrier.sight(side, packet)

    def waiting_us(self) -> int:
        """For how long, in microseconds, a packet may have waited that the pump has not taken yet."""
        return self._carrier.waiting_us()

    def losses(self) -> dict[str, int]:
        """What passed unheard or got lost without the engine's doing: counts above zero, by cause."""
        counts = {
            "packets that passed unheard because the queue was full": self._queue.unheard,
            "packets that could not be sent": self._sender.refused,
        }
        return {cause: count for cause, count in counts.items() if count}

    def notes(self) -> tuple[str, ...]:
        """What a reader of the result should know of how the flows were heard."""
        carrier, made = self._carrier, []
        if carrier.lowered:
            made.append(
                f"{carrier.lowered:,} SYNs announced longer segments than can be handed out here: lowered to "
                f"{self.mtu - 40:,} octets (IPv6: {self.mtu - 60:,}) before anyone looked"
            )
        if carrier.cut:
            made.append(
                f"{carrier.cut:,} packets were longer than a queue can hand out and passed unseen, in connections that "
                "began before"
            )
        return tuple(made)


@contextmanager
def attached(flows: Flows, place: Place, tell: Tell, *, mtu: int | None = None) -> Iterator[Attachment]:
    """Have these flows pass through here in the block; nothing of it is left in the network afterwards.

    `tell` is told the rules before they are in force. Segments are no longer than `mtu` octets, by default what the
    ways can carry. Raises Broken with what the machine, or the user, lacks.
    """
    with ExitStack() as stack:
        stack.enter_context(_answered((signal.SIGTERM, signal.SIGHUP), _interrupt))
        sender = stack.enter_context(Sender(place))
        queue = stack.enter_context(Queue(_netlink(place)))
        removed = rules.clean(place, flows.families)
        if any(rules.port_of(rule) == flows.port for rule in rules.found(place, flows.families)):
            raise Broken(f"another tcpchaos has the flows of port {flows.port} here", "stop that one first")
        made = rules.rules(flows, queue.number)
        tell(made)
        stack.callback(_take_back, place, flows, queue.number)
        rules.install(place, made)
        yield Attachment(flows, place, queue, sender, mtu or most_octets(place, flows), removed)


def _take_back(place: Place, flows: Flows, queue: int) -> None:
    with _answered((signal.SIGINT, signal.SIGTERM, signal.SIGHUP), signal.SIG_IGN):
        rules.remove(place, flows.families, queue)


def _interrupt(number: int, frame: FrameType | None) -> None:
    """End what goes on as Ctrl-C does, so that everything is taken back."""
    raise KeyboardInterrupt


@contextmanager
def _answered(numbers: tuple[signal.Signals, ...], handler: Any) -> Iterator[None]:
    """Have these signals answered otherwise in the block; only the main thread hears of signals."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = {number: signal.signal(number, handler) for number in numbers}
    try:
        yield
    finally:
        for number, earlier in before.items():
            signal.signal(number, earlier)


def _netlink(place: Place) -> socket.socket:
    try:
        return place.do(lambda: socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, NETLINK_NETFILTER))
    except OSError as error:
        raise Broken(
            f"the kernel's netfilter can't be spoken to ({error.strerror})",
            "sudo modprobe nfnetlink_queue, or a kernel with CONFIG_NETFILTER_NETLINK_QUEUE",
        ) from error


def _sockets(place: Place) -> list[Socket]:
    """Ask the kernel for all TCP sockets in a network."""
    try:
        with place.do(lambda: socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, NETLINK_SOCK_DIAG)) as diag:
            return dump(diag, info=False)
    except OSError as error:
        raise Broken(f"the kernel doesn't list TCP sockets ({error.strerror})", "sudo modprobe tcp_diag") from error


def _keys(sockets: list[Socket], port: int) -> set[bytes]:
    """Return the keys of packets of the connections that these sockets are ends of, as far as they have this port."""
    found = set()
    for each in sockets:
        if each.state != "LISTEN" and port in (each.local_port, each.remote_port):
            local, remote = ip_address(each.local).packed, ip_address(each.remote).packed
            ports = each.local_port.to_bytes(2, "big"), each.remote_port.to_bytes(2, "big")
            found |= {local + remote + ports[0] + ports[1], remote + local + ports[1] + ports[0]}
    return found


def most_octets(place: Place, flows: Flows) -> int:
    """Return how long a segment may be with its headers, so that a queue can hand it out and every way carries it."""
    if flows.ways == {"loopback"}:
        return MOST_OCTETS
    return min([MOST_OCTETS, *place.do(_mtus)])


def _mtus() -> list[int]:
    """Return the MTU of each interface here that is up, but the loopback's."""
    found = []
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as any_socket:
        for _, name in socket.if_nameindex():
            request = struct.pack("16s24x", os.fsencode(name))
            (flags,) = struct.unpack_from("=H", ioctl(any_socket, _SIOCGIFFLAGS, request), 16)
            if name != LOOPBACK and flags & _UP:
                found.append(struct.unpack_from("=i", ioctl(any_socket, _SIOCGIFMTU, request), 16)[0])
    return [mtu for mtu in found if mtu >= LEAST_MTU]
