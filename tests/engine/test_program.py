"""Which rules are worth a look: every selector, and that tables leave out nothing that could match."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tcpchaos.engine.program import Program, is_kind
from tcpchaos.plan import Kind, Plan, Rule, parse
from tcpchaos.search import plans
from tcpchaos.trace import Side
from tcpchaos.wire import ACK, FIN, PSH, RST, SYN
from tests.engine.playbook import World

CONVERSATION = (
    (Side.CLIENT, "S 0:0(0) win 9", b""),
    (Side.SERVER, "S. 0:0(0) ack 1 win 9", b""),
    (Side.CLIENT, ". 1:1(0) ack 1 win 9", b""),
    (Side.CLIENT, "P. 1:5(4) ack 1 win 9", b"GET "),
    (Side.CLIENT, "P. 1:5(4) ack 1 win 9", b"GET "),
    (Side.SERVER, ". 1:1(0) ack 5 win 9", b""),
    (Side.SERVER, "FP. 1:3(2) ack 5 win 9", b"ok"),
    (Side.CLIENT, ". 5:5(0) ack 4 win 9", b""),
    (Side.CLIENT, "F. 5:5(0) ack 4 win 9", b""),
    (Side.SERVER, ". 4:4(0) ack 6 win 9", b""),
    (Side.CLIENT, "R 6:6(0) win 9", b""),
)


@pytest.mark.parametrize(
    ("select", "dropped"),
    [
        ("client any", [0, 2, 3, 4, 7, 8, 10]),
        ("client syn", [0]),
        ("any syn", [0]),
        ("any syn-ack", [1]),
        ("server syn", []),
        ("client ack", [2, 7]),
        ("any data", [3, 4, 6]),
        ("any fin", [6, 8]),
        ("any rst", [10]),
        ("client data#2", [4]),
        ("any ack#2-", [5, 7, 9]),
        ("any any#2-8/3", [1, 4, 7]),
        ("any any flags=fin|ack", [8]),
        ("client data first", [3]),
        ("client data again", [4]),
        ("any ack first", [2, 5, 7, 9]),
        ('any any has "ET"', [3, 4]),
        ("any any len=2", [6]),
        ("any any len>2", [3, 4]),
        ("any any len<3", [0, 1, 2, 5, 6, 7, 8, 9, 10]),
        ("client any when server=established", [3, 4]),
        ("any any when client=close-wait when server=fin-wait-1", [7]),
        ("client any when client=close-wait", [7, 8]),
        ("any data conn#1", [3, 4, 6]),
        ("any data conn#2-", []),
        ('any data#2 has "G" len=4', [4]),
    ],
)
def test_each_selector_selects_what_it_says(select: str, dropped: list[int]) -> None:
    # Nothing is really lost, so that the endpoints' states go on.
    w = World(f"{select}: ttl=9")
    touched = []
    for index, (side, text, payload) in enumerate(CONVERSATION):
        w.send(side, text, payload)
        if w.events()[-1].deeds:
            touched.append(index)
    assert touched == dropped
    assert w.engine.deeds == (len(touched),)


@pytest.mark.parametrize(
    ("kind", "flags", "payload", "is_it"),
    [
        (Kind.SYN, SYN, False, True),
        (Kind.SYN, SYN | ACK, False, False),
        (Kind.SYN_ACK, SYN | ACK | FIN, True, True),
        (Kind.ACK, ACK | PSH, False, True),
        (Kind.ACK, ACK, True, False),
        (Kind.DATA, 0, True, True),
        (Kind.DATA, ACK, False, False),
        (Kind.FIN, FIN | RST, True, True),
        (Kind.RST, RST | ACK, False, True),
        (Kind.ANY, 0, False, True),
    ],
)
def test_kinds(kind: Kind, flags: int, payload: bool, is_it: bool) -> None:
    assert is_kind(kind, flags, payload) is is_it


def test_connections_are_counted_and_each_counts_for_itself() -> None:
    w = World("any syn#1 conn#2: drop")
    assert w.client("S 0:0(0) win 9")
    w.ports = (40001, 80)
    assert not w.client("S 0:0(0) win 9")
    assert w.client("S 0:0(0) win 9")
    w.ports = (40002, 80)
    assert w.client("S 0:0(0) win 9")


def test_a_rule_that_is_used_up_sleeps() -> None:
    w = World("any data#1-4/2: ttl=9\nany fin: ttl=9")
    w.handshake()
    (flow,) = {lane.flow for lanes in w.engine._lanes for lane in lanes.values()}
    for number, awake in enumerate((3, 3, 2, 2), 1):
        w.client("P. 1:5(4) ack 1 win 9")
        assert flow.awake == awake, number
    assert w.engine.deeds == (2, 0)


@given(plan=plans(), flags=st.integers(0, 255), payload=st.booleans(), side=st.sampled_from(Side))
def test_the_tables_agree_with_the_selectors(plan: Plan, flags: int, payload: bool, side: Side) -> None:
    program = Program(plan)
    awake = program.awake(1)
    found = program.fill(program.table(awake, side), awake, side, flags << 1 | payload)
    for ready in program.rules:
        rule = ready.rule
        if not isinstance(rule, Rule):
            assert ready not in found
            continue
        select = rule.select
        about = (
            select.who in (None, side)
            and is_kind(select.kind, flags, payload)
            and select.flags in (None, flags)
            and (select.connection is None or 1 in select.connection)
        )
        if payload is False:
            about = about and not select.has and all(length.holds(0) for length in select.lengths)
        elif select.sizes[1] == 0:
            about = False
        assert (ready in found) == about


def test_an_empty_plan_has_nothing_to_look_at() -> None:
    program = Program(parse(""))
    assert program.fill(program.table(0, Side.CLIENT), 0, Side.CLIENT, 0) == ()
