"""The options `--project`, `--save` and `--no-save`, and what a command makes of a project."""

from collections.abc import Callable, Sequence
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


def save_options(function: Function) -> Function:
    """Give a command the options `--save`, as `folder`, and `--no-save`."""
    function = click.option("--no-save", is_flag=True, help="Save no cases.")(function)
    return click.option(
        "--save",
        "folder",
        type=click.Path(path_type=Path, file_okay=False),
        metavar="DIR",
        help="Where cases are saved (default: corpus/found of the project, or of this directory).",
    )(function)


def projects_of(project: Path | None) -> "tuple[Project, ...]":
    """Return the projects in force, the user's first. Raises Mistake where the directory that was named is none."""
    from tcpchaos.corpus.project import find, is_project, opened

    if project is None:
        return find(Path.cwd())
    if not is_project(project):
        raise Mistake(f"--project {project}: there is no strategies/ and no corpus/ in it (`tcpchaos init` makes them)")
    return opened(project)


def folder_of(projects: "Sequence[Project]", folder: Path | None, no_save: bool) -> Path | None:
    """Return where cases are saved, None where none are to be.

    That is the folder that was named, or in the project in which the user stands, or else in one that begins here.
    """
    if no_save or folder is not None:
        return None if no_save else folder
    here = Path.cwd()
    own = next((each for each in projects if not each.builtin or here.is_relative_to(each.root.resolve())), None)
    found = (own.corpus if own is not None else here / "corpus") / "found"
    return found.relative_to(here) if found.is_relative_to(here) else found
