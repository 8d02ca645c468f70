"""The pytest plugin, as a user's project sees it."""

import subprocess
import sys
from pathlib import Path
from typing import Final

import pytest

from tcpchaos.corpus.case import Case, Violates
from tcpchaos.corpus.store import save

pytest_plugins = ["pytester"]

MUTANT: Final = "--tcpchaos-server=sim:scales-unasked"
SIM: Final = "--tcpchaos-backend=sim"
HOLDS: Final = Case(title="A lost segment is sent again", plan=("client data#1: drop",))
FOUND: Final = Case(
    title="Scaling is offered unasked",
    about="It must not be.",
    plan=("client syn: remove wscale", "client rst#5: drop"),
    expect=Violates(rule="HS-20", blame="server"),
)


@pytest.fixture
def corpus(pytester: pytest.Pytester) -> Path:
    """A project's corpus with two cases, beside JSON that is none."""
    folder = pytester.mkdir("corpus")
    save(HOLDS, folder)
    save(FOUND, folder)
    (folder / "package.json").write_text('{"name": "tcpchaos"}')
    (folder / "run.json").write_text('{"tcpchaos": "run/1"}')
    return folder


def test_cases_are_tests_that_pass_where_they_say_the_truth(pytester: pytest.Pytester, corpus: Path) -> None:
    result = pytester.runpytest(SIM, MUTANT, "-v", "-k", "unasked")

    result.assert_outcomes(passed=1, deselected=1)
    result.stdout.fnmatch_lines([f"corpus/{FOUND.file_name}::Scaling is offered unasked PASSED*"])


def test_one_that_fails_tells_the_whole_story(pytester: pytest.Pytester, corpus: Path) -> None:
    result = pytester.runpytest(SIM, "--tcpchaos-times=2", "--junitxml=out.xml")

    result.assert_outcomes(passed=1, failed=1)
    result.stdout.fnmatch_lines(
        [
            "*Scaling is offered unasked*",
            "fixed: Scaling is offered unasked",
            "  about     It must not be.",
            "  plan      client syn: remove wscale",
            "            client rst#5: drop",
            "  expected  server breaks HS-20",
            "  found     not any more: server breaks HS-20",
            "  idle      client rst#5: drop",
            "*│── S 0:0(0) win *wscale 7> ──◇ remove wscale (rule 1)*",
            "PASS *",
        ]
    )
    assert 'name="tcpchaos_status" value="fixed"' in Path("out.xml").read_text()


def test_one_that_means_nothing_here_is_skipped(pytester: pytest.Pytester) -> None:
    save(Case(title="Needs a kernel", sysctls={"net.ipv4.tcp_sack": "0"}), pytester.path)

    result = pytester.runpytest(SIM, "-rs")

    result.assert_outcomes(skipped=1)
    result.stdout.fnmatch_lines(["SKIPPED*its sysctls need a kernel"])


@pytest.mark.usefixtures("lab_or_skip")
def test_without_an_option_it_is_played_between_two_kernels(pytester: pytest.Pytester) -> None:
    save(HOLDS, pytester.path)

    pytester.runpytest_subprocess().assert_outcomes(passed=1)


def test_a_file_that_is_no_case_is_an_error_of_the_collection(pytester: pytest.Pytester) -> None:
    (pytester.path / "wrong.json").write_text('{"tcpchaos": "case/1", "titel": "x"}')

    result = pytester.runpytest()

    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(["*wrong.json: $: there is no key titel; did you mean title?"])


def test_a_wrong_target_is_wrong_usage(pytester: pytest.Pytester, corpus: Path) -> None:
    result = pytester.runpytest("--tcpchaos-server=sim:nobody")

    result.stdout.fnmatch_lines(["*--server sim:nobody: no broken endpoint is called nobody*"])
    assert result.ret != 0


def test_where_it_is_not_used_it_imports_nothing_and_says_nothing(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(
        """
        import sys

        def test_one():
            assert [name for name in sys.modules if name.startswith("tcpchaos.")] == ["tcpchaos.pytest_plugin"]
            assert not {"trio", "hypothesis", "msgspec", "rich"} & set(sys.modules)
        """
    )
    (pytester.path / "data.json").write_text("[1, 2]")
    (pytester.path / "torn.json").write_bytes(b"\xff{")

    result = pytester.runpytest_subprocess("-p", "no:hypothesispytest")

    result.assert_outcomes(passed=1)
    result.stdout.no_fnmatch_line("*case*")
    assert result.errlines == []


def test_it_is_imported_without_anything_that_pytest_has_not_imported() -> None:
    command = (
        "import sys, pytest; before = set(sys.modules); import tcpchaos.pytest_plugin;"
        "print(*sorted(set(sys.modules) - before))"
    )

    done = subprocess.run([sys.executable, "-c", command], capture_output=True, text=True, check=True)

    assert done.stdout.split() == ["tcpchaos", "tcpchaos.pytest_plugin"]
