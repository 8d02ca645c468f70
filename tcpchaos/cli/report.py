"""`tcpchaos report`: what was found, drawn later from the document that `--json` printed."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from tcpchaos.cli.group import Mistake
from tcpchaos.cli.output import console, html_option, write_page

if TYPE_CHECKING:
    from tcpchaos.report.document import Check, Fuzz, Replay, Run


@click.command("report")
@click.argument("file", type=click.Path(path_type=Path, allow_dash=True))
@click.option("-q", "--quiet", is_flag=True, help="Print the verdict alone.")
@click.option("-v", "--verbose", is_flag=True, help="Print every segment of every connection.")
@html_option
def command(file: Path, quiet: bool, verbose: bool, html: Path | None) -> None:
    """Draw what a document FILE says, which `--json` of `run`, `check`, `replay` or `fuzz` printed (- is standard
    input), as text or, with --html, as a page.

    \b
    tcpchaos run --json > run.json
    tcpchaos report run.json --html run.html

    Exit codes: 0 it was drawn, whatever the verdict, 2 the file is no document, or none of something that was judged.
    """
    document = _read(file)
    if html is not None:
        write_page(html, document)
        return
    from tcpchaos.report.document import Fuzz, Replay
    from tcpchaos.report.hunt import hunt
    from tcpchaos.report.scorecard import scorecard
    from tcpchaos.report.terminal import show

    out = console()
    if isinstance(document, Fuzz):
        lines = hunt(document, width=out.width, quiet=quiet)
    elif isinstance(document, Replay):
        lines = scorecard(document, width=out.width, quiet=quiet)
    else:
        show(out, document, everything=verbose, ladders=not quiet)
        return
    for line in lines:
        out.print(line, soft_wrap=True)


def _read(file: Path) -> "Run | Check | Replay | Fuzz":
    import msgspec

    from tcpchaos.report.document import Check, Fuzz, Replay, Run, decode

    try:
        text = sys.stdin.buffer.read() if str(file) == "-" else file.read_bytes()
        document = decode(text)
    except OSError as error:
        raise Mistake(f"{file}: {error.strerror or error}") from None
    except msgspec.ValidationError as error:
        raise Mistake(f"{file}: no document that this version of tcpchaos knows: {error}") from None
    except msgspec.DecodeError as error:
        raise Mistake(f"{file}: not a JSON document: {error}") from None
    if not isinstance(document, Run | Check | Replay | Fuzz):
        kind = document.__struct_config__.tag
        raise Mistake(f"{file}: a {kind} document judges nothing; expected that of run, check, replay or fuzz")
    return document
