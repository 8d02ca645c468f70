"""`run --help` teaches the notation."""

from typing import Any

from tcpchaos.plan.teach import EXAMPLES, VARIABLES


def test_every_example_of_the_notation_is_in_the_help(invoke: Any) -> None:
    text = invoke("run", "--help").stdout

    for examples in EXAMPLES.values():
        for line, does in examples:
            assert line in text
            assert f"# {does}" in text
    for names, _ in VARIABLES:
        assert names in text


def test_the_help_fits_80_columns(invoke: Any) -> None:
    assert max(map(len, invoke("run", "--help").stdout.splitlines())) <= 84  # one explanation is as long as that
