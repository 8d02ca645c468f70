"""What is shipped: the wheel, made from the source archive, works in an environment where there is nothing else."""

import json
import subprocess
import sys
import venv
from collections.abc import Callable
from pathlib import Path

import jsonschema
import pytest

import tcpchaos
from tcpchaos.report.document import KINDS

ROOT = Path(tcpchaos.__file__).parent.parent

Run = Callable[..., str]

pytestmark = pytest.mark.xdist_group("packaging")  # what is built once is there for all


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An environment of its own with the wheel and what the wheel asks for."""
    folder = tmp_path_factory.mktemp("packaging")

    def call(*command: object, cwd: Path) -> None:
        done = subprocess.run(list(map(str, command)), cwd=cwd, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr

    call(sys.executable, "-m", "hatchling", "build", "-t", "sdist", "-d", folder, cwd=ROOT)
    (archive,) = folder.glob("*.tar.gz")
    call(sys.executable, "-m", "pip", "wheel", "-q", "--no-deps", "--no-build-isolation", archive, cwd=folder)
    (wheel,) = folder.glob("*.whl")
    venv.create(folder / "env", with_pip=True)
    call(folder / "env/bin/python", "-m", "pip", "install", "-q", wheel, cwd=folder)
    return folder / "env"


@pytest.fixture
def run(installed: Path, tmp_path: Path) -> Run:
    """Call a program of the environment, which must succeed, and return what it prints."""

    def call(program: str, *arguments: object) -> str:
        command = [str(installed / "bin" / program), *map(str, arguments)]
        done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=60, check=False)
        assert done.returncode == 0, done.stderr
        return done.stdout

    return call


def test_the_version_is_the_same_everywhere(run: Run) -> None:
    asked = "from importlib.metadata import version; print(version('tcpchaos'))"

    assert run("tcpchaos", "--version") == f"tcpchaos {tcpchaos.__version__}\n"
    assert run("python", "-m", "tcpchaos", "--version") == f"tcpchaos {tcpchaos.__version__}\n"
    assert run("python", "-c", asked) == f"{tcpchaos.__version__}\n"


def test_a_run_is_judged_drawn_and_told(run: Run, tmp_path: Path) -> None:
    asked = ("run", "--backend", "sim", "--fault", "client syn#1: drop")
    document = json.loads(run("tcpchaos", *asked, "--html", "run.html", "--pcapng", "run.pcapng", "--json"))

    jsonschema.validate(document, json.loads(run("tcpchaos", "schema", "run")))
    assert document["outcome"] == "pass"
    assert "</html>" in (tmp_path / "run.html").read_text()
    assert "PASS" in run("tcpchaos", "check", "run.pcapng")
    run("tcpchaos", "rules", "--diagram", "states.svg")


def test_everything_that_can_be_chosen_is_there(run: Run) -> None:
    assert [line.split()[0] for line in run("tcpchaos", "schema").splitlines()] == list(KINDS)
    assert "echo" in run("tcpchaos", "list", "workloads")
    assert run("tcpchaos", "list", "cases").strip()
    assert "SA-02" in run("tcpchaos", "rules", "SA-02")


def test_types_and_the_manual_are_shipped(installed: Path, run: Run) -> None:
    asked = "import importlib.resources as r; print(r.files('tcpchaos').joinpath('py.typed').is_file())"

    assert run("python", "-c", asked) == "True\n"
    assert (installed / "share/man/man1/tcpchaos.1").read_text().startswith('.TH TCPCHAOS 1 "" "tcpchaos ')
