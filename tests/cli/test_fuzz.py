"""`tcpchaos fuzz`, as it is typed."""

import json
import shlex
import shutil
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from tcpchaos.cli.fuzz import strategies_of
from tcpchaos.corpus.project import builtin
from tcpchaos.corpus.replay import Target
from tcpchaos.report.document import schema
from tcpchaos.workloads import Commands, Exchange

README = Path(__file__).parents[2] / "README.md"
STRATEGY = '''"""Lost handshakes."""
from tcpchaos import search as chaos
workloads = ("handshake",)
plans = chaos.plans(chaos.rules(chaos.selectors("client syn", "any ack"), chaos.actions("drop"), chaos.edits()))
'''


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "strategies").mkdir()
    (tmp_path / "strategies" / "lost.py").write_text(STRATEGY)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_a_mutant_is_found_and_saved_and_its_case_replays(invoke: Any, project: Path) -> None:
    result = invoke("fuzz", "lost", "--backend", "sim", "--server", "sim:fin-without-ack", "--cases", 2, "--json")

    assert result.exit_code == 1
    document = json.loads(result.stdout)
    jsonschema.Draft202012Validator(schema("fuzz")).validate(document)
    assert "FL-03" in {bug["rule"] for bug in document["findings"]}
    assert all(Path(file).parent == Path("corpus/found") for file in document["saved"])
    file = next(each for each in document["saved"] if "fl-03" in each)
    again = invoke("replay", file, "--backend", "sim", "--server", "sim:fin-without-ack")
    assert again.exit_code == 0


def test_a_campaign_is_drawn_then_and_later(invoke: Any, project: Path) -> None:
    asked = ("fuzz", "lost", "--backend", "sim", "--cases", 2, "--no-save")
    Path("fuzz.json").write_text(invoke(*asked, "--json", "--html", "then.html").stdout)
    invoke("report", "fuzz.json", "--html", "later.html")

    assert Path("then.html").read_text() == Path("later.html").read_text()
    assert "States of both endpoints" in Path("then.html").read_text()
    assert "PASS  Both endpoints kept to the law in 2 cases." in invoke("report", "fuzz.json").stdout


def test_sound_endpoints_pass_and_nothing_is_saved(invoke: Any, project: Path) -> None:
    result = invoke("fuzz", "--project", project, "lost", "--backend", "sim", "--cases", 2, "-w", "handshake")

    assert result.exit_code == 0
    assert "PASS  Both endpoints kept to the law in 2 cases." in result.stdout
    assert not (project / "corpus").exists()


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["losst"], "no strategy is called losst; did you mean lost?"),
        (["--shard", "4/3"], "--shard 4/3: there is no part 4 of 3: write 1/3 to 3/3"),
        (["--shard", "x"], "--shard x: expected K/N, such as 3/16"),
        (["-w", "ecko"], "--workload: no workload is called ecko: did you mean echo?"),
        (["--server", "s", "--expect", "x", "-w", "echo"], "--workload and --server/--client exclude each other"),
        (["--server", "s", "--expect", "x", "--backend", "sim"], "--backend sim has no kernel for programs"),
        (["--project", "strategies"], "there is no strategies/ and no corpus/ in it"),
    ],
)
def test_mistakes_are_told(invoke: Any, project: Path, arguments: list[str], said: str) -> None:
    result = invoke("fuzz", *arguments)
    assert (result.exit_code, result.stdout) == (2, "")
    assert said in result.stderr


def test_a_broken_strategy_is_told_with_its_line(invoke: Any, project: Path) -> None:
    (project / "strategies" / "broken.py").write_text('"""x"""\nplans = 3\n')
    result = invoke("fuzz", "broken")
    assert result.exit_code == 2
    assert "broken.py, line 2: plans is a int and no strategy" in result.stderr


def test_what_is_enumerated_is_a_scorecard(invoke: Any, project: Path) -> None:
    result = invoke("fuzz", "matrix", "--backend", "sim", "--cases", 20, "--no-save")

    assert result.exit_code == 0
    assert "client  sim, 20 cells: " in result.stdout
    assert "CLOSED " in result.stdout


def test_states_that_only_workloads_of_ours_reach_are_enumerated_for_programs_by_name_alone() -> None:
    programs = Target(play=Commands(server="s", client=Exchange(send=b"x", expect="y")))

    everything, most = (strategies_of((), [builtin()], target) for target in (Target(play="echo"), programs))

    assert {each.name for each in everything} - {each.name for each in most} == {"matrix"}
    assert [each.name for each in strategies_of(("matrix",), [builtin()], programs)] == ["matrix"]


@pytest.mark.usefixtures("lab_or_skip")
@pytest.mark.skipif(not shutil.which("redis-server"), reason="needs redis-server")
def test_the_line_in_the_readme_plays_against_redis(process: Any, tmp_path: Path) -> None:
    [line] = [line for line in README.read_text().splitlines() if line.startswith("    tcpchaos fuzz --server 'redis")]
    words = shlex.split(line)[1:]
    (tmp_path / words[words.index("--send") + 1]).write_bytes(b"PING\r\n")

    ended = process(*words, "--cases", 20, "--no-save", "--json", cwd=tmp_path)

    assert (ended.returncode, json.loads(ended.stdout)["outcome"]) == (0, "pass"), ended.stderr
    assert [each.name for each in tmp_path.iterdir()] == ["ping"]
