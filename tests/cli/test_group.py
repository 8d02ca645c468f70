"""How commands are found, how mistakes are told, what the exit codes say."""

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

import tcpchaos
from tcpchaos.cli.group import COMMANDS, MISUSED, PIPE_CLOSED, _fitted

HEAVY = ("trio", "rich", "scapy", "pyroute2", "msgspec", "tcpchaos.wire", "tcpchaos.plan")


def test_version(invoke: Any) -> None:
    result = invoke("--version")

    assert (result.exit_code, result.stdout) == (0, f"tcpchaos {tcpchaos.__version__}\n")


@pytest.mark.parametrize("arguments", [["--version"], ["--help"]])
def test_what_answers_at_once_imports_nothing_heavy(arguments: list[str]) -> None:
    code = (
        "import sys\nfrom tcpchaos.cli import main\nsys.argv = ['tcpchaos', *sys.argv[1:]]\n"
        "try:\n    main()\nexcept SystemExit:\n    print(*sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code, *arguments], capture_output=True, text=True, check=True)

    assert not set(HEAVY) & set(done.stdout.splitlines()[-1].split())


def test_help_names_every_command(invoke: Any) -> None:
    result = invoke("--help")

    assert result.exit_code == 0
    for name in ("run", "check", "rules", "list", "doctor", "schema"):
        assert COMMANDS[name][1].split()[0] in result.stdout


def test_help_fits_a_terminal(invoke: Any) -> None:
    lines = invoke("--help").stdout.splitlines()

    assert max(map(len, lines)) <= 80
    # Each command has one line.
    assert len(lines[lines.index("Commands:") + 1 :]) == len(COMMANDS)


@pytest.mark.parametrize("name", COMMANDS)
def test_help_says_what_a_value_is_and_not_how_it_is_checked(invoke: Any, name: str) -> None:
    assert "INTEGER" not in invoke(name, "--help").stdout


def test_no_command_at_all_is_help_and_a_mistake(invoke: Any) -> None:
    result = invoke()

    assert result.exit_code == MISUSED
    assert "Commands:" in result.stdout


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["rnu"], "tcpchaos: no command is called rnu; did you mean run?\n"),
        (["run", "--mtux", "9"], "tcpchaos run: no such option '--mtux'"),
        (["run", "--port", "70000"], "tcpchaos run: invalid value for '--port': 70000 is not in the range 0<=x<=65535"),
        (["fuzz", "--html"], "tcpchaos fuzz: option '--html' requires an argument\nsee `tcpchaos fuzz --help`\n"),
        (["fuzz", "--no-save=1"], "tcpchaos fuzz: option '--no-save' does not take a value"),
        (["--nope"], "tcpchaos: no such option '--nope'\nsee `tcpchaos --help`\n"),
        (["check"], "tcpchaos check: missing argument 'FILE'\nsee `tcpchaos check --help`\n"),
        (
            ["list", "mutants", "more"],
            "tcpchaos list: got unexpected extra argument (more)\nsee `tcpchaos list --help`\n",
        ),
    ],
)
def test_mistakes_have_one_voice(invoke: Any, arguments: list[str], told: str) -> None:
    result = invoke(*arguments)

    assert result.exit_code == MISUSED
    assert result.stdout == ""
    assert result.stderr.startswith(told)
    assert "Traceback" not in result.stderr


def test_an_unknown_command_that_resembles_none_gets_the_list(invoke: Any) -> None:
    assert "there are run, fuzz, check, " in invoke("zzzzzz").stderr


def test_a_reader_that_goes_away_ends_it_quietly() -> None:
    command = f"{sys.executable} -m tcpchaos schema run | true; echo ${{PIPESTATUS[0]}}"
    done = subprocess.run(["bash", "-c", command], capture_output=True, text=True, check=False)

    assert int(done.stdout) in (0, PIPE_CLOSED)  # 0 where everything was written before the reader left
    assert done.stderr == ""


def test_python_dash_m_is_the_same_command(process: Any) -> None:
    done = process("--version")

    assert (done.returncode, done.stdout) == (0, f"tcpchaos {tcpchaos.__version__}\n")


def test_on_a_terminal_mistakes_are_broken_between_words_and_what_points_stays() -> None:
    message = "tcpchaos run: sny is not a kind of segment; did you mean syn?\n    client sny: drop\n           ^^^"

    assert list(_fitted(message, 41)) == [
        "tcpchaos run: sny is not a kind of",
        "segment; did you mean syn?",
        "    client sny: drop",
        "           ^^^",
    ]


def test_nothing_is_left_where_somebody_stands(tmp_path: Path, process: Any) -> None:
    (stand := tmp_path / "here").mkdir()
    for home in (tmp_path / "home", "/dev/null/nowhere"):
        environment = {**os.environ, "HOME": str(home), "XDG_CACHE_HOME": ""}
        done = process("fuzz", "handshake", "--backend", "sim", "--cases", "1", cwd=stand, env=environment)
        assert done.returncode == 0, done.stderr

    assert list(stand.iterdir()) == []
