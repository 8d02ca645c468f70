"""Where trials are played."""

import math
from collections.abc import Sequence
from pathlib import Path

import pytest
import trio
import trio.testing

from tcpchaos.run import RunConfig
from tcpchaos.search.assistant import Assignment
from tcpchaos.search.crew import assembled
from tcpchaos.search.players import FEW, Laboratory, Refused, Simulated
from tcpchaos.search.staff import employed
from tcpchaos.search.trials import Batch, Sighting, Trial
from tcpchaos.search.worker import Against, Answer, Order


def batches(strategy: tuple[str, str], *numbers: int) -> list[Batch]:
    _, file = strategy
    return [Batch(file=file, seed=1, number=number, size=12) for number in numbers]


def trial(*plan: str, number: int = 0) -> Trial:
    return Trial(number=number, strategy="x", workload="handshake", plan=plan)


class Heard:
    """Chooses the first few of each batch, and notes what is seen of them."""

    def __init__(self, each: int) -> None:
        self.each = each
        self.seen: list[tuple[Trial, Sighting]] = []

    def choose(self, trials: Sequence[Trial]) -> list[Trial]:
        return list(trials[: self.each])

    def heed(self, trial: Trial, sighting: Sighting) -> None:
        self.seen.append((trial, sighting))


async def test_the_same_rounds_are_the_same_however_many_workers_there_are(strategy: tuple[str, str]) -> None:
    heard = []
    for workers in (1, 2):
        async with employed(workers) as staff:
            player = Simulated(staff, Against())
            heard.append(Heard(5))
            await player.round(batches(strategy, 0, 1), heard[-1].choose, heard[-1].heed)
            await player.finish()
    assert heard[0].seen == heard[1].seen
    assert len(heard[0].seen) == 10


async def test_few_are_played_at_a_time_so_that_they_are_soon_heard_of(strategy: tuple[str, str]) -> None:
    heard, played = Heard(9), []
    async with employed(1) as staff:
        do = staff.do

        async def noted(order: Order) -> Answer:
            played.append(len(order.trials))
            return await do(order)

        staff.do = noted  # type: ignore[method-assign]
        await Simulated(staff, Against()).round(batches(strategy, 0), heard.choose, heard.heed)
    assert max(played) == FEW < len(heard.seen) == sum(played)


async def test_what_is_played_comes_in_its_order_and_the_same_once() -> None:
    async with employed(2) as staff:
        player = Simulated(staff, Against(endpoints=("", "sim:acks-one-too-many")))
        trials = [trial("client syn#1: drop"), trial(), trial("client syn#1: drop"), trial("client data#900: drop")]
        seen = await player.play(trials)
    assert player.stacks == ("sim", "sim:acks-one-too-many")
    assert seen[0] == seen[2]
    assert [each.fired for each in seen] == [True, False, True, False]
    assert {each.outcome for each in seen} == {"violation"}


async def test_a_strategy_that_draws_nothing_is_refused(tmp_path: Path) -> None:
    (tmp_path / "broken.py").write_text("plans = (")
    async with employed(1) as staff:
        with pytest.RaisesGroup(Refused) as refused:
            await Simulated(staff, Against()).round(batches(("b", str(tmp_path / "broken.py")), 0), list, print)
    assert "line 1: not Python" in str(refused.value.exceptions)


async def test_it_is_ready_when_its_workers_have_loaded_what_they_draw_from(
    strategy: tuple[str, str], tmp_path: Path
) -> None:
    (tmp_path / "broken.py").write_text("plans = (")
    async with employed(2) as staff, trio.open_nursery() as nursery:
        crew, closer = Crew(0.01), Crew(0.02)
        both = Simulated(staff, Against()), Laboratory(staff, nursery, crew, closer=closer)
        for player in both:
            await player.ready(strategy[1:])
        assert (crew.opened, closer.opened) == (1, 1)
        for player in both:
            with pytest.RaisesGroup(Refused, flatten_subgroups=True) as refused:
                await player.ready((strategy[1], str(tmp_path / "broken.py")))
            assert "line 1: not Python" in str(refused.value.exceptions)


