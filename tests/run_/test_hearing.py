"""The kernel's reasons beside the segments: the right one, or none."""

from itertools import pairwise
from typing import Any

import pytest

from tcpchaos.backends.testimony import Drop, Frame, Move, Reset, Statement
from tcpchaos.plan import parse
from tcpchaos.run import RunConfig, RunResult, run
from tcpchaos.run.hearing import hear
from tcpchaos.trace import Event, Side, Trace
from tcpchaos.wire import RST
from tests.rfc.rules.case import OPEN
from tests.transcript import PORT, Playback, segment

OCTETS = 40  # of a segment without options or payload


def trace(*told: tuple[int, Side, bool, str]) -> Trace:
    """A trace of events at a time: side, whether it was delivered there, the segment."""
    found = Trace()
    for frame, (at_us, side, delivered, text) in enumerate(told, start=1):
        packet = segment(side.peer if delivered else side, text)
        found.add(Event(frame, at_us, side, delivered, packet, 1, 0, (), ("ESTABLISHED", "ESTABLISHED")))
    return found


def reasons(testimony: Statement, seen: Trace) -> dict[int, str]:
    return hear(testimony, seen, Playback(OPEN).oracle).reasons


ACK_TWICE = trace(
    (100, Side.SERVER, True, ". 1:1(0) ack 1 win 9"),
    (200, Side.SERVER, True, '. 1:6(5) ack 1 win 9 "hello"'),
)


def test_the_frame_that_was_dropped_is_the_segment_of_the_same_place() -> None:
    told = Statement(frames=([], [Frame(110, OCTETS), Frame(205, OCTETS + 5)]))
    told.drops.append(Drop(210, Side.SERVER, 1, "TCP_OLD_SEQUENCE"))
    assert reasons(told, ACK_TWICE) == {2: "dropped by the server's kernel: TCP_OLD_SEQUENCE"}


@pytest.mark.parametrize(
    ("after", "ports", "at_us", "verb"),
    [
        ("CLOSED", (PORT[Side.SERVER], PORT[Side.CLIENT]), 115, "taken"),
        ("CLOSED", (PORT[Side.SERVER], PORT[Side.CLIENT]), 99, "freed"),  # before it came
        ("CLOSED", (PORT[Side.SERVER], 7), 115, "freed"),  # another connection
        ("SYN-RECEIVED", (PORT[Side.SERVER], PORT[Side.CLIENT]), 115, "freed"),
    ],
)
def test_a_reset_was_taken_where_it_closed_a_socket(after: str, ports: tuple[int, int], at_us: int, verb: str) -> None:
    seen = trace((100, Side.SERVER, True, "R 1:1(0) win 0"))
    told = Statement(frames=([], [Frame(110, OCTETS)]))
    told.drops.append(Drop(120, Side.SERVER, 0, "TCP_RESET"))
    told.moves.append(Move(at_us, Side.SERVER, 1, *ports, "ESTABLISHED", after, False))

    assert reasons(told, seen) == {1: f"{verb} by the server's kernel: TCP_RESET"}


def test_frames_that_are_no_segments_are_passed_over() -> None:
    told = Statement(frames=([], [Frame(90, 28), Frame(110, OCTETS), Frame(150, 99), Frame(205, OCTETS + 5)]))
    told.drops.append(Drop(210, Side.SERVER, 3, "TCP_OLD_SEQUENCE"))
    told.drops.append(Drop(211, Side.SERVER, 2, "NO_SOCKET"))
    assert reasons(told, ACK_TWICE) == {2: "dropped by the server's kernel: TCP_OLD_SEQUENCE"}


def test_a_frame_of_another_length_is_not_the_segment() -> None:
    told = Statement(frames=([], [Frame(110, OCTETS + 1)]))
    told.drops.append(Drop(120, Side.SERVER, 0, "TCP_OLD_SEQUENCE"))
    assert reasons(told, ACK_TWICE) == {}


def test_a_reset_has_the_reason_that_was_given_right_before_it() -> None:
    seen = trace((500, Side.SERVER, False, "R 1:1(0) win 0"))
    told = Statement()
    for at_us, remote in ((490, 9), (495, PORT[Side.CLIENT]), (900, PORT[Side.CLIENT])):
        told.resets.append(Reset(at_us, Side.SERVER, PORT[Side.SERVER], remote, f"AT_{at_us}"))
    assert reasons(told, seen) == {1: "sent by the server's kernel: AT_495"}


def test_a_reason_that_the_segment_cannot_have_given_is_remarked() -> None:
    told = Statement(frames=([], [Frame(110, OCTETS)]))
    told.drops.append(Drop(120, Side.SERVER, 0, "TCP_RFC7323_PAWS"))
    (finding,) = hear(told, ACK_TWICE, Playback(OPEN).oracle).findings
    assert (finding.rule, finding.blame, finding.counts) == ("KX-02", Side.SERVER, False)


def test_a_reason_may_be_that_of_a_segment_that_was_joined_to_this_one() -> None:
    told = Statement(frames=([], [Frame(110, OCTETS), Frame(205, OCTETS + 5)]))
    told.drops.append(Drop(300, Side.SERVER, 0, "TCP_OLD_DATA"))
    heard = hear(told, ACK_TWICE, Playback(OPEN).oracle)
    assert (heard.findings, heard.reasons) == ([], {2: "dropped by the server's kernel: TCP_OLD_DATA"})

    told.drops[0] = told.drops[0]._replace(at_us=199)  # which came too late for that
    (finding,) = hear(told, ACK_TWICE, Playback(OPEN).oracle).findings
    assert finding.rule == "KX-02"


