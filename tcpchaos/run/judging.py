"""What a run decides beside the oracle: whether the applications got what they came for, and what its outcome is."""

from collections.abc import Sequence

from tcpchaos.oracle import Connection, Finding, Verdict
from tcpchaos.rfc import Breach
from tcpchaos.rfc.rules.runs import PROMISE
from tcpchaos.run.config import Outcome
from tcpchaos.workloads import Application


def failed_promises(
    verdict: Verdict, applications: Sequence[Application], connections: Sequence[Connection]
) -> tuple[Finding, ...]:
    """Return a finding for the first application that did not get what it came for, though nothing lethal was done.

    A client that exits with another status than 0 is such a one, and so is a workload whose part broke off. Nobody is
    blamed: the finding says that there is something to find, in the TCPs, in the programs or in their patience.
    """
    failed = next((application for application in applications if not application.ok), None)
    if verdict.faults == "lethal" or failed is None:
        return ()
    breach = Breach(
        f"the {failed.side}'s application gets what it came for",
        f"{failed.what}: {failed.ended}"
        + (", though nothing was done to any segment" if verdict.faults == "none" else ""),
    )
    if len(connections) != 1:
        return (Finding.of(PROMISE, breach, blame=None),)
    only = connections[0]
    return (
        Finding.of(
            PROMISE,
            breach,
            blame=None,
            connection=only.number,
            frame=only.last_frame,
            at_us=only.last_at_us,
            states=only.states,
        ),
    )


def judge(verdict: Verdict, failures: tuple[Finding, ...], *, complete: bool, trustworthy: bool) -> Outcome:
    """Return the outcome of a run. This is the one place where it is decided.

    - A breach of the law is a violation, whatever else happened; unless the lab itself lost packets that the oracle
      counts as delivered, which makes it undetermined.
    - A run that was cut off (timeout, Ctrl-C) is undetermined: nobody knows what would have come. So is one in which
      everything was lost for so long that a TCP gave up.
    - An application that failed although all faults were survivable is a violation of `PROMISE`, with a finding of its
      own: whoever lets this run every night wants to hear of it. After lethal faults an application may fail.
    - Everything else is as the oracle says.
    """
    if verdict.outcome == "violation":
        return "violation" if trustworthy else "undetermined"
    if not complete:
        return "undetermined"
    if failures:
        return "violation"
    return "pass" if verdict.outcome == "pass" else "undetermined"
