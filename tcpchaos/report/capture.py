"""A judged capture as a document."""

from collections.abc import Sequence
from typing import cast

from tcpchaos import __version__
from tcpchaos.backends.capture import Judged
from tcpchaos.report import document as doc
from tcpchaos.report.compose import Numbers, blamed, found, links, seens
from tcpchaos.report.texts import counted


def checked(judged: Judged, file: str) -> doc.Check:
    """Return a judged capture as a document."""
    counts, verdict = judged.counts, judged.verdict
    numbers = Numbers(judged.connections)
    findings = tuple(map(found, verdict.findings))
    connections = len(judged.connections)
    return doc.Check(
        outcome=cast(doc.Outcome, str(verdict.outcome)),
        faults=cast(doc.Faults, str(verdict.faults)),
        findings=findings,
        sentence=_sentence_on_capture(str(verdict.outcome), findings, counts.judged, connections),
        version=__version__,
        file=file,
        format=judged.format,
        packets=doc.Packets(
            read=counts.read,
            judged=counts.judged,
            not_tcp=counts.not_tcp,
            fragments=counts.fragments,
            unreadable=counts.unreadable,
            truncated=counts.truncated,
        ),
        connections=links(judged.connections, judged.trace),
        trace=seens(judged.trace, numbers),
        undecided=judged.undecided,
        notes=(*judged.notes, *verdict.notes),
    )


def _sentence_on_capture(outcome: str, findings: Sequence[doc.Found], judged: int, connections: int) -> str:
    unwaived = [finding for finding in findings if not finding.known]
    if outcome == "violation" and unwaived:
        return blamed(unwaived)
    what = f"{counted(judged, 'segment')} of {counted(connections, 'connection')}"
    if outcome == "pass":
        return f"Nothing in {what} breaks a rule that one vantage point can decide."
    return f"Nothing in {what} breaks a rule, but not everything could be followed."
