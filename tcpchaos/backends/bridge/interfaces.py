"""What is asked about two interfaces before anything is done to them, and what is answered to a wrong choice."""

import os
import socket
from collections.abc import Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any, Final

from pyroute2 import IPRoute
from pyroute2.netlink.exceptions import NetlinkError

_ETHERNET: Final = 1  # ARPHRD_ETHER
_UP: Final = 1  # IFF_UP
_LOOPBACK: Final = 8  # IFF_LOOPBACK


class InterfaceError(ValueError):
    """An interface that can't be one end of the wire; the message says why, and what to do."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Interface:
    """One interface as it was found: `kind` is the kernel's word for it ("veth", "tun", "" for a card).

    `addresses` are those that this host answers at. `far` is the other end of a cable within this machine: its number,
    and that of its namespace as this one knows it, or None for the same namespace.
    """

    name: str
    index: int
    mtu: int
    mac: bytes
    kind: str = ""
    addresses: tuple[str, ...] = ()
    far: tuple[int, int | None] | None = None


def choose(client: str, server: str) -> tuple[Interface, Interface]:
    """Return what there is to know of two interfaces. Raises InterfaceError where they can't be the ends of a wire."""
    if client == server:
        raise InterfaceError(f"{client} twice: a wire has two ends; name the interface to the server, too")
    with IPRoute() as route:
        return _look(route, client), _look(route, server)


def one(name: str) -> Interface:
    """Return what there is to know of an interface. Raises InterfaceError where no frames can be exchanged with it."""
    with IPRoute() as route:
        return _look(route, name)


def _look(route: IPRoute, name: str) -> Interface:
    try:
        index = socket.if_nametoindex(name)
        (link,) = route.get_links(index)
    except (OSError, NetlinkError):
        raise InterfaceError(_absent(name)) from None
    if link["flags"] & _LOOPBACK:
        raise InterfaceError(f"{name} is the loopback: it leads nowhere; see `tcpchaos run` for a lab of its own")
    if link["ifi_type"] != _ETHERNET:
        raise InterfaceError(f"{name} carries no Ethernet frames: name a veth, a TAP device or a network card")
    if not link["flags"] & _UP:
        raise InterfaceError(f"{name} is down: sudo ip link set {name} up")
    master = link.get("master")
    if master is not None:
        above = socket.if_indextoname(master)
        raise InterfaceError(
            f"{name} belongs to {above}, which would carry every frame a second time: sudo ip link set {name} nomaster"
        )
    info = link.get("linkinfo")
    kind = (info.get("kind") if info is not None else None) or ""
    return Interface(
        name=name,
        index=index,
        mtu=link.get("mtu"),
        mac=bytes.fromhex(link.get("address").replace(":", "")),
        kind=kind,
        addresses=_addresses(route, index),
        far=_far(link) if kind == "veth" else None,
    )


def _far(link: Any) -> tuple[int, int | None] | None:
    peer = link.get("link")
    return None if peer is None else (peer, link.get("link_netnsid"))


def _addresses(route: IPRoute, index: int) -> tuple[str, ...]:
    """Return the addresses at which this host answers there; link-local ones every interface has."""
    found = [each.get("address") for each in route.get_addr(index=index)]
    return tuple(each for each in found if each and not each.startswith("fe80:"))


def _absent(name: str) -> str:
    names = [each for _, each in socket.if_nameindex()]
    near = get_close_matches(name, names, n=1, cutoff=0.6)
    hint = f"did you mean {near[0]}?" if near else f"there are {', '.join(sorted(names))}"
    return f"no interface is called {name}; {hint}"


def transmit_drops(interfaces: Sequence[Interface]) -> dict[str, int]:
    """Return how many frames each interface threw away that were sent to it; of one that is gone, nothing."""
    found = {}
    with IPRoute() as route:
        for each in interfaces:
            try:
                (link,) = route.get_links(each.index)
            except NetlinkError:
                continue
            counted = link.get("stats64")
            found[each.name] = counted["tx_dropped"] if counted is not None else 0
    return found


def stack_behind(interface: Interface, kernel: str) -> str:
    """Return whose TCP is behind an interface as far as that shows: this machine's kernel at the end of a veth."""
    return kernel if interface.kind == "veth" else ""


def namespace_of(descriptor: int) -> int:
    """Return the number by which a namespace behind a file descriptor is told from others."""
    return os.fstat(descriptor).st_ino
