"""What stands beside the figures of every measurement, and how they are held against others and to bars."""

import os
import time

import pytest

from tcpchaos.bench.record import Record, at_least, at_most, beside, processor
from tcpchaos.report.document import Figure


def test_it_tells_of_the_machine_before_and_of_the_time_until_all_was_measured(monkeypatch: pytest.MonkeyPatch) -> None:
    now = [5.0]
    monkeypatch.setattr(time, "monotonic", lambda: now[0])
    monkeypatch.setattr(os, "getloadavg", lambda: (0.25, 1.0, 1.0))
    begun = Record()
    monkeypatch.setattr(os, "getloadavg", lambda: (9.0, 1.0, 1.0))
    now[0] = 7.5
    figure = Figure(what="speed", of="ours", unit="1/s", value=2.0, samples=(2.0,), beside=())
    document = begun.document(quick=True, rounds=3, figures=[figure], bars=[at_least("speed", 2.0, 1.0)], plan=["x"])
    assert (document.machine.load, document.took_us, document.plan) == (0.25, 2_500_000, ("x",))
    assert (document.quick, document.rounds, document.figures) == (True, 3, (figure,))
    assert [bar.met for bar in document.bars] == [True]


def test_a_bar_is_met_where_it_is_reached() -> None:
    assert [at_least("x", figure, 2.0, "s").met for figure in (1.9, 2.0, 2.1)] == [False, True, True]
    assert [at_most("x", figure, 2.0, "s").met for figure in (1.9, 2.0, 2.1)] == [True, True, False]
    assert [(bar.at, bar.unit) for bar in (at_least("x", 1, 2, "s"), at_most("x", 1, 2))] == [
        ("least", "s"),
        ("most", ""),
    ]


def test_a_ratio_is_that_of_a_round_and_the_median_counts() -> None:
    other = beside("bridge", [10.0, 30.0, 200.0], [20.0, 40.0, 100.0])

    assert other.ratio == 0.75
    assert other.added == -10.0
    assert other.value == 40.0
    assert other.samples == (20.0, 40.0, 100.0)


def test_a_baseline_through_which_nothing_came_has_no_ratio() -> None:
    assert beside("scapy", [10.0], [0.0]).ratio == 0.0


def test_the_processor_has_the_name_that_the_kernel_gives_it() -> None:
    assert processor("processor\t: 0\nmodel name\t: Some CPU @ 3 GHz\n") == "Some CPU @ 3 GHz"
    assert processor("processor\t: 0\n") == ""
