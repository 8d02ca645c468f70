"""Each rule is asked of the segments that it concerns, and of no others."""

import pytest

from tcpchaos.rfc import ANSWER_CHECKS, PLAIN_CHECKS, SENT_CHECKS, SHAPE_CHECKS
from tcpchaos.rfc.classes import class_of
from tcpchaos.rfc.law import SENT_RULES
from tcpchaos.trace import Side
from tests.transcript import segment


def asked(text: str) -> set[str]:
    return {rule.id for rule, _ in SENT_CHECKS[class_of(segment(Side.CLIENT, text))]}


@pytest.mark.parametrize(
    ("text", "concerned", "unconcerned"),
    [
        ("S 0:0(0) win 9", {"FL-01", "HS-01"}, {"RS-06", "FL-09", "TD-02", "SA-07", "SA-02"}),
        ("R 1:1(0) win 0", {"FL-01", "RS-06"}, {"HS-01", "FL-09", "TD-02", "SA-07", "SA-02"}),
        ("F. 1:1(0) ack 1 win 9", {"FL-01", "FL-09", "SA-02"}, {"HS-01", "RS-06", "TD-02", "SA-07"}),
        ("P. 1:6(5) ack 1 win 9", {"FL-01", "TD-02", "SA-07", "SA-02"}, {"HS-01", "RS-06", "FL-09"}),
        ("S 0:5(5) win 9", {"FL-01", "HS-01", "TD-02"}, {"RS-06", "FL-09", "SA-07", "SA-02"}),
        (". 1:1(0) ack 1 win 9", {"FL-01", "SA-02"}, {"HS-01", "RS-06", "FL-09", "TD-02", "SA-07"}),
    ],
)
def test_a_rule_is_asked_of_what_it_concerns(text: str, concerned: set[str], unconcerned: set[str]) -> None:
    assert concerned <= asked(text)
    assert not unconcerned & asked(text)


def test_no_rule_is_forgotten_or_asked_twice() -> None:
    assert {rule.id for checks in SENT_CHECKS for rule, _ in checks} == {rule.id for rule, _, _ in SENT_RULES}
    for every, shape, rest in zip(SENT_CHECKS, SHAPE_CHECKS, PLAIN_CHECKS, strict=True):
        assert sorted(rule.id for rule, _ in every) == sorted(rule.id for rule, _ in (*shape, *rest))


def test_what_a_segment_calls_for_depends_on_its_class_too() -> None:
    fin = {rule.id for rule, _ in ANSWER_CHECKS[class_of(segment(Side.CLIENT, "F. 1:1(0) ack 1 win 9"))]}
    bare = {rule.id for rule, _ in ANSWER_CHECKS[class_of(segment(Side.CLIENT, ". 1:1(0) ack 1 win 9"))]}
    assert fin - bare == {"TD-03", "TD-06"}
