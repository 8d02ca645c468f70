"""`tcpchaos rules`: the law, as the oracle knows it."""

import click

from tcpchaos.cli.output import console, json_option, print_document


@click.command("rules")
@json_option
def command(as_json: bool) -> None:
    """Print every rule: its id, how strongly it binds, where it stands, and what it demands."""
    from tcpchaos.report.catalogue import law

    document = law()
    if as_json:
        print_document(document)
        return
    from tcpchaos.report.tables import rules

    out = console()
    for line in rules(document, width=out.width):
        out.print(line, soft_wrap=True)
