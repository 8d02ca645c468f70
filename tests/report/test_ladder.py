"""What a network engineer sees: transcripts of ladders."""

from dataclasses import replace
from typing import Any

import pytest
from msgspec import structs

from tcpchaos.report.ladder import ASCII, UNICODE, Glyphs, ladder, shortened
from tcpchaos.report.selection import Authors, Selection

NOTHING_ELSE = Selection(stories=(), hidden=0, gap_after=0, unkept=0, authors={})
TS = "nop,nop,TS val 3871022344 ecr 118822113"


def drawn(story: Any, *findings: Any, width: int = 80, limit: int = 80, glyphs: Glyphs = UNICODE) -> str:
    lines = list(ladder(story.told(*findings), NOTHING_ELSE, width=width, limit=limit, glyphs=glyphs))
    assert all(line.cell_len <= width for line in lines)
    return "\n".join(line.plain.rstrip() for line in lines[2:])


def test_the_two_endpoints_stand_above_their_rails(handshake: Any) -> None:
    names, addresses = list(ladder(handshake.told(), NOTHING_ELSE, width=80))[:2]

    assert names.plain == "  #         ms  client                                                    server"
    assert addresses.plain == "                10.9.0.1:40312                                     10.9.0.2:8080"


def test_a_handshake(handshake: Any) -> None:
    assert (
        drawn(handshake)
        == """\
  1      0.100  │── S 0:0(0) win 64240 <mss 1460> ────────────────────────────▶│
                ├ SYN-SENT                                        SYN-RECEIVED ┤
  3      0.200  │◀───────────────────── S. 0:0(0) ack 1 win 65160 <mss 1460> ──│
                ├ ESTABLISHED                                                  │
  5      0.300  │── . 1:1(0) ack 1 win 502 ───────────────────────────────────▶│
                │                                                  ESTABLISHED ┤"""
    )


def test_a_handshake_without_unicode(handshake: Any) -> None:
    assert (
        drawn(handshake, glyphs=ASCII)
        == """\
  1      0.100  |-- S 0:0(0) win 64240 <mss 1460> ---------------------------->|
                + SYN-SENT                                        SYN-RECEIVED +
  3      0.200  |<--------------------- S. 0:0(0) ack 1 win 65160 <mss 1460> --|
                + ESTABLISHED                                                  |
  5      0.300  |-- . 1:1(0) ack 1 win 502 ----------------------------------->|
                |                                                  ESTABLISHED +"""
    )


def test_a_wide_terminal_has_columns_for_the_states(handshake: Any) -> None:
    assert (
        drawn(handshake, width=112)
        == """\
  1      0.100      SYN-SENT │── S 0:0(0) win 64240 <mss 1460> ──────────────────────────────────▶│ SYN-RECEIVED
  3      0.200   ESTABLISHED │◀─────────────────────────── S. 0:0(0) ack 1 win 65160 <mss 1460> ──│ SYN-RECEIVED
  5      0.300   ESTABLISHED │── . 1:1(0) ack 1 win 502 ─────────────────────────────────────────▶│ ESTABLISHED"""
    )


def test_a_dropped_segment_ends_in_a_cross(story: Any) -> None:
    story.sent("client", "S 0:0(0) win 64240", "client syn#1: drop", now="SYN-SENT")
    story.sent("server", "R 1:1(0) win 0", "server rst: drop 50%, and so on until there is no room beside it")

    assert (
        drawn(story)
        == """\
  1      0.100  │── S 0:0(0) win 64240 ─────────✗ client syn#1: drop           │
                ├ SYN-SENT                                              LISTEN ┤
  2      0.200  │                              ✗───────────── R 1:1(0) win 0 ──│
                │   ╰ server rst: drop 50%, and so on until there is no room   │
                │     beside it                                                │"""
    )


def test_a_segment_that_just_never_arrived_says_so(story: Any) -> None:
    story.sent("client", "S 0:0(0) win 64240")

    assert "✗ never arrived" in drawn(story)


def test_a_delayed_segment_departs_and_arrives(handshake: Any) -> None:
    late = handshake.sent("client", "P. 1:6(5) ack 1 win 502", "client data#1: delay 50ms")
    handshake.at_us += 50_000
    handshake.arrives(late)

    assert drawn(handshake).splitlines()[6:] == [
        "  7      0.400  │── P. 1:6(5) ack 1 win 502 ────○ client data#1: delay 50ms    │",
        "  8     50.400  │                            #7 ○── P. 1:6(5) ack 1 win 502 ──▶│",
    ]


def test_an_edit_shows_both_forms_and_marks_the_difference(story: Any) -> None:
    frame = story.sent("server", "S. 0:0(0) ack 1 win 65160", "server syn-ack: ack+=1000", now="SYN-RECEIVED")
    story.arrives(frame, segment="S. 0:0(0) ack 1001 win 65160")

    lines = list(ladder(story.told(), NOTHING_ELSE, width=80))

    assert [line.plain for line in lines[2:]] == [
        "  1      0.100  │    server syn-ack: ack+=1000 ◇── S. 0:0(0) ack 1 win 65160 ──│",
        "                ├ CLOSED                                          SYN-RECEIVED ┤",
        "  2      0.100  │◀── S. 0:0(0) ack 1001 win 65160 ──◇ #1                       │",
    ]
    arrived = lines[-1]
    marked = [
        arrived.plain[span.start : span.end] for span in arrived.spans if span.style and "bold" in str(span.style)
    ]
    assert marked == ["1001"]


