"""What the oracle says in the end, and what follows from which vantage point."""

from tcpchaos.oracle import Oracle
from tcpchaos.trace import Side
from tests.transcript import Playback

BROKEN = """
    client> S 0:0(0) win 9
    server> S. 0:0(0) ack 1 win 9
    client> . 1:1(0) ack 1 win 9
    server> . 1:1(0) ack 8 win 9
    server> . 1:1(0) ack 8 win 9
"""


def test_a_finding_names_the_culprit_the_place_and_what_would_have_been_legal() -> None:
    verdict = Playback(BROKEN).verdict()
    (finding,) = verdict.findings
    assert verdict.outcome == "violation"
    assert (finding.rule, finding.blame, finding.frame, finding.times) == ("SA-02", Side.SERVER, 7, 2)
    assert (finding.expected, finding.observed) == ("ack 1 at the most", "ack 8")
    assert finding.states == ("ESTABLISHED", "ESTABLISHED")


def test_what_one_vantage_point_cannot_decide_is_undetermined() -> None:
    unasked = BROKEN.replace("ack 8 win 9", "ack 1 win 9 <nop,nop,TS val 9 ecr 0>")
    verdict = Playback(unasked, Oracle(vantage="one")).verdict()
    assert (verdict.outcome, verdict.findings) == ("undetermined", ())
    assert [finding.rule for finding in verdict.undecided] == ["OP-22"]


def test_a_run_that_did_not_finish_is_undetermined() -> None:
    oracle = Playback("client> S 0:0(0) win 9").oracle
    assert oracle.verdict(finished=False).outcome == "undetermined"
    assert oracle.verdict(finished=True).outcome == "pass"
    assert Oracle().verdict().outcome == "undetermined"


def test_nobody_waits_for_what_is_owed_where_connections_go_on() -> None:
    oracle = Playback("client> S 0:0(0) win 9\n>server S 0:0(0) win 9").oracle
    assert oracle.look(1000) is not None
    assert oracle.verdict().outcome == "undetermined"
    assert (oracle.verdict(going_on=True).outcome, oracle.verdict(going_on=True).notes) == ("pass", ())


def test_what_was_found_so_far_is_told() -> None:
    playback = Playback(BROKEN)
    assert [finding.rule for finding in playback.oracle.found] == [each.rule for each in playback.verdict().findings]
    assert playback.oracle.found != ()


def test_notes_are_said_once() -> None:
    oracle = Oracle()
    oracle.note("the capture was cut short")
    oracle.note("the capture was cut short")
    assert oracle.verdict().notes == ("the capture was cut short",)
