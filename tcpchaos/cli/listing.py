"""`tcpchaos list`: what there is to choose from."""

import click

from tcpchaos.cli.output import console, json_option, print_document


@click.command("list")
@click.argument("what", type=click.Choice(["workloads", "mutants"]), default="workloads")
@json_option
def command(what: str, as_json: bool) -> None:
    """Name the workloads, each with what its two applications do; or the mutants, which are simulated endpoints with
    one fault each, for `--server sim:NAME` or `--client sim:NAME`.
    """
    from tcpchaos.report.catalogue import listing

    document = listing()
    if as_json:
        print_document(document)
        return
    from tcpchaos.report.tables import mutants, workloads

    out = console()
    for line in (mutants if what == "mutants" else workloads)(document, width=out.width):
        out.print(line, soft_wrap=True)
