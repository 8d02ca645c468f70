"""What `attach` and `bridge` have in common, which watch over flows while they last: options, and how they end."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from tcpchaos.cli.captures import pcap_option
from tcpchaos.cli.output import console, html_option, json_option, print_document, write_page_beside
from tcpchaos.cli.plans import plan_options, read_plan
from tcpchaos.cli.run import exit_code

if TYPE_CHECKING:
    from tcpchaos.plan import Plan
    from tcpchaos.report.document import Run
    from tcpchaos.run.live import LiveConfig


@dataclass(frozen=True, slots=True, kw_only=True)
class Watch:
    """What was asked for: the plan in pieces, how long, how strictly, and what is to be written and printed."""

    faults: tuple[str, ...]
    plan_file: Path | None
    seed: int | None
    time_s: float | None
    strict: bool
    pcap: Path | None
    quiet: bool
    verbose: bool
    html: Path | None
    as_json: bool

    def plan(self) -> "Plan":
        """Read the plan. Raises Mistake where it can't be read."""
        return read_plan(self.faults, self.plan_file, self.seed)

    def conclude(self, document: "Run", *, ladders: bool) -> int:
        """Write and print what came of it, with `ladders` unless that is not wanted; returns the exit code."""
        write_page_beside(self.html, document)
        if self.as_json:
            print_document(document)
        elif document.broken is None or document.trace.seen:
            from tcpchaos.report.terminal import show

            show(console(), document, everything=self.verbose, ladders=(ladders or self.verbose) and not self.quiet)
        return exit_code(document)


def watch_options(function: Callable[..., int]) -> Callable[..., int]:
    """Give a command these options: as one argument, `watch`."""

    @wraps(function)
    def command(**arguments: Any) -> int:
        own = {name: value for name, value in arguments.items() if name not in Watch.__slots__}
        watch = Watch(**{name: arguments[name] for name in Watch.__slots__})
        return function(watch=watch, **own)

    options = (
        plan_options,
        click.option(
            "--time",
            "time_s",
            type=click.FloatRange(min=0, min_open=True),
            metavar="SECONDS",
            help="How long (default: until Ctrl-C).",
        ),
        click.option("--strict", is_flag=True, help="Known deviations of the stacks are violations too."),
        pcap_option,
        click.option("-q", "--quiet", is_flag=True, help="Print the verdict alone."),
        click.option("-v", "--verbose", is_flag=True, help="Print every segment of every connection that was kept."),
        html_option,
        json_option,
    )
    decorated: Callable[..., int] = command
    for option in reversed(options):
        decorated = option(decorated)
    return decorated


def words(config: "LiveConfig") -> Iterator[str]:
    """Yield the words that ask for the same of any flows; what is the default is left out."""
    from tcpchaos.report.again import planned

    if config.time_s is not None:
        yield from ("--time", f"{config.time_s:g}")
    if config.strict:
        yield "--strict"
    yield from planned(config.plan)
