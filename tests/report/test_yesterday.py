"""Two nights compared: each bug and each case has one story."""

from typing import Any

import pytest

from tcpchaos.corpus.replay import Replay
from tcpchaos.report.document import Bug, NightlyBug
from tcpchaos.report.yesterday import NAMED, Remembered, bugs, case_in_both, failures, kept, same, sentence, to_remember
from tests.report.nights import bug, case, documented, found, night, played

ELSEWHERE = ("CLOSE-WAIT", "FIN-WAIT-2")


def remembered(each: Bug, status: Any, *, good: int = 0) -> Remembered:
    replay = Replay(kept=kept(each, 1, family=4, programs=False), status=status, good=good, times=5)
    return Remembered(bug=each, replay=replay)


def told(bugs: tuple[NightlyBug, ...]) -> list[tuple[str, str]]:
    return [(each.status, each.bug.rule) for each in bugs]


def test_without_a_last_night_everything_is_new() -> None:
    assert told(bugs([bug()], (), ())) == [("new", "SA-02")]
    assert to_remember(None) == ()


def test_what_is_found_again_is_still_there_or_flaky() -> None:
    last = remembered(bug(), "reproduced", good=5)
    assert told(bugs([bug()], [last], ())) == [("still there", "SA-02")]
    assert told(bugs([bug(good=7)], [last], ())) == [("flaky", "SA-02")]


def test_another_plan_in_the_same_states_is_no_news_and_neither_is_the_same_plan_in_others() -> None:
    last = bug()
    assert same(bug(plan=("any ack#3: drop",)), last)
    assert same(bug(states=ELSEWHERE), last)
    assert not same(bug(states=ELSEWHERE, plan=()), last)
    assert not same(bug(blame="client"), last)
    assert not same(bug("SA-01"), last)


@pytest.mark.parametrize(
    ("replayed", "status"),
    [
        ("reproduced", "still there"),
        ("flaky", "flaky"),
        ("fixed", "fixed"),
        ("failed", "fixed"),
        ("known", "known"),
        ("undetermined", "undetermined"),
        ("broken", "undetermined"),
        ("not applicable", "undetermined"),
    ],
)
def test_what_was_not_found_again_is_what_its_replay_says(replayed: str, status: str) -> None:
    [only] = bugs([], [remembered(bug(), replayed, good=2)], ())
    assert (only.status, only.bug.good, only.bug.times) == (status, 2, 5)


def test_what_could_not_be_replayed_is_as_the_last_night_left_it() -> None:
    replay = Replay(kept=kept(bug(), 1, family=4, programs=False), status="undetermined")
    [only] = bugs([], [Remembered(bug=bug(), replay=replay)], ())
    assert (only.status, only.bug) == ("undetermined", bug())


def test_what_a_case_of_the_corpus_says_is_known_as_long_as_it_says_the_truth() -> None:
    true = documented(bug())
    assert told(bugs([bug()], (), [true])) == [("known", "SA-02")]
    assert told(bugs([], [remembered(bug(), "reproduced", good=5)], [true])) == [("known", "SA-02")]
    false = played("known", "fixed", case=true.case)
    assert told(bugs([bug()], (), [false])) == [("new", "SA-02")]


def test_what_is_new_is_told_first_and_what_is_gone_last() -> None:
    last = [remembered(bug("SA-01"), "fixed"), remembered(bug("FL-03"), "reproduced", good=5)]
    assert told(bugs([bug()], last, ())) == [("new", "SA-02"), ("still there", "FL-03"), ("fixed", "SA-01")]


def test_what_was_gone_is_not_looked_for_again_and_new_where_it_comes_back() -> None:
    last = night(findings=(found("fixed"), found("still there", rule="FL-03")))
    assert [each.rule for each in to_remember(last)] == ["FL-03"]


def test_a_bug_is_replayed_as_a_case_and_programs_talk_as_they_do() -> None:
    each = bug(workload="half-close-client")
    assert kept(each, 1, family=6, programs=False).case.workload == "half-close-client"
    asked = kept(each, 2, family=6, programs=True).case
    assert (asked.workload, asked.family, asked.plan) == ("echo", 6, each.plan)
    assert str(asked.expect) == "server breaks SA-02"


@pytest.mark.parametrize(
    ("status", "before", "worse"),
    [
        ("held", "failed", False),
        ("failed", "held", True),
        ("failed", "", True),
        ("failed", "failed", False),
        ("flaky", "failed", False),
        ("fixed", "reproduced", True),
        ("undetermined", "held", True),
        ("undetermined", "", False),
        ("failed", "undetermined", True),
        ("broken", "held", False),
        ("not applicable", "held", False),
    ],
)
def test_a_case_is_worse_where_it_was_right_and_is_not(status: str, before: str, worse: bool) -> None:
    last = night(cases=(case(before),)) if before else None
    both = case_in_both(played(status=status), last)
    assert (both.before, both.worse) == (before, worse)


def test_why_somebody_is_needed() -> None:
    findings = (found(), found(plan=()), found("still there", rule="FL-03"))
    said = failures(findings, [case("failed", worse=True), case()], cells=9, least=10)
    assert said == (
        "2 new bugs: SA-02, server.",
        "1 case not as expected: pack/lost (failed).",
        "9 cells covered, and at least 10 were asked for.",
    )
    assert failures((found("flaky"), found("fixed")), [case()], cells=10, least=10) == ()


def test_a_night_in_one_sentence() -> None:
    findings = (found(), found("fixed"))
    said = sentence(findings, [case(), case("failed")], plans=1200, interrupted=True)
    assert said == "Interrupted. Bugs: 1 new, 1 fixed; 1 of 2 cases as expected; 1,200 plans played."
    assert sentence((), (), plans=1, interrupted=False) == "No bug; 1 plan played."


def test_a_night_begins_with_why_somebody_should_look_at_it() -> None:
    cases = [case(), case("fixed", worse=True), case("failed", worse=True), case("undetermined", worse=True)]
    said = sentence((), cases, plans=9, interrupted=False)
    assert said == "Cases: 1 failed, 1 fixed, 1 undetermined; no bug; 1 of 4 cases as expected; 9 plans played."
    said = sentence((found(),), cases[:2], plans=9, interrupted=False)
    assert said == "Bugs: 1 new; cases: 1 fixed; 1 of 2 cases as expected; 9 plans played."
    said = sentence((found("known"),), cases[:2], plans=9, interrupted=False)
    assert said == "Cases: 1 fixed; bugs: 1 known; 1 of 2 cases as expected; 9 plans played."
    said = sentence((), (), plans=9, interrupted=False, cells=4, least=1000)
    assert said == "Too little covered: 4 of 1,000 cells; no bug; 9 plans played."


def test_a_sentence_names_a_few_of_many() -> None:
    cases = [case("failed", worse=True, name=f"pack/{number}") for number in range(NAMED + 2)]
    [said] = failures((), cases, cells=0, least=0)
    assert said.startswith("7 cases not as expected: pack/0 (failed); ")
    assert said.endswith("; pack/4 (failed) and 2 more.")
