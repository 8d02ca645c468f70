"""An engine with a simulated host behind it, without a cable."""

import trio
import trio.testing

from tcpchaos.backends.simulated.desk import Desk
from tcpchaos.backends.simulated.host import SimulatedHost
from tcpchaos.backends.simulated.inhabited import Inhabited
from tcpchaos.sim.host import Host
from tcpchaos.trace import Side
from tcpchaos.wire import ACK, SYN, Packet, parse
from tests.conftest import Passing

HERE, THERE = b"\xc0\0\2\1", b"\xc0\0\2\2"


def flags(inhabited: Inhabited) -> list[tuple[Side, int]]:
    return [(to, parse(octets).flags) for to, octets in inhabited.take()]


def test_what_comes_over_the_cable_is_answered_by_the_host() -> None:
    server, outside = Host(THERE), Host(HERE)
    server.listen(80)
    passing = Passing()
    inhabited = Inhabited((None, server), passing, Desk(lambda: 0, lambda: None))
    outside.connect(THERE, 80, 0)
    [syn] = outside.take()

    inhabited.receive(Side.CLIENT, syn, 1000)
    while (due_us := inhabited.due()) is not None and due_us <= 1000:
        inhabited.advance(1000)

    assert flags(inhabited) == [(Side.CLIENT, SYN | ACK)]
    assert [side for side, _ in passing.seen] == [Side.CLIENT, Side.SERVER]
    assert inhabited.due() == 1_001_000  # the SYN-ACK's timer


async def test_an_application_s_call_wants_to_be_looked_after_at_once() -> None:
    woken: list[bool] = []
    client = Host(HERE)
    desk = Desk(lambda: 5, lambda: woken.append(True))
    inhabited = Inhabited((client, None), Passing(), desk)
    endpoint = SimulatedHost(Side.CLIENT, client, desk)
    assert inhabited.due() is None

    async with trio.open_nursery() as nursery:
        nursery.start_soon(endpoint.connect, "192.0.2.2", 80)
        await trio.testing.wait_all_tasks_blocked()
        assert (woken, inhabited.due()) == ([True], 0)
        while inhabited.due() in (0, 5):
            inhabited.advance(5)
        assert flags(inhabited) == [(Side.SERVER, SYN)]
        nursery.cancel_scope.cancel()


def test_between_two_of_ours_time_passes_on_the_links() -> None:
    client, server = Host(HERE), Host(THERE)
    inhabited = Inhabited((client, server), Passing(), Desk(lambda: 0, lambda: None))
    client.connect(THERE, 80, 0)
    inhabited.advance(0)

    assert (inhabited.due() or 0) > 0
    assert inhabited.take() == []


def test_packet_is_what_the_engine_sees(passing: Passing) -> None:
    client = Host(HERE)
    inhabited = Inhabited((client, None), passing, Desk(lambda: 0, lambda: None))
    client.connect(THERE, 80, 0)
    for _ in range(2):
        inhabited.advance(0)

    [(side, packet)] = passing.seen
    assert (side, isinstance(packet, Packet), packet.flags) == (Side.CLIENT, True, SYN)
