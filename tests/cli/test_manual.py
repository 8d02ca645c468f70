"""The manual page says what `--help` says, in roff."""

import re

import click
import pytest

from tcpchaos.cli.group import COMMANDS
from tcpchaos.cli.manual import Roff, escaped, page
from tcpchaos.plan.teach import EXAMPLES


def test_every_command_has_its_section_and_every_option_its_words() -> None:
    text = page()

    assert text.startswith('.TH TCPCHAOS 1 "" "tcpchaos ')
    assert re.findall(r'^\.SH "TCPCHAOS (.*)"$', text, re.MULTILINE) == [name.upper() for name in COMMANDS]
    assert ".TP\n.B \\-f, \\-\\-fault LINE\nA rule of the plan; may be repeated.\n" in text
    assert all(escaped(line) in text for examples in EXAMPLES.values() for line, _ in examples)


def test_nothing_in_it_is_taken_for_a_command() -> None:
    known = {".TH", ".SH", ".PP", ".B", ".I", ".TP", ".nf", ".fi"}

    assert {line.split()[0] for line in page().splitlines() if line.startswith((".", "'"))} == known


@pytest.mark.parametrize(
    ("text", "roff"),
    [
        ("--json", "\\-\\-json"),
        (".pcap", "\\&.pcap"),
        ("'a'", "\\(aqa\\(aq"),
        ("a\\b", "a\\eb"),
        ("`x` ^", "\\(gax\\(ga \\(ha"),
    ],
)
def test_what_roff_would_obey_is_escaped(text: str, roff: str) -> None:
    assert escaped(text) == roff


def test_what_keeps_its_lines_in_help_keeps_them_here() -> None:
    formatter = Roff()
    formatter.write_text("one\ntwo\n\n\b\na  1\nb  2\n\nthree")

    assert formatter.getvalue() == "one two\n.PP\n.nf\na  1\nb  2\n.fi\n.PP\nthree\n"


def test_it_is_a_formatter_for_every_command() -> None:
    @click.command()
    @click.option("--deep", help="How deep.")
    def command(deep: str) -> None:
        """Dig."""

    formatter = Roff()
    command.format_help(click.Context(command, info_name="dig"), formatter)

    assert formatter.getvalue().startswith(".PP\n.B dig\n[OPTIONS]\n")
    assert ".TP\n.B \\-\\-deep TEXT\nHow deep.\n" in formatter.getvalue()
