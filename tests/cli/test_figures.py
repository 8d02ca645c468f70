"""What a watch over flows shows while it lasts."""

import sys
from functools import partial
from typing import Any

import pytest
import trio
import trio.testing

from tcpchaos.cli import figures as module
from tcpchaos.cli.figures import LINE_S, Display, Tell, accompanied, figures_text
from tcpchaos.run.live import Figures, Live, LiveConfig
from tests.run_.test_live import DATA, OPENING, WILD, Script


def shown(capsys: Any, *said: Any, show: bool = True, time_s: float = 0.1) -> str:
    """What a watch shows on stderr, in virtual time."""
    live = Live(LiveConfig(flows="port 80", time_s=time_s), Script(*said))
    with Display("tcpchaos attach", show=show) as display:
        trio.run(accompanied, live, "port 80", display, clock=trio.testing.MockClock(autojump_threshold=0))
    out, err = capsys.readouterr()
    assert out == ""
    assert isinstance(err, str)
    return err


@pytest.mark.parametrize("show", [False, True])
def test_on_a_terminal_it_is_a_line_that_changes(show: bool, monkeypatch: pytest.MonkeyPatch, capsys: Any) -> None:
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True, raising=False)
    monkeypatch.setenv("TERM", "xterm")
    err = shown(capsys, *OPENING, WILD, show=show, time_s=1.0)
    assert ("getting ready" in err) is show
    assert ("tcpchaos attach: SA-02: the server, connection 1, #7: " in err) is show


def test_elsewhere_there_are_lines_while_anything_passes(capsys: Any) -> None:
    err = shown(capsys, *OPENING, DATA, time_s=5 * LINE_S)
    assert err == "tcpchaos attach: 10 s, 4 segments (0 a second), 1 connection (1 open), 0 faults, 0 violations\n"


def test_only_so_many_findings_are_told(monkeypatch: pytest.MonkeyPatch, capsys: Any) -> None:
    monkeypatch.setattr(module, "FINDINGS_TOLD", 1)
    lines = shown(capsys, *OPENING, WILD, (WILD[0], "SF. 1:1(0) ack 1 win 1000"), time_s=1.0).splitlines()
    assert len(lines) == 2
    assert lines[1] == "tcpchaos attach: further findings stand in the verdict"


def test_companions_are_told_when_it_begins_and_cancelled_when_it_ends(capsys: Any) -> None:
    async def companion(live: Live, tell: Tell) -> None:
        tell(f"beside {live.flows}")
        await trio.sleep_forever()

    live = Live(LiveConfig(flows="port 80", time_s=0.1), Script(*OPENING))
    with Display("tcpchaos bridge", show=True) as display:
        trio.run(partial(accompanied, live, "port 80", display, [companion]))
    assert capsys.readouterr().err == "tcpchaos bridge: beside port 80\n"


def test_figures_in_a_line() -> None:
    before = Figures(took_us=10_000_000, segments=50_000, connections=39, open_now=3, fired=0, findings=0)
    now = Figures(took_us=12_000_000, segments=54_321, connections=40, open_now=3, fired=1, findings=0)
    told = "12 s, 54,321 segments (2,160 a second), 40 connections (3 open), 1 fault, 0 violations"
    assert figures_text(now, before) == told
