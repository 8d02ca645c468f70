"""Progress on stderr, where it is a terminal."""

import sys
from typing import Any

import pytest
import trio

from tcpchaos.backends.host import Broken
from tcpchaos.cli import progress
from tcpchaos.cli.progress import watched
from tcpchaos.run import RunConfig
from tcpchaos.trace import Trace


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
def test_an_environment_that_fails_is_told_as_that(show: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    async def run(config: RunConfig, *, trace: Trace) -> None:
        raise Broken("no lab", "make one")

    monkeypatch.setattr(sys.stderr, "isatty", lambda: True, raising=False)
    monkeypatch.setattr(progress, "run", run)
    with pytest.raises(Broken, match="no lab: make one"):
        trio.run(watched, RunConfig(), Trace(), show)
