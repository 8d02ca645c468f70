"""A server that is somebody else's: the options `--target`, `--bridge`, `--peer` and their like, and what they mean."""

from pathlib import Path
from typing import TYPE_CHECKING

from tcpchaos.cli.group import Mistake
from tcpchaos.cli.programs import exchange_of, workload_of

if TYPE_CHECKING:
    from tcpchaos.backends.world import Foreign
    from tcpchaos.workloads import Exchange


def foreign_of(
    *,
    target: str | None,
    bridge: str | None,
    client_netns: str | None,
    peer: str | None,
    tun: bool,
    address: str | None,
    target_stack: str | None,
) -> "Foreign | None":
    """Return the server that is somebody else's, None where none is named; raises Mistake for what does not fit."""
    from ipaddress import ip_address

    from tcpchaos.backends.bridge.flows import FlowsError, read_place
    from tcpchaos.backends.world import Foreign

    if target is None:
        given = {"--bridge": bridge, "--client-netns": client_netns, "--peer": peer, "--tun": tun, "--address": address}
        for option, word in given.items():
            if word:
                raise Mistake(f"{option} needs --target HOST:PORT: the server to call")
        return None
    try:
        host, port = read_place(target)
    except FlowsError as error:
        raise Mistake(f"--target {error}") from None
    if [bridge is None, peer is None, not tun].count(False) != 1:
        raise Mistake("--target needs either --bridge IF,IF or --peer IF or --tun: how to come by it")
    if bridge is not None:
        names = tuple(bridge.split(","))
        if len(names) != 2 or not all(names):
            raise Mistake(f"--bridge {bridge}: expected two interfaces, the client's first, such as veth0,tap0")
        if address is not None:
            raise Mistake("--address is for --peer: a kernel's client has the addresses of its network")
        return Foreign(address=host, port=port, interfaces=names, netns=client_netns or "", stack=target_stack or "")
    if client_netns is not None:
        raise Mistake("--client-netns is for --bridge: otherwise the client is our own TCP")
    if address is None:
        raise Mistake(f"--address IP is missing: a free address beside {host}, for our own TCP")
    try:
        own = ip_address(address)
    except ValueError:
        raise Mistake(f"--address {address}: expected an IP address beside {host}") from None
    if own.version != ip_address(host).version or str(own) == host:
        raise Mistake(f"--address {address}: expected another address of the same kind as {host}")
    return Foreign(
        address=host, port=port, interfaces=() if peer is None else (peer,), own=str(own), stack=target_stack or ""
    )


def checked(foreign: "Foreign | None") -> "Foreign | None":
    """Return the same; raises Mistake where its interfaces or its network are not there, or won't do."""
    from tcpchaos.backends.bridge.interfaces import InterfaceError, choose, one
    from tcpchaos.backends.queue.place import PlaceError, named

    if foreign is None:
        return None
    try:
        if len(foreign.interfaces) == 1:
            one(*foreign.interfaces)
        elif foreign.interfaces:
            client, server = foreign.interfaces
            choose(client, server)
        if foreign.netns:
            named(foreign.netns).close()
    except (InterfaceError, PlaceError) as error:
        raise Mistake(str(error)) from None
    return foreign


def said_to(
    foreign: "Foreign",
    send: Path | None,
    expect: str | None,
    *,
    client: str | None,
    server: str | None,
    workload: str | None = None,
) -> "str | Exchange":
    """Return what is played against such a server: the client's half of a workload, or what is said to it.

    Raises Mistake for what can't be read, or can't be beside it.
    """
    from tcpchaos.backends.simulated import is_simulated
    from tcpchaos.workloads import Exchange

    if server is not None:
        raise Mistake("--server and --target exclude each other: what you have started serves what it serves")
    if client is not None and not is_simulated(client):
        raise Mistake(
            "--client CMD and --target exclude each other: name a --workload, or say with --send and --expect what a "
            "client does"
        )
    if client is not None and len(foreign.interfaces) == 2:
        raise Mistake(f"--client {client} is for --peer: behind --bridge, the client is a kernel's")
    said = exchange_of(send, expect)
    if workload is None:
        return said or Exchange()
    if said is not None:
        raise Mistake("--workload and --send/--expect exclude each other: leave one of them out")
    return half_of(workload)


def half_of(name: str) -> str:
    """Return the name of a workload of which the client's half can be played; raises Mistake for any other."""
    from tcpchaos.workloads import WORKLOADS

    found = workload_of(name)
    if not found.server:
        echo, discard = (
            ", ".join(each.name for each in WORKLOADS.values() if each.server == kind) for kind in ("echo", "discard")
        )
        raise Mistake(
            f"--workload {name}: no server but ours does its part of it; one that sends everything back can be asked "
            f"for {echo}, and one that sends nothing for {discard}"
        )
    return found.name
