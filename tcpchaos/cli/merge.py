"""`tcpchaos merge`: what the parts of a campaign or of a night found, as if one machine had done it all."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from tcpchaos.cli.duties import duty_options
from tcpchaos.cli.group import BROKEN, INTERRUPTED, PASSED, VIOLATED, Mistake
from tcpchaos.cli.nightly import exit_code, publish
from tcpchaos.cli.nights import read_document
from tcpchaos.cli.output import console, html_option, json_option, output_option, print_document, write_page_beside

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tcpchaos.report.document import Fuzz, Nightly


@click.command("merge")
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path), metavar="DOC...")
@click.option(
    "--corpus",
    "folders",
    multiple=True,
    type=click.Path(path_type=Path, exists=True, file_okay=False),
    metavar="DIR",
    help="A folder of cases that a part saved (repeatable): they are copied into --into.",
)
@click.option(
    "--into",
    type=click.Path(path_type=Path, file_okay=False),
    metavar="DIR",
    help="Where cases go; what two parts saved alike is one file.",
)
@duty_options
@output_option
@click.option("-q", "--quiet", is_flag=True, help="Print what was found alone.")
@html_option
@json_option
def command(
    files: "Sequence[Path]",
    folders: "Sequence[Path]",
    into: Path | None,
    junit: Path | None,
    sarif: Path | None,
    github: bool | None,
    least: int,
    output: Path | None,
    quiet: bool,
    html: Path | None,
    as_json: bool,
) -> int:
    """Join what `--json` of the parts (`--shard K/N`) of one campaign or one night printed: coverage is added, each
    bug is told once. What comes of it is a document of the same kind, for `--baseline`, too.

    \b
    tcpchaos merge 1.json 2.json 3.json --output last.json --corpus 1/found --corpus 2/found --into corpus/found

    --junit, --sarif, --github and --min-coverage are for nights.

    Exit codes: those of the campaign or of the night as a whole.
    """
    if bool(folders) != (into is not None):
        raise Mistake("--corpus DIR and --into DIR belong together: from where cases are copied, and to where")
    document = _merged(files, least)
    from tcpchaos.report.document import Fuzz

    if isinstance(document, Fuzz) and (junit or sarif or github or least):
        raise Mistake("--junit, --sarif, --github and --min-coverage are for nights, and these are campaigns")
    if into is not None:
        _copy(folders, into)
    if not isinstance(document, Fuzz):
        publish(
            document,
            junit=junit,
            sarif=sarif,
            github=github,
            output=output,
            html=html,
            quiet=quiet,
            as_json=as_json,
        )
        return exit_code(document)
    return _campaign(document, output=output, html=html, quiet=quiet, as_json=as_json)


def _merged(files: "Sequence[Path]", least: int) -> "Fuzz | Nightly":
    from tcpchaos.report.document import Fuzz, Nightly
    from tcpchaos.report.merged import Apart, merged_campaigns, merged_nights

    documents = [read_document(file) for file in files]
    for file, each in zip(files, documents, strict=True):
        if not isinstance(each, Fuzz | Nightly):
            tag = each.__struct_config__.tag
            raise Mistake(f"{file}: expected what fuzz or nightly printed with --json, this is a {tag} document")
    names = [str(file) for file in files]
    campaigns = [each for each in documents if isinstance(each, Fuzz)]
    nights = [each for each in documents if isinstance(each, Nightly)]
    if campaigns and nights:
        raise Mistake("these are campaigns and nights: merge either")
    try:
        return merged_campaigns(campaigns, names) if campaigns else merged_nights(nights, names, least=least)
    except Apart as error:
        raise Mistake(str(error)) from None


def _copy(folders: "Sequence[Path]", into: Path) -> None:
    """Copy all cases, each once: its name follows from what it says."""
    from tcpchaos.corpus.case import CaseError
    from tcpchaos.corpus.store import read_all, save

    try:
        for folder in folders:
            for _, case in read_all(folder):
                save(case, into)
    except CaseError as error:
        raise Mistake(f"--corpus: {error}") from None
    except OSError as error:
        raise Mistake(f"{error.filename or into}: {error.strerror or error}") from None


def _campaign(document: "Fuzz", *, output: Path | None, html: Path | None, quiet: bool, as_json: bool) -> int:
    from tcpchaos.cli.output import write_file
    from tcpchaos.report.document import encode
    from tcpchaos.report.hunt import hunt

    if output is not None:
        write_file("--output", output, encode(document))
    write_page_beside(html, document)
    if as_json:
        print_document(document)
    else:
        out = console()
        for line in hunt(document, width=out.width, quiet=quiet):
            out.print(line, soft_wrap=True)
    if document.outcome in ("violation", "broken"):
        return VIOLATED if document.outcome == "violation" else BROKEN
    return INTERRUPTED if document.interrupted else PASSED
