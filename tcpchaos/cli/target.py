"""Whom a command plays against: the options that all such commands have in common, and what they mean together."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, TypeVar

import click

from tcpchaos.cli.foreign import checked, foreign_of, half_of, said_to
from tcpchaos.cli.group import Mistake
from tcpchaos.cli.programs import programs, simulated_ones, workload_of

if TYPE_CHECKING:
    from tcpchaos.backends.world import BackendName
    from tcpchaos.corpus.replay import Target

Function = TypeVar("Function", bound=Callable[..., Any])


@dataclass(frozen=True, slots=True, kw_only=True)
class Whom:
    """What the options say of both endpoints, word for word."""

    server: str | None = None
    client: str | None = None
    send: Path | None = None
    expect: str | None = None
    target: str | None = None
    bridge: str | None = None
    client_netns: str | None = None
    peer: str | None = None
    tun: bool = False
    address: str | None = None
    target_stack: str | None = None
    strict: bool = False
    backend: "BackendName" = "auto"

    def meant(self, workloads: Sequence[str] = ()) -> "Target":
        """Return whom they mean, and what is played against it: the first of these workloads, where that can be.

        Raises Mistake for what is not there, can't be read, or does not fit together.
        """
        from tcpchaos.corpus.replay import Target

        client, server = self.client, self.server
        endpoints = simulated_ones(client, server)
        foreign = checked(
            foreign_of(
                target=self.target,
                bridge=self.bridge,
                client_netns=self.client_netns,
                peer=self.peer,
                tun=self.tun,
                address=self.address,
                target_stack=self.target_stack,
            )
        )
        first = workloads[0] if workloads else None
        if foreign is not None:
            if self.backend == "sim":
                raise Mistake(
                    "--backend sim and --target exclude each other: a server that is there already is nothing simulated"
                )
            said = said_to(foreign, self.send, self.expect, client=client, server=server, workload=first)
            return Target(endpoints=endpoints, play=said, strict=self.strict, foreign=foreign)
        play = programs(client=client, server=server, send=self.send, expect=self.expect, endpoints=endpoints)
        if play is not None and first is not None:
            raise Mistake("--workload and --server/--client exclude each other: leave one of them out")
        if play is not None and self.backend == "sim":
            raise Mistake("--backend sim has no kernel for programs: leave one of them out")
        named = None if first is None else workload_of(first).name
        return Target(backend=self.backend, endpoints=endpoints, play=play or named, strict=self.strict)

    def playable(self, workloads: Sequence[str]) -> tuple[str, ...]:
        """Return these workloads, all of which can be played against it; raises Mistake."""
        return tuple(workload_of(name).name if self.target is None else half_of(name) for name in workloads)


def backend_option(function: Function) -> Function:
    """Give a command the option `--backend`."""
    return click.option(
        "--backend",
        type=click.Choice(["auto", "lab", "sim"]),
        default="auto",
        help="Kernels in a lab, or simulated endpoints in virtual time (default: a lab where there can be one).",
    )(function)


_OPTIONS: Final = (
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
    click.option("--tun", is_flag=True, help="It is on this machine: make a TUN device with our own TCP at its end."),
    click.option("--address", metavar="IP", help="Where our own TCP is to be: a free address beside the target's."),
    click.option("--target-stack", metavar="NAME", help="Whose known deviations the target has: 'linux 6.18'."),
    click.option("--strict", is_flag=True, help="Known deviations of the stack are violations too."),
    backend_option,
)


def family_option(function: Function) -> Function:
    """Give a command the options `-4` and `-6`: argument `family`."""
    return click.option(
        "-4/-6",
        "--ipv4/--ipv6",
        "family",
        default=True,
        callback=lambda _, __, ipv4: 4 if ipv4 else 6,
        help="IP version (default: 4).",
    )(function)


def whom_options(function: Callable[..., int]) -> Callable[..., int]:
    """Give a command all options of Whom, and hand it what they say as `whom`."""

    @wraps(function)
    def command(**given: Any) -> int:
        said = {each.name: given.pop(each.name) for each in fields(Whom)}
        return function(whom=Whom(**said), **given)

    for option in reversed(_OPTIONS):
        command = option(command)
    return command
