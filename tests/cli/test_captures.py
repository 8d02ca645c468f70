"""A capture beside a command: none where none is asked for, and none of it left where the environment fails."""

from pathlib import Path

import pytest

from tcpchaos.backends.host import Broken
from tcpchaos.cli.captures import captured, comment
from tcpchaos.cli.group import Mistake
from tcpchaos.plan import parse
from tcpchaos.report.commentary import commentary
from tcpchaos.report.outcome import ran
from tcpchaos.report.pcapng import CapturedTrace
from tcpchaos.run import RunConfig, run_simulated


def test_a_trace_writes_what_it_is_told_only_where_a_file_is_asked_for(tmp_path: Path) -> None:
    path = tmp_path / "run.pcapng"

    with captured(None, "linux") as trace:
        assert not isinstance(trace, CapturedTrace)
    with captured(path, "linux") as trace:
        assert isinstance(trace, CapturedTrace)

    assert path.read_bytes()[:4] == b"\x0a\x0d\x0d\x0a"


def test_what_was_found_stands_beside_the_packets(tmp_path: Path) -> None:
    document = ran(run_simulated(RunConfig(plan=parse("client syn#1: drop"), backend="sim")))

    with captured(tmp_path / "run.pcapng", "sim") as trace:
        comment(trace, document)
    with captured(None, "sim") as other:
        comment(other, document)

    assert isinstance(trace, CapturedTrace)
    assert trace.commentary == commentary(document)
    assert list(tmp_path.iterdir()) == [tmp_path / "run.pcapng"]


def test_where_the_environment_fails_no_file_is_left(tmp_path: Path) -> None:
    with pytest.raises(Broken), captured(tmp_path / "run.pcapng", "linux"):
        raise Broken("something", "get it")

    assert list(tmp_path.iterdir()) == []


def test_a_file_that_can_t_be_written_is_a_mistake() -> None:
    with (
        pytest.raises(Mistake, match=r"--pcapng /nowhere/run\.pcapng: No such file"),
        captured(Path("/nowhere/run.pcapng"), "linux"),
    ):
        pass
