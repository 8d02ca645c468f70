"""What a run decides: the promise to the applications, and the outcome."""

from typing import Any

import pytest

from tcpchaos.oracle import Finding, Verdict
from tcpchaos.rfc import Breach
from tcpchaos.rfc.rules.runs import LIVES
from tcpchaos.run import failed_promises, judge
from tcpchaos.run.judging import given_up
from tcpchaos.trace import Side
from tcpchaos.workloads import Application
from tests.rfc.rules.case import OPEN
from tests.transcript import Playback


def verdict(outcome: Any, faults: Any) -> Verdict:
    return Verdict(outcome=outcome, faults=faults, findings=(), undecided=(), notes=())


def fared(*, client: bool, server: bool = True) -> tuple[Application, Application]:
    return (
        Application(side=Side.CLIENT, what="fetch", ok=client, ended="exit 7"),
        Application(side=Side.SERVER, what="serve", ok=server, ended="SIGSEGV"),
    )


def test_only_after_lethal_faults_may_an_application_fail() -> None:
    assert failed_promises(verdict("pass", "survivable"), fared(client=True), ()) == ()

    [finding] = failed_promises(verdict("pass", "survivable"), fared(client=False, server=False), ())
    assert (finding.expected, finding.observed) == ("the client's application gets what it came for", "fetch: exit 7")
    assert finding.counts
    [finding] = failed_promises(verdict("pass", "none"), fared(client=True, server=False), ())
    assert finding.observed == "serve: SIGSEGV, though nothing was done to any segment"
    [finding] = failed_promises(verdict("pass", "lethal"), fared(client=False), ())
    assert (finding.excused, finding.counts) == ("a lethal fault was delivered", False)


def test_the_fault_that_excuses_a_failure_is_named() -> None:
    playback = Playback(OPEN + "server> P. 1:3(2) ack 1 win 9\n>client R 3:3(0) win 0")

    [finding] = failed_promises(playback.verdict(), fared(client=False), playback.oracle.connections)

    assert finding.excused == "a reset that must be accepted was delivered to the client at #9"
    assert finding.connection == 1


def test_a_failure_is_no_finding_of_its_own_where_the_server_has_ended() -> None:
    breach = Breach("a server that goes on", "it was ended by SIGSEGV")
    ended = Finding.of(LIVES, breach, blame=Side.SERVER)

    assert failed_promises(verdict("pass", "none"), fared(client=False, server=False), (), [ended]) == ()


@pytest.mark.parametrize(("at_ms", "gave_up"), [(99_000, False), (101_000, True)])
def test_who_was_left_alone_by_its_application_may_give_up_too(at_ms: int, gave_up: bool) -> None:
    text = OPEN + f"client>x @7 F. 1:1(0) ack 1 win 9\nserver> @{at_ms} P. 1:3(2) ack 1 win 9\n"
    assert not given_up(Playback(text).oracle.connections)
    assert given_up(Playback(text + "client> R 1:1(0) win 0").oracle.connections) == gave_up
    shut = OPEN + f"server> . 1:1(0) ack 1 win 0\nserver> @{at_ms} P. 1:3(2) ack 1 win 0\n"
    assert given_up(Playback(shut + "client> R 1:1(0) win 0").oracle.connections) == gave_up


FAILURE: tuple[Finding, ...] = failed_promises(verdict("pass", "none"), fared(client=False), ())
EXCUSED: tuple[Finding, ...] = failed_promises(verdict("pass", "lethal"), fared(client=False), ())


@pytest.mark.parametrize(
    ("of_oracle", "failures", "complete", "trustworthy", "outcome"),
    [
        ("pass", (), True, True, "pass"),
        ("pass", FAILURE, True, True, "violation"),
        ("undetermined", FAILURE, True, True, "violation"),
        ("undetermined", (), True, True, "undetermined"),
        ("pass", (), False, True, "undetermined"),
        ("violation", (), False, True, "violation"),
        ("violation", (), True, False, "undetermined"),
        # What is left behind counts even where nobody knows what would have come; what is excused never does.
        ("pass", FAILURE, False, True, "violation"),
        ("pass", EXCUSED, True, True, "pass"),
    ],
)
def test_the_outcome_follows_from_four_things(
    of_oracle: str, failures: tuple[Finding, ...], complete: bool, trustworthy: bool, outcome: str
) -> None:
    assert judge(verdict(of_oracle, "none"), failures, complete=complete, trustworthy=trustworthy) == outcome
