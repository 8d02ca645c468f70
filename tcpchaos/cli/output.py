"""Where commands write: results to stdout, progress and complaints to stderr, colours where they are seen."""

import sys
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar

import click

if TYPE_CHECKING:
    from rich.console import Console

    from tcpchaos.report.document import Document

Function = TypeVar("Function", bound=Callable[..., Any])


def json_option(function: Function) -> Function:
    """Give a command the option `--json`."""
    return click.option("--json", "as_json", is_flag=True, help="Print one JSON document instead (see `schema`).")(
        function
    )


def console(*, stderr: bool = False) -> "Console":
    """Return a rich console; it keeps colours for itself where nobody sees them or NO_COLOR is set."""
    from rich.console import Console

    class Pipe(Console):
        def on_broken_pipe(self) -> None:
            raise BrokenPipeError

    return Pipe(stderr=stderr, highlight=False, markup=False, emoji=False)


def print_document(document: "Document") -> None:
    """Print a document as JSON to stdout."""
    from tcpchaos.report.document import encode

    sys.stdout.write(encode(document))
