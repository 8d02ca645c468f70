"""A shared world: whose a connection is, and that nobody is told of another's."""

from collections.abc import Mapping
from typing import Any

import pytest
import trio
import trio.testing

from tcpchaos.backends.shared import SharedWorld
from tcpchaos.backends.world import Setting
from tcpchaos.backends.worlds import open_lab_world
from tcpchaos.trace import Side
from tcpchaos.wire import RST, Packet
from tests.conftest import Eventually, Passing

pytestmark = pytest.mark.usefixtures("lab_or_skip")


class Later(Passing):
    """Lets everything pass a while after it was sent."""

    def __init__(self, delay_us: int) -> None:
        super().__init__()
        self._delay_us = delay_us
        self._due: list[tuple[int, tuple[Side, bytes]]] = []

    def receive(self, side: Side, packet: Packet, now_us: int) -> None:
        super().receive(side, packet, now_us)
        self._due += [(now_us + self._delay_us, each) for each in self.out]
        self.out = []

    def due(self) -> int | None:
        return self._due[0][0] if self._due else None

    def advance(self, now_us: int) -> None:
        while self._due and self._due[0][0] <= now_us:
            self.out.append(self._due.pop(0)[1])


async def converse(shared: SharedWorld, engine: Passing, text: bytes) -> tuple[list[str], Mapping[str, int]]:
    """Have a connection in a share; return the states that it knows of at the server, and what got lost."""
    share = shared.share()
    async with trio.open_nursery() as nursery:
        await nursery.start(share.pump, engine)
        server = share.endpoint(Side.SERVER)
        listener = await server.listen()
        here = await share.endpoint(Side.CLIENT).connect(server.address, listener.port)
        there = await listener.accept()
        await here.send_all(text)
        assert await there.receive() == text
        states = [each.state for each in server.sockets()]
        for each in (here, there, listener):
            each.close()
        losses = await share.losses()
        nursery.cancel_scope.cancel()
    return states, losses


@pytest.mark.parametrize("family", [4, 6])
async def test_each_share_sees_its_own_connections(family: int) -> None:
    engines = [Passing() if number % 2 else Later(20_000) for number in range(8)]
    async with open_lab_world(Setting(family=4 if family == 4 else 6)) as world, trio.open_nursery() as nursery:
        shared = SharedWorld(world)
        await nursery.start(shared.pump)

        async def one(number: int) -> None:
            states, losses = await converse(shared, engines[number], b"%d" % number)
            assert states == ["ESTABLISHED"]
            assert losses == {}

        async with trio.open_nursery() as group:
            for number in range(8):
                group.start_soon(one, number)
        nursery.cancel_scope.cancel()
    for number, engine in enumerate(engines):
        payloads = {packet.payload for _, packet in engine.seen if packet.size}
        assert payloads == {b"%d" % number}
        assert len({frozenset((packet.sport, packet.dport)) for _, packet in engine.seen}) == 1


async def test_a_listener_of_nobodys_is_called_from_a_port_of_ones_own() -> None:
    engines = (Passing(), Passing())
    async with open_lab_world(Setting()) as world, trio.open_nursery() as nursery:
        shared = SharedWorld(world)
        await nursery.start(shared.pump)
        server = world.endpoint(Side.SERVER)
        listener = await server.listen()
        shares = [shared.share() for _ in engines]
        for share, engine in zip(shares, engines, strict=True):
            await nursery.start(share.pump, engine)
            stream = await share.endpoint(Side.CLIENT).connect(server.address, listener.port)
            (await listener.accept()).close()
            assert await stream.receive() == b""
            stream.close()
        nursery.cancel_scope.cancel()
    callers = [{packet.sport for side, packet in engine.seen if side is Side.CLIENT} for engine in engines]
    assert [len(each) for each in callers] == [1, 1]
    assert callers[0] != callers[1]


