"""Whom something is played against: the options `--server`, `--client` and their like, and what they mean."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from tcpchaos.cli.group import Mistake

if TYPE_CHECKING:
    from tcpchaos.backends.world import BackendName, Foreign
    from tcpchaos.corpus.replay import Target
    from tcpchaos.workloads import Commands, Exchange, Workload

NOT_SIMULATED = "--backend sim and --target exclude each other: a server that is there already is nothing simulated"

Function = TypeVar("Function", bound=Callable[..., Any])


def backend_option(function: Function) -> Function:
    """Give a command the option `--backend`."""
    return click.option(
        "--backend",
        type=click.Choice(["auto", "lab", "sim"]),
        default="auto",
        help="Kernels in a lab, or simulated endpoints in virtual time (default: a lab where there can be one).",
    )(function)


def endpoint_options(function: Function) -> Function:
    """Give a command the options `--server`, `--client`, `--send` and `--expect`."""
    options = (
        click.option("--server", metavar="CMD", help="Your own server; {host} and {port} stand for where to listen."),
        click.option(
            "--client",
            metavar="CMD",
            help="Your own client, with {host} and {port} of the server. For either, `sim` is our own TCP in place of "
            "a kernel's, for workloads, and `sim:NAME` a broken one (see `tcpchaos list mutants`).",
        ),
        click.option(
            "--send",
            type=click.Path(path_type=Path),
            metavar="FILE",
            help="Instead of a client of yours: what ours says to your server.",
        ),
        click.option("--expect", metavar="REGEX", help="What must match in its answer (default: any end will do)."),
    )
    for option in reversed(options):
        function = option(function)
    return function


def foreign_options(function: Function) -> Function:
    """Give a command `--target`, `--bridge`, `--client-netns`, `--peer`, `--tun`, `--address` and `--target-stack`."""
    options = (
        click.option(
            "--target", metavar="HOST:PORT", help="A server that you have started yourself, behind --bridge or --peer."
        ),
        click.option(
            "--bridge",
            metavar="IF,IF",
            help="It is behind the second interface, and a client of this kernel behind the first: join them.",
        ),
        click.option("--client-netns", metavar="NAME|PATH", help="The network namespace that the client calls from."),
        click.option("--peer", metavar="IF", help="It is on this Ethernet, and our own TCP is its client there."),
        click.option(
            "--tun", is_flag=True, help="It is on this machine: make a TUN device with our own TCP at its end."
        ),
        click.option("--address", metavar="IP", help="Where our own TCP is to be: a free address beside the target's."),
        click.option("--target-stack", metavar="NAME", help="Whose known deviations the target has: 'linux 6.18'."),
    )
    for option in reversed(options):
        function = option(function)
    return function


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
    said = _exchange(send, expect)
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


def workload_of(name: str) -> "Workload":
    """Return the workload of this name; raises Mistake."""
    from tcpchaos.workloads import workload

    try:
        return workload(name)
    except LookupError as error:
        raise Mistake(f"--workload: {error.args[0]}") from None


def simulated_ones(client: str | None, server: str | None) -> tuple[str, str]:
    """Return which endpoints are to be simulated ones, client's first; raises Mistake for one that there isn't."""
    from tcpchaos.backends.simulated import check, is_simulated

    wanted = {"--client": client, "--server": server}
    for option, word in wanted.items():
        if word is None or not is_simulated(word):
            wanted[option] = None
            continue
        try:
            check(word)
        except LookupError as error:
            raise Mistake(f"{option} {word}: {error.args[0]}") from None
    return wanted["--client"] or "", wanted["--server"] or ""


def programs(
    *, client: str | None, server: str | None, send: Path | None, expect: str | None, endpoints: tuple[str, str]
) -> "Commands | None":
    """Return the programs of the user's that are not simulated `endpoints`, None where there are none.

    Raises Mistake where one is missing, too many, or can't be read.
    """
    from tcpchaos.workloads import Commands

    client, server = (None if each else command for each, command in zip(endpoints, (client, server), strict=True))
    exchange = _exchange(send, expect)
    if client is not None and exchange is not None:
        raise Mistake("--client and --send/--expect exclude each other: leave one of them out")
    caller = client if exchange is None else exchange
    if server is None and caller is None:
        return None
    if any(endpoints):
        raise Mistake("a simulated endpoint plays workloads: it can't be paired with a program of your own")
    if server is None:
        raise Mistake("--server CMD is missing: your own programs come in pairs, a server and a client")
    if caller is None:
        raise Mistake("--client CMD is missing: give a client of yours, or --send FILE and --expect REGEX for ours")
    for option, text in (("--server", server), ("--client", client)):
        _check_command(option, text)
    return Commands(server=server, client=caller)


def target_of(
    *,
    client: str | None,
    server: str | None,
    send: Path | None = None,
    expect: str | None = None,
    backend: "BackendName",
    strict: bool,
    foreign: "Foreign | None" = None,
    workload: str | None = None,
) -> "Target":
    """Return whom cases are played against; raises Mistake where that can't be."""
    from tcpchaos.corpus.replay import Target

    endpoints = simulated_ones(client, server)
    if foreign is not None:
        if backend == "sim":
            raise Mistake(NOT_SIMULATED)
        said = said_to(foreign, send, expect, client=client, server=server, workload=workload)
        return Target(endpoints=endpoints, play=said, strict=strict, foreign=foreign)
    if workload is not None:
        raise Mistake("--workload is for --target: otherwise a case is played as it says")
    play = programs(client=client, server=server, send=send, expect=expect, endpoints=endpoints)
    if play is not None and backend == "sim":
        raise Mistake("--backend sim has no kernel for programs: leave one of them out")
    return Target(backend=backend, endpoints=endpoints, play=play, strict=strict)


def _exchange(send: Path | None, expect: str | None) -> "Exchange | None":
    from tcpchaos.workloads import Exchange

    if send is None and expect is None:
        return None
    try:
        octets = b"" if send is None else send.read_bytes()
    except OSError as error:
        raise Mistake(f"--send {send}: {error.strerror or error}") from None
    try:
        return Exchange(send=octets, expect=expect or "", source="" if send is None else str(send))
    except ValueError as error:
        raise Mistake(f"--expect {error}") from None


def _check_command(option: str, text: str | None) -> None:
    from tcpchaos.backends.lab.commands import words

    if text is not None:
        try:
            words(text)
        except ValueError as error:
            raise Mistake(f"{option} {text!r}: {str(error)[:1].lower()}{str(error)[1:]}") from None
