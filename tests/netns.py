"""Network namespaces of a test's own: they can be named by a path, and programs and sockets are made in them."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from pyroute2 import IPRoute

from tcpchaos.backends.queue import Place, fresh

NEEDED = ("iptables", "ip6tables")
PATH = os.pathsep.join((os.environ.get("PATH", ""), "/usr/sbin", "/sbin"))


def lacks() -> str:
    """Why a live host can't be tried on this machine, "" where it can."""
    if os.geteuid() != 0:
        return "a live host needs root"
    missing = [name for name in NEEDED if shutil.which(name, path=PATH) is None]
    return f"{', '.join(missing)} not installed" if missing else ""


@contextmanager
def network() -> Iterator[Place]:
    """Make a network with nothing in it but a loopback, which is up."""
    with fresh() as place:
        place.do(lambda: up("lo"))
        yield place


def up(interface: str, *addresses: str) -> None:
    """Give an interface of this network addresses (with their prefix lengths), and set it up."""
    with IPRoute() as route:
        (index,) = route.link_lookup(ifname=interface)
        for address in addresses:
            route.addr("add", index=index, address=address.split("/")[0], prefixlen=int(address.split("/")[1]))
        route.link("set", index=index, state="up")


def cable(one: Place, name: str, other: Place, others: str) -> None:
    """Lay a cable between two networks: interfaces of these names at its ends."""

    def lay() -> None:
        with IPRoute() as route, open(other.option[1]) as there:
            peer = {"ifname": others, "net_ns_fd": there.fileno()}
            route.link("add", ifname=name, kind="veth", peer=peer)

    one.do(lay)


def way(network_: Place, gateway: str) -> None:
    """Let everything that is not near go by this address."""

    def add() -> None:
        with IPRoute() as route:
            route.route("add", dst="default", gateway=gateway)

    network_.do(add)


def sysctl(place: Place, name: str, value: str) -> None:
    """Set something in a network."""
    place.do(lambda: Path("/proc/sys", *name.split(".")).write_text(value))
