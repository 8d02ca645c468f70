"""`tcpchaos nightly`: what is known is replayed, then strategies search, and both are compared with the last night."""

import re
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING, Final, Literal

import click

from tcpchaos.cli.duties import duty_options, tell_github, write_files
from tcpchaos.cli.fuzz import shard_option, strategies_of, usual_of
from tcpchaos.cli.group import BROKEN, INTERRUPTED, PASSED, VIOLATED, Mistake
from tcpchaos.cli.nights import Watch, read_nightly
from tcpchaos.cli.output import console, html_option, json_option, output_option, print_document
from tcpchaos.cli.projects import folder_of, project_option, projects_of, save_options
from tcpchaos.cli.replay import cases_of
from tcpchaos.cli.target import Whom, family_option, whom_options

if TYPE_CHECKING:
    from tcpchaos.corpus.project import Project
    from tcpchaos.corpus.replay import Kept, Target
    from tcpchaos.report.document import Nightly
    from tcpchaos.search.campaign import Shard
    from tcpchaos.search.fuzzing import Setup
    from tcpchaos.search.nightly import Night

_TIME: Final = re.compile(r"(\d+(?:\.\d+)?)(s|m|h)?")
_SECONDS: Final = {None: 1, "s": 1, "m": 60, "h": 3600}
# Part of the time that the strategies have in any case, be the corpus as long as it likes.
SEARCHED: Final = 0.25


def _seconds(_: click.Context, option: click.Parameter, text: str) -> float:
    """Return the seconds of a length of time: 90s, 20m, 2h; a bare number is seconds."""
    match = _TIME.fullmatch(text)
    seconds = float(match[1]) * _SECONDS[match[2]] if match else 0.0
    if not seconds:
        raise Mistake(f"{option.opts[0]} {text}: expected how long, such as 90s, 20m or 2h")
    return seconds


@click.command("nightly")
@click.argument("names", nargs=-1, metavar="[STRATEGY]...")
@click.option("-w", "--workload", metavar="NAME", help="Search under this, not under what the strategies name.")
@whom_options
@click.option(
    "--time", "time_s", callback=_seconds, metavar="TIME", default="20m", help="How long: 90s, 20m (default), 2h."
)
@click.option(
    "--seed",
    type=click.IntRange(min=0),
    metavar="N",
    help="What is drawn (default: the last night's and one more, or 0).",
)
@shard_option
@click.option(
    "--baseline",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="What --json printed in the last night, to compare with; where there is no such file, everything is new.",
)
@family_option
@project_option
@save_options
@duty_options
@output_option
@click.option("-q", "--quiet", is_flag=True, help="Print what is not as it was alone.")
@html_option
@json_option
def command(
    whom: Whom,
    names: tuple[str, ...],
    workload: str | None,
    time_s: float,
    seed: int | None,
    shard: "Shard",
    baseline: Path | None,
    family: Literal[4, 6],
    project: Path | None,
    folder: Path | None,
    no_save: bool,
    junit: Path | None,
    sarif: Path | None,
    github: bool | None,
    least: int,
    output: Path | None,
    quiet: bool,
    html: Path | None,
    as_json: bool,
) -> int:
    """Replay the corpus and what the last night found, then have strategies (names or files; without any, all of
    them) search for the rest of the time, a quarter of it at least, those most that still find something; and compare
    with the last night. The corpus is always replayed whole; at the end, what was just found has some seconds more.

    \b
    tcpchaos nightly --time 2h --baseline last.json --output last.json
    tcpchaos nightly --time 20m --send ping.bin --expect PONG \\
        --server 'redis-server --bind {host} --protected-mode no'

    A bug is new, still there, flaky (k of n replays), fixed, or known (a case of the corpus has it).

    Exit codes: 0 nothing is new, 1 a bug is new, a case is not as it expects and was, or too little is covered,
    2 wrong usage or bad input, 3 the environment failed, 130 interrupted with nothing new.
    """
    began = monotonic()
    projects = projects_of(project)
    workloads = () if workload is None else (workload,)
    target = whom.meant(workloads)
    if target.foreign is None and workloads:
        target = replace(target, play=None)  # cases have workloads of their own
    last = None if baseline is None or not baseline.exists() else read_nightly(baseline)
    setup = _setup(
        target,
        tuple((each.name, str(each.file)) for each in strategies_of(names, projects, target)),
        workloads=whom.playable(workloads),
        family=family,
        seed=seed if seed is not None else 0 if last is None else last.seed + 1,
        shard=shard,
        folder=folder_of(projects, folder, no_save),
    )
    from tcpchaos.cli.known import Known
    from tcpchaos.report.overnight import Past, overnight

    watch = Watch(quiet=quiet)
    with watch:
        known = Known(cases=_corpus(projects), last=last, setup=setup, target=target)
        replays, remembered, stopped = known.replayed(watch, until=began + time_s * (1 - SEARCHED))
        replaying_s = monotonic() - began
        left_s = max(time_s - replaying_s, time_s * SEARCHED)
        night = _search(setup, left_s, watch, stopped=stopped)
    past = Past(
        setup=setup,
        target=target,
        night=night,
        replays=replays,
        remembered=remembered,
        baseline=last,
        baseline_file="" if baseline is None or last is None else str(baseline),
        least=least,
        time_s=time_s,
        took_s=monotonic() - began,
        replaying_s=replaying_s,
    )
    document = overnight(past)
    publish(document, junit=junit, sarif=sarif, github=github, output=output, html=html, quiet=quiet, as_json=as_json)
    return exit_code(document)


