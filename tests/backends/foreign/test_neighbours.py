"""A host of ours is found by who asks for it, finds whom it looks for, and notices who has its address."""

import pytest

from tcpchaos.backends.foreign.neighbours import Neighbours, link_header
from tcpchaos.wire.checksum import pseudo_header, residue

OURS, THEIRS = b"\x02ours!", b"\x02their"
PAIRS = [("10.0.0.1", "10.0.0.2"), ("2001:db8::1", "2001:db8::1:2")]


@pytest.mark.parametrize(("own", "other"), PAIRS)
def test_two_of_them_find_each_other(own: str, other: str) -> None:
    one, two = Neighbours(own, OURS, other), Neighbours(other, THEIRS, own)
    question = one.question()
    answer = two.hear(question)
    assert answer is not None
    assert answer[:12] == OURS + THEIRS
    assert one.hear(answer) is None
    assert one.found == THEIRS
    if ":" not in own:  # a question of ARP's tells the other one as well
        assert two.found == OURS
    assert not one.taken


@pytest.mark.parametrize(("own", "other"), PAIRS)
def test_whoever_has_our_address_answers_the_probe(own: str, other: str) -> None:
    one, thief = Neighbours(own, OURS, other), Neighbours(own, THEIRS, other)
    answer = thief.hear(one.probe())
    assert answer is not None
    one.hear(answer)
    assert one.taken
    assert one.found is None
    assert Neighbours(other, THEIRS, own).hear(one.probe()) is None


def test_what_goes_out_in_ipv6_has_a_right_checksum_and_goes_to_the_group() -> None:
    one = Neighbours("2001:db8::1", OURS, "2001:db8::12:3456")
    for frame in (one.question(), one.probe()):
        assert residue(pseudo_header(frame[22:54], len(frame) - 54, 58) + frame[54:]) == 0
        assert frame[21] == 255
    assert one.question()[:6] == b"\x33\x33\xff\x12\x34\x56"


@pytest.mark.parametrize(("own", "other"), PAIRS)
def test_other_questions_are_for_others(own: str, other: str) -> None:
    one = Neighbours(own, OURS, other)
    assert one.hear(Neighbours(other, THEIRS, "10.0.0.3" if "." in own else "2001:db8::3").question()) is None
    assert one.hear(one.question()[:40]) is None
    assert one.hear(THEIRS + OURS + b"\x08\x00" + bytes(40)) is None
    assert one.hear(b"") is None
    # What a router may have let through proves nothing about who is here.
    question = Neighbours(other, THEIRS, own).question()
    if ":" in own:
        assert one.hear(question[:21] + b"\x40" + question[22:]) is None


def test_a_header() -> None:
    assert link_header(OURS, THEIRS, 4) == THEIRS + OURS + b"\x08\x00"
    assert link_header(OURS, THEIRS, 6) == THEIRS + OURS + b"\x86\xdd"
