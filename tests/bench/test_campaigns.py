"""How many cases a campaign plays in a second."""

import json

import jsonschema
import pytest

from tcpchaos.bench.campaigns import LEAST_IN_LAB, LEAST_SIMULATED, Scale, campaigns
from tcpchaos.bench.text import lines
from tcpchaos.report.document import encode, schema


@pytest.mark.usefixtures("lab_or_skip")
async def test_both_kinds_are_measured_beside_cases_one_by_one() -> None:
    told: list[str] = []

    document = await campaigns(Scale(rounds=1, seconds=1.5), told.append)

    jsonschema.Draft202012Validator(schema("bench")).validate(json.loads(encode(document)))
    assert [figure.what for figure in document.figures] == [
        "the handshake campaign between two kernels",
        "the handshake campaign between simulated endpoints",
    ]
    assert all(figure.beside[0].value > 0 for figure in document.figures)
    assert [bar.limit for bar in document.bars] == [LEAST_IN_LAB, LEAST_SIMULATED]
    assert all(bar.met == (bar.figure >= bar.limit) for bar in document.bars)
    assert len(told) == 4
    assert any("cases/s" in str(line) for line in lines(document))
