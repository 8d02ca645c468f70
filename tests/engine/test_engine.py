"""The engine as a whole: what nothing touches goes through as it came; nothing is raised, lost or ever different."""

from collections.abc import Iterator
from typing import NamedTuple

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tcpchaos.engine import Command, Engine, items
from tcpchaos.oracle import Oracle
from tcpchaos.plan import Blackhole, Coalesce, Drop, Plan, Rate, parse
from tcpchaos.search import plans
from tcpchaos.seq import add
from tcpchaos.trace import Event, Side, Trace
from tcpchaos.wire import ACK, FIN, PSH, RST, SYN, Packet, build
from tests.engine.playbook import ISS, World

FOREVER_US = 1 << 50


@pytest.fixture(autouse=True, scope="module")
def _no_floods() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(items, "ITEMS_AT_MOST", 24)
        yield


class Step(NamedTuple):
    """A packet, and how long after the one before it."""

    after_us: int
    side: Side
    packet: Packet


@st.composite
def steps(draw: st.DrawFn) -> Step:
    """Draw anything that an endpoint could send, mostly what belongs to one connection."""
    side = draw(st.sampled_from(Side))
    usual = st.sampled_from([SYN, SYN | ACK, ACK, PSH | ACK, FIN | ACK, RST, RST | ACK])
    version = draw(st.sampled_from([4, 4, 4, 16]))
    hosts = (bytes(version - 1) + b"\1", bytes(version - 1) + b"\2")
    ports = draw(st.sampled_from([(40000, 80)] * 3 + [(40001, 80)]))
    packet = build(
        src=hosts[side],
        dst=hosts[side.peer],
        sport=ports[side],
        dport=ports[side.peer],
        seq=add(ISS[side], draw(st.integers(-2, 30))),
        ack=draw(st.just(0) | st.integers(-2, 30).map(lambda ahead: add(ISS[side.peer], ahead))),
        flags=draw(usual | st.integers(0, 255)),
        window=draw(st.integers(0, 65535)),
        options=draw(st.binary(max_size=40)),
        payload=draw(st.just(b"") | st.binary(max_size=20)),
        urgent=draw(st.sampled_from([0, 0, 3, 65535])),
        checksum=draw(st.sampled_from([None, None, None, 0])),
    )
    offset = draw(st.sampled_from([None, None, None, 0, 3, 15]))
    if offset is not None:
        packet = packet.replace(offset=offset)
    return Step(draw(st.sampled_from([0, 1, 1_000, 200_000, 2_000_000])), side, packet)


def played(plan: Plan, script: list[Step], trace: Trace | None = None) -> tuple[list[Command], Engine]:
    """Return what comes out for what goes in, deadlines kept."""
    engine = Engine(plan, Oracle(), trace)
    now_us, out = 0, []
    for step in script:
        now_us += step.after_us
        while (due_us := engine.due()) is not None and due_us < now_us:
            engine.advance(due_us)
            out += engine.take()
        engine.receive(step.side, step.packet, now_us)
        out += engine.take()
    while (due_us := engine.due()) is not None:
        assert due_us < FOREVER_US
        engine.advance(due_us)
        out += engine.take()
    return out, engine


scripts = st.lists(steps(), max_size=10)
relaxed = settings(suppress_health_check=[HealthCheck.data_too_large])


@given(script=scripts)
@relaxed
def test_an_empty_plan_passes_everything_as_it_is(script: list[Step]) -> None:
    out, engine = played(Plan(), script)
    assert out == [(step.side.peer, step.packet.octets) for step in script]
    assert engine.due() is None


@given(plan=plans(), script=scripts)
@relaxed
def test_no_plan_raises_and_every_replay_is_the_same(plan: Plan, script: list[Step]) -> None:
    first, second = Trace(), Trace()
    out, engine = played(plan, script, first)
    again, other = played(plan, script, second)
    assert out == again
    assert list(first) == list(second)
    assert (engine.deeds, engine.notes) == (other.deeds, other.notes)
    assert out == played(plan, script)[0]


@given(plan=plans(), script=scripts)
@relaxed
def test_nothing_is_lost_unless_the_plan_says_so(plan: Plan, script: list[Step]) -> None:
    trace = Trace()
    played(plan, script, trace)
    events = list(trace)
    assert [event.frame for event in events] == list(range(1, len(events) + 1))
    arrived = {event.origin for event in events if event.delivered}
    actions = [action for rule in plan.rules for action in rule.actions]
    if any(isinstance(action, Blackhole | Drop | Coalesce) for action in actions):
        return
    if any(isinstance(action, Rate) and action.queue is not None for action in actions):
        return
    assert arrived >= {event.frame for event in events if not event.delivered}


@given(plan=plans(), script=scripts)
@relaxed
def test_what_nothing_touches_keeps_its_order(plan: Plan, script: list[Step]) -> None:
    trace = Trace()
    played(plan, script, trace)
    sent = {event.frame: event for event in trace if not event.delivered}
    for side in Side:
        untouched = [
            event for event in trace if event.delivered and event.side is side and event.origin and not event.deeds
        ]
        assert [event.origin for event in untouched] == sorted(event.origin for event in untouched)
        assert all(event.packet == sent[event.origin].packet for event in untouched)


@given(script=scripts, seed=st.integers(0, 99))
@relaxed
def test_a_plan_for_other_connections_is_no_plan(script: list[Step], seed: int) -> None:
    plan = parse(f"seed {seed}\nany any conn#99: drop 50%\non client=established conn#99: blackhole both")
    first, second = Trace(), Trace()
    assert played(plan, script, first)[0] == played(Plan(), script, second)[0]
    assert list(first) == list(second)


