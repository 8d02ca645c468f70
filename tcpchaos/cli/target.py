"""Whom something is played against: the options `--server`, `--client` and their like, and what they mean."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from tcpchaos.cli.group import Mistake

if TYPE_CHECKING:
    from tcpchaos.backends.world import BackendName
    from tcpchaos.corpus.replay import Target
    from tcpchaos.workloads import Commands, Exchange

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
) -> "Target":
    """Return whom cases are played against; raises Mistake where that can't be."""
    from tcpchaos.corpus.replay import Target

    endpoints = simulated_ones(client, server)
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
