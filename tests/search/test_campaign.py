"""A campaign: rounds of batches, the same for the same seed, whoever plays them."""

import pytest
from msgspec.structs import replace

from tcpchaos.search.campaign import BARREN, IN_A_ROW, ROUND, Campaign, Shard
from tcpchaos.search.trials import BATCH, Batch, Culprit, Sighting, Trial

STRATEGIES = (("handshake", "handshake.py"), ("resets", "resets.py"), ("weather", "weather.py"))
CULPRIT = Culprit(rule="SA-02", blame="server", states=("ESTABLISHED", "ESTABLISHED"))


def trial(number: int, strategy: str = "handshake") -> Trial:
    return Trial(number=number, strategy=strategy, workload="echo", plan=(f"client data#{number + 1}: drop",))


def sighting(*cells: str, outcome: str = "pass", culprit: Culprit | None = None, fired: bool = True) -> Sighting:
    return Sighting(
        outcome=outcome,
        faults="survivable",
        culprits=((culprit, "x"),) if culprit else (),
        known={"linux-x": 2},
        cells=frozenset((cell, "B", "client syn", "pass", "sent") for cell in cells),
        segments=5,
        fired=fired,
    )


def numbers(batches: list[Batch]) -> list[tuple[str, int]]:
    return [(batch.file.removesuffix(".py"), batch.number) for batch in batches]


def test_strategies_take_turns_and_no_batch_comes_twice() -> None:
    campaign = Campaign(STRATEGIES, seed=7)
    assert numbers(campaign.round()) == [("handshake", 0), ("resets", 0), ("weather", 0), ("handshake", 1)]
    assert numbers(campaign.round()) == [("resets", 1), ("weather", 1), ("handshake", 2), ("resets", 2)]


def test_no_more_is_drawn_than_is_wanted() -> None:
    campaign = Campaign(STRATEGIES, most=3 * BATCH + 10, guided=False)
    assert [batch.most for batch in campaign.round()] == [BATCH, BATCH, BATCH, 10]
    assert [batch.most for batch in Campaign(STRATEGIES).round()] == [BATCH] * ROUND


def test_shards_share_no_batch() -> None:
    shards = [Campaign(STRATEGIES, shard=Shard(index=index, of=3)) for index in (1, 2, 3)]
    drawn = [each for shard in shards for _ in range(3) for each in numbers(shard.round())]
    assert len(set(drawn)) == len(drawn) == 3 * 3 * ROUND
    assert sorted(number for name, number in drawn if name == "resets") == list(range(3 * ROUND))


@pytest.mark.parametrize(("index", "of"), [(0, 3), (4, 3), (1, 0)])
def test_a_shard_is_part_of_a_whole(index: int, of: int) -> None:
    with pytest.raises(ValueError, match="there is no part"):
        Shard(index=index, of=of)


def test_what_shows_something_new_is_drawn_from_in_the_next_round() -> None:
    campaign = Campaign(STRATEGIES, workloads=("urgent",))
    assert {batch.pool for batch in campaign.round()} == {()}
    campaign.tell(trial(1), sighting("A"))
    campaign.tell(trial(2), sighting("A"))

    first, *others = campaign.round()[2:]

    assert (first.file, first.pool) == ("handshake.py", (("echo", "client data#2: drop"),))
    assert {batch.pool for batch in others} == {()}
    assert first.workloads == ("urgent",)


def test_unguided_nothing_is() -> None:
    campaign = Campaign(STRATEGIES[:1], guided=False)
    campaign.tell(trial(1), sighting("A"))
    assert {batch.pool for batch in campaign.round()} == {()}


def test_no_plan_is_played_twice_and_no_more_than_are_wanted() -> None:
    campaign = Campaign(STRATEGIES, most=3)
    assert campaign.choose([trial(1), trial(1), trial(2)]) == [trial(1), trial(2)]
    assert not campaign.over
    assert campaign.choose([trial(2), trial(3), trial(4)]) == [trial(3)]
    assert campaign.over


def plans(strategy: str, *lines: str) -> list[Trial]:
    return [Trial(number=number, strategy=strategy, workload="echo", plan=(line,)) for number, line in enumerate(lines)]


def test_guided_that_is_played_first_which_says_most_that_is_new() -> None:
    drops = [f"client data#{number}: drop" for number in range(1, 9)]
    batch = plans("handshake", *drops, "client syn#1: mss=0", "server rst: duplicate")
    campaign = Campaign(STRATEGIES)
    chosen = [trial.plan[0] for trial in campaign.choose(batch)]
    assert len(chosen) == IN_A_ROW
    assert set(chosen[:3]) == {"client data#1: drop", "client syn#1: mss=0", "server rst: duplicate"}
    assert Campaign(STRATEGIES, guided=False).choose(batch) == batch


def test_guided_as_many_are_played_as_are_drawn_once_each_strategy_has_been() -> None:
    campaign = Campaign(STRATEGIES)
    names = [name for name, _ in STRATEGIES]
    chosen = [
        [trial.strategy for trial in campaign.choose(plans(name, *(f"{name}#{at}: drop" for at in range(at, at + 20))))]
        for at in (1, 21, 41)
        for name in names
    ]
    assert chosen[:3] == [[name] * IN_A_ROW for name in names]
    assert {len(each) for each in chosen[3:]} == {BATCH}
    assert [each[:IN_A_ROW] for each in chosen[3:6]] == [[name] * IN_A_ROW for name in names]
    assert chosen[3] == [name for name in ("handshake", "resets", "weather", "handshake") for _ in range(IN_A_ROW)]


def test_what_waits_is_played_when_nothing_new_is_drawn() -> None:
    campaign = Campaign(STRATEGIES[:1])
    batch = plans("handshake", *(f"client data#{number}: drop" for number in range(1, 13)))
    chosen = campaign.choose(batch)
    chosen += campaign.choose(batch)
    assert len(chosen) == len(batch)
    assert set(map(str, chosen)) == set(map(str, batch))
    assert campaign.choose(batch) == []


def test_of_what_is_enumerated_all_is_played_in_its_order() -> None:
    cells = [replace(trial(number), cell=("client", "LISTEN", "syn", "seq", str(number))) for number in range(9)]
    assert Campaign(STRATEGIES).choose(cells) == cells


def test_where_nothing_new_is_drawn_it_is_over() -> None:
    campaign = Campaign(STRATEGIES)
    rounds = 0
    while not campaign.over:
        campaign.round()
        rounds += 1
        campaign.choose([trial(rounds % 2)])
    assert rounds == 2 + BARREN + 1


def test_what_is_told_is_counted() -> None:
    campaign = Campaign(STRATEGIES)
    [found] = campaign.tell(trial(1), sighting("A", outcome="violation", culprit=CULPRIT))
    assert campaign.tell(trial(2, "resets"), sighting("A", "B", fired=False)) == []

    assert found.culprit == CULPRIT
    assert campaign.outcomes == {"violation": 1, "pass": 1}
    assert campaign.known == {"linux-x": 4}
    assert (campaign.trials, campaign.segments, campaign.idle) == (2, 10, 1)
    assert campaign.by_strategy == {"handshake": 1, "resets": 1}
    assert campaign.new_by_strategy == {"handshake": 1, "resets": 1}
