"""Flows of others under a plan, in virtual time: what is judged, and what is waited for at the end."""

import signal
import threading
from collections.abc import Callable
from typing import Any

import trio
import trio.testing

from tcpchaos.backends.host import Broken
from tcpchaos.engine import Engine
from tcpchaos.oracle import Sight
from tcpchaos.plan import Plan, parse
from tcpchaos.run.live import LAST_CALL_S, Live, LiveConfig, LiveResult
from tcpchaos.trace import Side
from tcpchaos.wire import Packet
from tests.engine.playbook import World

OPENING = [
    (Side.CLIENT, "S 0:0(0) win 1000"),
    (Side.SERVER, "S. 0:0(0) ack 1 win 1000"),
    (Side.CLIENT, ". 1:1(0) ack 1 win 1000"),
]
WILD = (Side.SERVER, ". 1:1(0) ack 500 win 1000")
DATA = (Side.CLIENT, "P. 1:5(4) ack 1 win 1000")


class Script:
    """A way on which this is said, a millisecond between two segments, and then no more; a Way."""

    backend = "queue"
    stacks = ("", "")
    mtu = None

    def __init__(self, *said: tuple[Side, str], losses: dict[str, int] | None = None) -> None:
        self._said = said
        self._losses = losses or {}
        self.went_on: list[str] = []
        self._texts = World("")

    async def pump(
        self, engine: Engine, clock: Callable[[], int], *, task_status: trio.TaskStatus[None] = trio.TASK_STATUS_IGNORED
    ) -> None:
        task_status.started()
        for side, text in self._said:
            await trio.sleep(0.001)
            engine.receive(side, self._texts.packet(side, text), clock())
            self._take(engine)
        while True:
            due_us = engine.due()
            await trio.sleep(0.1 if due_us is None else max(due_us - clock(), 0) / 1_000_000)
            engine.advance(clock())
            self._take(engine)

    def _take(self, engine: Engine) -> None:
        self.went_on += [f"{to} < {self._texts.text(to, octets)}" for to, octets in engine.take()]

    def sight(self, side: Side, packet: Packet) -> Sight:
        return Sight()

    def waiting_us(self) -> int:
        return 0

    def losses(self) -> dict[str, int]:
        return self._losses

    def notes(self) -> tuple[str, ...]:
        return ("heard by a test",)

    def conditions(self) -> dict[str, str]:
        return {"mtu": "none"}

    def heed(self, plan: Plan) -> None:
        return


def lived(way: Script, *plan: str, time_s: float | None = 1.0) -> LiveResult:
    config = LiveConfig(flows="port 80", plan=parse("\n".join(plan)), time_s=time_s)
    return trio.run(Live(config, way).run, clock=trio.testing.MockClock(autojump_threshold=0))


def test_what_goes_on_when_the_time_is_over_is_owed_by_nobody() -> None:
    result = lived(Script(*OPENING, DATA))

    assert (result.outcome, result.seen) == ("pass", 1)
    assert result.notes == ("heard by a test",)
    assert result.conditions == {"mtu": "none"}
    assert result.took_us >= 1_000_000


def test_a_breach_is_a_violation_and_is_no_longer_one_where_not_all_was_heard() -> None:
    assert lived(Script(*OPENING, WILD)).outcome == "violation"

    result = lived(Script(*OPENING, WILD, losses={"packets unheard": 1200}))
    assert result.outcome == "undetermined"
    assert "no endpoint can be blamed: 1,200 packets unheard" in result.notes[0]


def test_of_what_had_begun_before_nothing_is_presumed() -> None:
    result = lived(Script(*OPENING[1:], WILD))

    assert (result.outcome, result.findings) == ("pass", ())
    assert result.notes[-1].startswith("1 connection(s) not seen from their beginning")


def test_nothing_seen_is_nothing_judged() -> None:
    assert lived(Script()).outcome == "undetermined"


def test_what_is_held_back_at_the_end_goes_its_way_or_is_said_to_be_lost() -> None:
    way = Script(*OPENING, DATA)
    result = lived(way, "client data: hold 5", time_s=0.1)

    assert way.went_on[-1] == "server < P. 1:5(4) ack 1 win 1000"
    assert result.fired[0].times == 1

    result = lived(Script(*OPENING, DATA), f"client data: delay {LAST_CALL_S * 3000:.0f}ms", time_s=0.1)
    assert "packets were still held back when it ended, and are lost" in result.notes


def test_a_signal_ends_it_in_good_order() -> None:
    async def act() -> LiveResult:
        way = Script(*OPENING)
        live = Live(LiveConfig(flows="port 80"), way)

        async def later() -> None:
            await trio.sleep(0.5)
            signal.raise_signal(signal.SIGTERM)

        async with trio.open_nursery() as nursery:
            nursery.start_soon(later)
            return await live.run()

    assert threading.current_thread() is threading.main_thread()
    result: LiveResult = trio.run(act)

    assert result.outcome == "pass"
    assert "stopped by SIGTERM" in result.notes


def test_figures_tell_how_far_it_is() -> None:
    async def act() -> Any:
        live = Live(
            LiveConfig(flows="port 80", plan=parse("client data: duplicate"), time_s=2), Script(*OPENING, DATA, WILD)
        )
        async with trio.open_nursery() as nursery:
            nursery.start_soon(live.run)
            await trio.sleep(1)
            return live.figures()

    took_us, *rest = trio.run(act, clock=trio.testing.MockClock(autojump_threshold=0))
    assert took_us == 1_000_000
    assert rest == [5, 1, 1, 1, 1]


def test_another_plan_takes_over_and_what_the_first_did_is_told() -> None:
    way = Script(*OPENING, DATA, DATA, DATA)
    live = Live(LiveConfig(flows="port 80", plan=parse("client data: drop"), time_s=1.0), way)

    async def replaced() -> LiveResult:
        async with trio.open_nursery() as nursery:

            async def change() -> None:
                await trio.sleep(0.0045)
                live.replace(parse("client data: duplicate"))

            nursery.start_soon(change)
            return await live.run()

    result = trio.run(replaced, clock=trio.testing.MockClock(autojump_threshold=0))

    assert way.went_on[3:] == ["server < P. 1:5(4) ack 1 win 1000"] * 4
    assert result.notes[0] == "until 0.0 s another plan was in force: client data: drop (1)"
    assert [(rule, times) for rule, times, _ in result.fired] == [("client data: duplicate", 2)]
    assert str(result.config.plan) == "client data: duplicate"


def test_what_is_found_is_news_once() -> None:
    live = Live(LiveConfig(flows="port 80", time_s=1.0), Script(*OPENING, WILD))
    trio.run(live.run, clock=trio.testing.MockClock(autojump_threshold=0))

    assert [finding.rule for finding in live.news()] == ["SA-02"]
    assert live.news() == ()


def test_a_way_that_fails_in_the_midst_of_it_leaves_what_was_seen() -> None:
    class Failing(Script):
        async def pump(self, *arguments: Any, **named: Any) -> None:
            with trio.move_on_after(0.1):
                await super().pump(*arguments, **named)
            raise Broken("the interface is gone", "bring it back")

    result = lived(Failing(*OPENING, WILD), time_s=None)

    assert result.broken is not None
    assert (result.broken.missing, result.outcome, result.seen) == ("the interface is gone", "violation", 1)
    assert lived(Failing(*OPENING), time_s=None).outcome == "pass"
