"""The plan that options make; mistakes in it are tried with `tcpchaos run`."""

from pathlib import Path

import pytest

from tcpchaos.cli.group import Mistake
from tcpchaos.cli.plans import read_plan
from tcpchaos.plan.model import MAX_RULES


def test_the_rules_of_the_file_come_first_and_its_seed_counts_unless_another_is_given(tmp_path: Path) -> None:
    file = tmp_path / "faults.plan"
    file.write_text("seed 3\nclient syn#1: drop\n")

    plan = read_plan(("any data: drop 1%",), file, None)

    assert (plan.seed, [str(rule) for rule in plan.rules]) == (3, ["client syn#1: drop", "any data: drop 1%"])
    assert read_plan((), file, 4).seed == 4
    assert read_plan((), None, None).rules == ()


def test_plans_that_are_too_long_together_are_told(tmp_path: Path) -> None:
    file = tmp_path / "faults.plan"
    file.write_text("any any: drop\n" * MAX_RULES)

    with pytest.raises(Mistake, match="--plan and --fault: a plan has at most 4096 rules"):
        read_plan(("any data: drop 1%",), file, None)
