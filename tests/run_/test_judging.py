"""What a run decides: the promise to the applications, and the outcome."""

from typing import Any

import pytest

from tcpchaos.oracle import Finding, Verdict
from tcpchaos.run import failed_promises, judge
from tcpchaos.trace import Side
from tcpchaos.workloads import Application


def verdict(outcome: Any, faults: Any) -> Verdict:
    return Verdict(outcome=outcome, faults=faults, findings=(), undecided=(), notes=())


def fared(*, client: bool, server: bool = True) -> tuple[Application, Application]:
    return (
        Application(side=Side.CLIENT, what="fetch", ok=client, ended="exit 7"),
        Application(side=Side.SERVER, what="serve", ok=server, ended="SIGSEGV"),
    )


def test_only_after_lethal_faults_may_an_application_fail() -> None:
    assert failed_promises(verdict("pass", "lethal"), fared(client=False), ()) == ()
    assert failed_promises(verdict("pass", "survivable"), fared(client=True), ()) == ()

    [finding] = failed_promises(verdict("pass", "survivable"), fared(client=False, server=False), ())
    assert (finding.expected, finding.observed) == ("the client's application gets what it came for", "fetch: exit 7")
    [finding] = failed_promises(verdict("pass", "none"), fared(client=True, server=False), ())
    assert finding.observed == "serve: SIGSEGV, though nothing was done to any segment"


FAILURE: tuple[Finding, ...] = failed_promises(verdict("pass", "none"), fared(client=False), ())


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
    ],
)
def test_the_outcome_follows_from_four_things(
    of_oracle: str, failures: tuple[Finding, ...], complete: bool, trustworthy: bool, outcome: str
) -> None:
    assert judge(verdict(of_oracle, "none"), failures, complete=complete, trustworthy=trustworthy) == outcome
