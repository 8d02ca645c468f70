"""From events to rows: what a person would say happened."""

from typing import Any

import pytest

from tcpchaos.report.rows import Fold, Kind, Row, fold, rows


def kinds(story: Any) -> list[tuple[str, int]]:
    return [(row.kind.name, row.frame) for row in rows(story.events)]


def test_a_segment_that_passes_is_one_row_of_two_events(story: Any) -> None:
    story.passes("client", "S 0:0(0) win 64240", sender="SYN-SENT", receiver="SYN-RECEIVED")

    (row,) = rows(story.events)

    assert (row.kind, row.frame, row.last_frame, row.sender) == (Kind.PASS, 1, 2, 0)
    assert row.states == ("SYN-SENT", "SYN-RECEIVED")
    assert row.changed == (True, True)


def test_a_dropped_segment_never_arrives(story: Any) -> None:
    story.sent("client", "S 0:0(0) win 64240", "client syn#1: drop")
    story.passes("client", "S 0:0(0) win 64240")

    assert kinds(story) == [("DROP", 1), ("PASS", 2)]


def test_a_delayed_segment_departs_and_arrives(story: Any) -> None:
    late = story.sent("client", "P. 1:6(5) ack 1 win 502", "client data#1: delay 50ms")
    story.passes("client", "P. 6:11(5) ack 1 win 502")
    story.at_us += 50_000
    story.arrives(late)

    assert kinds(story) == [("DEPART", 1), ("PASS", 2), ("ARRIVE", 4)]
    assert rows(story.events)[2].origin == late


def test_an_edited_segment_is_seen_in_both_forms(story: Any) -> None:
    frame = story.sent("server", "S. 0:0(0) ack 1 win 65160", "server syn-ack: ack+=1000")
    story.arrives(frame, segment="S. 0:0(0) ack 1001 win 65160")

    before, after = rows(story.events)

    assert (before.kind, before.segment) == (Kind.CHANGE, "S. 0:0(0) ack 1 win 65160")
    assert (after.kind, after.segment) == (Kind.ARRIVE, "S. 0:0(0) ack 1001 win 65160")
    assert after.original == before.segment


def test_a_duplicate_passes_and_its_copy_arrives(story: Any) -> None:
    frame = story.passes("server", "P. 1:6(5) ack 1 win 502", "server data#1: duplicate")
    story.arrives(frame)

    assert kinds(story) == [("PASS", 1), ("COPY", 3)]


def test_a_split_segment_arrives_in_pieces(story: Any) -> None:
    frame = story.sent("client", "P. 1:6(5) ack 1 win 502", "client data#1: split 1")
    story.arrives(frame, segment=". 1:2(1) ack 1 win 502")
    story.arrives(frame, segment="P. 2:6(4) ack 1 win 502")

    assert kinds(story) == [("CHANGE", 1), ("ARRIVE", 2), ("ARRIVE", 3)]


def test_an_injected_segment_seems_to_come_from_the_peer(story: Any) -> None:
    story.injected("client", "R 1:1(0) win 0", "on client=established: inject to client rst seq=rcv.nxt")
    story.injected("client", "R 1:1(0) win 0", "on client=established: inject to client rst seq=rcv.nxt")

    first, second = rows(story.events)

    assert first.kind is second.kind is Kind.INJECT
    assert first.sender == 1


def test_a_finding_belongs_to_the_row_of_its_frame_whether_sent_or_delivered(handshake: Any) -> None:
    made = rows(handshake.events, [handshake.found(3), handshake.found(6)])

    assert [len(row.findings) for row in made] == [0, 1, 1]


def test_rows_of_a_capture_have_one_frame_for_sending_and_arriving(story: Any) -> None:
    frame = story.event("client", "sent", "S 0:0(0) win 64240")
    story.events.append(
        type(story.events[0])(
            **{**_fields(story.events[0]), "endpoint": "server", "what": "delivered", "origin": frame}
        )
    )

    assert kinds(story) == [("PASS", 1)]


def _fields(event: Any) -> dict[str, Any]:
    return {name: getattr(event, name) for name in event.__struct_fields__}


@pytest.fixture
def long(handshake: Any) -> Any:
    for number in range(200):
        if number == 90:
            handshake.sent("server", ". 1:1449(1448) ack 1 win 502", "server data#91: drop")
        else:
            handshake.passes("server", ". 1:1449(1448) ack 1 win 502")
    return handshake


def shape(folded: list[Row | Fold]) -> list[str]:
    return [f"... {len(each.rows)}" if isinstance(each, Fold) else each.kind.name for each in folded]


def test_a_short_ladder_is_not_folded(handshake: Any) -> None:
    assert shape(fold(rows(handshake.events), 80)) == ["PASS"] * 3


def test_a_long_ladder_is_folded_around_what_matters(long: Any) -> None:
    folded = fold(rows(long.events), 20)

    assert shape(folded) == [*["PASS"] * 6, "... 86", "PASS", "DROP", "PASS", "... 104", *["PASS"] * 4]


def test_a_finding_is_shown_with_what_led_to_it(long: Any) -> None:
    made = rows(long.events, [long.found(301)])

    folded = fold(made, 14)

    at = next(index for index, each in enumerate(folded) if isinstance(each, Row) and each.findings)
    assert shape(folded[at - 5 : at + 6]) == [
        shape(folded[at - 5 : at - 4])[0],
        *["PASS"] * 9,
        shape([folded[at + 5]])[0],
    ]
    assert isinstance(folded[at - 5], Fold)
    assert isinstance(folded[at + 5], Fold)


def test_findings_are_shown_whatever_the_limit(long: Any) -> None:
    findings = [long.found(frame) for frame in range(21, 200, 2)]

    shown = [each for each in fold(rows(long.events, findings), 10) if isinstance(each, Row)]

    assert sum(len(row.findings) for row in shown) == 90


def test_whoever_sees_a_late_arrival_sees_its_departure(handshake: Any) -> None:
    late = handshake.sent("client", "P. 1:6(5) ack 1 win 502", "client data#1: delay 50ms")
    for _ in range(100):
        handshake.passes("server", ". 1:1449(1448) ack 1 win 502")
    handshake.arrives(late)
    for _ in range(50):
        handshake.passes("server", ". 1:1449(1448) ack 1 win 502")

    shown = [each.frame for each in fold(rows(handshake.events), 16) if isinstance(each, Row)]

    assert late in shown
    assert late + 201 in shown


def test_what_the_trace_left_out_is_said_where_it_is_missing(handshake: Any) -> None:
    folded = fold(rows(handshake.events), 80, gap_after=4, unkept=1000)

    assert shape(folded) == ["PASS", "PASS", "... 0", "PASS"]
    assert isinstance(folded[2], Fold)
    assert folded[2].unkept == 1000


def test_what_is_missing_and_what_is_folded_around_it_are_one_fold(long: Any) -> None:
    folded = fold(rows(long.events), 13, gap_after=300, unkept=1000)

    assert [each.unkept for each in folded if isinstance(each, Fold)] == [0, 1000]
