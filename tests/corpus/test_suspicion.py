"""What looks like a fault, told as somebody heard it: time in milliseconds, who, the segment, its number in IPv4."""

import re

import pytest

from tcpchaos.corpus.suspicion import Suspicion, suspect
from tcpchaos.trace import Event, Side
from tests.transcript import segment

_LINE = re.compile(r"(?P<ms>[\d.]+) (?P<who>client|server) (?P<segment>.*?)(?: id (?P<id>\d+))?(?: ttl (?P<ttl>\d+))?$")
OPENING = """\
0 client S 0:0(0) win 100
1 server S. 0:0(0) ack 1 win 100
2 client . 1:1(0) ack 1 win 100
"""
HELLO, WORLD, AGAIN = (
    'P. 1:6(5) ack 1 win 100 "hello"',
    'P. 6:11(5) ack 1 win 100 "world"',
    'P. 11:16(5) ack 1 win 100 "again"',
)


def heard(text: str) -> Suspicion:
    events = []
    for frame, line in enumerate((OPENING + text).splitlines(), 1):
        found = _LINE.fullmatch(line)
        assert found is not None, line
        side = Side.CLIENT if found["who"] == "client" else Side.SERVER
        packet = segment(side, found["segment"]).replace(ip_id=int(found["id"] or 0), ttl=int(found["ttl"] or 64))
        states = ("ESTABLISHED", "ESTABLISHED") if frame > 2 else ("SYN-SENT", "SYN-RECEIVED")
        at_us = round(float(found["ms"]) * 1000)
        for delivered in (False, True):
            receiver = side.peer if delivered else side
            events.append(Event(frame, at_us, receiver, delivered, packet, 1, frame * delivered, (), states))
    return suspect(1, events, both_sides=False)


@pytest.mark.parametrize(
    ("text", "rules"),
    [
        pytest.param(f"3 client {HELLO} id 7\n3.2 server . 1:1(0) ack 6 win 100", [], id="nothing"),
        pytest.param(f"3 client {HELLO} id 7\n203 client {HELLO} id 8", ["client data#1: drop"], id="sent again"),
        pytest.param(
            f"3 client {HELLO} id 7\n203 client {HELLO} id 8\n603 client {HELLO} id 9",
            ["client data#1-2: drop"],
            id="sent again twice",
        ),
        pytest.param(f"3 client {HELLO} id 7\n3 client {HELLO} id 7", ["client data#1: duplicate"], id="copied"),
        pytest.param(f"3 client {HELLO}\n3.5 client {HELLO}", ["client data#1: duplicate"], id="copied without number"),
        pytest.param(f"3 client {HELLO}\n300 client {HELLO}", ["client data#1: drop"], id="too late for a copy"),
        pytest.param(
            f"3 client {WORLD} id 8\n3 client {AGAIN} id 9\n9 client {HELLO} id 7",
            ["client data#1: hold 2"],
            id="overtaken, by its number",
        ),
        pytest.param(
            f"3 client {WORLD} id 8\n3 client {AGAIN} id 9\n3 client {HELLO} id 10",
            ["client data#1: drop"],
            id="lost before it came here, by its number",
        ),
        pytest.param(f"3 client {WORLD}\n3.5 client {HELLO}", ["client data#1: hold 1"], id="overtaken, by the time"),
        pytest.param(f"3 client {WORLD}\n300 client {HELLO}", ["client data#1: drop"], id="lost, by the time"),
        pytest.param(
            f"3 client {HELLO} id 7\n4 server . 1:1(0) ack 6 win 100\n203 client {HELLO} id 8",
            ["server ack#1: drop"],
            id="acknowledged in vain",
        ),
        pytest.param(
            f"3 client {HELLO} id 7\n203 client {HELLO} id 8\n204 server . 1:1(0) ack 6 win 100 <nop,nop,sack 1:6>",
            [],
            id="sent again in vain, says the peer",
        ),
        pytest.param(
            f"3 client {HELLO} id 7\n4 server . 1:1(0) ack 6 win 0\n5 server . 1:1(0) ack 6 win 100",
            ["server ack#1: window=0"],
            id="a shut window",
        ),
        pytest.param(
            f"3 client {HELLO} id 7\n3 server R 1:1(0) win 0\n4 server . 1:1(0) ack 6 win 100",
            ["client data#1: inject to client rst seq=rcv.nxt"],
            id="a reset from nowhere, since its sender goes on",
        ),
        pytest.param(
            f"3 client {HELLO} id 7\n3 server R. 3:3(0) ack 2 win 0 ttl 40",
            ["client data#1: inject to client flags=rst|ack seq=rcv.nxt+2 ack=snd.nxt-4"],
            id="a reset from nowhere, since it came another way",
        ),
        pytest.param(f"3 client {HELLO} id 7\n3 server R 1:1(0) win 0", [], id="a reset by its sender"),
        pytest.param(
            f"3 client {HELLO} id 7\n4 server . 1:1(0) ack 6 win 100\n"
            '9000 client . 5:6(1) ack 1 win 100 "o" id 8\n9001 server . 1:1(0) ack 6 win 100',
            [],
            id="a probe",
        ),
    ],
)
def test_what_shows(text: str, rules: list[str]) -> None:
    assert heard(text).rules == rules


def test_what_can_not_be_a_plan_is_told() -> None:
    gap = heard(f"3 client {WORLD} id 8")
    sacked = heard(
        f"3 client {HELLO} id 7\n3 client {WORLD} id 8\n"
        f"4 server . 1:1(0) ack 1 win 100 <nop,nop,sack 6:11>\n90 client {WORLD} id 9"
    )

    assert (gap.rules, gap.remarks) == ([], ["#4: 5 octets of the client before it were never heard"])
    assert (sacked.rules, sacked.remarks) == (
        [],
        ["#7: sent again although the peer has said that it is there"],
    )


def test_who_ended_it_with_a_reset_is_remembered() -> None:
    assert heard(f"3 client {HELLO} id 7\n3 server R 1:1(0) win 0").aborted is Side.SERVER
    assert heard(f"3 client {HELLO} id 7").aborted is None
