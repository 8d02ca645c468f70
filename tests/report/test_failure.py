"""A case that is not as it expects, told in a log."""

from pathlib import Path

from tcpchaos.corpus.case import Case
from tcpchaos.corpus.replay import Kept, Replay, Target, replay
from tcpchaos.report.failure import failure
from tcpchaos.run import run

CASE = Case(title="A lost SYN is sent again", about="And " * 30, plan=("client syn#1: drop", "server fin#1: drop"))


async def test_the_story_has_the_case_and_what_happened() -> None:
    target = Target(backend="sim", endpoints=("", "sim:acks-one-too-many"))
    kept = Kept(name="x", case=CASE, file=Path("corpus/x.json"))

    text = failure(await replay(kept, target, run), width=80)

    lines = text.splitlines()
    assert lines[0] == "failed: A lost SYN is sent again"
    assert "  plan      client syn#1: drop" in lines
    assert "            server fin#1: drop" in lines
    assert "  expected  both endpoints keep to the law" in lines
    assert "  file      corpus/x.json" in lines
    assert any(line.startswith("VIOLATION  The server broke") for line in lines)
    assert any("✗" in line for line in lines)
    assert all(len(line) <= 80 for line in lines)


def test_without_a_run_there_is_nothing_to_draw() -> None:
    broken = Replay(kept=Kept(name="x", case=CASE), status="broken", reason="no lab: be root")

    assert failure(broken, width=80).splitlines()[-2:] == ["  found     no lab: be root", "  file      ."]
