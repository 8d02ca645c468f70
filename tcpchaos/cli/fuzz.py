"""`tcpchaos fuzz`: a campaign that looks for plans under which somebody breaks the law."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, TypeVar

import click

from tcpchaos.cli.group import BROKEN, INTERRUPTED, PASSED, VIOLATED, Mistake
from tcpchaos.cli.output import console, html_option, json_option, print_document, tell_broken, write_page_beside
from tcpchaos.cli.projects import folder_of, project_option, projects_of, save_options
from tcpchaos.cli.target import Whom, family_option, whom_options

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tcpchaos.corpus.project import Project
    from tcpchaos.corpus.replay import Target
    from tcpchaos.report.document import Fuzz
    from tcpchaos.run import RunConfig
    from tcpchaos.search.campaign import Shard
    from tcpchaos.search.files import Strategy
    from tcpchaos.search.fuzzing import Setup

Function = TypeVar("Function", bound=Callable[..., Any])

USUAL_TIME_S = 60.0


def shard_option(function: Function) -> Function:
    """Give a command the option `--shard`, as a Shard."""
    return click.option(
        "--shard", metavar="K/N", callback=_shard, help="Draw part K of N of all: no two parts draw the same."
    )(function)


def _shard(context: click.Context, option: click.Parameter, text: str | None) -> "Shard":
    from tcpchaos.search.campaign import Shard

    if text is None:
        return Shard()
    index, _, of = text.partition("/")
    try:
        return Shard(index=int(index), of=int(of))
    except ValueError as error:
        problem = str(error) if "there is no part" in str(error) else "expected K/N, such as 3/16"
        raise Mistake(f"{option.opts[0]} {text}: {problem}") from None


@click.command("fuzz")
@click.argument("names", nargs=-1, metavar="[STRATEGY]...")
@click.option(
    "-w", "--workload", "workloads", metavar="NAME", multiple=True, help="Play this, not what the strategies name."
)
@whom_options
@click.option(
    "--time",
    "time_s",
    type=click.FloatRange(min=0, min_open=True),
    metavar="SECONDS",
    help="Search so long (default: 60); half as long again at the most makes small what was found.",
)
@click.option("--cases", type=click.IntRange(min=1), metavar="N", help="Play so many cases.")
@click.option("--seed", type=click.IntRange(min=0), default=0, show_default=True, metavar="N", help="What is drawn.")
@shard_option
@click.option("--guided/--unguided", default=True, help="Play first what says something new (default).")
@family_option
@project_option
@save_options
@click.option("-q", "--quiet", is_flag=True, help="Print what was found alone.")
@html_option
@json_option
def command(
    whom: Whom,
    names: tuple[str, ...],
    workloads: tuple[str, ...],
    time_s: float | None,
    cases: int | None,
    seed: int,
    shard: "Shard",
    guided: bool,
    family: Literal[4, 6],
    project: Path | None,
    folder: Path | None,
    no_save: bool,
    quiet: bool,
    html: Path | None,
    as_json: bool,
) -> int:
    """Draw plans from strategies (names or files; without any, a little from each), play them, and tell under which of
    them somebody breaks the law. What is found is replayed, made as small as it gets, and saved as a case.

    \b
    tcpchaos fuzz handshake --time 30                     the handshakes of this kernel
    tcpchaos fuzz --backend sim --server sim:shrinks-its-window --cases 2000
    tcpchaos fuzz --peer tap0 --address 10.0.0.9 --target 10.0.0.2:7 --send said handshake
    tcpchaos fuzz --send ping.bin --expect PONG \\
        --server 'redis-server --bind {host} --protected-mode no'

    Exit codes: 0 nothing found, 1 somebody broke the law, 2 wrong usage or a broken strategy, 3 the environment
    failed, 130 interrupted with nothing found.
    """
    from tcpchaos import __version__
    from tcpchaos.search.fuzzing import Setup

    target = whom.meant(workloads)
    projects = projects_of(project)
    strategies = strategies_of(names, projects, target)
    enumerated = all(strategy.cells is not None for strategy in strategies)
    setup = Setup(
        strategies=tuple((strategy.name, str(strategy.file)) for strategy in strategies),
        usual=usual_of(target, family),
        workloads=whom.playable(workloads),
        seed=seed,
        most=cases or 0,
        time_s=time_s if time_s is not None or cases or enumerated else USUAL_TIME_S,
        guided=guided,
        shard=shard,
        folder=folder_of(projects, folder, no_save),
        version=__version__,
    )
    document = _fuzz(setup, show_progress=not quiet)
    if document is None:
        return BROKEN
    write_page_beside(html, document)
    if as_json:
        print_document(document)
    else:
        from tcpchaos.report.hunt import hunt

        out = console()
        for line in hunt(document, width=out.width, quiet=quiet):
            out.print(line, soft_wrap=True)
    if document.outcome == "violation":
        return VIOLATED
    return INTERRUPTED if document.interrupted else PASSED


def usual_of(target: "Target", family: "Literal[4, 6]") -> "RunConfig":
    """Return what all runs of a campaign against a target have in common."""
    from tcpchaos.run import RunConfig

    return RunConfig(
        play=target.play or "echo",
        family=family,
        strict=target.strict,
        backend=target.backend,
        endpoints=target.endpoints,
        control=False,
        foreign=target.foreign,
    )


def strategies_of(names: "Sequence[str]", projects: "Sequence[Project]", target: "Target") -> "list[Strategy]":
    """Return the strategies that are meant, each of which keeps to its contract.

    What enumerates states reaches them by workloads of ours: where programs are played, nobody means it who does not
    name it.
    """
    from tcpchaos.corpus.project import UnknownName
    from tcpchaos.search.files import StrategyError, load, named

    try:
        if names:
            found = [named(name, projects) for name in names]
        else:
            files = {name: file for each in reversed(projects) for name, file in each.strategy_files()}
            found = [load(file) for _, file in sorted(files.items())]
            if target.play is not None and not isinstance(target.play, str):
                found = [each for each in found if each.cells is None]
    except (UnknownName, StrategyError) as error:
        raise Mistake(f"{error}") from None
    except OSError as error:
        raise Mistake(f"{error.filename}: {error.strerror or error}") from None
    if not found:
        raise Mistake(f"there are no strategies in {projects[0].strategies}: `tcpchaos init` makes one to begin with")
    return found


def _fuzz(setup: "Setup", *, show_progress: bool) -> "Fuzz | None":
    """Lead the campaign; None where the environment failed, which has been told then."""
    import trio

    from tcpchaos.backends.bridge.interfaces import InterfaceError
    from tcpchaos.backends.host import Broken
    from tcpchaos.backends.queue.place import PlaceError
    from tcpchaos.cli.hunting import watched
    from tcpchaos.report.fuzzed import fuzzed
    from tcpchaos.search.players import Refused

    try:
        came = trio.run(watched, setup, show_progress)
    except Broken as error:
        tell_broken(error)
        return None
    except (InterfaceError, PlaceError, Refused) as error:
        raise Mistake(f"{error}") from None
    except OSError as error:
        raise Mistake(f"{error.filename or setup.folder}: {error.strerror or error}") from None
    return fuzzed(came, setup)
