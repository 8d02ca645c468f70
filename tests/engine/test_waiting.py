"""What goes on later: late, overtaken or in company, and never lost."""

import pytest

from tcpchaos.engine.waiting import COALESCE_AT_MOST_US, HOLD_AT_MOST_US
from tests.engine.playbook import World

A, B, C, D = (f"P. {at}:{at + 4}(4) ack 1 win 9" for at in (1, 5, 9, 13))


def to_server(*segments: str) -> list[str]:
    return [f"server < {segment}" for segment in segments]


def world(plan: str) -> World:
    made = World(plan)
    made.handshake()
    return made


def test_a_delayed_segment_is_overtaken_and_arrives_on_time() -> None:
    w = world("client data#1: delay 50ms")
    assert w.client(A) == []
    assert w.engine.due() == 50_000
    assert w.client(B) == to_server(B)
    assert w.wait(49_999) == []
    assert w.wait(1) == to_server(A)
    assert w.engine.due() is None


def test_equal_delays_keep_the_order() -> None:
    w = world("client data: delay 5ms")
    for segment in (A, B, C):
        assert w.client(segment) == []
    assert w.wait(5_000) == to_server(A, B, C)


def test_a_segment_that_comes_when_another_is_due_goes_behind_it() -> None:
    w = world("client data#1: delay 5ms")
    w.client(A)
    w.now_us = 6_000
    assert w.client(B) == to_server(A, B)


def test_on_a_slow_line_segments_follow_one_another() -> None:
    w = world("any data: rate 352kbit")  # a packet of 44 octets takes a millisecond
    assert w.client(A) + w.client(B) == []
    answer = "P. 1:5(4) ack 1 win 9"
    assert w.server(answer) == []  # has the other direction to itself
    assert w.wait(999) == []
    assert w.wait(1) == [*to_server(A), f"client < {answer}"]
    assert w.wait(1_000) == to_server(B)
    assert w.events()[-1].deeds == ("rate 352kbit",)


def test_who_finds_the_queue_full_is_lost() -> None:
    w = world("client data: rate 352kbit queue 1")
    for segment in (A, B, C):
        assert w.client(segment) == []
    assert w.wait(9_000) == to_server(A, B)


def test_a_line_that_is_slow_and_long() -> None:
    w = world("client data: delay 10ms, rate 352kbit, duplicate")
    w.client(A)
    assert w.wait(10_999) == []
    assert w.wait(1) == to_server(A)
    assert w.wait(1_000) == to_server(A)


def test_what_waits_for_company_is_not_joined_to_what_goes_over_a_line() -> None:
    w = world("client data#1: coalesce\nclient data#2: rate 352kbit")
    assert w.client(A) == []
    assert w.client(B) == to_server(A)
    assert w.wait(1_000) == to_server(B)


def test_a_held_segment_is_overtaken_by_as_many() -> None:
    w = world("client data#1: hold 2")
    assert w.client(A) == []
    assert w.server(". 1:1(0) ack 1 win 9") == ["client < . 1:1(0) ack 1 win 9"]
    assert w.client(B) == to_server(B)
    assert w.client(C) == to_server(C, A)
    assert w.client(D) == to_server(D)
    assert w.wait(10 * HOLD_AT_MOST_US) == []


def test_what_did_not_pass_does_not_overtake() -> None:
    w = world("client data#1: hold 1\nclient data#2: drop\nclient data#3: delay 1ms")
    assert w.client(A) + w.client(B) + w.client(C) == []
    assert w.wait(1_000) == to_server(C, A)


def test_held_segments_count_those_released_that_came_later() -> None:
    w = world("client data#1: hold 2\nclient data#2: hold 1")
    assert w.client(A) + w.client(B) == []
    assert w.client(C) == to_server(C, B, A)


def test_a_held_segment_that_nothing_overtakes_is_late_and_not_lost() -> None:
    w = world("client data#1: hold 3")
    w.client(A)
    assert w.wait(HOLD_AT_MOST_US - 1) == []
    assert w.wait(1) == to_server(A)


@pytest.mark.parametrize(
    ("until", "segment", "goes"),
    [
        ("fin", "F. 5:5(0) ack 1 win 9", True),
        ("server ack", ". 5:5(0) ack 1 win 9", False),
        ("ack", ". 5:5(0) ack 1 win 9", True),
        ("data", ". 5:5(0) ack 1 win 9", False),
        ("any", ". 5:5(0) ack 1 win 9", True),
    ],
)
def test_hold_until_a_kind(until: str, segment: str, goes: bool) -> None:
    w = world(f"client data#1: hold until {until}")
    w.client(A)
    assert w.client(segment) == to_server(segment, *([A] if goes else []))


def test_hold_until_the_other_side_speaks() -> None:
    w = world("client data#1: hold until server ack")
    w.client(A)
    assert w.server(". 1:1(0) ack 1 win 9") == ["client < . 1:1(0) ack 1 win 9", *to_server(A)]


def test_hold_then_delay_of_another_rule() -> None:
    w = world("client data#1: hold 1\nclient data#1: delay 5ms")
    w.client(A)
    assert w.client(B) == to_server(B)
    assert w.wait(5_000) == to_server(A)


def test_two_segments_go_as_one() -> None:
    w = world("client data#1: coalesce")
    assert w.client(A, b"abcd") == []
    assert w.client(B, b"efgh") == to_server("P. 1:9(8) ack 1 win 9")
    assert w.deeds() == [("coalesce",), ("coalesce",)]
    assert w.wait(COALESCE_AT_MOST_US) == []


def test_pairs_go_as_one() -> None:
    w = world("client data: coalesce")
    assert [w.client(segment) for segment in (A, B, C, D)] == [
        [],
        to_server("P. 1:9(8) ack 1 win 9"),
        [],
        to_server("P. 9:17(8) ack 1 win 9"),
    ]


@pytest.mark.parametrize("second", [C, ". 5:5(0) ack 1 win 9", A])
def test_what_does_not_carry_on_goes_behind(second: str) -> None:
    w = world("client data#1: coalesce")
    w.client(A)
    assert w.client(second) == to_server(A, second)


def test_company_that_does_not_come_is_not_waited_for_long() -> None:
    w = world("client data#1: coalesce")
    w.client(A)
    assert w.wait(COALESCE_AT_MOST_US) == to_server(A)


def test_company_that_is_lost_late_or_held_is_none() -> None:
    for fate in ("drop", "delay 1ms", "hold 1"):
        w = world(f"client data#1: coalesce\nclient data#2: {fate}")
        w.client(A)
        assert w.client(B) == to_server(A)


def test_what_would_not_fit_the_links_is_not_put_together() -> None:
    w = World("client data#1: coalesce", mtu=46)
    w.handshake()
    w.client(A)
    assert w.client(B) == to_server(A, B)


def test_pieces_that_wait_for_company_wait_one_at_a_time() -> None:
    w = world("client data#1: coalesce, split 2")
    assert w.client(A) == to_server(". 1:3(2) ack 1 win 9")
    assert w.client(B) == to_server("P. 3:9(6) ack 1 win 9")