def _setup(
    target: "Target",
    strategies: tuple[tuple[str, str], ...],
    *,
    workloads: tuple[str, ...],
    family: Literal[4, 6],
    seed: int,
    shard: "Shard",
    folder: Path | None,
) -> "Setup":
    """Return what the strategies are asked for, which is played against the same as cases are."""
    from tcpchaos import __version__
    from tcpchaos.search.fuzzing import Setup

    return Setup(
        strategies=strategies,
        usual=usual_of(target, family),
        workloads=workloads,
        seed=seed,
        shard=shard,
        folder=folder,
        version=__version__,
    )


def _corpus(projects: "Sequence[Project]") -> "list[Kept]":
    """Return the cases of the corpus: each part of a night has to know them all. There need not be any."""
    if not any(True for project in projects for _ in project.cases()):
        return []
    here = Path.cwd()
    return [
        replace(each, file=each.file.relative_to(here)) if each.file.is_relative_to(here) else each
        for each in cases_of((), projects)
    ]


def _search(setup: "Setup", left_s: float, watch: Watch, *, stopped: bool) -> "Night":
    import trio

    from tcpchaos.search.nightly import begin, search
    from tcpchaos.search.players import Refused

    night = begin(setup)
    night.interrupted = stopped
    if stopped:
        return night
    try:
        trio.run(lambda: search(night, setup, time_s=left_s, watch=watch.turn))
    except Refused as error:
        raise Mistake(f"{error}") from None
    except OSError as error:
        raise Mistake(f"{error.filename or setup.folder}: {error.strerror or error}") from None
    return night


def publish(
    document: "Nightly",
    *,
    junit: Path | None,
    sarif: Path | None,
    github: bool | None,
    output: Path | None,
    html: Path | None,
    quiet: bool,
    as_json: bool,
) -> None:
    """Write the files, then print the document, as JSON or as text."""
    from tcpchaos.cli.output import write_file, write_page_beside
    from tcpchaos.report.document import encode
    from tcpchaos.report.morning import morning

    write_files(document, junit=junit, sarif=sarif)
    if output is not None:
        write_file("--output", output, encode(document))
    write_page_beside(html, document)
    if as_json:
        print_document(document)
    else:
        out = console()
        for line in morning(document, width=out.width, quiet=quiet):
            out.print(line, soft_wrap=True)
        sys.stdout.flush()
    tell_github(document, wanted=github, to_stderr=as_json)


def exit_code(document: "Nightly") -> int:
    """Return the exit code that says what came of a night."""
    if document.failures:
        return VIOLATED
    if document.outcome == "broken":
        return BROKEN
    return INTERRUPTED if document.interrupted else PASSED
