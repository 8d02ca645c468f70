"""`tcpchaos bench`."""

from typing import Any

import pytest

from tcpchaos.backends.host import Broken
from tcpchaos.bench import comparison
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