def test_edited_options_are_never_abbreviated(story: Any) -> None:
    frame = story.sent("client", f"S 0:0(0) win 64240 <mss 1460,sackOK,{TS},wscale 7>", "client syn#1: mss=0")
    story.arrives(frame, segment=f"S 0:0(0) win 64240 <mss 0,sackOK,{TS},wscale 7>")

    lines = list(ladder(story.told(), NOTHING_ELSE, width=80))

    text = "\n".join(line.plain for line in lines)
    assert "mss 0,sackOK" in text
    assert "TS val 3871022344 ecr 118822113" in text
    marked = [
        line.plain[span.start : span.end] for line in lines for span in line.spans if "bold yellow" in str(span.style)
    ]
    assert marked == ["mss 0"]


def test_an_injected_segment_starts_in_the_middle(handshake: Any) -> None:
    handshake.injected("client", "R 1:1(0) win 0", "on client=established: inject to client rst seq=rcv.nxt")

    assert drawn(handshake).splitlines()[6:] == [
        "  7      0.300  │◀─────────── R 1:1(0) win 0 ──◆                               │",
        "                │   ╰ on client=established: inject to client rst seq=rcv.nxt  │",
    ]


def test_a_copy_starts_in_the_middle(handshake: Any) -> None:
    frame = handshake.passes("server", "P. 1:10(9) ack 1 win 502", "any data: duplicate")
    handshake.arrives(frame)

    assert drawn(handshake).splitlines()[6:] == [
        "  7      0.400  │◀── any data: duplicate ─────────── P. 1:10(9) ack 1 win 502 ──│".replace(
            "────── P", "───── P"
        ),
        "  9      0.400  │◀── P. 1:10(9) ack 1 win 502 ──○ copy of #7                   │",
    ]


def test_a_finding_is_marked_on_the_side_of_who_is_to_blame(handshake: Any) -> None:
    frame = handshake.passes("client", ". 18:18(0) ack 27 win 501")

    text = drawn(handshake, handshake.found(frame), handshake.found(frame, "FL-11", blame="server", known="linux-3"))

    assert text.splitlines()[6:] == [
        "  7      0.400  │── . 18:18(0) ack 27 win 501 ────────────────────────────────▶│",
        "                │ ▲ SA-02 Nothing is acknowledged that was never delivered.    │",
        "                │    FL-11 Nothing is acknowledged that was never delivered. ▲ │",
        "                │                                           (known: linux-3)   │",
    ]


def test_deeds_say_of_which_rule_they_are(handshake: Any) -> None:
    handshake.sent("client", "P. 1:6(5) ack 1 win 502", "drop")
    handshake.injected("server", "R 1:1(0) win 0", "inject to server rst")
    authors: Authors = {"drop": [(1, "client"), (2, "server"), (3, "any")], "inject to server rst": [(4, "client")]}
    selection = replace(NOTHING_ELSE, authors=authors)

    *_, dropped, injected = ladder(handshake.told(), selection, width=80)

    assert "✗ drop (rule 1 or 3)" in dropped.plain
    assert "inject to server rst (rule 4) ◆" in injected.plain


def test_a_long_ladder_says_what_it_left_out(handshake: Any) -> None:
    for number in range(100):
        if number % 50 == 20:
            handshake.sent("server", ". 1:1449(1448) ack 1 win 502", "server data: drop 2%")
        else:
            handshake.passes("server", ". 1:1449(1448) ack 1 win 502")

    text = drawn(handshake, limit=10)

    assert "│ ⋮  93 segments, 134.7 kB, 2 dropped" in text


@pytest.mark.parametrize("width", [60, 72, 80, 100, 111, 112, 140, 200])
def test_no_line_is_wider_than_the_terminal(handshake: Any, width: int) -> None:
    frame = handshake.sent("client", f"P. 1:18(17) ack 1 win 502 <{TS}>", "client data#1: delay 50ms")
    handshake.arrives(frame, segment=f"P. 1:18(17) ack 4000000000 win 502 <{TS},sack 4000000000:4000001448>")
    handshake.injected("server", f"R. 4294967295:4294967295(0) ack 4294967295 win 65535 <{TS}>", "on " + "x" * 300)
    handshake.passes("server", f". 86881:86890(9) ack 18 win 502 <{TS}>", "any data: duplicate")

    drawn(handshake, handshake.found(7), width=width)


def test_what_a_kernel_did_with_a_segment_stands_below_it(handshake: Any) -> None:
    handshake.passes("client", ". 1:1(0) ack 1 win 502")
    dropped = "dropped by the server's kernel: TCP_OLD_SEQUENCE"
    handshake.events[-1] = structs.replace(handshake.events[-1], kernel=dropped)

    assert f"╰ {dropped}" in drawn(handshake)


def test_options_are_left_out_from_the_dullest() -> None:
    segment = f"S. 0:0(0) ack 1 win 65160 <mss 1460,sackOK,{TS},wscale 7>"

    assert shortened(segment, 95) == segment
    assert shortened(segment, 60) == "S. 0:0(0) ack 1 win 65160 <mss 1460,sackOK,wscale 7>"
    assert shortened(segment, 50) == "S. 0:0(0) ack 1 win 65160 <mss 1460,wscale 7>"
    assert shortened(segment, 40) == "S. 0:0(0) ack 1 win 65160 <…>"
    assert shortened(segment, 26) == "S. 0:0(0) ack 1 win 65160"
    assert shortened(segment, 10) == "S. 0:0(0)…"


def test_timestamps_alone_leave_no_mark() -> None:
    assert shortened(f". 1:1(0) ack 1 win 502 <{TS}>", 40) == ". 1:1(0) ack 1 win 502"
