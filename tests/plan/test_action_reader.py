"""What a rule does, read one action at a time."""

import pytest
from hypothesis import given

from tcpchaos.plan import Action, HoldUntil, Inject, Kind, PlanError, Rate, Split
from tcpchaos.plan.action_reader import ACTION_WORDS, action
from tcpchaos.plan.cursor import Cursor
from tcpchaos.search import actions
from tcpchaos.trace import Side
from tcpchaos.wire import ACK, FIN, PSH, RST, SYN


def at(text: str) -> Cursor:
    return Cursor(text, line=1, name="plan")


@given(actions())
def test_actions_read_back_and_leave_what_follows(done: tuple[Action, ...]) -> None:
    for each in done:
        cursor = at(f"{each} 10%")
        assert action(cursor) == each
        assert cursor.sees("10%")


def problem(text: str) -> str:
    try:
        action(at(text))
    except PlanError as wrong:
        return wrong.problem
    return ""


def test_every_word_begins_an_action() -> None:
    assert [word for word in ACTION_WORDS if "is not an action" in problem(word)] == []


@pytest.mark.parametrize(
    ("word", "flags"),
    [
        ("syn", SYN),
        ("syn-ack", SYN | ACK),
        ("ack", ACK),
        ('data "x"', PSH | ACK),
        ("fin", FIN | ACK),
        ("rst", RST),
        ("flags=none", 0),
        ("flags=SF", SYN | FIN),
    ],
)
def test_a_word_stands_for_the_usual_flags(word: str, flags: int) -> None:
    injected = action(at(f"inject to both {word}"))
    assert isinstance(injected, Inject)
    assert injected.flags == flags


def test_fields_of_an_injected_segment_come_in_any_order() -> None:
    said = "inject to client rst <nop> window=0 ack=snd.nxt seq=rcv.nxt"
    assert str(action(at(said))) == "inject to client rst seq=rcv.nxt ack=snd.nxt window=0 <nop>"


def test_holding_until_somebodys_segment() -> None:
    assert action(at("hold until any")) == HoldUntil(kind=Kind.ANY)
    assert action(at("hold until server syn-ack")) == HoldUntil(kind=Kind.SYN_ACK, who=Side.SERVER)


def test_a_line_with_a_queue_and_without() -> None:
    assert action(at("rate 9600bit")) == Rate(bits=9_600)
    assert action(at("rate 10mbit queue 0x10")) == Rate(bits=10_000_000, queue=16)


def test_splitting_once_and_every_so_often() -> None:
    assert action(at("split 100")) == Split(at=100)
    assert action(at("split every 100")) == Split(at=100, every=True)


@pytest.mark.parametrize(
    ("text", "column", "said"),
    [
        ("dorp", 1, "did you mean drop"),
        ("", 1, "an action is missing"),
        ("duplicate 0", 11, "how many copies"),
        ("duplicate 2 after 5", 19, "a time with its unit"),
        ("rate 5bit", 6, "rate 1mbit"),
        ("rate 1mbit queue 0", 18, "queue 20"),
        ("rate 1mbit queue", 17, "a number of segments is missing"),
        ("hold until sny", 12, "did you mean syn"),
        ("corrupt 99999 0xff", 9, "0 to 65535"),
        ("window", 7, "+=, -= or ="),
        ("window*=2", 7, "+=, -= or ="),
        ("options+=<nop>", 8, "options=<mss 1460>"),
        ("replace mss <>", 13, "remove mss"),
        ("inject to client icmp code=256", 28, "0 to 255"),
        ("inject to client icmp too-big mtu=99999", 35, "16 bits"),
        ("inject to client icmp port-unreachable seq=1 seq=2", 46, "each once"),
        ("inject to client sny", 18, "did you mean syn"),
        ('inject to client data "' + "x" * 1401 + '"', 23, "at most 1400"),
        ("blackhole both for 0s", 20, "at least 1us"),
    ],
)
def test_a_mistake_is_pointed_at(text: str, column: int, said: str) -> None:
    with pytest.raises(PlanError) as caught:
        action(at(text))
    assert caught.value.column == column
    assert said in str(caught.value)
