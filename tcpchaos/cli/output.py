"""Where commands write: results to stdout or files, progress and complaints to stderr, colours where they are seen."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from tcpchaos.cli.group import Mistake

if TYPE_CHECKING:
    from rich.console import Console

    from tcpchaos.backends.host import Broken
    from tcpchaos.report.document import Document, Judged

Function = TypeVar("Function", bound=Callable[..., Any])


def tell(text: str) -> None:
    """Tell something on stderr, in the name of the command."""
    click.echo(f"{click.get_current_context().command_path}: {text}", err=True)


def tell_broken(broken: "Broken") -> None:
    """Tell that the environment failed: what it lacks, and how to get it."""
    tell(f"BROKEN: {broken.missing}; {broken.remedy}")


def json_option(function: Function) -> Function:
    """Give a command the option `--json`."""
    return click.option("--json", "as_json", is_flag=True, help="Print one JSON document instead (see `schema`).")(
        function
    )


def file_option(*names: str, **more: Any) -> Callable[[Function], Function]:
    """Return what gives a command an option with a file to write, which is looked at before anything is run."""
    usual = {"type": click.Path(path_type=Path), "metavar": "FILE", "callback": has_a_place}
    return click.option(*names, **{**usual, **more})


def html_option(function: Function) -> Function:
    """Give a command the option `--html`."""
    return file_option("--html", help="Draw a page, one file that needs no network.")(function)


def output_option(function: Function) -> Function:
    """Give a command the option `--output`."""
    return file_option("--output", help="Write the JSON document, too.")(function)


def has_a_place(_: click.Context, option: click.Parameter, path: Path | None) -> Path | None:
    """Say before anything is run that what comes of it can't be written.

    A whole file takes the place of the one before, so that a device or a link (`/dev/stdout`) would be gone afterwards.
    """
    if path is None:
        return None
    if not path.parent.is_dir():
        raise Mistake(f"{option.opts[0]} {path}: there is no directory {path.parent}")
    if path.is_dir():
        raise Mistake(f"{option.opts[0]} {path}: expected a file, this is a directory")
    if path.is_symlink() or (path.exists() and not path.is_file()):
        kind = "a link" if path.is_symlink() else "no regular file"
        raise Mistake(f"{option.opts[0]} {path}: this is {kind}; name a file, or a place where nothing is")
    return path


def write_page(path: Path, document: "Judged") -> None:
    """Draw a document as a page; raises Mistake where it can't be written."""
    from tcpchaos.report.html import page

    write_file("--html", path, page(document))


def write_page_beside(path: Path | None, document: "Judged") -> None:
    """Draw a document as a page where one is asked for; where it can't be written, that is said, and no more.

    It comes before what is printed: a reader that goes away (`| head`) does not take the page along.
    """
    if path is None:
        return
    try:
        write_page(path, document)
    except Mistake as mistake:
        tell(f"{mistake.message}; nothing was written")


def write_file(option: str, path: Path, text: str) -> None:
    """Write a text, whole or not at all; raises Mistake, which names the option, where it can't be written."""
    from tcpchaos.corpus.store import write

    try:
        write(path, text.encode())
    except OSError as error:
        raise Mistake(f"{option} {path}: {error.strerror or error}") from None


def console(*, stderr: bool = False) -> "Console":
    """Return a rich console; it keeps colours for itself where nobody sees them or NO_COLOR is set."""
    from rich.console import Console

    class Pipe(Console):
        def on_broken_pipe(self) -> None:
            raise BrokenPipeError

    return Pipe(stderr=stderr, highlight=False, markup=False, emoji=False)


@contextmanager
def busy(what: str, *, quiet: bool = False) -> Iterator[None]:
    """Say on stderr that something goes on while the block lasts, if that is a terminal and nobody wants it quiet."""
    if quiet or not sys.stderr.isatty():
        yield
        return
    with console(stderr=True).status(what):
        yield


def print_document(document: "Document") -> None:
    """Print a document as JSON to stdout."""
    from tcpchaos.report.document import encode

    sys.stdout.write(encode(document))
