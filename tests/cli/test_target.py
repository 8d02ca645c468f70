"""Whom something is played against."""

import pytest

from tcpchaos.cli.group import Mistake
from tcpchaos.cli.target import programs, simulated_ones
from tcpchaos.sim.mutants import mutants
from tcpchaos.workloads import Commands

MUTANT = next(iter(mutants()))


def test_what_is_simulated_is_told_from_what_is_a_program() -> None:
    assert simulated_ones(None, "sim") == ("", "sim")
    assert simulated_ones(f"sim:{MUTANT}", "nginx") == (f"sim:{MUTANT}", "")
    with pytest.raises(Mistake, match="--client sim:nobody: no broken endpoint is called nobody"):
        simulated_ones("sim:nobody", None)


def test_programs_come_in_pairs_that_can_be_read() -> None:
    assert programs("c", "s") == Commands(server="s", client="c")
    with pytest.raises(Mistake, match="--server CMD is missing"):
        programs("c", None)
    with pytest.raises(Mistake, match="no closing quotation"):
        programs("c", "s 'x")
