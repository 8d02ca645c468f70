"""The help of a command that takes a plan: it teaches the notation by the examples that the plan's part knows."""

from typing import Final

import click

COLUMN: Final = 34  # where the explanations begin that stand beside their lines


class TaughtCommand(click.Command):
    """A command whose help ends with the notation of faults."""

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the examples: a line of a plan at the left, what it does at the right or below."""
        from tcpchaos.plan.teach import EXAMPLES, VARIABLES, WHOSE

        formatter.write_paragraph()
        formatter.write_text(
            "Faults are lines WHO SELECTOR...: ACTION[, ACTION...]; the same in a plan file, one a line."
        )
        for topic, examples in EXAMPLES.items():
            with formatter.section(topic):
                for line, does in examples:
                    _example(formatter, line, does)
        with formatter.section("Numbers left to the moment"):
            formatter.write_text(WHOSE)
            for names, meaning in VARIABLES:
                _example(formatter, names, meaning)


def _example(formatter: click.HelpFormatter, line: str, does: str) -> None:
    indent = " " * formatter.current_indent
    beside = f"{indent}{line:<{COLUMN}}  # {does}"
    if len(beside) <= formatter.width:
        formatter.write(f"{beside}\n")
    else:
        formatter.write(f"{indent}{line}\n{indent}    # {does}\n")
