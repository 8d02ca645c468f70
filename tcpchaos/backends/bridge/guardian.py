"""The process that switches offloads off and puts them back, and outlives whoever asked for it.

It hears from tcpchaos over a socket, and when that ends, however it ends, everything is put back as it was, and what
it was entrusted with is removed. Nobody else may hold the same interface meanwhile: what a second one would put back is
what the first one has switched off.
"""

import json
import os
import signal
import socket
import stat
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from glob import glob
from typing import Any, Final, NamedTuple

from pyroute2 import IPRoute
from pyroute2.netlink.exceptions import NetlinkError

from tcpchaos.backends.warden.linux import CLONE_NEWNET, setns
from tcpchaos.backends.warden.offloads import on, switch_off, switch_on

MESSAGE_OCTETS: Final = 1 << 16
_OURS: Final = "/proc/self/ns/net"
_NAMESPACES: Final = ("/run/netns/*", "/proc/[0-9]*/ns/net")
_IGNORED: Final = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT)


class Place(NamedTuple):
    """An interface by its number, in a namespace by the number under which ours knows it; None for our own.

    `meant` are the offloads that are to be off there.
    """

    number: int
    namespace: int | None
    meant: tuple[str, ...]


class InUseError(Exception):
    """Somebody holds this interface already."""


def name_of_lock(index: int) -> str:
    """Return the abstract address that whoever holds the interface of this number in this namespace is bound to."""
    return f"\0tcpchaos-interface-{index}"


@contextmanager
def held(index: int) -> Iterator[None]:
    """Hold an interface of this namespace in the block; InUseError where another process does."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as lock:
        try:
            lock.bind(name_of_lock(index))
        except OSError:
            raise InUseError(socket.if_indextoname(index)) from None
        yield


@contextmanager
def inside(namespace: int | None) -> Iterator[bool]:
    """Be in a namespace in the block, and tell whether that could be; it is looked for among those of all processes.

    None of them is kept open: an open one would outlive the container that it belongs to.
    """
    if namespace is None:
        yield True
        return
    ours = os.open(_OURS, os.O_RDONLY)
    try:
        entered = _enter(namespace)
        yield entered
        if entered:
            setns(ours, CLONE_NEWNET)
    finally:
        os.close(ours)


def _enter(namespace: int) -> bool:
    seen = set()
    with IPRoute() as route:
        for path in (path for pattern in _NAMESPACES for path in glob(pattern)):
            with suppress(OSError, NetlinkError):
                descriptor = os.open(path, os.O_RDONLY)
                try:
                    inode = os.fstat(descriptor).st_ino
                    if inode in seen:
                        continue
                    seen.add(inode)
                    if _number(route, descriptor) == namespace:
                        setns(descriptor, CLONE_NEWNET)
                        return True
                finally:
                    os.close(descriptor)
    return False


def _number(route: IPRoute, descriptor: int) -> int | None:
    """Return the number under which our namespace knows another one, None where it knows it not."""
    answers: Any = route.get_netnsid(fd=descriptor)
    number: int | None = answers["nsid"] if isinstance(answers, dict) else answers[0].get("nsid")
    return number


def _change(place: Place, before: tuple[str, ...] | None) -> tuple[str, tuple[str, ...], tuple[str, ...]] | None:
    """Switch off, or put back what was on `before`; return the name, what was on and what still is, None if refused."""
    try:
        with inside(place.namespace) as there:
            if not there:
                return None
            name = socket.if_indextoname(place.number)
            if before is None:
                return name, switch_off(name, place.meant), on(name, place.meant)
            switch_on(name, before)
            return name, before, on(name, place.meant)
    except OSError:
        return None


def main() -> None:
    """Take the socket whose number is the only argument, do what it asks, and undo it when it ends."""
    for number in _IGNORED:
        signal.signal(number, signal.SIG_IGN)
    with socket.socket(fileno=int(sys.argv[1])) as control:
        control.set_inheritable(False)
        octets = control.recv(MESSAGE_OCTETS)
        if octets:
            _guard(control, [Place(*each) for each in json.loads(octets)])


def _guard(control: socket.socket, places: list[Place]) -> None:
    entrusted: list[tuple[str, int]] = []
    with ExitStack() as stack:
        try:
            for place in places:
                if place.namespace is None:
                    stack.enter_context(held(place.number))
        except InUseError as error:
            control.send(json.dumps({"held": str(error)}).encode())
            return
        told = [_change(place, None) for place in places]
        done = [(place, changed[1]) for place, changed in zip(places, told, strict=True) if changed and changed[1]]
        with suppress(BrokenPipeError, ConnectionResetError):
            control.send(json.dumps({"told": told}).encode())
            while octets := control.recv(MESSAGE_OCTETS):
                entrusted.append(json.loads(octets))
        for place, before in reversed(done):
            _change(place, before)
        for path, inode in entrusted:
            with suppress(OSError):
                found = os.lstat(path)
                if found.st_ino == inode and stat.S_ISSOCK(found.st_mode):
                    os.unlink(path)


if __name__ == "__main__":
    main()