async def test_what_belongs_to_nobody_passes() -> None:
    async with open_lab_world(Setting()) as world, trio.open_nursery() as nursery:
        shared = SharedWorld(world)
        await nursery.start(shared.pump)
        server = world.endpoint(Side.SERVER)
        listener = await server.listen()
        here = await world.endpoint(Side.CLIENT).connect(server.address, listener.port)
        there = await listener.accept()
        await here.send_all(b"x")
        assert await there.receive() == b"x"
        nursery.cancel_scope.cancel()


async def test_after_the_pump_nothing_is_done_any_more() -> None:
    engine = Passing()
    async with open_lab_world(Setting()) as world, trio.open_nursery() as nursery:
        shared = SharedWorld(world)
        await nursery.start(shared.pump)
        share = shared.share()
        server = share.endpoint(Side.SERVER)
        async with trio.open_nursery() as pumping:
            await pumping.start(share.pump, engine)
            listener = await server.listen()
            here = await share.endpoint(Side.CLIENT).connect(server.address, listener.port)
            there = await listener.accept()
            pumping.cancel_scope.cancel()
        seen = len(engine.seen)
        await here.send_all(b"x")
        assert await there.receive() == b"x"
        assert len(engine.seen) == seen
        nursery.cancel_scope.cancel()


async def test_taken_ports_are_left_to_who_has_them(monkeypatch: pytest.MonkeyPatch) -> None:
    async with open_lab_world(Setting()) as world, trio.open_nursery() as nursery:
        shared = SharedWorld(world)
        await nursery.start(shared.pump)
        server = world.endpoint(Side.SERVER)
        listener = await server.listen()
        taken = await world.endpoint(Side.CLIENT).listen(2000)
        monkeypatch.setattr(shared, "calling_ports", iter((2000, 2001)))
        share = shared.share()
        await nursery.start(share.pump, Passing())

        stream = await share.endpoint(Side.CLIENT).connect(server.address, listener.port)

        assert stream.local_port == 2001
        assert share.ports == [(Side.CLIENT, 2001)]
        taken.close()
        nursery.cancel_scope.cancel()


async def test_who_asks_for_losses_hears_of_what_was_lost_before() -> None:
    class Losing:
        """A world that loses something with each question, and takes its time to answer."""

        def __init__(self) -> None:
            self.asked = 0
            self.answers = trio.Event()

        async def losses(self) -> dict[str, int]:
            self.asked += 1
            answer = self.asked
            await self.answers.wait()
            return {"frames": answer}

    world: Any = Losing()
    shared = SharedWorld(world)
    answers: list[int] = []

    async def ask() -> None:
        answers.append((await shared.losses())["frames"])

    async with trio.open_nursery() as nursery:
        nursery.start_soon(ask)
        await trio.testing.wait_all_tasks_blocked()
        for _ in range(4):  # one is being answered, which may have missed what is asked for now
            nursery.start_soon(ask)
        await trio.testing.wait_all_tasks_blocked()
        world.answers.set()
    assert world.asked == 2
    assert sorted(answers) == [1, 2, 2, 2, 2]


class Forging(Passing):
    """Sends the server, beside the first octets of the client's, the same from port 1."""

    def receive(self, side: Side, packet: Packet, now_us: int) -> None:
        super().receive(side, packet, now_us)
        if packet.size and not any(each.sport == 1 for _, each in self.seen):
            self.out.append((Side.SERVER, packet.replace(sport=1).octets))


async def test_who_answers_to_what_a_share_has_made_up_is_heard_by_that_share(eventually: Eventually) -> None:
    engine = Forging()
    async with open_lab_world(Setting()) as world, trio.open_nursery() as nursery:
        shared = SharedWorld(world)
        await nursery.start(shared.pump)
        server = world.endpoint(Side.SERVER)
        listener = await server.listen()  # nobody's
        share = shared.share()
        await nursery.start(share.pump, engine)
        stream = await share.endpoint(Side.CLIENT).connect(server.address, listener.port)
        await stream.send_all(b"x")
        await eventually(lambda: any(packet.dport == 1 and packet.flags & RST for _, packet in engine.seen))
        nursery.cancel_scope.cancel()
