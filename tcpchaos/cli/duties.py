"""What a machine asks of a night besides JSON: JUnit XML, SARIF, lines and a summary for GitHub, enough coverage."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from tcpchaos.cli.group import Mistake
from tcpchaos.cli.output import file_option, tell, write_file

if TYPE_CHECKING:
    from tcpchaos.report.document import Nightly

Function = TypeVar("Function", bound=Callable[..., Any])


def duty_options(function: Function) -> Function:
    """Give a command the options `--junit`, `--sarif`, `--github` and `--min-coverage`."""
    options = (
        file_option("--junit", help="Write JUnit XML."),
        file_option("--sarif", help="Write SARIF 2.1.0, for code scanning."),
        click.option(
            "--github/--no-github",
            default=None,
            help="Print GitHub's annotations (default: where GITHUB_ACTIONS is true), and add a summary to the file "
            "that GITHUB_STEP_SUMMARY names.",
        ),
        click.option(
            "--min-coverage",
            "least",
            type=click.IntRange(min=0),
            default=0,
            metavar="CELLS",
            help="Exit with 1 where fewer cells are covered.",
        ),
    )
    for option in reversed(options):
        function = option(function)
    return function


def write_files(document: "Nightly", *, junit: Path | None, sarif: Path | None) -> None:
    """Write what was asked for, each file whole or not at all; what can't be written is said, and no more."""
    from tcpchaos.report.junit import junit as as_junit
    from tcpchaos.report.sarif import sarif as as_sarif

    for option, path, text in (("--junit", junit, as_junit), ("--sarif", sarif, as_sarif)):
        if path is not None:
            try:
                write_file(option, path, text(document))
            except Mistake as mistake:
                tell(mistake.message)


def tell_github(document: "Nightly", *, wanted: bool | None, to_stderr: bool) -> None:
    """Print annotations where GitHub listens or they are wanted, and add the summary where there is a file for it."""
    from tcpchaos.report.github import annotations, summary

    if os.environ.get("GITHUB_ACTIONS") == "true" if wanted is None else wanted:
        for line in annotations(document):
            click.echo(line, err=to_stderr)
    file = os.environ.get("GITHUB_STEP_SUMMARY")
    if file and wanted is not False:
        try:
            with open(file, "a", encoding="utf-8") as opened:
                opened.write(summary(document))
        except OSError as error:
            click.echo(f"tcpchaos: GITHUB_STEP_SUMMARY {file}: {error.strerror or error}", err=True)
