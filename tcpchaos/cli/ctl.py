"""`tcpchaos ctl`: a bridge that runs is asked how it stands, given another plan, or ended."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from tcpchaos.cli.group import Mistake
from tcpchaos.cli.input import text_of
from tcpchaos.cli.output import json_option, print_document

if TYPE_CHECKING:
    from tcpchaos.cli.remote import Request
    from tcpchaos.report.document import Status


@click.command("ctl")
@click.argument("socket")
@click.argument("what", type=click.Choice(["status", "plan", "stop"]))
@click.argument("file", type=click.Path(path_type=Path, allow_dash=True), required=False)
@json_option
def command(socket: str, what: str, file: Path | None, as_json: bool) -> None:
    """Speak to a `tcpchaos bridge` that was started with --control SOCKET: `status` tells how it stands, `plan FILE`
    has it do what another plan says (- is standard input), `stop` ends it.

    Exit codes: 0 done, 2 nobody answers, or the plan can't be read.
    """
    from tcpchaos.cli.remote import ControlError, ask

    try:
        answer = ask(socket, _request(what, file))
    except ControlError as error:
        raise Mistake(str(error)) from None
    if answer.error is not None:
        raise Mistake(answer.error)
    if as_json:
        print_document(answer)
    else:
        _show(answer)


def _request(what: str, file: Path | None) -> "Request":
    from tcpchaos.cli.remote import Ask, Replace, Stop

    if what == "plan":
        if file is None:
            raise Mistake("plan: FILE is missing: the plan that is to be in force from now on")
        return Replace(text=text_of(file), name=str(file))
    if file is not None:
        raise Mistake(f"{what} takes no FILE: leave {file} out")
    return Stop() if what == "stop" else Ask()


def _show(answer: "Status") -> None:
    from tcpchaos.report.texts import counted

    click.echo(f"flows        {answer.flows}, for {answer.at_us // 1_000_000:,} s")
    connections = f"{counted(answer.connections, 'connection')}, {answer.open:,} of them open"
    click.echo(f"seen         {counted(answer.segments, 'segment')}, {connections}")
    click.echo(f"found        {counted(answer.findings, 'violation')}")
    for number, rule in enumerate(answer.plan, start=1):
        click.echo(f"{'plan' if number == 1 else '':<12} {rule.rule} (fired {rule.fired:,} times)")
    for cause, count in answer.losses.items():
        click.echo(f"lost         {count:,} {cause}")
