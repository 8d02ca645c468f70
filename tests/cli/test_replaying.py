"""A replay that a user watches."""

from pathlib import Path

import pytest

from tcpchaos.cli.replaying import Replaying
from tcpchaos.corpus.case import Case
from tcpchaos.corpus.replay import Kept, Target


@pytest.mark.parametrize("times", [1, 2])
async def test_cases_are_told_of_as_they_are_done_and_kept_in_their_order(times: int) -> None:
    cases = [Kept(name=name, case=Case(title=name.upper()), file=Path(name)) for name in ("b", "a")]
    replaying = Replaying(cases, Target(backend="sim"), times)
    told: list[str] = []
    replaying.tell = told.append

    await replaying.play()

    assert [each.kept.name for each in replaying.done] == ["b", "a"]
    assert sorted(line.partition(": ")[0] for line in told) == ["1 of 2 cases", "2 of 2 cases"]
    assert sorted(line.rpartition(": ")[2] for line in told) == ["A", "B"]
    assert (replaying.interrupted, replaying.took_us > 0) == (False, True)


async def test_what_there_is_no_time_for_is_left_out_and_nobody_is_said_to_have_ended_it() -> None:
    cases = [Kept(name="a", case=Case(title="A"), file=Path("a"))]
    replaying = Replaying(cases, Target(backend="sim"), 1, within_s=0)

    await replaying.play()

    assert (replaying.done, replaying.interrupted) == ([], False)
