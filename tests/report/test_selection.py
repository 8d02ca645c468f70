"""Which connections are drawn, and what is known of them."""

from typing import Any

from msgspec.structs import replace

from tcpchaos.report.document import Seens
from tcpchaos.report.selection import select


def many(story: Any, **changes: Any) -> Any:
    """The story on each of twenty connections, connection 9 with a fault."""
    links = tuple(replace(story.link(), number=number) for number in range(1, 21))
    events = tuple(
        replace(event, connection=link.number, deeds=("drop",) if link.number == 9 else ())
        for link in links
        for event in story.events
    )
    trace = Seens(seen=len(events), left_out=0, events=events)
    return replace(story.run(), connections=links, trace=trace, **changes)


def numbers(document: Any, most: int) -> list[int]:
    return [story.link.number for story in select(document, most).stories]


def test_findings_come_first_then_faults_then_the_beginning(handshake: Any) -> None:
    found = many(handshake, findings=(replace(handshake.found(5), connection=17),))

    assert numbers(found, 1) == [17]
    assert numbers(found, 3) == [1, 9, 17]
    assert numbers(many(handshake), 1) == [9]
    assert numbers(found, 0) == list(range(1, 21))
    assert select(found, 3).hidden == 17


def test_where_nothing_happened_one_is_enough(handshake: Any) -> None:
    links = tuple(replace(handshake.link(), number=number) for number in range(1, 21))

    assert numbers(replace(handshake.run(), connections=links), 3) == [1]


def test_each_connection_has_its_events_and_findings(handshake: Any) -> None:
    finding = replace(handshake.found(5), connection=17)
    stories = select(many(handshake, findings=(finding,)), 3).stories

    assert [len(story.events) for story in stories] == [6, 6, 6]
    assert [story.findings for story in stories] == [(), (), (finding,)]


def test_the_gap_is_where_most_is_missing(handshake: Any) -> None:
    events = tuple(
        replace(event, frame=event.frame * 2 + (1000 if event.frame > 4 else 0)) for event in handshake.events
    )
    run = replace(handshake.run(), trace=Seens(seen=1006, left_out=1000, events=events))

    selection = select(run, 3)

    assert (selection.gap_after, selection.unkept) == (8, 1000)
    assert (select(handshake.run(), 3).gap_after, select(handshake.run(), 3).unkept) == (0, 0)


def test_rules_have_numbers_where_there_are_several(handshake: Any) -> None:
    one = handshake.run(rules=(("client data#1: drop", 1),))
    two = handshake.run(rules=(("client data#1: drop", 1), ("any syn: drop", 2), ("server fin: drop", 0)))

    assert select(one, 3).authors == {}
    assert select(two, 3).authors == {"drop": [(1, "client"), (2, "any")]}
    assert select(handshake.check(), 3).authors == {}
