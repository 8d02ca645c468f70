"""Figures stand beside their baselines of the same round, and bars are held to them."""

import json
from dataclasses import replace

import jsonschema
import pytest

from tcpchaos.bench.comparison import QUICK, compare
from tcpchaos.bench.middle import BASELINES, PROXIES
from tcpchaos.report.document import decode, encode, schema


async def test_each_figure_stands_beside_its_baselines_of_the_same_run(lab_or_skip: None) -> None:
    told: list[str] = []
    scale = replace(QUICK, seconds=0.05, segments=2000, connections=10)
    document = await compare(scale, told.append)

    jsonschema.validate(json.loads(encode(document)), schema("bench"))
    assert decode(encode(document)) == document
    figures = {(figure.what, figure.of): figure for figure in document.figures}
    for what in (
        "bulk transfer",
        "round trip of 64 octets, p50",
        "round trip of 64 octets, p99",
        "short connections, 8 at a time",
    ):
        for proxy in PROXIES:
            figure = figures[what, proxy]
            assert figure.value > 0
            assert [other.baseline for other in figure.beside] == list(BASELINES)
            for other in figure.beside:
                assert other.ratio == pytest.approx(figure.value / other.value)
    assert {of for what, of in figures if what == "processor time"} == {"1,000 open, one talks", "1,000 open, all talk"}
    assert any(what.startswith("memory of") for what, _ in figures)
    assert any(what.startswith("memory after") for what, _ in figures)
    assert len(document.bars) == 5
    assert all(
        bar.met is (bar.figure >= bar.limit if bar.at == "least" else bar.figure <= bar.limit) for bar in document.bars
    )
    assert len(told) == 10
