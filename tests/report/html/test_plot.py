"""Sequence numbers over time, as places on paper."""

from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from tcpchaos.report.html.plot import HEADROOM, HEIGHT, MARKED, Plot, _Axis, plot


def drawn(story: Any, *findings: Any, sender: Any = "client") -> Plot:
    made = plot(story.events, findings, sender)
    assert made is not None
    return made


def transfer(story: Any) -> None:
    """The client sends three segments, of which the second is lost and sent again after the third."""
    story.passes("client", "P. 1:101(100) ack 1 win 502")
    story.sent("client", "P. 101:201(100) ack 1 win 502", "drop")
    story.passes("client", "P. 201:301(100) ack 1 win 502")
    story.passes("server", ". 1:1(0) ack 101 win 300 <sack 201:301>")
    story.at_us += 200_000
    story.passes("client", "P. 101:201(100) ack 1 win 502")
    story.passes("server", ". 1:1(0) ack 301 win 300")


def test_segments_stand_at_their_numbers_and_moments(handshake: Any) -> None:
    transfer(handshake)

    made = drawn(handshake)

    sent = [bar for bar in made.bars if bar.kind == "sent"]
    assert [bar.x for bar in sent] == sorted(bar.x for bar in sent)
    assert all(0 <= bar.x <= 100 and 0 <= bar.top < bar.bottom <= HEIGHT for bar in made.bars)
    first, third = sent[1], sent[3]
    assert first.bottom - first.top == pytest.approx(third.bottom - third.top, abs=0.11)
    assert third.bottom < first.top


def test_what_was_lost_and_sent_again_is_told_apart(handshake: Any) -> None:
    transfer(handshake)

    made = drawn(handshake)

    assert [(bar.kind, bar.lost) for bar in made.bars if bar.kind in ("sent", "resent")] == [
        ("sent", False),
        ("sent", False),
        ("sent", True),
        ("sent", False),
        ("resent", False),
    ]
    assert [bar.said for bar in made.bars if bar.lost] == ["#9 sent at 0.5 ms, lost: P. 101:201(100) ack 1 win 502"]
    assert len([bar for bar in made.bars if bar.kind == "delivered"]) == 4
    assert [bar.frame for bar in made.bars if bar.kind == "sacked"] == [13]


def test_acknowledgments_and_the_window_are_staircases_that_never_fall_back(handshake: Any) -> None:
    transfer(handshake)
    handshake.events[2:4] = [replace(each, position=replace(each.position, edge=401)) for each in handshake.events[2:4]]

    made = drawn(handshake)

    assert made.above == ""
    for stairs in (made.acknowledged, made.window):
        assert [x for x, _ in stairs] == sorted(x for x, _ in stairs)
        assert [y for _, y in stairs] == sorted((y for _, y in stairs), reverse=True)
    assert made.window[-1][1] == HEADROOM


def test_a_window_far_above_is_said_and_not_drawn(handshake: Any) -> None:
    transfer(handshake)

    assert drawn(handshake).above == "401"
    assert drawn(handshake).window == []


def test_a_long_silence_is_left_out_and_said(handshake: Any) -> None:
    transfer(handshake)

    made = drawn(handshake)

    assert [tick.text for tick in made.breaks] == ["200 ms"]
    again = next(bar for bar in made.bars if bar.kind == "resent")
    assert made.breaks[0].at < again.x
    assert [tick.text for tick in made.times] == ["0.1 ms", "201 ms"]


def test_without_silences_the_moments_are_round(handshake: Any) -> None:
    for number in range(20):
        handshake.passes("client", f"P. {number}:{number + 1}(1) ack 1 win 502")

    made = drawn(handshake)

    assert made.breaks == []
    assert [tick.text for tick in made.times] == ["0.5 ms", "1.0 ms", "1.5 ms", "2.0 ms"]


def test_what_was_forged_out_of_range_stays_on_the_paper(handshake: Any) -> None:
    transfer(handshake)
    handshake.injected("server", "P. 4000000:4000001(1) ack 1 win 502", "inject to server data")

    (forged,) = [bar for bar in drawn(handshake).bars if bar.kind == "forged"]

    assert 0 <= forged.top < forged.bottom <= HEIGHT


def test_findings_are_ringed_at_segments_and_at_acknowledgments(handshake: Any) -> None:
    transfer(handshake)
    acknowledgment = next(event.frame for event in handshake.events if " ack 101 " in event.segment)

    rings = drawn(handshake, handshake.found(7), handshake.found(acknowledgment, "SA-09")).rings

    assert [(ring.frame, ring.rule) for ring in rings] == [(7, "SA-02"), (acknowledgment, "SA-09")]


def test_who_sends_no_data_has_no_plot(handshake: Any) -> None:
    transfer(handshake)

    assert plot(handshake.events, (), "server") is None
    assert plot((), (), "client") is None


def test_of_very_many_segments_details_are_left_out(handshake: Any) -> None:
    for number in range(1, MARKED):
        handshake.passes("client", f"P. {number}:{number + 1}(1) ack 1 win 502")

    assert {bar.kind for bar in drawn(handshake).bars} == {"sent"}


@given(st.lists(st.integers(0, 100_000_000), min_size=2, max_size=30, unique=True))
def test_moments_do_not_touch_on_a_telephone(moments: list[int]) -> None:
    ticks = list(_Axis(moments).ticks())

    assert all(before.right <= after.left for before, after in pairwise(ticks))


def test_of_moments_that_would_touch_every_other_one_is_left_out() -> None:
    texts = [tick.text for tick in _Axis(range(990_000, 1_090_000, 1000)).ticks()]

    assert texts == ["1.02 s", "1.06 s"]
