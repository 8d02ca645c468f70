"""`tcpchaos bench`: how fast the proxy is on this machine, and how fast others are."""

import sys
from typing import TYPE_CHECKING

import click

from tcpchaos.cli.group import BROKEN
from tcpchaos.cli.output import console, json_option, print_document

if TYPE_CHECKING:
    from tcpchaos.bench.comparison import Scale
    from tcpchaos.report.document import Bench


@click.command("bench")
@click.option("--quick", is_flag=True, help="Everything once and very shortly: does it work at all?")
@click.option("--rounds", type=click.IntRange(min=1), metavar="N", help="How often each measurement is repeated.")
@json_option
def command(quick: bool, rounds: int | None, as_json: bool) -> int | None:
    """Measure the proxy with the oracle live: segments, round trips and connections through it, its memory, its time.

    Beside each figure stand those of the kernel's bridge, of a Python program that only receives and sends, and of
    scapy's bridge_and_sniff, measured in alternation on the same two kernels. It takes two to three minutes and wants
    the machine for itself.

    Exit codes: 0 measured (whether or not the bars are met), 3 the environment failed, 130 interrupted.
    """
    from dataclasses import replace

    from tcpchaos.backends.host import Broken
    from tcpchaos.bench.comparison import QUICK, Scale

    scale = QUICK if quick else Scale()
    try:
        document = _measured(scale if rounds is None else replace(scale, rounds=rounds))
    except Broken as broken:
        click.echo(f"tcpchaos bench: BROKEN: {broken.missing}; {broken.remedy}", err=True)
        return BROKEN
    if as_json:
        print_document(document)
        return None
    from tcpchaos.bench.text import lines

    out = console()
    for line in lines(document):
        out.print(line, soft_wrap=True)
    return None


def _measured(scale: "Scale") -> "Bench":
    import trio

    from tcpchaos.bench.comparison import compare

    if not sys.stderr.isatty():
        return trio.run(compare, scale, lambda text: click.echo(text, err=True))
    with console(stderr=True).status("measuring") as status:
        return trio.run(compare, scale, status.update)
