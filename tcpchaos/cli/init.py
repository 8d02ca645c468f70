"""`tcpchaos init`: a project in the user's own repository."""

from pathlib import Path

import click

from tcpchaos.cli.group import Mistake


@click.command("init")
@click.argument("directory", type=click.Path(path_type=Path, file_okay=False), default=Path("."), metavar="[DIR]")
def command(directory: Path) -> None:
    """Make a project in DIR (default: here): `strategies/` with a first one to change, and `corpus/`.

    Nothing that is there is changed. A project is any directory with one of these folders; it is found from anywhere
    below it.
    """
    from tcpchaos.corpus.beginning import begin

    try:
        made = begin(directory)
    except OSError as error:
        raise Mistake(f"{error.filename or directory}: {error.strerror or error}") from None
    for path, new in made.items():
        click.echo(f"{'made' if new else 'kept'} {path}")
    click.echo("next: tcpchaos list strategies; tcpchaos fuzz first; and when it has saved cases, pytest corpus")
