"""The manual page, from the same source as `--help`: a formatter that writes roff where click's writes plain text."""

from collections.abc import Iterable, Sequence
from typing import Final

import click

from tcpchaos import __version__
from tcpchaos.cli import cli

NAME: Final = "tcpchaos"
WIDTH: Final = 78
# What roff would set as something else: escapes, hyphens and typographic quotes.
_ESCAPES: Final = str.maketrans({"\\": "\\e", "-": "\\-", "'": "\\(aq", "`": "\\(ga", "^": "\\(ha"})


class Roff(click.HelpFormatter):
    """Takes what a command says of itself and writes it as a part of a manual page (man(7))."""

    def write(self, string: str) -> None:
        """Write lines as they are."""
        self._literally(string.rstrip("\n").splitlines())

    def write_usage(self, prog: str, args: str = "", prefix: str | None = None) -> None:
        """Write how a command is called."""
        self.buffer.append(f".PP\n.B {escaped(prog)}\n{escaped(args)}\n")

    def write_heading(self, heading: str) -> None:
        """Write the heading of a list."""
        self.buffer.append(f".PP\n.I {escaped(heading)}\n")

    def write_paragraph(self) -> None:
        """Leave a line."""
        self.buffer.append(".PP\n")

    def write_text(self, text: str) -> None:
        """Write paragraphs; what follows a backspace keeps its lines, as in `--help`."""
        for number, paragraph in enumerate(text.split("\n\n")):
            lines = [line.strip() if not paragraph.startswith("\b") else line for line in paragraph.splitlines()]
            if number:
                self.write_paragraph()
            if lines[0] == "\b":
                self._literally(lines[1:])
            else:
                self.buffer.append(escaped(" ".join(lines)) + "\n")

    def write_dl(self, rows: Iterable[tuple[str, str]], col_max: int = 30, col_spacing: int = 2) -> None:
        """Write a list of terms and what they mean."""
        for term, meaning in rows:
            self.buffer.append(f".TP\n.B {escaped(term)}\n{escaped(meaning)}\n")

    def _literally(self, lines: Sequence[str]) -> None:
        self.buffer.append("\n".join((".nf", *map(escaped, lines), ".fi")) + "\n")


def escaped(text: str) -> str:
    """Return text in which roff finds nothing that it would obey."""
    text = (
        text.replace("\\", "\\e").replace("-", "\\-").replace("'", "\\(aq").replace("`", "\\(ga").replace("^", "\\(ha")
    )
    return f"\\&{text}" if text.startswith(".") else text


def page() -> str:
    """Return the manual page of the command and of all its commands."""
    context = click.Context(cli, info_name=NAME, **cli.context_settings)
    formatter = Roff(width=WIDTH)
    formatter.buffer.append(f'.TH TCPCHAOS 1 "" "tcpchaos {__version__}"\n.SH NAME\n')
    formatter.buffer.append(f"{NAME} \\- a chaos proxy for TCP with an oracle that knows RFC 9293\n.SH SYNOPSIS\n")
    cli.format_usage(context, formatter)
    formatter.buffer.append(".SH DESCRIPTION\n")
    cli.format_help_text(context, formatter)
    cli.format_options(context, formatter)
    for name in cli.list_commands(context):
        command = cli.get_command(context, name)
        if command is not None:
            formatter.buffer.append(f'.SH "{NAME.upper()} {name.upper()}"\n')
            command.format_help(click.Context(command, parent=context, info_name=name), formatter)
    return formatter.getvalue()
