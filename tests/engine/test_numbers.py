"""What expressions are at a moment, and that nothing is made up where nothing is known."""

import pytest

from tcpchaos.engine.numbers import Moment, UnknownError, evaluate, window_shift
from tcpchaos.plan import Expr, Inject, parse
from tcpchaos.rfc.endpoint import Endpoint
from tcpchaos.trace import Side
from tcpchaos.wire import SYN
from tests.engine.playbook import ISS, World

MASK = 0xFFFFFFFF


def expr(text: str) -> Expr:
    """Read an expression."""
    if "seg." in text:
        rule = parse(f"client data: inject to server rst seq={text}").rules[0]
    else:
        rule = parse(f"on client=established: inject to server rst seq={text}").rules[0]
    (action,) = rule.actions
    assert isinstance(action, Inject)
    value = action.fields[0].value
    assert isinstance(value, Expr)
    return value


def opened() -> World:
    """Return a connection with window scales on which both sides have sent something."""
    world = World("")
    world.client("S 0:0(0) win 1000 <mss 1460,nop,wscale 2,nop,nop,TS val 77 ecr 0>")
    world.server("S. 0:0(0) ack 1 win 2000 <mss 1460,nop,wscale 3,nop,nop,TS val 88 ecr 77>")
    world.client(". 1:1(0) ack 1 win 100 <nop,nop,TS val 78 ecr 88>")
    world.client("P. 1:5(4) ack 1 win 100 <nop,nop,TS val 79 ecr 88>")
    world.server(". 1:1(0) ack 5 win 200 <nop,nop,TS val 89 ecr 79>")
    return world


def moment(world: World, receiver: Side = Side.SERVER) -> Moment:
    conn = world.oracle.connections[0]
    segment = world.packet(Side.CLIENT, "F. 5:8(3) ack 1 win 50")
    return Moment((conn.endpoint(Side.CLIENT), conn.endpoint(Side.SERVER)), receiver, segment, Side.CLIENT)


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("5", 5),
        ("rcv.nxt", ISS[0] + 5),
        ("rcv.nxt+1", ISS[0] + 6),
        ("rcv.nxt+rcv.wnd", ISS[0] + 5 + 200 * 8),
        ("snd.nxt", ISS[1] + 1),
        ("snd.una", ISS[1] + 1),
        ("client.snd.una", ISS[0] + 5),
        ("snd.wnd", 100 * 4),
        ("iss-irs", ISS[1] - ISS[0]),
        ("client.iss", ISS[0]),
        ("peer.rcv.nxt", ISS[1] + 1),
        ("server.rcv.nxt-client.snd.nxt", 0),
        ("ts.recent", 79),
        ("ts.val", 89),
        ("client.ts.val", 79),
        ("seg.seq", ISS[0] + 5),
        ("seg.ack", ISS[1] + 1),
        ("seg.seq+seg.len", ISS[0] + 9),
        ("seg.wnd", 50 * 4),
    ],
)
def test_a_variable_is_what_the_endpoint_knows(text: str, number: int) -> None:
    assert (evaluate(expr(text), moment(opened())) - number) & MASK == 0


def test_the_receiver_is_whoever_gets_the_segment() -> None:
    now = moment(opened())
    assert evaluate(expr("iss"), now) == ISS[1]
    assert evaluate(expr("iss"), now.towards(Side.CLIENT)) == ISS[0]
    assert now.towards(Side.SERVER) is now


def test_in_a_window_field_windows_count_in_its_units() -> None:
    now = moment(opened())
    assert window_shift(now, 0) == 2
    assert window_shift(now, SYN) == 0
    assert evaluate(expr("snd.wnd"), now, 2) == 100
    assert evaluate(expr("seg.wnd+1"), now, 2) == 51
    assert evaluate(expr("rcv.wnd"), now, 2) == 200 * 8 // 4


@pytest.mark.parametrize(
    "text", ["rcv.nxt", "rcv.wnd", "snd.una", "snd.nxt", "snd.wnd", "iss", "irs", "ts.recent", "ts.val", "seg.seq"]
)
def test_nothing_is_made_up(text: str) -> None:
    with pytest.raises(UnknownError):
        evaluate(expr(text), Moment((Endpoint(), Endpoint()), Side.CLIENT, None, None))
