"""What a run decides beside the oracle: whether the applications got what they came for, and what its outcome is."""

from collections.abc import Sequence

from tcpchaos.oracle import Connection, Finding, Verdict
from tcpchaos.rfc import Breach, Endpoint
from tcpchaos.rfc.rules.owed_timers import R2_US
from tcpchaos.rfc.rules.runs import LIVES, PROMISE
from tcpchaos.run.aftermath import finding_of
from tcpchaos.run.config import Outcome
from tcpchaos.workloads import Application


def failed_promises(
    verdict: Verdict,
    applications: Sequence[Application],
    connections: Sequence[Connection],
    left: Sequence[Finding] = (),
) -> tuple[Finding, ...]:
    """Return a finding for the first application that did not get what it came for.

    A client that exits with another status than 0 is such a one, and so is a workload whose part broke off. Nobody is
    blamed: the finding says that there is something to find, in the TCPs, in the programs or in their patience. After
    a lethal fault it is excused, by that fault. There is none where what the run has `left` explains it: a server that
    has ended serves nobody.
    """
    failed = next((application for application in applications if not application.ok), None)
    if failed is None or any(finding.rule == LIVES.id and finding.counts for finding in left):
        return ()
    excuse = ""
    if verdict.faults == "lethal":
        excuse = next((each.excuse for each in connections if each.harmed), "a lethal fault was delivered")
    breach = Breach(
        f"the {failed.side}'s application gets what it came for",
        f"{failed.what}: {failed.ended}"
        + (", though nothing was done to any segment" if verdict.faults == "none" else ""),
        excuse,
    )
    return (finding_of(PROMISE, breach, blame=None, connections=connections),)


def given_up(connections: Sequence[Connection]) -> bool:
    """Tell whether a TCP has given up a connection that its application had left, and reset what came of it later.

    Nobody else tells of that: whoever closed waits for nothing, and its peer is told of a reset. It may do so where
    nothing has acknowledged what it sent for as long as it must try (RFC 9293, section 3.8.3), and where its peer's
    window is shut and nobody is left who would wait for it.
    """
    return any(_had_given_up(end) for connection in connections for end in connection.ends)


def _had_given_up(e: Endpoint) -> bool:
    if e.closed_at_us is None:
        return False
    if e.snd_wnd == 0:
        return e.closed_at_us - e.duties.opened_at_us >= R2_US
    return e.snd_una < e.snd_nxt and e.closed_at_us - max(e.duties.una_at_us, e.duties.flight_at_us) >= R2_US


def judge(verdict: Verdict, findings: Sequence[Finding], *, complete: bool, trustworthy: bool) -> Outcome:
    """Return the outcome of a run. This is the one place where it is decided.

    - A breach of the law is a violation, whatever else happened; unless the lab itself lost packets that the oracle
      counts as delivered, which makes it undetermined.
    - What the run has left behind may be a violation, too, and so is an application that failed although all faults
      were survivable (`PROMISE`): whoever lets this run every night wants to hear of it. After lethal faults an
      application may fail.
    - A run that was cut off (timeout, Ctrl-C) is undetermined: nobody knows what would have come. So is one in which
      everything was lost for so long that a TCP gave up.
    - Everything else is as the oracle says.
    """
    if verdict.outcome == "violation":
        return "violation" if trustworthy else "undetermined"
    if any(finding.counts for finding in findings):
        return "violation"
    if not complete:
        return "undetermined"
    return "pass" if verdict.outcome == "pass" else "undetermined"
