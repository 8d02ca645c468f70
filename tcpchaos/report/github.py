"""A night as GitHub shows it: annotations, which are lines on stdout, and a summary in Markdown."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

from tcpchaos.report.document import Bug, Nightly, NightlyCase

_TEXT: Final = str.maketrans({"%": "%25", "\r": "%0D", "\n": "%0A"})
_PROPERTY: Final = _TEXT | str.maketrans({":": "%3A", ",": "%2C"})
_BARS: Final = str.maketrans({"|": "\\|", "\n": " "})


def annotations(document: Nightly) -> Iterator[str]:
    """Yield a line for whatever is new or worse, for what is flaky, and for a gate that is not reached."""
    for each in document.findings:
        if each.status in ("new", "flaky"):
            bug = each.bug
            title = f"{each.status}: {bug.rule}, {bug.blame or 'nobody'}"
            text = [bug.sentence, bug.observed, *_plan(bug), f"{bug.good} of {bug.times} replays fail", bug.command]
            yield _annotation("error" if each.status == "new" else "warning", title, text, bug.file)
    for case in document.cases:
        if case.worse:
            replayed = case.replayed
            text = [replayed.case.title, f"expected: {replayed.case.expect}", f"found: {replayed.reason}"]
            yield _annotation("error", f"{replayed.status}: {replayed.name}", text, replayed.file)
    if len(document.coverage.cells) < document.least:
        yield _annotation("error", "coverage", [document.failures[-1]], "")


def summary(document: Nightly) -> str:
    """Return a night as Markdown."""
    lines = [f"## tcpchaos: {document.outcome}", "", document.sentence, ""]
    if document.findings:
        lines += ["| bug | who | status | replays | plan |", "|---|---|---|---|---|"]
        for each in document.findings:
            bug = each.bug
            plan = "<br>".join(f"`{_cell(rule)}`" for rule in bug.plan) or "no fault at all"
            replays = f"{bug.good} of {bug.times}"
            lines.append(f"| {bug.rule} | {bug.blame or 'nobody'} | {each.status} | {replays} | {plan} |")
        lines.append("")
    worse = [case for case in document.cases if case.worse]
    if worse:
        lines += ["| case | is | was | found |", "|---|---|---|---|", *map(_row, worse), ""]
    lines += ["| strategy | plans | new cells | seconds |", "|---|---:|---:|---:|"]
    lines += [f"| {each.name} | {each.cases:,} | {each.new:,} | {each.seconds:.0f} |" for each in document.strategies]
    gate = f" (at least {document.least:,})" if document.least else ""
    lines += ["", f"{len(document.coverage.cells):,} cells covered{gate}. The same night again: `{document.command}`"]
    return "\n".join(lines) + "\n"


def _row(case: NightlyCase) -> str:
    replayed = case.replayed
    return f"| {_cell(replayed.name)} | {replayed.status} | {case.before or '-'} | {_cell(replayed.reason)} |"


def _cell(text: str) -> str:
    return text.translate(_BARS)


def _plan(bug: Bug) -> Sequence[str]:
    return [f"plan: {rule}" for rule in bug.plan or ("no fault at all",)]


def _annotation(level: str, title: str, text: Sequence[str], file: str) -> str:
    place = f"file={file.translate(_PROPERTY)}," if file and not Path(file).is_absolute() else ""
    body = "\n".join(filter(None, text)).translate(_TEXT)
    return f"::{level} {place}title={title.translate(_PROPERTY)}::{body}"
