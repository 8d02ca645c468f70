"""What is played: a workload, programs of the user's, or what ours says to a server; and which TCPs are simulated."""

from pathlib import Path
from typing import TYPE_CHECKING

from tcpchaos.cli.group import Mistake
from tcpchaos.cli.input import MOST_SAID_OCTETS, octets_of

if TYPE_CHECKING:
    from tcpchaos.workloads import Commands, Exchange, Workload


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
    exchange = exchange_of(send, expect)
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


def exchange_of(send: Path | None, expect: str | None) -> "Exchange | None":
    """Return what is said, and what must be answered, None where neither was given; raises Mistake."""
    from tcpchaos.workloads import Exchange

    if send is None and expect is None:
        return None
    octets = b"" if send is None else octets_of(send, MOST_SAID_OCTETS, what="--send")
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
