"""Rules about selective acknowledgments: for each a transcript that breaks it, and the nearest one that does not."""

import pytest

from tests.rfc.rules.case import OPEN_WITH_OPTIONS, TS, Case, assert_caught, assert_silent
from tests.transcript import Playback

TWO = (
    OPEN_WITH_OPTIONS
    + f"""
    server> P. 1:3(2) ack 1 win 512 <nop,nop,TS val 702 ecr 101>
    client>x P. 1:11(10) ack 1 win 512 {TS}
    client> P. 11:21(10) ack 1 win 512 {TS}
    client>x P. 21:31(10) ack 1 win 512 {TS}
    client> P. 31:41(10) ack 1 win 512 {TS}
"""
)
ONE = OPEN_WITH_OPTIONS + f"client> P. 1:11(10) ack 1 win 512 {TS}\n"
AGAIN = ONE + f"client> P. 1:11(10) ack 1 win 512 {TS}\n"
SACK = "server> @{} P. 3:4(1) ack {} win 512 <nop,nop,TS val 900 ecr 101,nop,nop,sack {}>"

CASES: tuple[Case, ...] = (
    ("OP-13", "server", TWO + SACK.format(1100, 1, "11:21 31:41"), TWO + SACK.format(1100, 1, "31:41 11:21")),
    ("OP-14", "server", ONE + SACK.format(1, 11, "1:11"), AGAIN + SACK.format(1, 11, "1:11")),
)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case[0])
def test_rule_catches(case: Case) -> None:
    assert_caught(case)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case[0])
def test_rule_is_silent(case: Case) -> None:
    assert_silent(case)


def test_a_duplicate_beyond_the_acknowledgment_is_reported_before_its_island() -> None:
    text = TWO + f"client> P. 31:36(5) ack 1 win 512 {TS}\n"
    assert Playback(text + SACK.format(300, 1, "31:36 31:41 11:21")).broken == []
    assert Playback(TWO + SACK.format(300, 1, "31:36 31:41 11:21")).broken == ["OP-14 server"]


def test_what_lies_half_a_circle_away_is_behind() -> None:
    text = OPEN_WITH_OPTIONS + ">server F. 2147483649:2147483649(0) ack 1 win 512 <nop,nop,TS val 102 ecr 700>\n"
    assert Playback(text + SACK.format(1, 1, "2147483649:2147483650")).broken == []


def test_a_fin_beyond_a_hole_may_be_reported_or_not() -> None:
    text = TWO + f"client>x P. 41:51(10) ack 1 win 512 {TS}\nclient> F. 51:51(0) ack 1 win 512 {TS}\n"
    assert Playback(text + SACK.format(1100, 1, "51:52 31:41 11:21")).broken == []
    assert Playback(text + SACK.format(1100, 1, "31:41 11:21")).broken == []
    assert Playback(text + SACK.format(1100, 1, "11:21 31:41")).broken == ["OP-13 server"]
