"""Initial sequence numbers that can be guessed are told from those that cannot."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tcpchaos.oracle import Oracle
from tcpchaos.oracle.numbering import predictable
from tcpchaos.trace import Side
from tcpchaos.wire import SYN, build

SCATTERED = [pow(3, 40 + n, 2**32 - 5) for n in range(40)]


@pytest.mark.parametrize(
    ("numbers", "words"),
    [
        ([2**32 - 128_000 + 64_000 * n for n in range(9)], "each 64000 after"),
        ([n * 2**30 + 7 for n in range(9)], "each 1073741824 after"),
        ([1000 + n * n for n in range(9)], "none more than 15"),
        ([*SCATTERED[:20], *[5] * 4], "5 for 4 connections"),
    ],
)
def test_numbers_that_can_be_guessed(numbers: list[int], words: str) -> None:
    breach = predictable([number % 2**32 for number in numbers])
    assert breach is not None
    assert words in breach.observed


@pytest.mark.parametrize("numbers", [[], [5], [5] * 3, [1, 2, 3], SCATTERED])
def test_numbers_that_tell_nothing(numbers: list[int]) -> None:
    assert predictable(numbers) is None


@given(st.lists(st.integers(0, 2**32 - 1), max_size=40, unique=True), st.integers(0, 2**31))
def test_a_jump_breaks_a_row(numbers: list[int], jump: int) -> None:
    row = [1000 * n for n in range(9)]
    assert predictable(row) is not None
    broken = [*row[:4], (row[4] + 2**31 - jump // 2) % 2**32, *row[5:]]
    assert predictable(broken) is None


def test_the_oracle_blames_the_side_that_chose_them() -> None:
    oracle = Oracle()
    for n in range(12):
        syn = build(
            src=b"\xc0\x00\x02\x01", dst=b"\xc0\x00\x02\x02", sport=40_000 + n, dport=80, seq=64_000 * n, flags=SYN
        )
        oracle.passed(oracle.connection(Side.CLIENT, syn), Side.CLIENT, syn, n, 2 * n + 1)
    findings = oracle.verdict().findings
    assert [(finding.rule, finding.blame) for finding in findings] == [("HS-16", Side.CLIENT)]
