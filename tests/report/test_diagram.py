"""Figure 5 as text, drawn from the table: no arrow without a way, no way without an arrow."""

from itertools import pairwise
from typing import Any

import pytest

from tcpchaos.report import diagram
from tcpchaos.report.diagram import COLUMNS, RESETS, boxes, resets, taken, text, ways
from tcpchaos.rfc.states import ARROWS, State


def test_every_arrow_of_the_table_has_its_way_and_every_way_its_arrow() -> None:
    arrows = {
        (before, after) for (before, cause), targets in ARROWS.items() if cause not in RESETS for after in targets
    }

    assert {way.arrow for way in ways()} == arrows == set(diagram._WAYS)


def test_ways_lead_straight_from_the_frame_of_one_box_to_that_of_the_other() -> None:

    def at_frame(point: tuple[int, int], state: State) -> bool:
        x, y = point
        for box in boxes():
            above_or_below = box.left <= x <= box.right and y in (box.top, box.bottom)
            beside = x in (box.left, box.right) and y == box.top + 1
            if box.state is state and (above_or_below or beside):
                return True
        return False

    for way in ways():
        before, after = way.arrow
        assert at_frame(way.points[0], before), way
        assert at_frame(way.points[-1], after), way
        assert all(x == other_x or y == other_y for (x, y), (other_x, other_y) in pairwise(way.points)), way


def test_names_of_arrows_cover_nothing_else() -> None:
    lines = list(text())

    for way in ways():
        x, y = way.at
        assert lines[y][x : x + len(way.said)] == way.said
    for box in boxes():
        assert lines[box.top + 1][box.left : box.right + 1].strip("│├┤◀▶ ") == box.state


def test_the_figure() -> None:
    lines = list(text())

    assert all(len(line) <= COLUMNS for line in lines)
    assert lines[:10] == [
        "        ┌────────┐             snd SYN                      ┌────────┐",
        "        │ LISTEN ├──────────────────────────────────┐       │ CLOSED │",
        "        └───┬────┘                                  │       └─────┬──┘",
        "            │                                       │             │",
        "            │ rcv SYN                               └────────┐    │ snd SYN",
        "            │                                                │    │",
        "            ▼                                                ▼    ▼",
        "     ┌──────────────┐              rcv SYN                 ┌──────────┐",
        "     │ SYN-RECEIVED │◀─────────────────────────────────────┤ SYN-SENT │",
        "     └──┬──────┬──┬─┘              rcv FIN                 └────┬─────┘",
    ]
    assert lines[-5:] == [
        "",
        "A RST, sent or received, leads",
        "  to LISTEN or CLOSED from SYN-RECEIVED",
        "  to CLOSED from SYN-SENT, ESTABLISHED, FIN-WAIT-1, FIN-WAIT-2, CLOSE-WAIT,",
        "    CLOSING, LAST-ACK, TIME-WAIT",
    ]


def test_without_unicode_it_is_ascii() -> None:
    assert "\n".join(text(unicode=False)).isascii()


def test_resets_lead_where_the_table_says() -> None:
    assert resets()[State.SYN_RECEIVED] == "LISTEN or CLOSED"
    assert resets()[State.ESTABLISHED] == "CLOSED"
    assert set(resets()) == set(State) - {State.CLOSED, State.LISTEN}


def test_arrows_that_were_taken(handshake: Any) -> None:
    handshake.passes("client", "F. 1:1(0) ack 1 win 502", sender="FIN-WAIT-1", receiver="CLOSE-WAIT")
    handshake.passes("server", "F. 1:1(0) ack 2 win 502", sender="LAST-ACK", receiver="TIME-WAIT")

    client, server = taken(handshake.events, 0), taken(handshake.events, 1)

    assert client == {
        (State.CLOSED, State.SYN_SENT),
        (State.SYN_SENT, State.ESTABLISHED),
        (State.ESTABLISHED, State.FIN_WAIT_1),
        (State.FIN_WAIT_1, State.FIN_WAIT_2),
        (State.FIN_WAIT_2, State.TIME_WAIT),
    }
    assert server == {
        (State.LISTEN, State.SYN_RECEIVED),
        (State.SYN_RECEIVED, State.ESTABLISHED),
        (State.ESTABLISHED, State.CLOSE_WAIT),
        (State.CLOSE_WAIT, State.LAST_ACK),
    }


def test_whoever_only_looks_closed_was_listening(story: Any) -> None:
    story.states = ("CLOSED", "CLOSED")
    story.passes("client", "S 0:0(0) win 64240", sender="SYN-SENT", receiver="SYN-RECEIVED")

    assert taken(story.events, 1) == {(State.LISTEN, State.SYN_RECEIVED)}


@pytest.mark.parametrize("side", [0, 1])
def test_a_connection_that_was_joined_later_has_taken_nothing_yet(story: Any, side: int) -> None:
    story.states = ("ESTABLISHED", "ESTABLISHED")
    story.passes("client", ". 1:1(0) ack 1 win 502")

    assert taken(story.events, side) == frozenset()


def test_an_observer_who_learned_better_is_no_arrow(story: Any) -> None:
    story.states = ("TIME-WAIT", "ESTABLISHED")
    story.passes("client", ". 1:1(0) ack 1 win 502")
    story.passes("client", ". 1:1(0) ack 1 win 502", sender="CLOSE-WAIT")

    assert (State.TIME_WAIT, State.CLOSE_WAIT) not in taken(story.events, 0)
