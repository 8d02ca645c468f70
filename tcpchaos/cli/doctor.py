"""`tcpchaos doctor`: what works on this machine."""

import click

from tcpchaos.cli.group import BROKEN, PASSED
from tcpchaos.cli.output import console, json_option, print_document


@click.command("doctor")
@json_option
def command(as_json: bool) -> int:
    """Tell what works on this machine, and what to do about the rest.

    A lab is made and an echo passes through it. Exit codes: 0 it works, 3 it doesn't.
    """
    from tcpchaos.cli.probes import examine

    document = examine()
    if as_json:
        print_document(document)
    else:
        from tcpchaos.report.tables import doctor

        out = console()
        for line in doctor(document, width=out.width):
            out.print(line, soft_wrap=True)
    return PASSED if document.ok else BROKEN
