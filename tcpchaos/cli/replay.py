"""`tcpchaos replay`: saved cases, played again."""

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from tcpchaos.cli.group import BROKEN, INTERRUPTED, MISUSED, PASSED, VIOLATED, Mistake
from tcpchaos.cli.output import console, html_option, json_option, print_document, write_page_beside
from tcpchaos.cli.projects import project_option, projects_of
from tcpchaos.cli.target import Whom, whom_options

if TYPE_CHECKING:
    from tcpchaos.corpus.project import Project
    from tcpchaos.corpus.replay import Kept, Replay, Target
    from tcpchaos.report.document import Replay as Document


@click.command("replay")
@click.argument("names", nargs=-1, metavar="[CASE or DIR]...")
@click.option(
    "--times", type=click.IntRange(min=1), default=1, metavar="N", help="How often each case is played (default: once)."
)
@click.option("-w", "--workload", metavar="NAME", help="Play this against --target, not what is said with --send.")
@whom_options
@project_option
@click.option("-q", "--quiet", is_flag=True, help="Print the cases that are not as they expect, and the verdict.")
@click.option("-v", "--verbose", is_flag=True, help="Draw the run of each case, not only where there is one case.")
@html_option
@json_option
def command(
    whom: Whom,
    names: tuple[str, ...],
    times: int,
    workload: str | None,
    project: Path | None,
    quiet: bool,
    verbose: bool,
    html: Path | None,
    as_json: bool,
) -> int:
    """Replay cases: files, folders, or names from the corpus of the project or of tcpchaos itself (`tcpchaos list
    cases`); without any, the whole corpus of the project.

    A case is as it expects where the violation that it tells of is there (reproduced), where there is none and it tells
    of none (held), or where a known deviation is all there is (known). Otherwise it is fixed, failed, flaky (not the
    same each time), undetermined or broken; or not applicable, where it means nothing for a server of yours or for this
    TCP.

    Exit codes: 0 every case that can be played is as it expects, 1 one is not, 2 wrong usage, a file that is no case,
    or no case that can be played, 3 the environment failed, 130 interrupted.
    """
    from tcpchaos.report.replayed import replayed

    cases = cases_of(names, projects_of(project))
    if workload is not None and whom.target is None:
        raise Mistake("--workload is for --target: otherwise a case is played as it says")
    target = whom.meant(() if workload is None else (workload,))
    replays, took_us, interrupted = _replay(cases, target, times, quiet=quiet)
    document = replayed(replays, target, took_us=took_us, interrupted=interrupted)
    write_page_beside(html, document)
    if as_json:
        print_document(document)
    else:
        _show(document, replays, quiet=quiet, verbose=verbose)
    return _exit_code(document)


def cases_of(names: Sequence[str], projects: "Sequence[Project]") -> "list[Kept]":
    """Return the cases that are meant, the whole corpus without names; raises Mistake where one is none."""
    from tcpchaos.corpus.case import CaseError
    from tcpchaos.corpus.project import UnknownName, case_files
    from tcpchaos.corpus.replay import Kept
    from tcpchaos.corpus.store import read

    try:
        files = case_files(names, projects)
        return [Kept(name=_name(file, projects), case=read(file), file=file) for file in files]
    except UnknownName as error:
        raise Mistake(f"{error}") from None
    except CaseError as error:
        raise Mistake(f"{error}") from None
    except OSError as error:
        raise Mistake(f"{error.filename}: {error.strerror or error}") from None


def _name(file: Path, projects: "Sequence[Project]") -> str:
    """Return what a case is called: its name in the corpus, or the path of its file elsewhere."""
    for each in projects:
        if file.resolve().is_relative_to(each.corpus.resolve()):
            return file.resolve().relative_to(each.corpus.resolve()).with_suffix("").as_posix()
    return str(file)


def _replay(cases: "Sequence[Kept]", target: "Target", times: int, *, quiet: bool) -> "tuple[list[Replay], int, bool]":
    """Replay, telling of progress unless `quiet`, and return what came of it in the order of the cases."""
    import trio

    from tcpchaos.backends.bridge.interfaces import InterfaceError
    from tcpchaos.backends.queue.place import PlaceError
    from tcpchaos.cli.replaying import Replaying

    replaying = Replaying(cases, target, times)
    try:
        if quiet:
            trio.run(replaying.play)
        elif sys.stderr.isatty():
            with console(stderr=True).status("getting ready") as status:
                replaying.tell = status.update
                trio.run(replaying.play)
        else:
            replaying.tell = lambda text: click.echo(text, err=True)
            trio.run(replaying.play)
    except (InterfaceError, PlaceError) as error:
        raise Mistake(str(error)) from None
    return replaying.done, replaying.took_us, replaying.interrupted


def _show(document: "Document", replays: "Sequence[Replay]", *, quiet: bool, verbose: bool) -> None:
    from tcpchaos.report.replayed import telling
    from tcpchaos.report.scorecard import scorecard
    from tcpchaos.report.terminal import show

    out = console()
    for replay in replays if verbose or (len(replays) == 1 and not quiet) else ():
        if (run := telling(replay)) is not None:
            show(out, run)
            out.print()
    for line in scorecard(document, width=out.width, quiet=quiet):
        out.print(line, soft_wrap=True)


def _exit_code(document: "Document") -> int:
    if document.interrupted:
        return INTERRUPTED
    if document.outcome == "broken":
        return BROKEN
    if document.outcome == "pass":
        return PASSED
    return MISUSED if set(document.counts) <= {"not applicable"} else VIOLATED
