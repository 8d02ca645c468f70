"""`tcpchaos check`: the oracle over a capture."""

from pathlib import Path

import click

from tcpchaos.cli.group import MISUSED, PASSED, VIOLATED, Mistake
from tcpchaos.cli.output import busy, console, html_option, json_option, print_document, tell, write_page_beside


@click.command("check")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--stack", metavar="NAME", help="Whose known deviations to waive, such as 'linux 6.18'.")
@click.option("-q", "--quiet", is_flag=True, help="Print the verdict alone.")
@click.option("-v", "--verbose", is_flag=True, help="Print every packet of every connection.")
@html_option
@json_option
def command(file: Path, stack: str | None, quiet: bool, verbose: bool, html: Path | None, as_json: bool) -> int:
    """Judge what the endpoints in a capture FILE (pcap or pcapng, packed with gzip or not; - is standard input) did.

    A capture was made in one place, so that less can be decided than in a run: what that is stands below the verdict.
    Frames are numbered as in the file. The client of a connection is who sent its first SYN.

    Exit codes: 0 no violation, 1 a violation, 2 the file is no capture, nothing in it can be judged, or it is torn and
    there is no violation before that place.
    """
    from tcpchaos.backends.capture import CaptureError, judge
    from tcpchaos.report.capture import checked

    try:
        with busy(f"judging {file}", quiet=quiet):
            document = checked(judge(file, stack=stack), str(file), stack)
    except OSError as error:
        raise Mistake(f"{file}: {error.strerror or error}") from None
    except CaptureError as error:
        raise Mistake(f"{file}: {error}") from None
    write_page_beside(html, document)
    if as_json:
        print_document(document)
    else:
        from tcpchaos.report.terminal import show

        show(console(), document, everything=verbose, ladders=not quiet and (verbose or bool(document.findings)))
    if document.torn is not None:
        tell(f"{file}: {document.torn}")
    if document.outcome == "violation":
        return VIOLATED
    return PASSED if document.torn is None else MISUSED
