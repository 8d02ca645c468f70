"""`tcpchaos export`."""

import ast
from pathlib import Path
from typing import Any

import pytest

from tcpchaos.corpus.captured import import_capture
from tcpchaos.corpus.case import Case, Violates, encode
from tcpchaos.corpus.store import save
from tests.report.exports.grammar import check

CASE = Case(title="Lost", plan=("client data#1: drop",))
BLAMED = Case(title="Found", plan=("server syn-ack#1: ack+=9",), expect=Violates(rule="HS-34", blame="client"))


@pytest.fixture
def corpus(tmp_path: Path) -> Path:
    """A project with two cases, one of them about the client."""
    save(CASE, tmp_path / "corpus" / "pack")
    save(BLAMED, tmp_path / "corpus" / "pack")
    return tmp_path


def test_scripts_are_printed(invoke: Any, corpus: Path) -> None:
    def exported(name: str, *arguments: str) -> str:
        result = invoke("export", name, "--project", corpus, "--backend", "sim", *arguments)
        assert (result.exit_code, result.stderr) == (0, "")
        return str(result.stdout)

    assert exported("lost", "--to", "json") == encode(CASE).decode()
    assert check(exported("lost", "--to", "packetdrill")) > 10
    assert "The client is the endpoint under test" in exported("found", "--to", "packetdrill")
    assert "The server is the endpoint under test" in exported("found", "--to", "packetdrill", "--side", "server")
    ast.parse(exported("lost", "--to", "pytest"))
    assert "    python3 FILE HOST PORT [SOURCE]\n" in exported("lost", "--to", "scapy")


def test_they_are_written_where_one_says(invoke: Any, corpus: Path) -> None:
    file = corpus / "lost.py"

    assert invoke("export", "lost", "--to", "scapy", "-o", file, "--project", corpus, "--backend", "sim").stdout == ""
    assert "    python3 lost.py HOST PORT [SOURCE]\n" in file.read_text()


def test_a_capture_has_the_plan_in_it_and_is_the_same_each_time(invoke: Any, corpus: Path) -> None:
    files = [corpus / "1.pcapng", corpus / "2.pcapng"]
    for file in files:
        done = invoke("export", "lost", "--to", "pcapng", "-o", file, "--project", corpus, "--backend", "sim")
        assert done.exit_code == 0

    assert import_capture(files[0]).case.plan == CASE.plan
    assert files[0].read_bytes() == files[1].read_bytes()


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["lsot", "--to", "json"], "no case or folder is called lsot; did you mean lost?"),
        (["pack", "--to", "json"], "pack is a folder with 2 cases; one at a time can be exported"),
        (["lost", "--to", "wireshark"], "'wireshark' is not one of"),
        (["lost"], "missing option '--to'"),
        (["lost", "--to", "pcapng"], "a capture is no text; say where to write it (-o FILE)"),
        (["lost", "--to", "pcapng", "-o", "/nowhere/x"], "-o /nowhere/x: there is no directory /nowhere"),
        (["lost", "--to", "json", "-o", "/nowhere/x"], "-o /nowhere/x: there is no directory /nowhere"),
        (["found", "--to", "scapy"], "scapy's script plays the client, and this is about the client"),
    ],
)
def test_mistakes_are_told(invoke: Any, corpus: Path, arguments: list[str], told: str) -> None:
    result = invoke("export", "--project", corpus, "--backend", "sim", *arguments)

    assert (result.exit_code, result.stdout) == (2, "")
    assert told in result.stderr
