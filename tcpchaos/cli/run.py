"""`tcpchaos run`: one run through the proxy, judged and drawn."""

from pathlib import Path
from typing import TYPE_CHECKING, Literal

import click

from tcpchaos.cli.captures import captured, comment, pcap_option
from tcpchaos.cli.group import BROKEN, INTERRUPTED, PASSED, VIOLATED, Mistake
from tcpchaos.cli.output import console, html_option, json_option, print_document, tell_broken, write_page_beside
from tcpchaos.cli.plans import plan_options, read_plan
from tcpchaos.cli.target import Whom, family_option, whom_options
from tcpchaos.cli.teaching import TaughtCommand

if TYPE_CHECKING:
    from tcpchaos.report.document import Run
    from tcpchaos.run import RunConfig


@click.command("run", cls=TaughtCommand)
@click.option("-w", "--workload", metavar="NAME", help="What the applications do (default: echo; see `tcpchaos list`).")
@whom_options
@click.option(
    "--port",
    type=click.IntRange(0, 65535),
    default=0,
    metavar="N",
    help="The server's port (default: what it listens on).",
)
@plan_options
@family_option
@click.option(
    "--mtu",
    type=int,
    default=1500,
    show_default=True,
    metavar="OCTETS",
    help="Octets of the largest packet in the lab.",
)
@click.option(
    "--sysctl", "sysctls", metavar="NAME=VALUE", multiple=True, help="Set at both endpoints; may be repeated."
)
@click.option(
    "--octets", type=click.IntRange(min=1), metavar="N", help="Size of the bulk workloads, in each direction."
)
@click.option(
    "--connections", type=click.IntRange(min=1), metavar="N", help="How many connections many-connections makes."
)
@click.option("--times", type=click.IntRange(min=1), metavar="N", help="Play the workload so often, several at a time.")
@click.option("--at-once", type=click.IntRange(min=1), metavar="N", help="How many at a time (default: 16).")
@click.option(
    "--timeout",
    type=click.FloatRange(min=0, min_open=True),
    default=30.0,
    metavar="SECONDS",
    show_default=True,
    help="When to give up on the applications.",
)
@click.option(
    "--control/--no-control",
    default=True,
    help="Play your programs once more without faults where that may explain what is odd about the server (default).",
)
@pcap_option
@click.option("-q", "--quiet", is_flag=True, help="Print the verdict alone.")
@click.option("-v", "--verbose", is_flag=True, help="Print every segment of every connection, and the lab's settings.")
@html_option
@json_option
def command(
    whom: Whom,
    workload: str | None,
    port: int,
    faults: tuple[str, ...],
    plan_file: Path | None,
    seed: int | None,
    family: Literal[4, 6],
    mtu: int,
    sysctls: tuple[str, ...],
    octets: int | None,
    connections: int | None,
    times: int | None,
    at_once: int | None,
    timeout: float,
    control: bool,
    pcap: Path | None,
    quiet: bool,
    verbose: bool,
    html: Path | None,
    as_json: bool,
) -> int:
    """Make a lab of two kernels' TCP with the proxy between them, let two applications talk through it under a plan
    of faults, and tell what happened and who broke the law. Either TCP may be a simulated one instead. With --target, a
    server that you have started yourself is called, behind a bridge or by a TCP of our own.

    Exit codes: 0 pass, 1 a violation (or an undetermined run whose applications failed), 2 wrong usage or a plan that
    can't be read, 3 the environment failed, 130 interrupted.
    """
    from tcpchaos.run import RunConfig
    from tcpchaos.workloads import Scale

    target = whom.meant(() if workload is None else (workload,))
    play = target.play or "echo"
    if times is not None and not isinstance(play, str):
        raise Mistake("--times: only a workload is played several times; let your client do so itself")
    asked = (("octets", octets), ("connections", connections), ("times", times), ("at_once", at_once))
    size = {name: value for name, value in asked if value is not None}
    config = RunConfig(
        plan=read_plan(faults, plan_file, seed),
        play=play,
        scale=Scale(**size),
        family=family,
        mtu=_mtu(mtu, family),
        port=port,
        timeout_s=timeout,
        sysctls=_sysctls(sysctls),
        strict=target.strict,
        control=control,
        backend=target.backend,
        endpoints=target.endpoints,
        foreign=target.foreign,
    )
    if target.backend == "sim" and sysctls:
        raise Mistake("--backend sim has no kernel for --sysctl: leave one of them out")
    document = _run(config, pcap, show_progress=not quiet)
    write_page_beside(html, document)
    if as_json:
        print_document(document)
    elif document.broken is None:
        from tcpchaos.report.terminal import show

        show(console(), document, everything=verbose, ladders=not quiet)
    return exit_code(document)


def _mtu(mtu: int, family: Literal[4, 6]) -> int:
    from tcpchaos.backends.lab.world import LEAST_MTU, MOST_MTU
    from tcpchaos.backends.warden.addresses import IPV6_LEAST_MTU

    least = LEAST_MTU if family == 4 else IPV6_LEAST_MTU
    if not least <= mtu <= MOST_MTU:
        raise Mistake(f"--mtu {mtu}: IPv{family} needs {least} to {MOST_MTU} octets")
    return mtu


def _sysctls(texts: tuple[str, ...]) -> dict[str, str]:
    pairs = {}
    for text in texts:
        name, sign, value = text.partition("=")
        if not name or not sign:
            raise Mistake(f"--sysctl {text}: expected NAME=VALUE, such as net.ipv4.tcp_sack=0")
        pairs[name.strip()] = value.strip()
    return pairs


def _run(config: "RunConfig", pcap: Path | None, *, show_progress: bool) -> "Run":
    """Run, writing the capture beside it, and return the document; a broken environment is a document too."""
    import trio

    from tcpchaos.backends.bridge.interfaces import InterfaceError
    from tcpchaos.backends.host import Broken
    from tcpchaos.backends.lab.world import kernel_name
    from tcpchaos.backends.queue.place import PlaceError
    from tcpchaos.backends.simulated import SIMULATED
    from tcpchaos.cli.progress import watched
    from tcpchaos.report.outcome import broken, ran

    try:
        with captured(pcap, SIMULATED if config.backend == SIMULATED else kernel_name()) as trace:
            document = ran(trio.run(watched, config, trace, show_progress))
            comment(trace, document)
            return document
    except (InterfaceError, PlaceError) as error:
        raise Mistake(str(error)) from None
    except Broken as error:
        tell_broken(error)
        return broken(config, error.missing, error.remedy)


def exit_code(document: "Run") -> int:
    """Return the exit code of a command that has made this document."""
    if document.outcome == "broken":
        return BROKEN
    if document.outcome == "violation":
        return VIOLATED
    if document.interrupted:
        return INTERRUPTED
    failed = document.faults != "lethal" and not all(each.ok for each in document.applications)
    return VIOLATED if document.outcome == "undetermined" and failed else PASSED
