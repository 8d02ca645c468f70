"""`tcpchaos bench`: how fast the proxy is on this machine, and how fast others are."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import click

from tcpchaos.cli.group import BROKEN, Mistake
from tcpchaos.cli.output import console, json_option, print_document, tell_broken

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from tcpchaos.bench import bridging, campaigns
    from tcpchaos.bench.comparison import Scale, Tell
    from tcpchaos.report.document import Bench

AnyScale = TypeVar("AnyScale", "campaigns.Scale", "bridging.Scale")


@click.command("bench")
@click.option("--quick", is_flag=True, help="Everything once and very shortly: does it work at all?")
@click.option("--rounds", type=click.IntRange(min=1), metavar="N", help="How often each measurement is repeated.")
@click.option(
    "--offline",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    metavar="FILE",
    help="Measure the judging of this capture instead, beside tshark.",
)
@click.option("--campaigns", is_flag=True, help="Measure how many cases a campaign plays in a second instead.")
@click.option("--bridge", is_flag=True, help="Measure how fast traffic passes `bridge` that no plan concerns instead.")
@json_option
def command(
    quick: bool, rounds: int | None, offline: Path | None, campaigns: bool, bridge: bool, as_json: bool
) -> int | None:
    """Measure the proxy with the oracle live: segments, round trips and connections through it, its memory, its time.

    Beside each figure stand those of the kernel's bridge, of a Python program that only receives and sends, and of
    scapy's bridge_and_sniff, measured in alternation on the same two kernels. It takes two to three minutes and wants
    the machine for itself.

    With --offline, no lab is needed: each tool reads the capture on one and the same processor. With --campaigns, the
    handshake campaign is measured beside the same cases played one after the other; with --bridge, `tcpchaos bridge`
    beside the kernel's bridge, both carrying what is not to be judged.

    Exit codes: 0 measured (whether or not the bars are met), 2 the capture can't be judged, 3 the environment failed,
    130 interrupted.
    """
    from dataclasses import replace

    from tcpchaos.backends.host import Broken
    from tcpchaos.bench.comparison import QUICK, Scale

    scale = QUICK if quick else Scale()
    try:
        if (offline is not None) + campaigns + bridge > 1:
            raise Mistake("--offline, --campaigns and --bridge exclude each other: name one of them")
        if campaigns:
            document = _campaigns(quick, rounds)
        elif bridge:
            document = _bridging(quick, rounds)
        elif offline is not None:
            document = _read(offline, 1 if quick else rounds)
        else:
            document = _measured(scale if rounds is None else replace(scale, rounds=rounds))
    except Broken as broken:
        tell_broken(broken)
        return BROKEN
    if as_json:
        print_document(document)
        return None
    from tcpchaos.bench.text import lines

    out = console()
    for line in lines(document):
        out.print(line, soft_wrap=True)
    return None


def _read(path: Path, rounds: int | None) -> "Bench":
    from tcpchaos.bench.offline import ROUNDS, UnreadableError, offline

    try:
        return offline(path, rounds or ROUNDS, lambda text: click.echo(text, err=True))
    except UnreadableError as error:
        raise Mistake(str(error)) from None


def _campaigns(quick: bool, rounds: int | None) -> "Bench":
    from tcpchaos.bench.campaigns import QUICK, Scale, campaigns

    return _told(campaigns, QUICK if quick else Scale(), rounds)


def _bridging(quick: bool, rounds: int | None) -> "Bench":
    from tcpchaos.bench.bridging import QUICK, Scale, bridging

    return _told(bridging, QUICK if quick else Scale(), rounds)


def _told(measure: "Callable[[AnyScale, Tell], Awaitable[Bench]]", scale: "AnyScale", rounds: int | None) -> "Bench":
    """Measure so many rounds, by default those of the scale, and tell of each as it comes."""
    from dataclasses import replace

    import trio

    scale = scale if rounds is None else replace(scale, rounds=rounds)
    return trio.run(measure, scale, lambda text: click.echo(text, err=True))


def _measured(scale: "Scale") -> "Bench":
    import trio

    from tcpchaos.bench.comparison import compare

    if not sys.stderr.isatty():
        return trio.run(compare, scale, lambda text: click.echo(text, err=True))
    with console(stderr=True).status("measuring") as status:
        return trio.run(compare, scale, status.update)
