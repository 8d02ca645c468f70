"""A judged capture as a document."""

import shlex
from collections.abc import Sequence
from typing import cast

from tcpchaos import __version__
from tcpchaos.backends.capture import Judged
from tcpchaos.report import document as doc
from tcpchaos.report.compose import Numbers, blamed, found, links, seens
from tcpchaos.report.texts import counted


def checked(judged: Judged, file: str, stack: str | None = None) -> doc.Check:
    """Return a judged capture as a document; `stack` is whose deviations were waived."""
    counts, verdict = judged.counts, judged.verdict
    numbers = Numbers(judged.connections)
    findings = tuple(map(found, verdict.findings))
    suspected = tuple(map(found, verdict.undecided))
    segments = f"{counted(counts.judged, 'segment')} of {counted(judged.seen, 'connection')}"
    return doc.Check(
        outcome=cast(doc.Outcome, str(verdict.outcome)),
        faults=cast(doc.Faults, str(verdict.faults)),
        findings=findings,
        suspected=suspected,
        sentence=_sentence(verdict.outcome, findings, suspected, segments, judged.both_sides),
        version=__version__,
        file=file,
        command=shlex.join(["tcpchaos", "check", *(["--stack", stack] if stack else []), file]),
        format=judged.format,
        vantage="both" if judged.both_sides else "one",
        packets=doc.Packets(
            read=counts.read,
            judged=counts.judged,
            not_tcp=counts.not_tcp,
            fragments=counts.fragments,
            unreadable=counts.unreadable,
            truncated=counts.truncated,
            damaged=counts.damaged,
            elsewhere=counts.elsewhere,
        ),
        torn=judged.damage,
        connections=links(judged.connections, judged.trace),
        trace=seens(judged.trace, numbers),
        undecided=judged.undecided,
        notes=(*judged.notes, *verdict.notes),
    )


def _sentence(
    outcome: str, findings: Sequence[doc.Found], suspected: Sequence[doc.Found], segments: str, both_sides: bool
) -> str:
    unwaived = [finding for finding in findings if not finding.known]
    if outcome == "violation" and unwaived:
        return blamed(unwaived)
    if suspected:
        would_be = f"{counted(len(suspected), 'thing')} would be if nothing passed elsewhere"
        return f"Nothing in {segments} is surely illegal; {would_be}."
    if outcome == "pass":
        return f"Nothing in {segments} breaks a rule{'' if both_sides else ' that can be decided from one place'}."
    return f"Nothing in {segments} breaks a rule, but not all of it could be followed."
