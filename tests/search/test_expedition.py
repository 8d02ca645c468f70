"""A campaign from its beginning to its end, in virtual time."""

from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path

import trio
import trio.testing

from tcpchaos.rfc.rules.runs import LIVES
from tcpchaos.search.campaign import Campaign
from tcpchaos.search.expedition import AFTERWARDS_S, LEAST_AFTERWARDS_S, Expedition
from tcpchaos.search.findings import Found
from tcpchaos.search.players import Choose, Heed
from tcpchaos.search.trials import Batch, Culprit, Sighting, Trial
from tests.search.conftest import Pretending

CULPRIT = Culprit(rule="SA-02", blame="server", states=("ESTABLISHED", "ESTABLISHED"))


def in_virtual_time(act: Callable[[], Awaitable[None]]) -> None:
    trio.run(act, clock=trio.testing.MockClock(autojump_threshold=0))


def nothing_saved(found: Found) -> Path | None:
    raise AssertionError(found)


def trial(number: int) -> Trial:
    return Trial(number=number, strategy="x", workload="echo", plan=(f"client data#{number + 1}: drop",))


def test_it_ends_after_its_cases() -> None:
    campaign = Campaign((("x", "x.py"),), most=25)
    expedition = Expedition(campaign, Pretending(lambda plan: ()), nothing_saved)

    in_virtual_time(expedition.lead)

    assert (campaign.trials, expedition.stage, expedition.interrupted) == (25, "done", False)
    assert round(expedition.took_s) == 25


def test_it_ends_after_its_time() -> None:
    campaign = Campaign((("x", "x.py"),))
    expedition = Expedition(campaign, Pretending(lambda plan: ()), nothing_saved, time_s=10.5)

    async def act() -> None:
        await expedition.lead()
        assert expedition.left_s == 0

    in_virtual_time(act)
    assert campaign.trials == 10


def test_its_time_counts_from_when_everything_is_ready() -> None:
    campaign, player = Campaign((("x", "x.py"),)), Pretending(lambda plan: ())
    player.ready_s = 7
    expedition = Expedition(campaign, player, nothing_saved, time_s=10.5)

    in_virtual_time(expedition.lead)
    assert (campaign.trials, expedition.took_s, player.files) == (10, 10.5, ("x.py",))


def test_the_time_of_a_turn_counts_from_its_beginning() -> None:
    campaign, player = Campaign((("x", "x.py"),)), Pretending(lambda plan: ())
    player.ready_s = 7
    expedition = Expedition(campaign, player, nothing_saved, time_s=60.5, turn=True)

    in_virtual_time(expedition.lead)
    assert (campaign.trials, expedition.took_s) == (53, 60.5)


def test_it_can_be_ended_before_everything_is_ready() -> None:
    campaign, player = Campaign((("x", "x.py"),)), Pretending(lambda plan: ())
    player.ready_s = 7
    expedition = Expedition(campaign, player, nothing_saved, time_s=10.5)

    async def act() -> None:
        async with trio.open_nursery() as nursery:
            nursery.start_soon(expedition.lead)
            await trio.sleep(3)
            assert (expedition.stage, expedition.left_s) == ("getting ready", 7.5)
            expedition.interrupt()

    in_virtual_time(act)
    assert (campaign.trials, expedition.took_s, expedition.stage) == (0, 3, "done")


def test_a_turn_plays_its_first_round_however_short_it_is() -> None:
    campaign = Campaign((("x", "x.py"),))
    expedition = Expedition(campaign, Pretending(lambda plan: ()), nothing_saved, time_s=10.5, turn=True)

    in_virtual_time(expedition.lead)
    assert campaign.trials == 40


def test_what_a_turn_has_begun_is_played_to_its_end() -> None:
    class Slow(Pretending):
        begun: tuple[Trial, ...] = ()

        async def round(self, batches: Sequence[Batch], choose: Choose, heed: Heed) -> None:
            self.begun = (*self.begun, *choose([trial(0)]))
            self.heed = heed
            await trio.sleep(8)

        async def finish(self) -> None:
            await trio.sleep(5)
            for each in self.begun:
                self.heed(each, self.sighting(each))

    campaign = Campaign((("x", "x.py"),))
    expedition = Expedition(campaign, Slow(lambda plan: ()), nothing_saved, time_s=5, turn=True)

    in_virtual_time(expedition.lead)
    assert (campaign.trials, expedition.took_s) == (1, 8)


