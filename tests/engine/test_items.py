"""What one segment becomes: each action on what the actions before it left."""

from typing import Any

import pytest

from tcpchaos.engine import items
from tests.engine.playbook import World

DATA = "P. 1:5(4) ack 1 win 9"


def done(actions: str) -> list[str]:
    """Return what becomes of a data segment, with what comes later in the same list."""
    w = World(f"client data#1: {actions}")
    w.handshake()
    return [line.removeprefix("server < ") for line in w.client(DATA, b"abcd") + w.wait(10_000_000)]


@pytest.mark.parametrize(
    ("actions", "expected"),
    [
        ("drop", []),
        ("duplicate", [DATA, DATA]),
        ("duplicate 3 after 1ms", [DATA] * 4),
        ("split 1", [". 1:2(1) ack 1 win 9", "P. 2:5(3) ack 1 win 9"]),
        ("split every 2, duplicate", [". 1:3(2) ack 1 win 9"] * 2 + ["P. 3:5(2) ack 1 win 9"] * 2),
        ("duplicate, split 4", [DATA, DATA]),
        ("truncate 2, duplicate", ["P. 1:3(2) ack 1 win 9"] * 2),
        ("seq+=1, seq+=1", ["P. 3:7(4) ack 1 win 9"]),
        ("delay 1ms, duplicate", [DATA, DATA]),
        ("coalesce, duplicate", [DATA, DATA]),
        ("checksum=0, split 2", [". 1:3(2) ack 1 win 9 checksum 0x0000", "P. 3:5(2) ack 1 win 9 checksum 0x0000"]),
    ],
)
def test_actions_follow_one_another(actions: str, expected: list[str]) -> None:
    assert done(actions) == expected


def test_copies_come_one_after_the_other() -> None:
    w = World("client data#1: duplicate 2 after 10ms")
    w.handshake()
    assert len(w.client(DATA)) == 1
    assert [len(w.wait(10_000)), len(w.wait(9_999)), len(w.wait(1))] == [1, 0, 1]


def test_a_checksum_is_written_last() -> None:
    w = World("client data#1: checksum=bad, seq+=1")
    w.handshake()
    (line,) = w.client(DATA)
    assert "checksum" in line


def test_a_segment_does_not_become_a_flood(monkeypatch: Any) -> None:
    monkeypatch.setattr(items, "ITEMS_AT_MOST", 6)
    w = World("client data#1: duplicate 3, duplicate 3, split 2, split every 1")
    w.handshake()
    assert len(w.client(DATA)) == 6
    assert w.engine.notes == (
        "duplicate 3: more than 6 packets would come of one segment",
        "split 2: more than 6 packets would come of one segment",
        "split every 1: more than 6 packets would come of one segment",
    )


def test_what_cannot_be_written_leaves_the_segment_and_is_noted() -> None:
    w = World("client data#1: add <TS val 1 ecr 1,TS val 1 ecr 1,TS val 1 ecr 1,TS val 1 ecr 1>, add <nop>, window=1")
    w.handshake()
    w2 = World(
        "client data#1: add <TS val 1 ecr 1,TS val 1 ecr 1,TS val 1 ecr 1>, add <mss 1,TS val 1 ecr 1>, window=1"
    )
    w2.handshake()
    assert w.client(DATA) == ["server < P. 1:5(4) ack 1 win 1 <" + ",".join(["TS val 1 ecr 1"] * 4) + ">"]
    assert w2.client(DATA) == ["server < P. 1:5(4) ack 1 win 1 <" + ",".join(["TS val 1 ecr 1"] * 3) + ",eol,eol>"]
    assert w.engine.notes == ("add <nop>: 41 octets of options are more than the 40 that fit",)
    assert w2.deeds()[-1] == ("add <TS val 1 ecr 1,TS val 1 ecr 1,TS val 1 ecr 1>", "window=1")
