"""Traffic outside any plan through the bridge, beside the kernel's: figures and bars, and no speed is demanded here."""

import json

import jsonschema
import pytest

from tcpchaos.bench.bridging import LEAST_OF_BRIDGE, Scale, Way, bridging
from tcpchaos.report.document import encode, schema


@pytest.mark.usefixtures("lab_or_skip")
async def test_both_ways_of_ours_stand_beside_the_kernels() -> None:
    told: list[str] = []

    document = await bridging(Scale(rounds=1, seconds=0.1), told.append)

    jsonschema.Draft202012Validator(schema("bench")).validate(json.loads(encode(document)))
    assert [figure.of for figure in document.figures] == [Way.OTHERS, Way.IDLE]
    for figure in document.figures:
        (other,) = figure.beside
        assert other.baseline == Way.KERNEL
        assert figure.value > 0
        assert other.ratio == pytest.approx(figure.value / other.value)
    assert [bar.limit for bar in document.bars] == [LEAST_OF_BRIDGE] * 2
    assert all(bar.met == (bar.figure >= bar.limit) for bar in document.bars)
    assert len(told) == 3
