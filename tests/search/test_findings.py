"""What was found: believed after a vote, made small, each bug once."""

from collections.abc import Callable, Sequence

import pytest

from tcpchaos.corpus.case import Violates
from tcpchaos.plan import parse
from tcpchaos.search.findings import SHRUNK_FOR_A_BUG, SUSPECTED, VOTES, Found, Ledger, confirm, shrink, tries_for
from tcpchaos.search.trials import Culprit, Sighting, Trial

CULPRIT = Culprit(rule="SA-02", blame="server", states=("ESTABLISHED", "ESTABLISHED"))
ELSEWHERE = Culprit(rule="SA-02", blame="server", states=("CLOSED", "ESTABLISHED"))
PLAN = ("client data#3: duplicate 2", "server data#2: delay 50ms", "client fin#1: hold 3")


def trial(*plan: str) -> Trial:
    return Trial(number=1, strategy="resets", workload="echo", plan=plan or PLAN)


def sighting(*culprits: Culprit) -> Sighting:
    return Sighting(
        outcome="violation" if culprits else "pass",
        faults="survivable",
        culprits=tuple((culprit, "expected 1; observed 2") for culprit in culprits),
        known={},
        cells=frozenset(),
        segments=9,
        fired=True,
    )


class Playing:
    """Shows what a function says of a plan and of how often that was played."""

    def __init__(self, shows: Callable[[str, int], Sequence[Culprit]]) -> None:
        self.shows = shows
        self.played: dict[str, int] = {}

    async def __call__(self, trials: Sequence[Trial]) -> list[Sighting]:
        seen = []
        for each in trials:
            plan = "\n".join(each.plan)
            self.played[plan] = self.played.get(plan, 0) + 1
            seen.append(sighting(*self.shows(plan, self.played[plan])))
        return seen


async def test_what_is_always_there_is_confirmed_and_made_small() -> None:
    found = Found(culprit=CULPRIT, observed="expected 1; observed 2", trial=trial())
    play = Playing(lambda plan, _: [CULPRIT] if "delay" in plan else [])

    assert await confirm(found, play)
    assert (found.status, found.good, found.times, found.anywhere) == ("confirmed", VOTES, VOTES, False)
    await shrink(found, play)
    assert (found.status, str(found.plan), found.good) == ("shrunk", "any any: delay 1us", 20)


async def test_what_is_never_there_again_is_not_believed() -> None:
    found = Found(culprit=CULPRIT, observed="x", trial=trial())

    assert not await confirm(found, Playing(lambda *_: []))
    assert found.status == "unconfirmed"


async def test_what_is_there_now_and_then_is_made_small_by_voting() -> None:
    found = Found(culprit=CULPRIT, observed="x", trial=trial())
    play = Playing(lambda plan, times: [CULPRIT] if "delay" in plan and times % 2 else [])

    assert await confirm(found, play)
    assert (found.good, found.anywhere) == (3, True)
    await shrink(found, play)
    assert str(found.plan) == "any any: delay 1us"
    assert 0 < found.good < found.times


async def test_a_smaller_plan_has_to_show_it_in_the_same_states() -> None:
    found = Found(culprit=CULPRIT, observed="x", trial=trial())
    play = Playing(lambda plan, _: [CULPRIT if "hold" in plan else ELSEWHERE])

    assert await confirm(found, play)
    await shrink(found, play)
    assert str(found.plan) == "any any: hold 1"


@pytest.mark.parametrize(("good", "times", "tries"), [(5, 5, 1), (3, 5, 3), (1, 5, 8)])
def test_a_flaky_failure_is_tried_more_often(good: int, times: int, tries: int) -> None:
    assert tries_for(good, times) == tries


def test_one_bug_is_one_entry_however_often_it_is_seen() -> None:
    ledger = Ledger()

    [found] = ledger.note(trial(), sighting(CULPRIT))
    assert ledger.note(trial("client syn#1: drop"), sighting(CULPRIT)) == []

    assert (found.seen, found.trial) == (2, trial())
    assert ledger.bugs == []
    found.status, found.plan = "shrunk", parse("client syn#1: drop")
    assert ledger.bugs == [found]


def test_a_rule_that_is_broken_in_ever_more_states_is_not_looked_into_for_ever() -> None:
    ledger = Ledger()
    noted = [
        ledger.note(trial(), sighting(Culprit(rule="SA-02", blame="server", states=(f"S{number}", "X"))))
        for number in range(10)
    ]
    assert sum(map(len, noted)) == SHRUNK_FOR_A_BUG


async def test_others_are_suspected_where_the_first_one_was_innocent() -> None:
    ledger = Ledger()
    plans = [f"client data#{number + 1}: drop" for number in range(2 * SUSPECTED)]
    [found] = [each for plan in plans for each in ledger.note(trial(plan), sighting(CULPRIT))]
    guilty = Playing(lambda plan, _: [CULPRIT] if plan == "client data#7: drop" else [])

    assert await confirm(found, guilty)
    assert (found.trial.plan, found.seen) == (("client data#7: drop",), 2 * SUSPECTED)
    assert len(guilty.played) == 7


async def test_who_comes_later_is_suspected_too_but_not_for_ever() -> None:
    ledger, innocent = Ledger(), Playing(lambda *_: [])
    looked_into = 0
    for number in range(2 * SUSPECTED):
        for found in ledger.note(trial(f"client data#{number + 1}: drop"), sighting(CULPRIT)):
            looked_into += 1
            assert not await confirm(found, innocent)
    assert looked_into == SUSPECTED


def test_the_same_plan_is_the_same_bug() -> None:
    ledger = Ledger()
    for found in ledger.note(trial(), sighting(CULPRIT, ELSEWHERE)):
        found.status, found.plan = "shrunk", parse("client syn#1: drop")
    assert [found.culprit for found in ledger.bugs] == [CULPRIT]


def test_it_becomes_a_case() -> None:
    found = Found(culprit=CULPRIT, observed="expected 1; observed 2", trial=trial(), plan=parse("client syn#1: drop"))
    found.good, found.times = 19, 20

    case = found.case(version="1.0", stacks=("linux 6.1", "sim"), seed=7)

    assert case.title == "SA-02, server: No octet is acknowledged that was never delivered."
    assert case.about == "Expected 1; observed 2, in ESTABLISHED and ESTABLISHED."
    assert (case.plan, case.workload) == (("client syn#1: drop",), "echo")
    assert case.expect == Violates(rule="SA-02", blame="server")
    assert (case.provenance.source, case.provenance.replayed) == ("campaign resets", (19, 20))
