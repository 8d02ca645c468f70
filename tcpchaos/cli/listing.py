"""`tcpchaos list`: what there is to choose from."""

import click

from tcpchaos.cli.output import console, json_option, print_document


@click.command("list")
@json_option
def command(as_json: bool) -> None:
    """Name the workloads, each with what its two applications do."""
    from tcpchaos.report.catalogue import listing

    document = listing()
    if as_json:
        print_document(document)
        return
    from tcpchaos.report.tables import workloads

    out = console()
    for line in workloads(document, width=out.width):
        out.print(line, soft_wrap=True)
