"""What is remembered of a connection: dead ways, counts, and the states that were entered."""

from tcpchaos.engine.flow import Flow
from tcpchaos.engine.program import Program
from tcpchaos.oracle import Oracle
from tcpchaos.plan import Blackhole, Heal, parse
from tcpchaos.trace import Side
from tests.engine.playbook import World

A, B, C = (f"P. {at}:{at + 4}(4) ack 1 win 9" for at in (1, 5, 9))
ACK = ". 1:1(0) ack 1 win 9"


def flow(plan: str = "") -> Flow:
    first = World("").packet(Side.SERVER, "S 0:0(0) win 9")
    return Flow(Oracle().connection(Side.SERVER, first), Program(parse(plan)), Side.SERVER, first)


def test_each_lane_knows_its_direction() -> None:
    made = flow()
    for side in Side:
        lane = made.lanes[side]
        assert (lane.side, lane.to) == (side, side.peer)
        assert lane.sender is made.endpoints[side]
        assert lane.receiver is made.endpoints[side.peer]
    assert made.lanes[Side.SERVER].key == World("").packet(Side.SERVER, "S 0:0(0)").key
    assert made.lanes[Side.CLIENT].key == World("").packet(Side.CLIENT, "S 0:0(0)").key


def test_a_dead_way_is_dead_until_it_is_healed_or_its_time_is_over() -> None:
    made = flow()
    made.change_path(Blackhole(who=Side.CLIENT), 0)
    made.change_path(Blackhole(who=Side.SERVER, for_us=10), 100)
    assert [made.hole(side, 109) for side in Side] == ["blackhole client", "blackhole server for 10us"]
    assert made.hole(Side.SERVER, 110) is None
    assert made.lanes[Side.SERVER].busy
    made.change_path(Heal(), 120)
    assert made.hole(Side.CLIENT, 120) is None
    assert not made.lanes[Side.CLIENT].busy


def test_a_blackhole_begins_with_the_segment_that_it_hangs_on() -> None:
    w = World("client data#2: blackhole client")
    w.handshake()
    assert w.client(A) != []
    assert w.client(B) == []
    assert w.client(C) == []
    assert w.server(ACK) != []


def test_healing_begins_with_the_segment_that_it_hangs_on() -> None:
    w = World("client data#1: blackhole both\nclient data#3: heal client")
    w.handshake()
    assert [bool(w.client(A)), bool(w.client(B)), bool(w.client(C)), bool(w.server(ACK))] == [False, False, True, False]


def test_a_blackhole_ends_by_itself() -> None:
    w = World("client data#1: blackhole both for 500ms")
    w.handshake()
    w.client(A)
    w.wait(499_999)
    assert w.server(ACK) == []
    w.wait(1)
    assert w.server(ACK) != []
    assert w.client(A) != []
    assert w.deeds() == [("blackhole both for 500ms",)] * 2


def test_what_is_already_on_its_way_arrives() -> None:
    w = World("client data#1: delay 5ms\nclient data#2: blackhole client")
    w.handshake()
    w.client(A)
    assert w.client(B) == []
    assert w.wait(5_000) == [f"server < {A}"]


def test_probability_is_the_same_on_every_replay_and_each_connection_has_its_own() -> None:
    def losses(seed: int, port: int) -> list[bool]:
        w = World(f"seed {seed}\nclient data: drop 50%")
        for w.ports in ((40000, 80), (40001, 80)):
            w.handshake()
        w.ports = (port, 80)
        return [not w.client(A) for _ in range(64)]

    first = losses(1, 40000)
    assert first == losses(1, 40000)
    assert 16 < sum(first) < 48
    assert first != losses(2, 40000)
    assert first != losses(1, 40001)


def test_of_a_range_a_share() -> None:
    w = World("client data#3-66: drop 50%")
    w.handshake()
    lost = [not w.client(A) for _ in range(100)]
    assert not any(lost[:2] + lost[66:])
    assert 16 < sum(lost) < 48
