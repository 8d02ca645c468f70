"""What an endpoint sent: ordinals as the engine counts them, and one rule for what was treated alike."""

from tcpchaos.corpus.sightings import Direction, Sent
from tcpchaos.plan import Kind
from tcpchaos.trace import Side
from tests.transcript import segment

LINES = (
    "S 0:0(0) win 100",
    ". 1:1(0) ack 1 win 100",
    'P. 1:6(5) ack 1 win 100 "hello"',
    'P. 6:11(5) ack 1 win 100 "hello"',
    'FP. 11:16(5) ack 1 win 100 "hello"',
    "R 17:17(0) win 0",
)


def direction(*lines: str) -> tuple[Direction, list[Sent]]:
    made = Direction(Side.CLIENT)
    for frame, line in enumerate(lines, 1):
        made.append(made.sighting(segment(Side.CLIENT, line), frame, frame * 1000))
    return made, made.sent


def rules(made: Direction) -> list[str]:
    return [line for _, line in made.rules()]


def test_each_segment_has_its_most_telling_name_and_counts_as_all_it_is() -> None:
    made, _ = direction(*LINES)

    assert [(str(name), ordinal) for _, name, ordinal in made.named()] == [
        ("syn", 1),
        ("ack", 1),
        ("data", 1),
        ("data", 2),
        ("fin", 1),
        ("rst", 1),
    ]
    assert made.sent[4].kinds == {Kind.FIN, Kind.DATA}


def test_positions_grow_over_the_end_of_the_circle() -> None:
    made, sent = direction(*LINES)

    assert [each.end - sent[0].start for each in sent] == [1, 1, 6, 11, 17, 17]
    assert made.last_with(sent[2].start) is sent[2]
    assert made.last_with(sent[2].start + 1) is None
    assert made.since(sent[3]) == sent[4:]


def test_what_was_lost_unheard_counts_where_it_was_sent() -> None:
    made, sent = direction(*LINES)
    lost = Sent(frame=4, at_us=0, packet=None, start=0, end=5, actions=["drop"])
    made.insert_before(sent[3], lost)
    sent[-3].actions.append("hold 2")

    assert rules(made) == ["client data#2: drop", "client data#3: hold 2"]


def test_neighbours_that_were_treated_alike_are_one_rule() -> None:
    made, sent = direction(*LINES[:4], *LINES[2:4])
    for each in sent[2:5]:
        each.actions.append("drop")
    sent[5].actions.append("delay 5ms")

    assert rules(made) == ["client data#1-3: drop", "client data#4: delay 5ms"]


def test_what_can_not_be_done_by_one_rule_is_done_by_two() -> None:
    made, sent = direction(*LINES[:3])
    sent[2].actions += ["drop", "window=0"]

    assert rules(made) == ["client data#1: drop", "client data#1: window=0"]


def test_copies_are_told_with_their_number_and_the_time_between() -> None:
    made, sent = direction(*LINES[:3])
    sent[0].copies_us = [100]
    sent[1].copies_us = [100, 150]
    sent[2].copies_us = [10_300, 20_700]

    assert rules(made) == [
        "client syn#1: duplicate",
        "client ack#1: duplicate 2",
        "client data#1: duplicate 2 after 10ms",
    ]
