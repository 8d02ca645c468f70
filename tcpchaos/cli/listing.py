"""`tcpchaos list`: what there is to choose from."""

from pathlib import Path

import click

from tcpchaos.cli.output import console, json_option, print_document
from tcpchaos.cli.projects import project_option, projects_of


@click.command("list")
@click.argument("what", type=click.Choice(["strategies", "workloads", "cases", "mutants"]), required=False)
@project_option
@json_option
def command(what: str | None, project: Path | None, as_json: bool) -> None:
    """Name the strategies for `tcpchaos fuzz`, the workloads, and the cases for `tcpchaos replay`: those of the project
    and the built-in ones; or the mutants, which are simulated endpoints with one fault each, for `--server sim:NAME`
    or `--client sim:NAME`.
    """
    from tcpchaos.report.catalogue import listing

    document = listing(projects_of(project))
    if as_json:
        print_document(document)
        return
    from tcpchaos.report import tables

    out = console()
    shown = tables.everything if what is None else getattr(tables, what)
    for line in shown(document, width=out.width):
        out.print(line, soft_wrap=True)
