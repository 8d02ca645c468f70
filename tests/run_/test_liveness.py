"""The run's watch over liveness: it beats, waits for what is owed as long as that may take, and finds what is stuck."""

from typing import Any, cast

import pytest
import trio
import trio.testing

from tcpchaos.backends.world import World
from tcpchaos.oracle import Oracle
from tcpchaos.oracle.debts import BEAT_US, MACHINE_US
from tcpchaos.plan import parse
from tcpchaos.run import RunConfig
from tcpchaos.run.liveness import VIRTUAL_US, Vigil, room_us
from tcpchaos.run.session import run_simulated
from tcpchaos.trace import Side, Socket
from tests.rfc.rules.test_owed_answers import HALF_OPEN, TALKED
from tests.transcript import Playback


class TimedWorld:
    """A world of which only the time is asked."""

    def __init__(self, *, virtual: bool = False) -> None:
        self.virtual = virtual

    def waiting_us(self) -> int:
        return 0

    def clock(self) -> int:
        return round(trio.current_time() * 1_000_000)


def vigil(oracle: Oracle, *, virtual: bool = False, programs: bool = False) -> Vigil:
    return Vigil(oracle, cast(World, TimedWorld(virtual=virtual)), programs=programs)


def within(act: Any) -> Any:
    """Run it in virtual time, which begins at 0."""
    return trio.run(act, clock=trio.testing.MockClock(autojump_threshold=0))


STUCK = Socket("LAST-ACK", "192.0.2.2", 80, "192.0.2.1", 40000, 0, 1)


def test_endpoints_on_a_machine_have_room_and_those_in_virtual_time_hardly_any() -> None:
    assert room_us(cast(World, TimedWorld())) == MACHINE_US
    assert room_us(cast(World, TimedWorld(virtual=True))) == VIRTUAL_US


def test_it_beats_so_that_a_stall_is_noticed() -> None:
    oracle = Oracle()

    async def act() -> None:
        with trio.move_on_after(1):
            await vigil(oracle).watch()

    within(act)
    assert oracle.circumstances.stalls.lost_us(0, 1_000_000) == 0
    assert oracle.circumstances.stalls.lost_us(0, 1_500_000) in range(400_000, 500_001, BEAT_US)


def test_virtual_time_has_no_stalls() -> None:
    oracle = Oracle()

    async def act() -> None:
        with trio.move_on_after(3):
            await vigil(oracle, virtual=True).watch()

    within(act)
    assert oracle.circumstances.stalls.lost_us(0, 9_000_000) == 0


def test_what_is_overdue_is_missed_though_nothing_passes_any_more() -> None:
    story = Playback(HALF_OPEN)

    async def act() -> None:
        with trio.move_on_after(10):
            await vigil(story.oracle).watch()

    within(act)
    assert story.broken == ["HS-32 client", "RT-13 server"]


@pytest.mark.parametrize(("story", "seconds"), [(TALKED, 0), (HALF_OPEN, 7)])
def test_it_is_as_patient_as_what_is_owed_requires(story: str, seconds: float) -> None:
    oracle = Playback(story).oracle

    async def act() -> float:
        return vigil(oracle).patience_s()

    assert within(act) == seconds


def test_when_the_applications_have_gone_a_half_open_connection_may_go_too() -> None:
    story = Playback(HALF_OPEN + "client> . 1:1(0) ack 1 win 65535\nclient>x S 7000:7000(0) win 65535")

    async def act() -> None:
        watch = vigil(story.oracle)
        watch.leave()
        await trio.sleep(90)
        await watch.conclude(lambda side: [], at_rest=False, played=True)

    within(act)
    assert story.broken == []


@pytest.mark.parametrize(("then", "found"), [(STUCK, 1), (STUCK._replace(timer="probe"), 0), (None, 0)])
def test_a_closing_connection_without_a_timer_is_stuck(then: Socket | None, found: int) -> None:
    story = Playback(TALKED)
    looks = iter(([STUCK], [then] if then else []))

    async def act() -> Vigil:
        watch = vigil(story.oracle)
        await watch.conclude(lambda side: next(looks) if side is Side.SERVER else [], at_rest=False, played=True)
        return watch

    findings = within(act).findings
    assert [(each.rule, each.blame, each.connection, each.observed) for each in findings] == [
        ("TL-03", Side.SERVER, 1, "LAST-ACK without one")
    ] * found


def test_a_run_that_ends_before_a_debt_is_due_is_undetermined() -> None:
    story = Playback(HALF_OPEN + "@100")
    verdict = story.verdict()
    assert verdict.outcome == "undetermined"
    assert verdict.notes == ("something was still owed, and would have been late only 4.9 s after the last look",)


@pytest.mark.parametrize("fault", ["client fin#1: drop", "any data: drop 20%", "server syn-ack#1: drop"])
def test_a_simulated_run_waits_for_what_is_owed_and_finds_it_paid(fault: str) -> None:
    result = run_simulated(RunConfig(plan=parse(f"seed 4\n{fault}"), backend="sim"))
    assert (result.outcome, result.findings) == ("pass", ())
