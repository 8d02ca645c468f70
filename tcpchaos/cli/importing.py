"""`tcpchaos import`: a case from a capture."""

from pathlib import Path

import click

from tcpchaos.cli.group import Mistake
from tcpchaos.cli.output import tell
from tcpchaos.cli.projects import project_option, projects_of


@click.command("import")
@click.argument("file", type=click.Path(path_type=Path))
@click.option(
    "--into",
    type=click.Path(path_type=Path, file_okay=False),
    metavar="DIR",
    help="Where the case is written (default: corpus/ of the project; without a project, here).",
)
@click.option("--connection", type=click.IntRange(min=0), default=0, metavar="N", help="Which connection of several.")
@click.option("-w", "--workload", metavar="NAME", help="What is to be played (default: what resembles it most).")
@click.option("--title", metavar="TEXT", help="What the case is called.")
@project_option
def command(
    file: Path,
    into: Path | None,
    connection: int,
    workload: str | None,
    title: str | None,
    project: Path | None,
) -> None:
    """Make a case of a capture FILE (pcap or pcapng): what looks like a fault in it becomes a plan.

    Segments that were lost (or sent again), copied, late or overtaken, resets from nowhere and shut windows are found.
    A capture that tcpchaos wrote says what was done to each packet; any other one shows it only in what came after.
    What could not be made a plan is told.

    Exit codes: 0 a case was written, 2 the capture can't be read or nothing in it looks like a fault.
    """
    from tcpchaos.backends.capture import CaptureError
    from tcpchaos.corpus.captured import import_capture
    from tcpchaos.corpus.case import CaseError
    from tcpchaos.corpus.store import save
    from tcpchaos.workloads import workload as named

    try:
        wanted = "" if workload is None else named(workload).name
        imported = import_capture(file, connection=connection, workload=wanted, title=title or "")
    except LookupError as error:
        raise Mistake(f"--workload: {error.args[0]}") from None
    except OSError as error:
        raise Mistake(f"{file}: {error.strerror or error}") from None
    except CaptureError as error:
        raise Mistake(f"{file}: {error}") from None
    except CaseError as error:
        raise Mistake(f"{error}") from None
    folder = into or _folder(project)
    try:
        path = save(imported.case, folder)
    except OSError as error:
        raise Mistake(f"{error.filename or folder}: {error.strerror or error}") from None
    click.echo(path)
    for line in imported.case.plan:
        click.echo(f"  {line}")
    for remark in imported.remarks:
        tell(remark)


def _folder(project: Path | None) -> Path:
    """Return where a case belongs: into the user's corpus, where there is one."""
    first = projects_of(project)[0]
    if first.builtin and not (first.root / ".git").exists():
        return Path()  # what came with the package is not the user's to add to
    return first.corpus
