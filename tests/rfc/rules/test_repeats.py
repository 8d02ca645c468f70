"""Rules about repetitions: for each a transcript that breaks it, and the nearest one that does not."""

import pytest

from tests.rfc.rules.case import OPEN, Case, assert_caught, assert_silent
from tests.transcript import Playback

LOST = OPEN + "client>x P. 1:3(2) ack 1 win 65535\n"


def again(*at_ms: int) -> str:
    return LOST + "".join(f"client>x @{ms} P. 1:3(2) ack 1 win 65535\n" for ms in at_ms)


def bare(times: int, every_ms: int, between: str = "") -> str:
    line = "server>x @{} . 1:1(0) ack 1 win 65535\n" + between
    return OPEN + "".join(line.format(*[ms] * line.count("{}")) for ms in range(5, 5 + times * every_ms, every_ms))


ACKED = OPEN + "client> P. 1:3(2) ack 1 win 65535\nserver> . 1:1(0) ack 3 win 65535\n"
PROBED = "client>x @{} . 0:0(0) ack 1 win 65535\n"
FORGED = ">server @{} . 1:1(0) ack 1 win 65535\n"

CASES: tuple[Case, ...] = (
    ("RT-03", "client", again(200, 400, 600, 800), again(200, 600, 1400, 3000)),
    (
        "RT-05",
        "client",
        "client>x S 0:0(0) win 9\nclient>x @500 S 0:0(0) win 9",
        "client>x S 0:0(0) win 9\nclient>x @1000 S 0:0(0) win 9",
    ),
    (
        "RT-06",
        "client",
        ACKED + "client> @1100 P. 1:3(2) ack 1 win 65535",
        ACKED + "client> @900 P. 1:3(2) ack 1 win 65535",
    ),
    ("RT-12", "client", again(*range(2, 13)), again(*range(2, 12))),
    (
        "TL-04",
        "client",
        ACKED + "client> @2000 . 2:3(1) ack 1 win 65535",
        ACKED + "client> @2000 . 2:2(0) ack 1 win 65535",
    ),
    ("TL-06", "server", bare(11, 5), bare(10, 5)),
    ("RS-14", "server", bare(21, 5, FORGED), bare(20, 5, FORGED)),
)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case[0])
def test_rule_catches(case: Case) -> None:
    assert_caught(case)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case[0])
def test_rule_is_silent(case: Case) -> None:
    assert_silent(case)


def test_who_has_no_room_for_what_comes_next_may_say_so_of_each_segment() -> None:
    came = "".join(f"client> @5 . {at}:{at + 1}(1) ack 1 win 65535\n" for at in range(3, 23))
    said = "".join(f"server>x @{ms} . 1:1(0) ack 3 win 65535\n" for ms in range(6, 26))

    assert Playback(ACKED + came + said).broken == []
    assert Playback(ACKED + said).broken == ["TL-06 server"]


def test_what_is_delivered_in_between_explains_a_repetition() -> None:
    text = LOST
    for ms in range(2, 40):
        text += f">client @{ms} . 1:1(0) ack 1 win {65000 - ms}\nclient>x @{ms} P. 1:3(2) ack 1 win 65535\n"
    assert Playback(text).broken == []


def test_each_segment_with_data_may_be_answered() -> None:
    """Copies that arrive all at once are answered with as many acknowledgments, none of which says anything new."""
    text = OPEN + "client> P. 1:3(2) ack 1 win 65535\nserver> . 1:1(0) ack 3 win 65535\n"
    text += ">server P. 1:3(2) ack 1 win 65535\n" * 40 + "server>x . 1:1(0) ack 3 win 65535\n" * 40
    assert Playback(text).broken == []


def test_what_was_heard_late_may_have_been_sent_earlier() -> None:
    at_once = "client>x @1500 S 0:0(0) win 9\nclient>x @1501 S 0:0(0) win 9"
    assert Playback("beats 0 100\n" + at_once).broken == []
    assert Playback("beats 0 100 1499\n" + at_once).broken == []
    assert Playback("beats 1300 1400\n" + at_once).broken == ["RT-05 client"]
    late = LOST + "beats 0 100\nclient>x @200 P. 1:3(2) ack 1 win 65535\nclient>x @600 P. 1:3(2) ack 1 win 65535\n"
    late += "beats 200 300 400 500 600 700 800\n"
    late += "client>x @3200 P. 1:3(2) ack 1 win 65535\nclient>x @3201 P. 1:3(2) ack 1 win 65535\n"
    assert Playback(late).broken == []


def test_an_acknowledgment_that_may_not_have_counted_forgives() -> None:
    text = OPEN + "client> P. 1:3(2) ack 1 win 65535\n>client . -5:-5(0) ack 3 win 65535\n"
    assert Playback(text + "client> @1100 P. 1:3(2) ack 1 win 65535").broken == []
