"""Before faults are blamed: what fails without any is told with what came instead."""

from types import SimpleNamespace
from typing import Any

import pytest

from tcpchaos.backends.host import Broken
from tcpchaos.plan import Plan, parse
from tcpchaos.run import RunConfig
from tcpchaos.run.unharmed import MOST_SHOWN, TRIES, play_unharmed
from tcpchaos.trace import Side
from tcpchaos.workloads import Application, Commands


class Runs:
    """Plays nothing, and has the client fare as it is told, once after the other."""

    def __init__(self, *fared: tuple[bool, str], timed_out: bool = False) -> None:
        self.plans: list[Plan] = []
        self._timed_out = timed_out
        self._left = iter(fared)

    async def __call__(self, config: RunConfig) -> Any:
        self.plans.append(config.plan)
        ok, output = next(self._left)
        ended = "" if ok else "end of stream"
        client = Application(side=Side.CLIENT, what="a question", ok=ok, ended=ended, output=output)
        return SimpleNamespace(applications=(client, client), timed_out=self._timed_out)


CONFIG = RunConfig(plan=parse("any data: drop"), play=Commands(server="a server", client="a client"))


async def test_no_fault_is_played() -> None:
    runs = Runs((True, ""))

    await play_unharmed(runs, CONFIG)

    assert runs.plans == [Plan()]


async def test_once_it_may_fail() -> None:
    await play_unharmed(Runs((False, ""), (True, "")), CONFIG)


async def test_who_has_waited_for_all_of_its_time_is_not_asked_again() -> None:
    runs = Runs((False, ""), timed_out=True)

    with pytest.raises(Broken):
        await play_unharmed(runs, CONFIG)


@pytest.mark.parametrize(
    ("output", "told"),
    [
        ("", ""),
        ("-ERR\r\n  no such thing\n", "; there came: -ERR no such thing"),
        ("x" * 500, "; there came: " + "x" * (MOST_SHOWN - 1) + "…"),
    ],
)
async def test_what_fails_each_time_is_told_with_what_came_instead(output: str, told: str) -> None:
    runs = Runs(*[(False, output)] * TRIES)

    with pytest.raises(Broken) as broken:
        await play_unharmed(runs, CONFIG)

    assert broken.value.missing == f"without any fault, a question fails against a server: end of stream{told}"
    assert broken.value.remedy == "see `tcpchaos run` with the same options"
    assert len(runs.plans) == TRIES
