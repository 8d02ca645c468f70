"""The options that say what is to be done to segments, and the plan that they make: the same for every command."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from tcpchaos.cli.group import Mistake
from tcpchaos.cli.input import text_of

if TYPE_CHECKING:
    from tcpchaos.plan import Plan, Rule, StateRule

Function = TypeVar("Function", bound=Callable[..., Any])


def plan_options(function: Function) -> Function:
    """Give a command the options `--fault`, `--plan` and `--seed`: arguments `faults`, `plan_file` and `seed`."""
    options = (
        click.option(
            "-f", "--fault", "faults", metavar="LINE", multiple=True, help="A rule of the plan; may be repeated."
        ),
        click.option(
            "--plan",
            "plan_file",
            type=click.Path(path_type=Path),
            metavar="FILE",
            help="A file of such rules (- is standard input).",
        ),
        click.option(
            "--seed", type=click.IntRange(min=0), metavar="N", help="Other draws for rules with a probability."
        ),
    )
    for option in reversed(options):
        function = option(function)
    return function


def read_plan(faults: tuple[str, ...], file: Path | None, seed: int | None) -> "Plan":
    """Return the plan of these options: the file's rules, then the others. Raises Mistake where it can't be read."""
    from tcpchaos.plan import Plan, PlanError, parse

    texts = [(str(file), text_of(file))] if file is not None else []
    many = len(faults) > 1
    texts += [(f"--fault number {number}" if many else "--fault", text) for number, text in enumerate(faults, start=1)]
    rules: list[Rule | StateRule] = []
    for name, text in texts:
        try:
            part = parse(text, name=name)
        except PlanError as error:
            raise Mistake(f"{error}") from None
        rules += part.rules
        seed = part.seed if seed is None and part.seed else seed
    try:
        return Plan(rules=tuple(rules), seed=seed or 0)
    except ValueError as error:  # the parts are plans, all of them together are too much for one
        raise Mistake(f"--plan and --fault: {error}") from None
