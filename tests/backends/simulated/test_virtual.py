"""Time that passes only when everybody waits."""

import random
import time

import pytest
import trio

from tcpchaos.backends.simulated.desk import SEND
from tcpchaos.backends.simulated.virtual import STORM, VirtualTime, in_virtual_time
from tcpchaos.sim.host import Host
from tcpchaos.sim.world import World
from tcpchaos.trace import Side
from tcpchaos.wire import RST, Packet
from tests.conftest import Passing


def test_an_hour_is_over_at_once() -> None:
    async def sleep(clock: VirtualTime) -> float:
        await trio.sleep(3600)
        return trio.current_time()

    began = time.monotonic()
    assert in_virtual_time(sleep) == 3600
    assert time.monotonic() - began < 5


def test_no_time_passes_while_somebody_can_run() -> None:
    async def work(clock: VirtualTime) -> int:
        for _ in range(1000):
            await trio.lowlevel.checkpoint()
        return clock.now_us

    assert in_virtual_time(work) == 0


@pytest.mark.parametrize("seconds", [0.1, 1 / 3, 1e-6, 1.1e-6, 0.0000005, 7.000000001, 86400.7])
def test_no_deadline_is_missed_by_rounding(seconds: float) -> None:
    async def sleep(clock: VirtualTime) -> int:
        with trio.move_on_after(seconds):
            await trio.sleep_forever()
        return clock.now_us

    assert 0 <= in_virtual_time(sleep) - seconds * 1_000_000 < 1.000001


def test_whoever_waits_for_the_outside_really_waits() -> None:
    async def ask(clock: VirtualTime) -> str:
        return await trio.to_thread.run_sync(lambda: "answer")

    assert in_virtual_time(ask) == "answer"


HERE, THERE, NOBODY = b"\xc0\0\2\1", b"\xc0\0\2\2", b"\xc0\0\2\3"


def test_of_calls_that_come_at_once_the_first_by_rank_is_carried_out_first() -> None:
    async def call(clock: VirtualTime) -> list[tuple[int, int]]:
        order: list[tuple[int, int]] = []
        ranks = [(side, number) for side in Side for number in range(20)]
        random.Random(7).shuffle(ranks)

        async def one(side: Side, number: int) -> None:
            order.append(await clock.desk.ask((side, number, SEND), lambda _: (side, number)))

        async with trio.open_nursery() as moving:
            moving.start_soon(clock.move, World((Host(HERE), Host(THERE)), Passing()))
            async with trio.open_nursery() as nursery:
                for side, number in ranks:
                    nursery.start_soon(one, side, number)
            moving.cancel_scope.cancel()
        return order

    assert in_virtual_time(call) == [(side, number) for side in Side for number in range(20)]


async def call_nobody(clock: VirtualTime, engine: Passing) -> list[int]:
    """Send a SYN to nobody, and count what was seen of it after every 0.9 seconds."""
    client = Host(HERE)
    seen = []
    async with trio.open_nursery() as nursery:
        nursery.start_soon(clock.move, World((client, Host(THERE)), engine))
        await clock.desk.ask((Side.CLIENT, 0, 0), lambda now_us: client.connect(NOBODY, 80, now_us))
        for _ in range(4):
            await trio.sleep(0.9)
            seen.append(len(engine.seen))
        nursery.cancel_scope.cancel()
    return seen


def test_the_world_goes_on_up_to_the_next_deadline() -> None:
    # A SYN that nobody answers, and the same after 1 and 3 seconds.
    assert in_virtual_time(lambda clock: call_nobody(clock, Passing())) == [1, 2, 2, 3]


class Calling(Passing):
    """For each reset that answers a SYN, sends that SYN again: without end."""

    def receive(self, side: Side, packet: Packet, now_us: int) -> None:
        super().receive(side, packet, now_us)
        if packet.flags & RST:
            self.out.append((side, self.seen[0][1].octets))


async def rage(clock: VirtualTime, seconds: float, pause_s: float) -> tuple[int, int]:
    """Let a storm rage, in which an application gets further after each pause; return when it ended, and its size."""
    client = Host(HERE)
    world = World((client, Host(THERE)), Calling())
    async with trio.open_nursery() as nursery:
        nursery.cancel_scope.deadline = seconds

        async def move() -> None:
            await clock.move(world)
            nursery.cancel_scope.cancel()

        nursery.start_soon(move)
        await clock.desk.ask((Side.CLIENT, 0, 0), lambda now_us: client.connect(THERE, 80, now_us))
        while True:
            await trio.sleep(pause_s)
            await clock.desk.ask((Side.CLIENT, 0, 0), lambda _: None)
    return clock.now_us, world.carried


def test_a_storm_ends_though_time_hardly_passes() -> None:
    now_us, carried = in_virtual_time(lambda clock: rage(clock, 10, pause_s=100))
    assert now_us < 2_000_000
    assert carried == STORM


def test_while_an_application_gets_further_a_storm_is_none() -> None:
    now_us, carried = in_virtual_time(lambda clock: rage(clock, 1.2, pause_s=0.01))
    assert now_us == 1_200_000
    assert carried > STORM


def test_what_fails_in_the_world_comes_out_as_itself() -> None:
    class Failing(Passing):
        def receive(self, *_: object) -> None:
            raise ZeroDivisionError("in the engine")

    with pytest.RaisesGroup(pytest.RaisesExc(ZeroDivisionError, match="in the engine")):
        in_virtual_time(lambda clock: call_nobody(clock, Failing()))


def test_a_call_waits_until_somebody_moves_the_world() -> None:
    async def call(clock: VirtualTime) -> bool:
        with trio.move_on_after(1) as waiting:
            await clock.desk.ask((Side.CLIENT, 0, 0), lambda _: None)
        return waiting.cancelled_caught

    assert in_virtual_time(call)