class Crew:
    """Plays nothing: each trial is noted, and takes as long as it is told to."""

    def __init__(self, takes_s: float) -> None:
        self.stacks: tuple[str, str] | None = ("linux 6.1", "sim")
        self.takes_s = takes_s
        self.given: list[tuple[Trial, bool]] = []
        self.playing = self.most = self.opened = 0

    async def ready(self) -> None:
        await trio.sleep(self.takes_s)
        self.opened += 1

    async def see(self, trial: Trial, *, ahead: bool = False) -> Sighting:
        self.given.append((trial, ahead))
        self.playing += 1
        self.most = max(self.most, self.playing)
        try:
            await trio.sleep(self.takes_s)
        finally:
            self.playing -= 1
        return Sighting(
            outcome="pass",
            faults="none",
            culprits=(),
            known={},
            cells=frozenset(),
            segments=len(trial.plan),
            fired=True,
        )


@pytest.mark.usefixtures("lab_or_skip")
async def test_in_labs_trials_are_played_side_by_side(strategy: tuple[str, str]) -> None:
    heard = Heard(10)
    assignment = Assignment(usual=RunConfig(backend="lab"), server="", at_once=9)
    async with employed(1) as staff, assembled(assignment, 2) as crew, trio.open_nursery() as nursery:
        player = Laboratory(staff, nursery, crew)
        await player.round(batches(strategy, 0), heard.choose, heard.heed)
        await player.finish()
        alone = await player.play([trial("client syn#1: drop"), trial()], alone=True)
    assert len(heard.seen) == 10
    assert {sighting.outcome for _, sighting in heard.seen} <= {"pass", "undetermined"}
    assert [each.fired for each in alone] == [True, False]
    assert player.stacks is not None
    assert player.stacks[0].startswith("linux")


async def test_what_is_called_off_is_neither_played_nor_heeded(strategy: tuple[str, str]) -> None:
    heard, crew = Heard(10), Crew(math.inf)
    async with employed(1) as staff, trio.open_nursery() as nursery:
        player = Laboratory(staff, nursery, crew)
        await player.round(batches(strategy, 0), heard.choose, heard.heed)
        await trio.testing.wait_all_tasks_blocked()
        assert crew.playing == 10
        player.call_off()
        await player.finish()
    assert crew.playing == 0
    assert heard.seen == []


async def test_what_moves_to_other_ports_is_not_played_where_all_call_the_same(tmp_path: Path) -> None:
    file = tmp_path / "moves.py"
    file.write_text(
        '"""Moves."""\nfrom hypothesis import strategies as st\nfrom tcpchaos.plan import parse\n'
        "plans = st.sampled_from(['client ack#1: sport=1', 'on client=established: inject to server rst dport=9',"
        " 'client ack#1: seq=1']).map(parse)\n"
    )
    for one_port, expected in ((True, 1), (False, 3)):
        crew = Crew(0)
        async with employed(1) as staff, trio.open_nursery() as nursery:
            player = Laboratory(staff, nursery, crew, one_port=one_port)
            await player.round(batches(("moves", str(file)), 0), list, lambda *_: None)
            await player.finish()
        assert len({trial.plan for trial, _ in crew.given}) == expected


async def test_what_is_looked_into_goes_first_and_one_after_the_other_where_each_has_to_be_told_apart() -> None:
    crew, closer = Crew(0.01), Crew(0.01)
    wanted = [trial(*["client syn#1: drop"] * number) for number in range(3)]
    async with employed(1) as staff, trio.open_nursery() as nursery:
        for player, plays in (
            (Laboratory(staff, nursery, crew), crew),
            (Laboratory(staff, nursery, crew, closer=closer), closer),
        ):
            assert [each.segments for each in await player.play(wanted, alone=True)] == [0, 1, 2]
            assert plays.most == 1
            assert [each.segments for each in await player.play(wanted)] == [0, 1, 2]
            assert plays.most == 3
            assert len(plays.given) == 6
            assert set(plays.given) == {(each, True) for each in wanted}
