"""An endpoint of ours at the end of a TUN device, at whose other end this machine's kernel is.

The device is made for it, has the server's address at the kernel's end, and is gone with the descriptor that made it.
"""

import errno
import fcntl
import os
import socket
import struct
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from ipaddress import ip_address
from typing import Final, cast

import trio
from pyroute2 import IPRoute
from pyroute2.netlink.exceptions import NetlinkError

from tcpchaos.backends.bridge.interfaces import Interface, transmit_drops
from tcpchaos.backends.foreign.peer import Silence
from tcpchaos.backends.host import Broken
from tcpchaos.backends.lab.edge import NEVER, Edge
from tcpchaos.backends.lab.pump import pump
from tcpchaos.backends.lab.timer import Alarm
from tcpchaos.backends.world import Foreign, PumpedEngine
from tcpchaos.trace import Side
from tcpchaos.wire import Packet, WireError, parse

_DEVICE: Final = "/dev/net/tun"
_TUNSETIFF: Final = 0x400454CA
_IFF_TUN, _IFF_NO_PI = 0x0001, 0x1000
_REQUEST: Final = struct.Struct("16sH22x")  # struct ifreq: a name, flags
_MOST_OCTETS: Final = 65536
MTU: Final = 1500
# Packets that wait for us in the kernel; what it usually keeps are 500, fewer than a burst may have.
_QUEUE_LENGTH: Final = 10_000
_IFA_F_NODAD: Final = 2


class Tun:
    """The device: in place of an edge, with packets for frames."""

    odd = overrun = refused = 0

    def __init__(self) -> None:
        """Make it. Broken where this user may not, or the kernel can't."""
        try:
            self._descriptor = os.open(_DEVICE, os.O_RDWR | os.O_NONBLOCK | os.O_CLOEXEC)
        except OSError as error:
            raise Broken(
                f"{_DEVICE} can't be opened ({error.strerror})", "sudo modprobe tun, and run as root"
            ) from error
        try:
            request = _REQUEST.pack(b"tcpchaos%d", _IFF_TUN | _IFF_NO_PI)
            name, _ = _REQUEST.unpack(fcntl.ioctl(self._descriptor, _TUNSETIFF, request))
        except OSError as error:
            os.close(self._descriptor)
            raise Broken(
                f"no TUN device can be made ({error.strerror})", "run as root, or with CAP_NET_ADMIN"
            ) from error
        self.name = name.rstrip(b"\0").decode()
        self._waiting: tuple[int, bytes] | None = None

    def fileno(self) -> int:
        """The file descriptor that is readable while there are packets."""
        return self._descriptor

    def head(self) -> int:
        """When the oldest packet that waits here was taken, in nanoseconds of real time; NEVER if there is none."""
        if self._waiting is None:
            try:
                self._waiting = time.time_ns(), os.read(self._descriptor, _MOST_OCTETS)
            except BlockingIOError:
                return NEVER
        return self._waiting[0]

    def pop(self) -> bytes:
        """Take the packet that `head` has told of."""
        assert self._waiting is not None
        packet, self._waiting = self._waiting[1], None
        return packet

    def send(self, packet: bytes) -> None:
        """Give the kernel a packet."""
        os.write(self._descriptor, packet)

    def refuse(self, error: OSError) -> None:
        """Count a packet that the kernel finds to be none; Broken where the device itself is gone."""
        if error.errno != errno.EINVAL:
            raise Broken(f"{self.name} takes no packets any more ({error.strerror})", "start again") from error
        self.refused += 1

    def close(self) -> None:
        """Have the kernel remove the device."""
        os.close(self._descriptor)


class TunWay:
    """The way between an endpoint of ours and this machine's kernel; its framing, too."""

    def __init__(self, tun: Tun, foreign: Foreign) -> None:
        self._tun = tun
        self._own = ip_address(foreign.own).packed
        self._interface = Interface(name=tun.name, index=socket.if_nametoindex(tun.name), mtu=MTU, mac=b"")

    def packet(self, side: Side, frame: bytes) -> Packet | None:
        """Return the segment if it is for us."""
        try:
            packet = parse(frame)
        except WireError:
            return None
        return packet if packet.dst == self._own else None

    def header(self, to: Side, octets: bytes) -> bytes:
        """Nothing stands before a packet here."""
        return b""

    async def pump(
        self, engine: PumpedEngine, clock: Callable[[], int], *, alarm: Alarm, task_status: trio.TaskStatus[None]
    ) -> None:
        """Carry packets between the device and the engine, until cancelled."""
        silence = Silence()
        edges = cast(tuple[Edge, Edge], (silence, self._tun))
        try:
            await pump(edges, engine, clock, MTU, framing=self, alarm=alarm, task_status=task_status)
        finally:
            silence.close()

    def waiting_us(self) -> int:
        """Return 0: a packet is dated when it is taken, and taken when it is carried."""
        return 0

    def losses(self) -> dict[str, int]:
        """What got lost without the engine's doing: counts above zero, by cause."""
        counts = {f"packets that {name} dropped": count for name, count in transmit_drops([self._interface]).items()}
        counts["packets that the kernel would not have"] = self._tun.refused
        return {cause: count for cause, count in counts.items() if count > 0}


@contextmanager
def open_tun(foreign: Foreign) -> Iterator[TunWay]:
    """Have a device in the block, with the server's address at the kernel's end. Broken where that can't be."""
    tun = Tun()
    try:
        try:
            _furnish(tun.name, foreign)
        except NetlinkError as error:
            raise Broken(
                f"{tun.name} can't have the address {foreign.address} ({os.strerror(error.code)})",
                "choose a --target and an --address that nobody has, beside each other",
            ) from error
        yield TunWay(tun, foreign)
    finally:
        tun.close()


def _furnish(name: str, foreign: Foreign) -> None:
    length = 32 if ip_address(foreign.own).version == 4 else 128
    with IPRoute() as route:
        index = socket.if_nametoindex(name)
        route.link("set", index=index, mtu=MTU, txqlen=_QUEUE_LENGTH, state="up")
        route.addr("add", index=index, address=foreign.address, prefixlen=length, flags=_IFA_F_NODAD)
        route.route("add", dst=f"{foreign.own}/{length}", oif=index)