@given(script=scripts)
@relaxed
def test_the_short_way_tells_what_the_long_way_tells(script: list[Step]) -> None:
    # The second plan does something to each segment that leaves it as it is.
    first, second = Trace(), Trace()
    short = played(Plan(), script, first)
    long = played(parse("any any: heal both"), script, second)
    assert short[0] == long[0]

    def bare(trace: Trace) -> list[Event]:
        return [event._replace(deeds=()) for event in trace]

    assert bare(first) == bare(second)


def test_all_rules_that_select_a_segment_are_done_in_their_order() -> None:
    w = World("client data#1: seq+=1\nclient any: window=5\nclient data#1: seq+=1, duplicate")
    w.handshake()
    assert w.client("P. 1:5(4) ack 1 win 9") == ["server < P. 3:7(4) ack 1 win 5"] * 2
    assert w.events()[-1].deeds == ("seq+=1", "window=5", "seq+=1", "duplicate")


def test_take_forgets() -> None:
    w = World("")
    assert w.client("S 0:0(0) win 9") == ["server < S 0:0(0) win 9"]
    assert w.engine.take() == []


def test_a_new_syn_between_the_same_ports_begins_another_connection() -> None:
    w = World("client syn#1: window=1")
    assert w.handshake()[0] == "server < S 0:0(0) win 1"
    assert w.client("S 0:0(0) win 9") == ["server < S 0:0(0) win 9"]
    assert w.client("S 500:500(0) win 9") == ["server < S 500:500(0) win 1"]
    assert [event.connection for event in w.events()][-2:] == [2, 2]


def test_without_a_trace_the_same_comes_out() -> None:
    oracle = Oracle()
    engine = Engine(parse("client data: duplicate"), oracle)
    world = World("")
    for text in ("S 0:0(0) win 9", "P. 1:5(4) ack 1 win 9"):
        engine.receive(Side.CLIENT, world.packet(Side.CLIENT, text), 0)
    assert len(engine.take()) == 3


def test_a_stream_in_one_direction_takes_the_short_way() -> None:
    w = World("client data#9: drop")
    w.handshake()
    w.client("P. 1:5(4) ack 1 win 9")
    w.server(". 1:1(0) ack 5 win 9")
    assert all(end.belief.plain for end in w.oracle.connections[0].ends)
    assert not any(lane.busy or lane.watched for lanes in w.engine._lanes for lane in lanes.values())


def test_what_begins_after_the_plan_is_over_passes_unseen_and_the_rest_goes_on_as_it_was() -> None:
    world = World("client any: drop")
    assert world.client("S 0:0(0) win 1000") == []

    world.engine.stand_aside()

    assert world.client("S 0:0(0) win 1000") == []
    world.ports = (40001, 80)
    assert len(world.handshake()) == 3
    world.ports = (40000, 80)
    # Another initial sequence number: a new connection between old ports.
    assert world.client("S 9:9(0) win 1000") == ["server < S 9:9(0) win 1000"]
    assert world.client(". 10:10(0) ack 1 win 1000") == ["server < . 10:10(0) ack 1 win 1000"]
    assert len(world.oracle.connections) == 1
    assert world.trace.seen == 2


def test_what_the_oracle_has_forgotten_the_engine_forgets_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tcpchaos.oracle.memory.MOST_CONNECTIONS", 8)
    monkeypatch.setattr("tcpchaos.oracle.memory._FORGOTTEN_AT_ONCE", 4)
    monkeypatch.setattr("tcpchaos.engine.engine._SPARE_LANES", 4)
    world = World("client data#1: hold 1")
    for port in range(1000, 1100):
        world.ports = (port, 80)
        assert len(world.handshake()) == 3
        assert world.client("P. 1:5(4) ack 1 win 9") == []  # held back
        assert len(world.engine._lanes[Side.CLIENT]) <= 17

    assert len(world.wait(2_000_000)) == 100


def test_another_plan_counts_anew_and_lets_go_what_the_old_one_held() -> None:
    w = World(
        "client data#1: hold 3\nclient data#2: delay 5ms\nserver ack#1: blackhole server\n"
        "on client=fin-wait-1 after 5ms: inject to server rst seq=rcv.nxt"
    )
    w.handshake()
    assert w.client("P. 1:5(4) ack 1 win 9") == w.client("P. 5:9(4) ack 1 win 9") == []
    assert w.server(". 1:1(0) ack 1 win 9") == []
    assert w.client("F. 9:9(0) ack 1 win 9") == ["server < F. 9:9(0) ack 1 win 9"]

    w.engine.replace(parse("client data#1: drop"), w.now_us)

    assert w.out() == ["server < P. 1:5(4) ack 1 win 9"]
    assert w.engine.deeds == (0,)
    assert w.wait(10_000) == ["server < P. 5:9(4) ack 1 win 9"]  # late already, and no reset of the old plan's
    assert w.server(". 1:1(0) ack 10 win 9") == ["client < . 1:1(0) ack 10 win 9"]
    assert w.client("P. 1:5(4) ack 1 win 9") == []
    assert w.client("P. 1:5(4) ack 1 win 9") == ["server < P. 1:5(4) ack 1 win 9"]
    assert w.engine.deeds == (1,)


@pytest.mark.parametrize("fatal", [True, False])
def test_an_error_of_somebody_elses_may_end_what_it_is_about(fatal: bool) -> None:
    w = World("")
    w.handshake()
    key = w.packet(Side.CLIENT, ". 1:1(0) ack 1 win 9").key
    w.engine.warned(Side.CLIENT, b"of nobody", w.now_us, fatal=True)
    assert w.oracle.faults == "none"
    w.engine.warned(Side.CLIENT, key, w.now_us, fatal=fatal)
    assert w.oracle.faults == ("lethal" if fatal else "survivable")
    assert w.out() == []
