"""Whom something is played against: the options `--server`, `--client` and their like, and what they mean."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar

import click

from tcpchaos.cli.group import Mistake

if TYPE_CHECKING:
    from tcpchaos.backends.world import BackendName
    from tcpchaos.corpus.replay import Target
    from tcpchaos.workloads import Commands

Function = TypeVar("Function", bound=Callable[..., Any])


def backend_option(function: Function) -> Function:
    """Give a command the option `--backend`."""
    return click.option(
        "--backend",
        type=click.Choice(["auto", "lab", "sim"]),
        default="auto",
        help="Kernels in a lab, or simulated endpoints in virtual time (default: a lab where there can be one).",
    )(function)


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


def programs(client: str | None, server: str | None) -> "Commands":
    """Return two programs of the user's; raises Mistake where one is missing or can't be read as a command line."""
    from tcpchaos.backends.lab.commands import words
    from tcpchaos.workloads import Commands

    if server is None or client is None:
        missing = "--server" if server is None else "--client"
        raise Mistake(f"{missing} CMD is missing: your own programs come in pairs, a server and a client")
    for option, text in (("--server", server), ("--client", client)):
        try:
            words(text)
        except ValueError as error:
            raise Mistake(f"{option} {text!r}: {str(error)[:1].lower()}{str(error)[1:]}") from None
    return Commands(server=server, client=client)


def target_of(*, client: str | None, server: str | None, backend: "BackendName", strict: bool) -> "Target":
    """Return whom cases are played against; raises Mistake where that can't be."""
    from tcpchaos.corpus.replay import Target

    endpoints = simulated_ones(client, server)
    client, server = (None if each else command for each, command in zip(endpoints, (client, server), strict=True))
    if any(endpoints) and (client, server) != (None, None):
        raise Mistake("a simulated endpoint plays workloads: it can't be paired with a program of your own")
    play = None if client is None and server is None else programs(client, server)
    if play is not None and backend == "sim":
        raise Mistake("--backend sim has no kernel for programs: leave one of them out")
    return Target(backend=backend, endpoints=endpoints, play=play, strict=strict)
