"""Nobody is taught what does not work."""

import pytest

from tcpchaos.plan import parse
from tcpchaos.plan.action_reader import ACTION_WORDS
from tcpchaos.plan.expr import Variable
from tcpchaos.plan.teach import EXAMPLES, VARIABLES, Example, lines

ALL = [example for examples in EXAMPLES.values() for example in examples]


@pytest.mark.parametrize("example", ALL, ids=[example.line for example in ALL])
def test_every_example_is_a_plan_written_the_canonical_way(example: Example) -> None:
    assert str(parse(example.line)) == example.line


def test_all_of_them_together_are_one_plan_with_their_comments() -> None:
    assert len(parse("\n".join(f"{line}  # {does}" for line, does in ALL)).rules) == len(ALL) - 1


def test_every_action_and_variable_is_taught() -> None:
    taught = "\n".join(lines())
    missing = [word for word in ACTION_WORDS if word not in taught]
    assert missing == []
    assert {name for names, _ in VARIABLES for name in names.split()} == set(Variable)


def test_the_text_is_lines_that_fit_a_wide_terminal() -> None:
    for line in lines():
        assert "\n" not in line
        assert len(line) <= 140
