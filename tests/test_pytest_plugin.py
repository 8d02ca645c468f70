"""The pytest plugin, as a user's project sees it."""

import subprocess
import sys
from pathlib import Path
from typing import Final

import pytest

from tcpchaos.corpus.case import Case, Passes, Violates
from tcpchaos.corpus.store import save
from tcpchaos.sim.mutants import mutants

pytest_plugins = ["pytester"]

# Mutants enter their book when they are imported, and pytester forgets what is imported while it runs.
mutants()

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


def test_cases_are_played_together_and_each_has_its_own_result(pytester: pytest.Pytester) -> None:
    for number in range(1, 41):
        expect = FOUND.expect if number == 35 else Passes()
        plan = (f"client any#{number % 4 + 1}: delay {number}ms",)
        save(Case(title=f"case {number}", plan=plan, expect=expect), pytester.path)
    pytester.makepyfile("def test_between(): pass")

    result = pytester.runpytest(SIM, "-v")

    result.assert_outcomes(passed=40, failed=1)
    result.stdout.fnmatch_lines(["*::case 35 FAILED*"])


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


SAMPLE: Final = Path(__file__).parent / "testing" / "sample.py"


@pytest.mark.usefixtures("lab_or_skip")
def test_the_sample_project_passes_in_blocking_code_in_loops_and_under_hypothesis(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(SAMPLE.read_text())

    result = pytester.runpytest_subprocess("--junitxml=out.xml", "-W", "error", "--strict-markers")

    result.assert_outcomes(passed=4)
    report = Path("out.xml").read_text()
    assert '<property name="tcpchaos_plan" value="client data#1: drop"' in report
    assert '<property name="tcpchaos_outcome" value="pass"' in report
    assert '<property name="tcpchaos_faults" value="survivable"' in report


@pytest.mark.usefixtures("lab_or_skip")
def test_a_violation_fails_the_test_at_its_end_with_the_ladder(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(
        """
        import pytest

        @pytest.mark.tcpchaos(plan="client syn: mss=10", strict=True)
        def test_mine(tcpchaos_lab):
            with tcpchaos_lab.listen() as listening, tcpchaos_lab.connect():
                with listening.accept()[0] as served:
                    served.sendall(bytes(100))
        """
    )

    result = pytester.runpytest_subprocess("--junitxml=out.xml")

    result.assert_outcomes(passed=1, errors=1)
    result.stdout.fnmatch_lines(
        ["*ERROR at teardown of test_mine*", "*│── S 0:0(0) *", "*VIOLATION  The server broke OP-02*"]
    )
    assert '<property name="tcpchaos_findings" value="OP-02:server' in Path("out.xml").read_text()


@pytest.mark.usefixtures("lab_or_skip")
def test_a_test_that_fails_shows_what_passed_in_its_lab(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(
        """
        def test_mine(tcpchaos_lab):
            with tcpchaos_lab.listen(), tcpchaos_lab.connect():
                assert 1 == 2
        """
    )

    result = pytester.runpytest_subprocess()

    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["E*assert 1 == 2", "*- tcpchaos -*", "*│── S 0:0(0) *"])


@pytest.mark.parametrize(
    ("marker", "told"),
    [
        ('plan="client sny: drop"', "*did you mean syn?*"),
        ('plam="client syn: drop"', "*tcpchaos has no argument plam; did you mean plan?*"),
    ],
)
def test_a_wrong_marker_is_told_without_a_traceback(pytester: pytest.Pytester, marker: str, told: str) -> None:
    pytester.makepyfile(
        f"""
        import pytest

        @pytest.mark.tcpchaos({marker})
        def test_mine(tcpchaos_lab):
            pass
        """
    )

    result = pytester.runpytest_subprocess()

    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines([told])
    result.stdout.no_fnmatch_line("*Traceback*")


def test_the_marker_and_the_fixtures_are_told(pytester: pytest.Pytester) -> None:
    markers, fixtures = pytester.runpytest("--markers").outlines, pytester.runpytest("--fixtures").outlines

    assert any(line.startswith("@pytest.mark.tcpchaos(plan, *, server, family, mtu, strict): ") for line in markers)
    assert any(line.startswith("tcpchaos_proxy [session scope]") for line in fixtures)
    assert any(line.startswith("tcpchaos_lab ") for line in fixtures)
