"""Kernel sockets in a network that is there already: the client that stands on one side of a bridge."""

import os
import socket
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from ipaddress import ip_address
from typing import Any, Final

import trio

from tcpchaos.backends.host import Broken
from tcpchaos.backends.lab import diag
from tcpchaos.backends.lab.counters import FILES, Counters
from tcpchaos.backends.lab.world import LabHost
from tcpchaos.backends.queue.place import Place
from tcpchaos.trace import Side

_ANY_PORT: Final = 9  # nothing is sent there: it is only asked which way that would be


class Network:
    """A network that is there already, asked for sockets and files as a lab's warden is."""

    pid = os.getpid()

    def __init__(self, place: Place) -> None:
        self._place = place

    async def ask(
        self, request: Mapping[str, Any], descriptors: Sequence[int] = ()
    ) -> tuple[dict[str, Any], list[int]]:
        """Make sockets or open files there. Broken for what a warden would do and nobody here can."""
        if request["do"] == "sockets":
            act = lambda: self._sockets(request["kind"], request["count"])  # noqa: E731
        elif request["do"] == "open":
            act = lambda: self._files(request["paths"])  # noqa: E731
        else:
            raise Broken("programs run only in a lab of ours", "start the program yourself, in that network")
        return {}, await trio.to_thread.run_sync(self._place.do, act)

    @staticmethod
    def _sockets(kind: Sequence[int], count: int) -> list[int]:
        return [socket.socket(*kind).detach() for _ in range(count)]

    @staticmethod
    def _files(paths: Sequence[str]) -> list[int]:
        found = []
        for path in paths:
            with suppress(FileNotFoundError):
                # /proc/net is the network of the process, and not of the thread that is asking.
                here = path.replace("/proc/net/", "/proc/thread-self/net/")
                found.append(os.open(here, os.O_RDONLY | os.O_CLOEXEC))
        return found


@asynccontextmanager
async def guest(place: Place, target: str) -> AsyncIterator[LabHost]:
    """Have a client in a network in the block, that calls from the address from which the target can be reached.

    Broken where there is no way to the target, or the network may not be entered.
    """
    control = Network(place)
    version = ip_address(target).version
    try:
        address = place.do(lambda: _source(target))
    except OSError as error:
        raise Broken(
            f"there is no way to {target} from there ({error.strerror})", "give the interface an address, and a route"
        ) from error
    _, (netlink,) = await control.ask(
        {"do": "sockets", "kind": (socket.AF_NETLINK, socket.SOCK_RAW, diag.NETLINK_SOCK_DIAG), "count": 1}
    )
    with socket.socket(fileno=netlink) as diag_socket:
        _, files = await control.ask({"do": "open", "paths": FILES})
        host = LabHost(control, Side.CLIENT, 4 if version == 4 else 6, diag_socket, Counters(files))
        host.address = address
        try:
            yield host
        finally:
            host.close()


def _source(target: str) -> str:
    family = socket.AF_INET if ip_address(target).version == 4 else socket.AF_INET6
    with socket.socket(family, socket.SOCK_DGRAM) as asking:
        asking.connect((target, _ANY_PORT))
        return str(asking.getsockname()[0])
