"""Progress on stderr, where it is a terminal."""

import sys
from typing import Any

import pytest
import trio

from tcpchaos.cli.progress import accompanied, figures_text, watched
from tcpchaos.run import RunConfig
from tcpchaos.run.live import Figures, Live, LiveConfig
from tcpchaos.trace import Trace
from tests.run_.test_live import OPENING, Script


@pytest.mark.usefixtures("lab_or_skip")
@pytest.mark.parametrize("show", [False, True])
def test_a_run_is_the_same_with_and_without_progress(show: bool, monkeypatch: pytest.MonkeyPatch, capsys: Any) -> None:
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True, raising=False)
    monkeypatch.setenv("TERM", "xterm")

    result = trio.run(watched, RunConfig(play="keepalive"), Trace(), show)

    assert result.outcome == "pass"
    out, err = capsys.readouterr()
    assert out == ""
    assert ("keepalive: " in err or "getting ready" in err) is show


@pytest.mark.parametrize("show", [False, True])
def test_flows_are_the_same_with_and_without_figures(show: bool, monkeypatch: pytest.MonkeyPatch, capsys: Any) -> None:
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True, raising=False)
    monkeypatch.setenv("TERM", "xterm")
    live = Live(LiveConfig(flows="port 80", time_s=0.1), Script(*OPENING))

    assert trio.run(accompanied, live, "port 80", show).outcome == "pass"
    out, err = capsys.readouterr()
    assert out == ""
    assert ("getting ready" in err) is show


def test_figures_in_a_line() -> None:
    figures = Figures(took_us=12_300_000, segments=54_321, connections=40, open_now=3, fired=1, findings=0)
    assert figures_text(figures) == "12 s, 54,321 segments, 40 connections (3 open), 1 fault, 0 violations"
