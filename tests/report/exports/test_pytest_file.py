"""The test for pytest: it is Python, it makes the same case, and it runs."""

from pathlib import Path
from typing import Any

import pytest

from tcpchaos.corpus.case import Case, Violates
from tcpchaos.report.exports.pytest_file import pytest_file

pytest_plugins = ["pytester"]

HOLDS = Case(title="A lost segment is sent again", plan=("client data#1: drop",))
FULL = Case(
    title='It says "no"\\',
    about="A long story " * 30 + "\nin two lines.",
    workload="bulk-up",
    plan=tuple(f'client data#{number}: inject to server data "\\x00\\"" seq=rcv.nxt' for number in range(1, 9)),
    family=6,
    mtu=1400,
    sysctls={"net.ipv4.tcp_sack": "0"},
    expect=Violates(rule="SA-02", blame="server", states=("ESTABLISHED", "LISTEN")),
)


@pytest.mark.parametrize("case", [HOLDS, FULL])
def test_the_file_makes_the_same_case(case: Case) -> None:
    made: dict[str, Any] = {}

    exec(pytest_file(case, backend="sim"), made)

    assert made["CASE"] == case
    assert made["TARGET"].backend == "sim"


def test_the_file_runs_as_it_is(pytester: pytest.Pytester) -> None:
    wrong = Case(title="Nobody does that", expect=Violates(rule="SA-02", blame="server"))
    Path("test_holds.py").write_text(pytest_file(HOLDS, backend="sim"))
    Path("test_wrong.py").write_text(pytest_file(wrong, backend="sim"))

    result = pytester.runpytest_subprocess()

    result.assert_outcomes(passed=1, failed=1)
    result.stdout.fnmatch_lines(["*AssertionError: fixed: Nobody does that*", "*test_nobody_does_that*"])


def test_it_needs_no_formatter() -> None:
    text = pytest_file(HOLDS, backend="auto")

    assert text.startswith('"""A lost segment is sent again."""\n')
    assert '    title="A lost segment is sent again",\n    plan=("client data#1: drop",),\n)' in text
    assert max(map(len, pytest_file(FULL, backend="auto").splitlines())) <= 120