def test_what_is_found_is_saved_at_once_and_again_when_it_is_small(tmp_path: Path) -> None:
    campaign = Campaign((("x", "x.py"),), most=12)
    saved: list[tuple[str, str]] = []

    def save(found: Found) -> Path:
        saved.append((found.status, str(found.plan)))
        path = tmp_path / f"{len(saved)}.json"
        path.write_text("{}")
        return path

    player = Pretending(lambda plan: [CULPRIT] if "drop" in plan and plan != "client data#2: drop" else [])
    in_virtual_time(Expedition(campaign, player, save).lead)

    assert saved == [("confirmed", "client data#1: drop"), ("shrunk", "any any: drop")]
    [found] = campaign.ledger.bugs
    assert [path.name for path in tmp_path.iterdir()] == ["2.json"]
    assert found.file == tmp_path / "2.json"
    assert set(player.alone) == {False}


def test_the_end_of_a_server_is_looked_into_one_by_one() -> None:
    culprit = Culprit(rule=LIVES.id, blame="server", states=("", ""))
    player = Pretending(lambda plan: [culprit])

    in_virtual_time(Expedition(Campaign((("x", "x.py"),), most=2), player, lambda found: None).lead)

    assert set(player.alone) == {True}


def test_an_interrupt_ends_the_search_and_the_second_one_all() -> None:
    campaign = Campaign((("x", "x.py"),))
    player = Pretending(lambda plan: [CULPRIT] if plan.startswith("client data#") else [])
    expedition = Expedition(campaign, player, lambda found: None)

    async def act() -> None:
        async with trio.open_nursery() as nursery:
            nursery.start_soon(expedition.lead)
            await trio.sleep(3.5)
            expedition.interrupt()
            await trio.sleep(1)
            assert expedition.stage == "making small what was found"
            expedition.interrupt()
        assert trio.current_time() < 6

    in_virtual_time(act)
    assert (expedition.interrupted, campaign.trials, expedition.stage) == (True, 3, "done")


def test_what_can_not_be_made_small_in_time_is_left_as_it_is() -> None:
    campaign = Campaign((("x", "x.py"),), most=1)

    class Slow(Pretending):
        async def play(self, trials: Sequence[Trial], *, alone: bool = False) -> list[Sighting]:
            await trio.sleep(AFTERWARDS_S)
            return await super().play(trials, alone=alone)

    in_virtual_time(Expedition(campaign, Slow(lambda plan: [CULPRIT]), lambda found: None).lead)

    assert [found.status for found in campaign.ledger.found.values()] == ["new"]


def test_what_can_not_be_made_small_soon_after_a_short_search_is_left_as_it_is() -> None:
    class Slow(Pretending):
        async def play(self, trials: Sequence[Trial], *, alone: bool = False) -> list[Sighting]:
            await trio.sleep(20)
            return await super().play(trials, alone=alone)

    def ended(time_s: float) -> tuple[float, str, bool]:
        campaign, player = Campaign((("x", "x.py"),)), Slow(lambda plan: [CULPRIT])
        expedition = Expedition(campaign, player, lambda found: None, time_s=time_s)

        async def act() -> float:
            began = trio.current_time()
            await expedition.lead()
            return trio.current_time() - began

        took_s = trio.run(act, clock=trio.testing.MockClock(autojump_threshold=0))
        return took_s, campaign.ledger.found[CULPRIT].status, player.called_off

    assert ended(10) == (10 + LEAST_AFTERWARDS_S, "new", True)
    assert ended(30) == (30 + 15, "confirmed", True)
    assert ended(1000)[1:] == ("shrunk", True)


def test_what_is_still_played_when_all_is_over_is_not_heeded() -> None:
    campaign = Campaign((("x", "x.py"),), most=1)
    player = Pretending(lambda plan: [CULPRIT] if "#1:" not in plan else [])
    late: list[Callable[[], None]] = []

    class Late(Pretending):
        async def round(self, batches: Sequence[Batch], choose: Choose, heed: Heed) -> None:
            await super().round(batches, choose, heed)
            trial = Trial(number=9, strategy="x", workload="echo", plan=("client data#9: drop",))
            late.append(lambda: heed(trial, player.sighting(trial)))

    in_virtual_time(Expedition(campaign, Late(lambda plan: []), nothing_saved).lead)
    for heed in late:
        heed()

    assert campaign.trials == 1
    assert campaign.ledger.found == {}
