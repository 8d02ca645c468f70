"""What is printed, as a whole: on terminals of several kinds."""

import io
from typing import Any

import pytest
from msgspec.structs import replace
from rich.console import Console

from tcpchaos.report.document import Seens
from tcpchaos.report.terminal import LADDERS, show


def printed(document: Any, *, width: int = 80, encoding: str = "utf-8", colour: bool = False, **how: bool) -> str:
    octets = io.BytesIO()
    file = io.TextIOWrapper(octets, encoding=encoding)
    console = Console(
        file=file, width=width, color_system="truecolor" if colour else None, force_terminal=colour, highlight=False
    )
    show(console, document, **how)
    file.flush()
    return octets.getvalue().decode(encoding)


def test_heading_ladder_verdict(handshake: Any) -> None:
    text = printed(handshake.run())

    assert text.splitlines()[0] == "tcpchaos run  echo, lab, linux 6.18.44, took 2.23 s"
    assert "│── . 1:1(0) ack 1 win 502 ─" in text
    assert text.endswith("PASS  Both endpoints kept to the law.\n\n")


def test_the_heading_names_the_command_that_has_made_it(handshake: Any) -> None:
    document = replace(
        handshake.run(), backend="queue", workload="port 80 (loopback)", command="tcpchaos attach --port 80"
    )
    assert printed(document).splitlines()[0].startswith("tcpchaos attach  port 80 (loopback), queue, linux 6.18.44, ")


def test_a_seed_is_told_where_it_decides_something(handshake: Any) -> None:
    assert "seed 7" in printed(handshake.run(rules=(("any data: drop 5%", 2),)))
    assert "seed 7" not in printed(handshake.run(rules=(("client syn#1: drop", 1),)))


def test_the_verdict_alone(handshake: Any) -> None:
    assert printed(handshake.run(), ladders=False).splitlines()[0] == "PASS  Both endpoints kept to the law."


def test_a_terminal_without_unicode_gets_ascii(handshake: Any) -> None:
    assert printed(handshake.run(), encoding="ascii").isascii()


def test_colour_means_something_and_is_nothing_but_colour(handshake: Any) -> None:
    run = handshake.run(handshake.found(5))
    coloured = printed(run, colour=True)

    assert "\x1b[1;31m" in coloured
    assert "\x1b" not in printed(run)


@pytest.mark.parametrize("width", [40, 80, 132])
def test_lines_are_never_broken_by_the_console(handshake: Any, width: int) -> None:
    lines = printed(handshake.run(handshake.found(5)), width=width).splitlines()

    assert max(map(len, lines)) <= max(width, 60)


def test_of_many_connections_those_with_findings_are_drawn(handshake: Any) -> None:
    run = handshake.run()
    links = tuple(replace(handshake.link(), number=number) for number in range(1, 21))
    events = tuple(
        replace(event, connection=link.number, frame=event.frame + 6 * link.number)
        for link in links
        for event in run.trace.events
    )
    finding = replace(handshake.found(5), connection=17)
    many = replace(
        run, connections=links, trace=Seens(seen=len(events), left_out=0, events=events), findings=(finding,)
    )

    text = printed(many)

    assert "connection 17 of 20" in text
    assert text.count("10.9.0.1:40312") == LADDERS
    assert "17 more connections not shown; --verbose shows them" in text
    assert printed(many, everything=True).count("10.9.0.1:40312") == 20


def test_of_many_connections_where_nothing_happened_one_is_drawn(handshake: Any) -> None:
    links = tuple(replace(handshake.link(), number=number) for number in range(1, 21))

    assert "19 more connections not shown" in printed(replace(handshake.run(), connections=links))


def test_what_the_trace_left_out_is_said_in_the_ladder(handshake: Any) -> None:
    run = handshake.run()
    events = tuple(replace(event, frame=event.frame + (1000 if event.frame > 4 else 0)) for event in run.trace.events)

    text = printed(replace(run, trace=Seens(seen=1006, left_out=1000, events=events)))

    assert "⋮  and 1,000 events of which no trace was kept" in text


def test_rules_are_numbered_in_the_ladder_where_there_are_several(handshake: Any) -> None:
    handshake.sent("client", "P. 1:6(5) ack 1 win 502", "drop")
    one = handshake.run(rules=(("client data#1: drop", 1),))
    two = handshake.run(rules=(("client data#1: drop", 1), ("client data#2: delay 5ms", 0)))

    assert "✗ drop   " in printed(one)
    assert "✗ drop (rule 1)" in printed(two)


def test_a_checked_capture(handshake: Any) -> None:
    check = handshake.check(suspected=(handshake.found(5),))

    lines = printed(check).splitlines()

    assert lines[0] == "tcpchaos check  capture.pcap, pcap, 3 packets, 1 connection"
    assert lines[-5:] == [
        "UNDETERMINED  Nothing is surely illegal.",
        "",
        "  suspected  SA-02, client, #5: ack 27, not an ack of at most 18",
        "  undecided  What happened elsewhere.",
        "  note       Cut short.",
    ]
