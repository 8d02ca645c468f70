"""The strategy in the README, which people copy, is one."""

from pathlib import Path
from textwrap import dedent
from typing import Final

from tcpchaos.search.files import load
from tcpchaos.search.matrix import FLAGS, POSITIONS, cells

README: Final = Path(__file__).parents[2] / "README.md"


def test_the_strategy_in_the_readme_keeps_to_the_contract(tmp_path: Path) -> None:
    section = README.read_text().partition("## Strategies")[2].partition("\n## ")[0]
    block = "\n".join(line for line in section.splitlines() if line.startswith("    ") or not line)
    file = tmp_path / "hanging_ends.py"
    file.write_text(dedent(block).strip())

    strategy = load(file)

    assert strategy.sentence == "Loses what ends a connection, because that is where ours hang."
    assert strategy.workloads == ("echo", "half-close-client")


def test_the_figures_in_the_readme_are_those_of_the_matrix() -> None:
    half = len(POSITIONS) // 2
    said = f"{len(FLAGS)} sets of flags, at {half} positions of seq and {half} of ack: {len(list(cells()))} segments"

    assert said in README.read_text()
