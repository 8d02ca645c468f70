"""What is known is replayed when a night begins: the corpus once, and often what needs another look."""

from collections.abc import Sequence
from math import inf
from pathlib import Path
from time import monotonic
from typing import Any

import pytest

from tcpchaos.cli.group import Mistake
from tcpchaos.cli.known import LEAST_S, VOTES, Known
from tcpchaos.cli.nights import Watch
from tcpchaos.corpus.case import Case
from tcpchaos.corpus.replay import Kept, Replay, Target
from tcpchaos.search.fuzzing import Setup
from tests.report.nights import found, night

FINE, ODD = (Kept(name=name, case=Case(title=name), file=Path(name)) for name in ("fine", "odd"))
LAST = night(findings=(found(), found("fixed", rule="FL-03")))
BUG = Path("last night", "1")  # the other one is gone for good


class Told(Watch):
    """Answers each replay with what it was told, and notes what it was asked for."""

    def __init__(self, *answers: tuple[dict[Path, Any], bool]) -> None:
        super().__init__(quiet=True)
        self.answers = list(answers)
        self.asked: list[tuple[list[Path], int]] = []
        self.within_s: list[float] = []

    def replay(
        self, cases: Sequence[Kept], target: Target, *, times: int, within_s: float = inf
    ) -> tuple[list[Replay], bool]:
        self.asked.append(([each.file for each in cases], times))
        self.within_s.append(within_s)
        statuses, ended = self.answers.pop(0)
        good = {"held": times, "reproduced": times, "flaky": times - 1}
        return [
            Replay(
                kept=each, status=statuses[each.file], reason="why", times=times, good=good.get(statuses[each.file], 0)
            )
            for each in cases
            if each.file in statuses
        ], ended


def replayed(watch: Watch, *, backend: Any = "lab", until: float = 0.0, **how: Any) -> Any:
    known = Known(
        cases=how.get("cases", (FINE, ODD)),
        last=how.get("last", LAST),
        setup=Setup(strategies=()),
        target=Target(backend=backend),
    )
    replays, remembered, ended = known.replayed(watch, until=until)
    return (
        {each.kept.file: (each.status, each.good, each.times) for each in replays},
        [(each.bug.rule, each.replay.status, each.replay.times) for each in remembered],
        ended,
    )


def test_what_is_not_as_it_expects_and_the_last_nights_bugs_are_replayed_often() -> None:
    watch = Told(({FINE.file: "held", ODD.file: "failed"}, False), ({BUG: "reproduced", ODD.file: "flaky"}, False))
    assert replayed(watch) == (
        {FINE.file: ("held", 1, 1), ODD.file: ("flaky", VOTES - 1, VOTES + 1)},
        [("SA-02", "reproduced", VOTES)],
        False,
    )
    assert watch.asked == [([FINE.file, ODD.file], 1), ([BUG, ODD.file], VOTES)]


def test_in_virtual_time_once_is_always() -> None:
    watch = Told(({FINE.file: "held", ODD.file: "failed"}, False), ({BUG: "fixed"}, False))
    cases, remembered, _ = replayed(watch, backend="sim")
    assert (cases[ODD.file], remembered) == (("failed", 0, 1), [("SA-02", "fixed", 1)])
    assert watch.asked[1] == ([BUG], 1)


def test_what_there_was_no_time_for_keeps_its_first_answer_and_no_bug_is_forgotten() -> None:
    watch = Told(({FINE.file: "held", ODD.file: "failed"}, False), ({}, False))
    cases, remembered, _ = replayed(watch)
    assert (cases[ODD.file], remembered) == (("failed", 0, 1), [("SA-02", "undetermined", 0)])
    assert watch.within_s == [inf, LEAST_S]


def test_the_corpus_is_replayed_whole_and_the_rest_until_its_time_is_over() -> None:
    watch = Told(({FINE.file: "held"}, False), ({}, False))
    replayed(watch, until=monotonic() + 500)
    assert watch.within_s[0] == inf
    assert LEAST_S < watch.within_s[1] <= 500


def test_who_ends_it_ends_all_of_it() -> None:
    watch = Told(({FINE.file: "held"}, True))
    assert replayed(watch) == ({FINE.file: ("held", 1, 1)}, [("SA-02", "undetermined", 0)], True)
    assert len(watch.asked) == 1


def test_a_bug_that_no_workload_shows_is_a_mistake() -> None:
    with pytest.raises(Mistake, match=r"--baseline: a bug in it can't be replayed: .*no workload is called gone"):
        replayed(Told(), last=night(findings=(found(workload="gone"),)))