def test_a_reset_for_want_of_a_connection_that_there_is_is_remarked() -> None:
    seen = trace((400, Side.SERVER, True, ". 1:1(0) ack 1 win 9"), (500, Side.SERVER, False, "R 1:1(0) win 0"))
    told = Statement(resets=[Reset(490, Side.SERVER, PORT[Side.SERVER], PORT[Side.CLIENT], "NO_SOCKET")])
    (finding,) = hear(told, seen, Playback(OPEN).oracle).findings
    assert (finding.rule, finding.counts) == ("KX-03", False)


def moves(socket: int, *states: str, at_us: int = 100) -> list[Move]:
    ports = (PORT[Side.SERVER], PORT[Side.CLIENT])
    pairs = pairwise(states)
    return [Move(at_us + at, Side.SERVER, socket, *ports, *pair, False) for at, pair in enumerate(pairs)]


def broken(*told: Move) -> list[str]:
    played = Playback(OPEN)
    hear(Statement(moves=list(told)), ACK_TWICE, played.oracle)
    return played.broken


def test_each_move_is_judged() -> None:
    assert broken(*moves(7, "SYN-RECEIVED", "ESTABLISHED")) == []
    assert broken(*moves(7, "SYN-RECEIVED", "ESTABLISHED", "CLOSE-WAIT")) == ["ST-06 server"]


def test_only_what_a_reset_did_is_held_to_the_rules_of_resets() -> None:
    """A kernel resets a connection of its own accord, too, when octets come that nobody will read."""
    played = Playback(OPEN)
    told = [*moves(7, "SYN-RECEIVED", "ESTABLISHED"), moves(7, "ESTABLISHED", "CLOSED", at_us=210)[0]]
    told[1] = told[1]._replace(reset=True)
    hear(Statement(moves=told), ACK_TWICE, played.oracle)
    assert played.broken == []
    reset = trace((100, Side.SERVER, True, ". 1:1(0) ack 1 win 9"), (9000, Side.SERVER, True, "R 7:7(0) win 0"))
    told[1] = told[1]._replace(at_us=9100)
    hear(Statement(moves=told), reset, played.oracle)
    assert played.broken == ["RS-03 server"]


def test_what_may_be_another_lab_s_is_not() -> None:
    bad = ("SYN-RECEIVED", "ESTABLISHED", "CLOSE-WAIT")
    assert broken(*moves(7, *bad), *moves(8, *bad)) == []  # one of them has the same address and ports elsewhere
    assert broken(*moves(7, *bad, at_us=900_000)) == []  # nothing was delivered that could have made it


def test_what_was_lost_is_noted() -> None:
    (note,) = hear(Statement(incomplete=True), ACK_TWICE, Playback(OPEN).oracle).notes
    assert "not every reason is known" in note


# What is injected or edited, to whom it goes, and what this kernel says of it.
DROPS = [
    ('on server=established: inject to server data "old" seq=rcv.nxt-100000', "TCP_OLD_SEQUENCE"),
    ('on server=established: inject to server data "far" seq=rcv.nxt+100000000', "TCP_INVALID_SEQUENCE"),
    ("client data#1: duplicate", "TCP_OLD_DATA"),
    ("client data#2: duplicate, checksum=bad", "TCP_CSUM"),
    (
        'on server=established: inject to server data "past" seq=rcv.nxt <TS val ts.recent-5000 ecr 0>',
        "TCP_RFC7323_PAWS",
    ),
    ("on server=established: inject to server ack seq=rcv.nxt ack=snd.nxt+100000000", "TCP_ACK_UNSENT_DATA"),
]


async def overheard(fault: str, **how: Any) -> RunResult:
    result = await run(RunConfig(plan=parse(fault), **how))
    if not result.overheard:
        pytest.skip("the kernel may not be overheard here")
    return result


@pytest.mark.usefixtures("lab_or_skip")
@pytest.mark.parametrize(("fault", "reason"), DROPS, ids=[reason for _, reason in DROPS])
async def test_known_reasons_stand_beside_the_segments_that_were_dropped(fault: str, reason: str) -> None:
    result = await overheard(fault)
    treated = {event.frame for event in result.trace if event.delivered and event.deeds and event.side is Side.SERVER}
    said = {frame for frame, text in result.reasons.items() if text == f"dropped by the server's kernel: {reason}"}
    assert said & treated
    assert not [finding for finding in result.findings if finding.counts]


@pytest.mark.usefixtures("lab_or_skip")
@pytest.mark.parametrize(
    ("fault", "workload"),
    [
        ("on client=established: inject to client rst seq=rcv.nxt+1", "echo"),  # is challenged
        ("client syn#1: inject to client rst seq=4711", "simultaneous-open"),  # is ignored
    ],
)
async def test_a_reset_that_a_kernel_did_not_obey_is_not_said_to_be_taken(fault: str, workload: str) -> None:
    result = await overheard(fault, play=workload)
    forged = [event.frame for event in result.trace if event.delivered and event.deeds and event.packet.flags & RST]
    assert [result.reasons.get(frame) for frame in forged] == ["freed by the client's kernel: TCP_RESET"]


@pytest.mark.usefixtures("lab_or_skip")
async def test_a_run_that_is_not_overheard_says_so() -> None:
    result = await run(RunConfig(tracing=False))
    assert (result.overheard, result.reasons) == (False, {})
    assert result.counters[Side.SERVER]["TcpPassiveOpens"] == 1
