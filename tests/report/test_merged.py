"""Documents of parts, joined."""

from typing import Any

import pytest

from tcpchaos.report.document import Cell, Covered, Drawn, Fuzz
from tcpchaos.report.merged import Apart, merged_campaigns, merged_nights
from tests.report.nights import bug, case, found, night

DATA = ("ESTABLISHED", "ESTABLISHED", "client data", "drop", "sent")
SYN = ("SYN-SENT", "LISTEN", "client syn", "pass", "sent")
FIN = ("ESTABLISHED", "ESTABLISHED", "client fin", "pass", "sent")


def campaign(shard: str, **how: Any) -> Fuzz:
    usual: dict[str, Any] = {
        "outcome": "pass",
        "findings": (),
        "unconfirmed": (),
        "sentence": "",
        "version": "0.1.0",
        "backend": "lab",
        "stacks": ("linux 6.18", "linux 6.18"),
        "played": "",
        "strategies": (Drawn(name="handshake", cases=10, new=3), Drawn(name=f"only-{shard[0]}", cases=1, new=1)),
        "cases": 11,
        "idle": 2,
        "segments": 100,
        "seconds": 30.0 + int(shard[0]),
        "seed": 7,
        "guided": False,
        "outcomes": {"pass": 10, "undetermined": 1},
        "known": {"linux-x": 1},
        "coverage": Covered(cells=(Cell(what=DATA, times=4), Cell(what=SYN, times=10)), growth=((1, 2),)),
        "matrix": None,
        "saved": (f"found/{shard[0]}.json",),
        "command": "tcpchaos fuzz",
        "interrupted": False,
        "notes": ("the same",),
    }
    return Fuzz(shard=shard, **{**usual, **how})


def test_parts_of_a_campaign_are_one() -> None:
    mine = bug(seen=2, good=19, states=("SYN-SENT", "LISTEN"))
    theirs = bug(seen=5, status="confirmed", file="", times=5, good=5)
    one = campaign("1/2", outcome="violation", findings=(mine,), unconfirmed=(bug("RT-02", status="new"),))
    covered = Covered(cells=(Cell(what=DATA, times=1), Cell(what=FIN, times=2)), growth=())
    other = campaign(
        "2/2",
        findings=(theirs, bug("RT-02", plan=())),
        unconfirmed=(bug("FL-03", status="unconfirmed"),),
        coverage=covered,
    )
    both = merged_campaigns([one, other], ["1.json", "2.json"])

    assert (both.outcome, both.sentence) == ("violation", "2 bugs found in 22 cases of 2 parts.")
    first, second = both.findings
    assert (first.rule, first.status, first.file, first.seen) == ("SA-02", "shrunk", mine.file, 7)
    assert (first.good, first.times) == (24, 25)
    assert second.rule == "RT-02"
    assert [each.rule for each in both.unconfirmed] == ["RT-02", "FL-03"]
    assert {cell.what: cell.times for cell in both.coverage.cells} == {DATA: 5, SYN: 10, FIN: 2}
    assert [(each.name, each.cases, each.new) for each in both.strategies] == [
        ("handshake", 20, 6),
        ("only-1", 1, 1),
        ("only-2", 1, 1),
    ]
    assert (both.cases, both.idle, both.segments, both.seconds, both.shard) == (22, 4, 200, 32.0, "1/1")
    assert (both.outcomes, both.known) == ({"pass": 20, "undetermined": 2}, {"linux-x": 2})
    assert (both.saved, both.notes) == (("found/1.json", "found/2.json"), ("the same",))
    assert both.command == "tcpchaos merge 1.json 2.json"


def test_what_one_part_confirmed_is_unsure_no_more() -> None:
    one, other = campaign("1/2", unconfirmed=(bug(status="unconfirmed", good=0),)), campaign("2/2", findings=(bug(),))
    both = merged_campaigns([one, other], ["1", "2"])
    assert ([each.rule for each in both.findings], both.unconfirmed) == (["SA-02"], ())


def test_where_parts_are_missing_it_is_told_which_are_there() -> None:
    some = merged_campaigns([campaign("1/3"), campaign("3/3")], ["1", "3"])
    assert some.shard == "1/3+3/3"
    assert merged_campaigns([some, campaign("2/3")], ["some", "2"]).shard == "1/1"


@pytest.mark.parametrize("how", [{"backend": "sim"}, {"stacks": ("sim", "sim")}, {"played": "redis"}])
def test_what_was_played_against_something_else_stays_apart(how: dict[str, Any]) -> None:
    with pytest.raises(Apart, match="not played against the same"):
        merged_campaigns([campaign("1/2"), campaign("2/2", **how)], ["1", "2"])


def test_parts_of_a_night_are_one() -> None:
    one = night(
        shard="1/2",
        outcome="violation",
        findings=(found(), found("fixed", rule="FL-03")),
        cases=(case("held"), case("failed", name="pack/a", worse=True)),
        interrupted=True,
    )
    other = night(
        shard="2/2",
        findings=(found(), found("still there", rule="FL-03")),
        cases=(case("failed", worse=True), case("held", name="pack/a")),
        seconds=90.0,
    )
    both = merged_nights([one, other], ["1", "2"], least=3)

    assert [(each.status, each.bug.rule, each.bug.seen) for each in both.findings] == [
        ("new", "SA-02", 6),
        ("still there", "FL-03", 6),
    ]
    assert [(each.replayed.name, each.worse) for each in both.cases] == [("pack/a", True), ("pack/lost", True)]
    assert both.failures == (
        "1 new bug: SA-02, server.",
        "2 cases not as expected: pack/a (failed); pack/lost (failed).",
        "2 cells covered, and at least 3 were asked for.",
    )
    assert both.sentence == (
        "Interrupted. Bugs: 1 new, 1 still there; too little covered: 2 of 3 cells; cases: 2 failed; "
        "0 of 2 cases as expected; 60 plans played."
    )
    assert [(each.name, each.turns, each.seconds, each.cases) for each in both.strategies] == [
        ("handshake", 4, 25.0, 60),
        ("resets", 0, 0.0, 0),
    ]
    assert (both.outcome, both.seconds, both.shard, both.seed) == ("violation", 90.0, "1/1", 4)
