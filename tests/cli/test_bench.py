"""`tcpchaos bench`."""

from pathlib import Path
from typing import Any

import pytest

from tcpchaos.backends.host import Broken
from tcpchaos.bench import bridging, comparison, offline
from tcpchaos.bench.comparison import QUICK, Scale
from tcpchaos.report.document import Bench, Machine, decode

HERE = Machine(kernel="linux 6.18", processor="", cores=2, python="CPython 3.11.2", load=0.0)


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[Scale]:
    """Measure nothing; the list says how long it would have been measured."""
    scales: list[Scale] = []

    async def compare(scale: Scale, tell: comparison.Tell) -> Bench:
        scales.append(scale)
        tell("measuring nothing")
        return Bench(
            version="0",
            machine=HERE,
            quick=scale.quick,
            rounds=scale.rounds,
            took_us=0,
            plan=(),
            figures=(),
            bars=(),
        )

    monkeypatch.setattr(comparison, "compare", compare)
    return scales


def test_it_prints_what_was_measured_and_tells_of_its_progress_elsewhere(invoke: Any, asked: list[Scale]) -> None:
    result = invoke("bench")

    assert result.exit_code == 0
    assert result.stdout.startswith("linux 6.18")
    assert result.stderr == "measuring nothing\n"
    assert asked == [Scale()]


def test_it_prints_one_document(invoke: Any, asked: list[Scale]) -> None:
    document = decode(invoke("bench", "--quick", "--rounds", "2", "--json").stdout)

    assert isinstance(document, Bench)
    assert document.quick
    assert document.rounds == 2
    assert asked[0].seconds == QUICK.seconds


def test_an_environment_that_fails_is_told_with_its_remedy(invoke: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    async def compare(scale: Scale, tell: comparison.Tell) -> Bench:
        raise Broken("no bridge", "load one")

    monkeypatch.setattr(comparison, "compare", compare)
    result = invoke("bench")

    assert result.exit_code == 3
    assert "no bridge; load one" in result.stderr


def test_a_capture_is_measured_without_a_lab(invoke: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    def measured(path: Path, rounds: int, tell: comparison.Tell) -> Bench:
        tell(path.name)
        return Bench(version="0", machine=HERE, quick=False, rounds=rounds, took_us=0, plan=(), figures=(), bars=())

    monkeypatch.setattr(offline, "offline", measured)
    path = tmp_path / "a.pcap"
    path.write_bytes(b"")
    result = invoke("bench", "--offline", path, "--json")

    document = decode(result.stdout)
    assert isinstance(document, Bench)
    assert document.rounds == offline.ROUNDS
    assert result.stderr == "a.pcap\n"


def test_what_is_no_capture_is_a_mistake(invoke: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    def refused(path: Path, rounds: int, tell: comparison.Tell) -> Bench:
        raise offline.UnreadableError("it is empty")

    monkeypatch.setattr(offline, "offline", refused)
    path = tmp_path / "a.pcap"
    path.write_bytes(b"")
    result = invoke("bench", "--offline", path)

    assert (result.exit_code, result.stderr) == (2, "tcpchaos bench: it is empty\n")
    assert invoke("bench", "--offline", tmp_path / "nothing").exit_code == 2


def test_a_bridge_is_measured_beside_the_kernels(invoke: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    async def measured(scale: bridging.Scale, tell: comparison.Tell) -> Bench:
        tell("measuring nothing")
        return Bench(
            version="0", machine=HERE, quick=False, rounds=scale.rounds, took_us=0, plan=(), figures=(), bars=()
        )

    monkeypatch.setattr(bridging, "bridging", measured)
    result = invoke("bench", "--bridge", "--rounds", "7", "--json")

    document = decode(result.stdout)
    assert isinstance(document, Bench)
    assert (document.rounds, result.stderr) == (7, "measuring nothing\n")


def test_one_thing_is_measured_at_a_time(invoke: Any) -> None:
    result = invoke("bench", "--bridge", "--campaigns")

    assert (result.exit_code, result.stdout) == (2, "")
    assert "--offline, --campaigns and --bridge exclude each other: name one of them" in result.stderr
