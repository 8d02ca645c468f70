"""`tcpchaos report`: what was found, drawn later from the document that `--json` printed."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from tcpchaos.cli.group import Mistake
from tcpchaos.cli.nights import read_document
from tcpchaos.cli.output import console, html_option, write_page

if TYPE_CHECKING:
    from tcpchaos.report.document import Judged


@click.command("report")
@click.argument("file", type=click.Path(path_type=Path, allow_dash=True))
@click.option("-q", "--quiet", is_flag=True, help="Print the verdict alone.")
@click.option("-v", "--verbose", is_flag=True, help="Print every segment of every connection.")
@html_option
def command(file: Path, quiet: bool, verbose: bool, html: Path | None) -> None:
    """Draw what a document FILE says, which `--json` of `run`, `check`, `replay`, `fuzz` or `nightly` printed (- is
    standard input), as text or, with --html, as a page.

    \b
    tcpchaos run --json > run.json
    tcpchaos report run.json --html run.html

    Exit codes: 0 it was drawn, whatever the verdict, 2 the file is no document, or none of something that was judged.
    """
    document = _judged(file)
    if html is not None:
        write_page(html, document)
        return
    from tcpchaos.report.document import Fuzz, Nightly, Replay
    from tcpchaos.report.hunt import hunt
    from tcpchaos.report.morning import morning
    from tcpchaos.report.scorecard import scorecard
    from tcpchaos.report.terminal import show

    out = console()
    if isinstance(document, Nightly):
        lines = morning(document, width=out.width, quiet=quiet)
    elif isinstance(document, Fuzz):
        lines = hunt(document, width=out.width, quiet=quiet)
    elif isinstance(document, Replay):
        lines = scorecard(document, width=out.width, quiet=quiet)
    else:
        show(out, document, everything=verbose, ladders=not quiet)
        return
    for line in lines:
        out.print(line, soft_wrap=True)


def _judged(file: Path) -> "Judged":
    from tcpchaos.report.document import Judged

    document = read_document(file)
    if not isinstance(document, Judged):
        kind = document.__struct_config__.tag
        raise Mistake(f"{file}: a {kind} document judges nothing; expected that of run, check, replay, fuzz or nightly")
    return document
