"""A night as SARIF 2.1.0, which code scanning shows: the rules of the law, and the bugs that break them."""

import hashlib
import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote

from tcpchaos.report.document import Bug, Nightly, NightlyBug, NightlyCase
from tcpchaos.rfc import LAW
from tcpchaos.rfc.law import Rule

SCHEMA: Final = "https://json.schemastore.org/sarif-2.1.0.json"
# Beneath which name the identity of a bug stands; whoever changes what it is made of counts it up.
FINGERPRINT: Final = "tcpchaos/bug/v1"
BASE: Final = "%SRCROOT%"  # what code scanning takes for the root of the repository
_LEVELS: Final = {"hard": "error", "soft": "warning", "remark": "note"}
_STATES: Final = {"new": "new", "still there": "unchanged", "flaky": "unchanged", "known": "unchanged"}
_HELP: Final = "https://www.rfc-editor.org/rfc/rfc{}"


def sarif(document: Nightly) -> str:
    """Return a night as a log of SARIF 2.1.0: a result for each bug that is there, and each case that is worse."""
    results = [_of_bug(each) for each in document.findings if each.status in _STATES]
    results += [_of_case(case) for case in document.cases if case.worse]
    numbers = {rule_id: number for number, rule_id in enumerate(dict.fromkeys(each["ruleId"] for each in results))}
    for each in results:
        each["ruleIndex"] = numbers[each["ruleId"]]
    driver = {
        "name": "tcpchaos",
        "version": document.version,
        "rules": [_rule(rule_id) for rule_id in numbers],
    }
    invocation = {"executionSuccessful": document.outcome != "broken", "commandLine": document.command}
    run = {
        "tool": {"driver": driver},
        "invocations": [invocation],
        "results": results,
        "columnKind": "unicodeCodePoints",
    }
    return json.dumps({"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}, indent=2, ensure_ascii=False) + "\n"


def fingerprint(bug: Bug) -> str:
    """Return what stays the same of a bug from night to night: rule, blame, workload and plan, hashed."""
    return _hashed((bug.rule, bug.blame or "", bug.workload, *bug.plan))


def _rule(rule_id: str) -> dict[str, Any]:
    rule = next((each for each in LAW if each.id == rule_id), None)
    if rule is None:  # a case that expects none to be broken
        text = "A case of the corpus is as it says."
        return {"id": rule_id, "shortDescription": {"text": text}, "help": {"text": text}}
    said: dict[str, Any] = {
        "id": rule.id,
        "shortDescription": {"text": rule.sentence},
        "fullDescription": {"text": f"{rule.level}, {rule.rfc}" if rule.rfc else str(rule.level)},
        "help": {"text": _help(rule)},
        "defaultConfiguration": {"level": _LEVELS[rule.tier]},
        "properties": {"tags": ["tcp", str(rule.kind), *rule.labels]},
    }
    number = rule.rfc.removeprefix("RFC ").partition(",")[0]
    return said | {"helpUri": _HELP.format(number)} if number.isdecimal() else said


def _help(rule: Rule) -> str:
    lines = [rule.sentence, f"{rule.level}, {rule.rfc}" if rule.rfc else str(rule.level)]
    if rule.excuses:
        lines.append(f"Let pass: {rule.excuses}")
    return "\n".join([*lines, f"tcpchaos rules {rule.id}"])


def _of_bug(found: NightlyBug) -> dict[str, Any]:
    bug = found.bug
    plan = "; ".join(bug.plan) or "no fault at all"
    said = f"{bug.blame or 'Somebody'} broke {bug.rule} under `{plan}`: {bug.observed}. See it: {bug.command}"
    tier = next((rule.tier for rule in LAW if rule.id == bug.rule), "hard")
    return {
        "ruleId": bug.rule,
        "level": _LEVELS[tier],
        "message": {"text": f"{said[:1].upper()}{said[1:]}"},
        "locations": _locations(bug.file),
        "partialFingerprints": {FINGERPRINT: fingerprint(bug)},
        "baselineState": _STATES[found.status],
        "properties": {"status": found.status, "strategy": bug.strategy, "workload": bug.workload, "plan": bug.plan},
    }


def _of_case(case: NightlyCase) -> dict[str, Any]:
    replayed = case.replayed
    broken = next((each.rule for each in replayed.findings if each.known is None and each.excused is None), "corpus")
    return {
        "ruleId": broken,
        "level": "error",
        "message": {
            "text": f"{replayed.case.title}: {replayed.status}, {replayed.reason or 'without a reason'}."
            f" Expected: {replayed.case.expect}."
        },
        "locations": _locations(replayed.file),
        "partialFingerprints": {FINGERPRINT: _hashed(("corpus", replayed.name, broken))},
        "properties": {"status": replayed.status, "before": case.before, "plan": replayed.case.plan},
    }


def _locations(file: str) -> list[dict[str, Any]]:
    """Return where a case lies: below the directory of the run as a relative path, elsewhere as a URI; or nowhere."""
    if not file:
        return []
    path = Path(file)
    if path.is_absolute() and path.is_relative_to(Path.cwd()):
        path = path.relative_to(Path.cwd())
    place = {"uri": path.as_uri()} if path.is_absolute() else {"uri": quote(path.as_posix()), "uriBaseId": BASE}
    return [{"physicalLocation": {"artifactLocation": place, "region": {"startLine": 1}}}]


def _hashed(words: Iterable[str]) -> str:
    return hashlib.sha256("\n".join(words).encode()).hexdigest()
