"""What `rules` prints."""

from collections.abc import Iterable

import pytest
from msgspec import structs
from rich.text import Text

from tcpchaos.report.catalogue import law
from tcpchaos.report.document import Label, RuleEntry, Rules
from tcpchaos.report.lawbook import lines

RULE = RuleEntry(
    id="WF-01",
    kind="sent",
    level="SHOULD",
    tier="soft",
    rfc="RFC 9293, 3.8.6",
    labels=("SHLD-14",),
    vantage="any",
    sentence="The right edge of the window that is offered never moves to the left.",
    excuses="less than the unit of a scaled window",
)
PLAIN = RuleEntry(
    id="SV-01",
    kind="run",
    level="must",
    tier="hard",
    rfc="",
    labels=(),
    vantage="both",
    sentence="No segment ends a server.",
    excuses=None,
)
JUDGED = Label(
    label="SHLD-14",
    section="3.8.6",
    subject="a window does not shrink from the right",
    sight="judged",
    judged_by=("WF-01",),
    why=None,
)
TOLD = Label(
    label="MUST-21",
    section="3.8.3",
    subject="an application can set R2",
    sight="application",
    judged_by=(),
    why="That there is such an option shows to the application alone.",
)


def printed(document: Rules, width: int) -> str:
    made = list(lines(document, width=width))
    assert all(line.cell_len <= width for line in made)
    return plain(made)


def plain(made: Iterable[Text]) -> str:
    return "\n".join(line.plain for line in made)


def test_a_rule_with_all_that_is_known_of_it_and_one_with_nothing_more() -> None:
    assert (
        printed(Rules(rules=(RULE, PLAIN), labels=()), 72)
        == """\
WF-01  SHOULD  soft    what is sent                RFC 9293, 3.8.6
       The right edge of the window that is offered never moves to the
       left.
       lets pass: less than the unit of a scaled window
       judges SHLD-14; one capture is enough
SV-01  must    hard    a whole run
       No segment ends a server.
2 rules: 1 hard, 1 soft"""
    )


def test_requirements_with_the_rules_that_judge_them_or_the_reason_why_none_does() -> None:
    assert (
        printed(Rules(rules=(), labels=(JUDGED, TOLD)), 60)
        == """\
SHLD-14  3.8.6      a window does not shrink from the right
                    judged by WF-01
MUST-21  3.8.3      an application can set R2
                    only the application sees it
                    That there is such an option shows to
                    the application alone.
2 requirements: 1 judged, 1 seen by applications alone"""
    )


def test_rules_come_first_and_requirements_below_their_own_heading() -> None:
    text = printed(Rules(rules=(PLAIN,), labels=(JUDGED,)), 80)

    assert (
        "1 rule: 1 hard\n\nThe requirements that RFC 9293 labels, and who can see that one is broken\n\nSHLD-14" in text
    )


def test_nothing_chosen_is_said() -> None:
    assert printed(Rules(rules=(), labels=()), 80) == "0 rules"


def test_remarks_are_counted_as_such() -> None:
    remark = structs.replace(PLAIN, tier="remark")

    assert printed(Rules(rules=(PLAIN, remark, remark), labels=()), 80).endswith("3 rules: 1 hard, 2 remarks")


@pytest.mark.parametrize("width", [80, 100, 160])
def test_the_whole_law_fits(width: int) -> None:
    assert printed(law(), width).endswith("by nobody")
