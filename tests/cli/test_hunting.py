"""What is to be seen of a campaign while it lasts."""

from io import StringIO
from pathlib import Path

import pytest
import trio
import trio.testing
from rich.console import Console

from tcpchaos.backends.host import Broken
from tcpchaos.cli import hunting
from tcpchaos.cli.hunting import line, picture, watched
from tcpchaos.plan import Plan
from tcpchaos.run import RunConfig
from tcpchaos.search.campaign import Campaign
from tcpchaos.search.expedition import Expedition
from tcpchaos.search.fuzzing import Setup
from tcpchaos.search.trials import Culprit
from tests.search.conftest import STRATEGY, Pretending

CULPRIT = Culprit(rule="SA-02", blame="server", states=("ESTABLISHED", "ESTABLISHED"))


def drawn(expedition: Expedition, width: int) -> list[str]:
    console = Console(width=width, record=True, file=StringIO())
    console.print(picture(expedition))
    return console.export_text().splitlines()


def test_a_campaign_under_way_is_a_line_and_a_picture() -> None:
    campaign = Campaign((("x", "x.py"),), most=30)
    player = Pretending(lambda plan: [CULPRIT] if plan == "client data#3: drop" else [])
    expedition = Expedition(campaign, player, lambda found: None, time_s=60)
    said: list[str] = []
    small: list[str] = []

    async def act() -> None:
        async with trio.open_nursery() as nursery:
            nursery.start_soon(expedition.lead)
            await trio.sleep(10.5)
            said.append(line(expedition))
            said.extend(drawn(expedition, 70))
            [found] = campaign.ledger.found.values()
            found.status, found.plan = "shrunk", Plan()
            small.extend(drawn(expedition, 70))
            nursery.cancel_scope.cancel()

    trio.run(act, clock=trio.testing.MockClock(autojump_threshold=0))
    assert said[0] == "searching, 10 cases, 1/s, 10 cells, 1 found, 50 s left"
    assert "█" in said[2]
    assert "SA-02 server: client data#3: drop" in " ".join(said[3:])
    assert all(len(each) <= 70 for each in said[1:])
    assert "SA-02 server: without any fault" in " ".join(small)


async def test_an_environment_that_fails_is_told_as_that(monkeypatch: pytest.MonkeyPatch) -> None:
    async def fuzz(setup: Setup, *, watch: object = None) -> None:
        raise Broken("no lab", "make one")

    monkeypatch.setattr(hunting, "fuzz", fuzz)
    for show in (True, False):
        with pytest.raises(Broken, match="no lab: make one"):
            await watched(Setup(strategies=()), show)


async def test_without_a_terminal_lines_are_printed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "lost.py").write_text(STRATEGY)
    monkeypatch.setattr(hunting, "LINE_S", 0.01)
    setup = Setup(strategies=(("lost", str(tmp_path / "lost.py")),), usual=RunConfig(backend="sim"), most=2)

    came = await watched(setup, True)

    assert came.expedition.campaign.trials == 2
    assert "cases" in capsys.readouterr().err
