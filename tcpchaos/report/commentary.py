"""What Wireshark is to say beside the packets of a run: why something was done, what a kernel said, what was broken."""

from tcpchaos.report.document import Found, Run
from tcpchaos.report.pcapng import Commentary


def commentary(run: Run) -> Commentary:
    """Return the comments of a run by frame, and the names of its endpoints where every connection has the same."""
    comments: dict[int, list[str]] = {}
    rules: dict[str, list[str]] = {}
    for rule in run.plan.rules:
        for action in dict.fromkeys(rule.actions if rule.fired else ()):
            rules.setdefault(action, []).append(rule.rule)
    for event in run.trace.events:
        why = dict.fromkeys(rule for deed in event.deeds for rule in rules.get(deed, ()))
        said = [f"by the rule {rule}" for rule in why] + ([event.kernel] if event.kernel else [])
        if said:
            comments[event.frame] = said
    for finding in run.findings:
        if finding.frame:
            comments.setdefault(finding.frame, []).append(_said(finding))
    return Commentary(names=_names(run), comments=comments)


def _names(run: Run) -> dict[str, str]:
    pairs = {(link.client.address, link.server.address) for link in run.connections}
    if len(pairs) != 1:
        return {}
    ((client, server),) = pairs
    return {client: "client", server: "server"} if client and server and client != server else {}


def _said(finding: Found) -> str:
    blame = f"the {finding.blame} is to blame" if finding.blame else "nobody in particular is to blame"
    said = f"{finding.rule} ({finding.level}, {finding.rfc}), {blame}: {finding.sentence}"
    said += f" Observed: {finding.observed}. Legal: {finding.expected}."
    if finding.known:
        said += f" Waived, a known deviation: {finding.known}."
    if finding.excused:
        said += f" Excused: {finding.excused}."
    return said
