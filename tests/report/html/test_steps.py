"""From rows to the steps of a page."""

from typing import Any

import pytest

from tcpchaos.report.html.steps import THREADS, Folded, Step, phase, steps
from tcpchaos.report.selection import Selection
from tcpchaos.rfc.states import State

NOTHING_ELSE = Selection(stories=(), hidden=0, gap_after=0, unkept=0, authors={})


def told(story: Any, limit: int = 100, room: int = 1000) -> list[Any]:
    return steps(story.told(), NOTHING_ELSE, limit=limit, room=room)


def text(pieces: Any) -> str:
    return "".join(piece.text for piece in pieces)


def test_what_passes_is_one_step(handshake: Any) -> None:
    syn, *_ = told(handshake)

    assert (syn.kind, syn.frame, syn.sender, syn.receiver) == ("pass", 1, "client", "server")
    assert text(syn.sent) == "S 0:0(0) win 64240 <mss 1460>"
    assert [piece.text for piece in syn.sent if piece.option] == ["<mss 1460>"]
    assert (syn.states, syn.phases) == (("SYN-SENT", "SYN-RECEIVED"), ("opening", "opening"))
    assert [step.frame for step in told(handshake)] == [1, 3, 5]


def test_both_forms_of_an_edited_segment_are_one_step_that_marks_the_difference(story: Any) -> None:
    frame = story.sent("client", "P. 1:11(10) ack 1 win 502 <nop,mss 9>", "split 1")
    story.arrives(frame, segment="P. 1:2(1) ack 1 win 502 <nop,mss 8>")
    story.arrives(frame, segment=". 2:11(9) ack 1 win 502 <nop,mss 9>")

    (step,) = told(story)

    assert step.kind == "change"
    assert text(step.sent) == "P. 1:11(10) ack 1 win 502 <nop,mss 9>"
    assert [(each.frame, text(each.pieces)) for each in step.arrivals] == [
        (2, "P. 1:2(1) ack 1 win 502 <nop,mss 8>"),
        (3, ". 2:11(9) ack 1 win 502 <nop,mss 9>"),
    ]
    assert [piece.text for piece in step.arrivals[0].pieces if piece.edited and piece.option] == ["8"]
    assert step.deeds == ["split 1"]


def test_what_is_delayed_departs_and_arrives_tied_by_a_thread(handshake: Any) -> None:
    late = handshake.sent("client", "P. 1:6(5) ack 1 win 502", "delay 50ms")
    handshake.passes("server", ". 1:1(0) ack 1 win 502")
    handshake.at_us += 50_000
    handshake.arrives(late)

    *_, departs, between, arrives = told(handshake)

    assert (departs.kind, arrives.kind, arrives.origin, arrives.late) == ("depart", "arrive", late, "50 ms")
    assert arrives.sent == []
    assert arrives.pause == "50 ms"
    assert [[thread.part for thread in step.threads] for step in (departs, between, arrives)] == [
        ["start"],
        ["pass"],
        ["end"],
    ]


def test_many_threads_lie_side_by_side_as_far_as_there_is_room(handshake: Any) -> None:
    kept = [handshake.sent("client", f"P. {n}:{n + 1}(1) ack 1 win 502", "delay 50ms") for n in range(THREADS + 2)]
    for frame in kept:
        handshake.at_us += 50_000
        handshake.arrives(frame)

    places = [thread.place for step in told(handshake) for thread in step.threads if thread.part == "start"]

    assert places == [*range(THREADS), THREADS - 1, THREADS - 1]


def test_what_is_lost_ends_and_what_is_injected_begins_at_the_proxy(handshake: Any) -> None:
    handshake.sent("client", "P. 1:6(5) ack 1 win 502", "drop")
    handshake.injected("client", "R 1:1(0) win 0", "inject to client rst")
    frame = handshake.passes("server", "P. 1:2(1) ack 1 win 502", "duplicate")
    handshake.arrives(frame)

    *_, lost, forged, first, copy = told(handshake)

    assert (lost.kind, lost.arrivals, lost.deeds) == ("drop", [], ["drop"])
    assert (forged.kind, forged.sent, forged.sender, forged.receiver) == ("inject", [], "server", "client")
    assert (first.kind, copy.kind, copy.origin, copy.deeds) == ("pass", "copy", frame, [])


def test_long_ladders_fold_and_keep_what_there_is_room_for(handshake: Any) -> None:
    for _ in range(100):
        handshake.passes("server", ". 1:1449(1448) ack 1 win 502")

    (folded,) = [each for each in told(handshake, limit=10) if isinstance(each, Folded)]
    (closed,) = [each for each in told(handshake, limit=10, room=5) if isinstance(each, Folded)]

    assert folded.said == closed.said == "93 segments, 134.7 kB"
    assert (len(folded.steps), len(closed.steps)) == (93, 0)
    assert all(isinstance(each, Step) for each in folded.steps)


@pytest.mark.parametrize("state", State)
def test_every_state_is_in_some_part_of_life(state: State) -> None:
    assert phase(str(state)) in {"none", "opening", "open", "closing", "waiting"}
