"""Two hosts, links and someone in the middle: what arrives when, with time as an argument."""

from tcpchaos.sim.host import Host
from tcpchaos.sim.tcp import State
from tcpchaos.sim.world import LINK_US, World
from tcpchaos.trace import Side
from tcpchaos.wire import Packet

HERE, THERE = b"\xc0\0\2\1", b"\xc0\0\2\2"


class Slow:
    """A middle that lets everything pass, later."""

    def __init__(self, later_us: int = 0) -> None:
        self.later_us = later_us
        self.held: list[tuple[int, Side, Packet]] = []
        self.seen: list[tuple[int, Side]] = []
        self.out: list[tuple[Side, bytes]] = []

    def receive(self, side: Side, packet: Packet, now_us: int) -> None:
        self.seen.append((now_us, side))
        if self.later_us:
            self.held.append((now_us + self.later_us, side.peer, packet))
        else:
            self.out.append((side.peer, packet.octets))

    def due(self) -> int | None:
        return self.held[0][0] if self.held else None

    def advance(self, now_us: int) -> None:
        while self.held and self.held[0][0] <= now_us:
            _, to, packet = self.held.pop(0)
            self.out.append((to, packet.octets))

    def take(self) -> list[tuple[Side, bytes]]:
        out, self.out = self.out, []
        return out


def play_out(world: World, until_us: int) -> int:
    """Let everything happen up to that time; when the last of it did."""
    now_us = 0
    world.collect(0)
    while (due_us := world.due()) is not None and due_us <= until_us:
        now_us = due_us
        world.advance(now_us)
    return now_us


def test_a_packet_takes_its_time_on_both_links() -> None:
    hosts, middle = (Host(HERE), Host(THERE)), Slow()
    hosts[1].listen(80)
    world = World(hosts, middle)
    tcp = hosts[0].connect(THERE, 80, 0)

    assert play_out(world, 3_000_000) == 6 * LINK_US
    assert tcp.state is State.ESTABLISHED
    assert middle.seen == [(LINK_US, Side.CLIENT), (3 * LINK_US, Side.SERVER), (5 * LINK_US, Side.CLIENT)]


def test_the_middle_is_asked_when_it_is_due() -> None:
    hosts, middle = (Host(HERE), Host(THERE)), Slow(1000)
    hosts[1].listen(80)
    world = World(hosts, middle)
    hosts[0].connect(THERE, 80, 0)
    play_out(world, 900_000)

    assert [at_us for at_us, _ in middle.seen] == [50, 50 + 1100, 50 + 2200]


def test_a_lost_syn_is_sent_again_when_the_world_comes_to_it() -> None:
    class Hole(Slow):
        def take(self) -> list[tuple[Side, bytes]]:
            super().take()
            return []

    hosts, middle = (Host(HERE), Host(THERE)), Hole()
    world = World(hosts, middle)
    hosts[0].connect(THERE, 80, 0)
    play_out(world, 4_000_000)

    assert [at_us - LINK_US for at_us, _ in middle.seen] == [0, 1_000_000, 3_000_000]


def test_a_host_may_live_outside() -> None:
    server, middle = Host(THERE), Slow()
    server.listen(80)
    world = World((None, server), middle, delay_us=0)
    client = Host(HERE)
    client.connect(THERE, 80, 0)
    [syn] = client.take()

    world.receive(Side.CLIENT, syn, 0)
    assert world.take() == []
    while world.due() == 0:
        world.advance(0)

    [(to, octets)] = world.take()
    assert to is Side.CLIENT
    client.arrives(octets, 0)
    assert [socket.state for socket in client.sockets()] == ["ESTABLISHED"]


def test_nothing_happens_of_itself_where_nobody_wants_anything() -> None:
    world = World((Host(HERE), Host(THERE)), Slow())
    world.advance(1_000_000)

    assert world.due() is None
