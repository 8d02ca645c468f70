"""The option `--project`, and what a command makes of it."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from tcpchaos.cli.group import Mistake

if TYPE_CHECKING:
    from tcpchaos.corpus.project import Project

Function = TypeVar("Function", bound=Callable[..., Any])


def project_option(function: Function) -> Function:
    """Give a command the option `--project`."""
    return click.option(
        "--project",
        type=click.Path(path_type=Path, exists=True, file_okay=False),
        metavar="DIR",
        help="The directory with `strategies/` and `corpus/` (default: the nearest one above here).",
    )(function)


def projects_of(project: Path | None) -> "tuple[Project, ...]":
    """Return the projects in force, the user's first. Raises Mistake where the directory that was named is none."""
    from tcpchaos.corpus.project import find, is_project, opened

    if project is None:
        return find(Path.cwd())
    if not is_project(project):
        raise Mistake(f"--project {project}: there is no strategies/ and no corpus/ in it (`tcpchaos init` makes them)")
    return opened(project)
