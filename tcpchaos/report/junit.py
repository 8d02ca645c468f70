"""A night as JUnit XML, which every CI shows: a suite for the cases of the corpus, and one for strategies and bugs."""

import re
import shlex
from typing import Final
from xml.etree import ElementTree

from tcpchaos.report.document import Nightly, NightlyBug, NightlyCase
from tcpchaos.report.texts import counted

# What XML 1.0 has no way to write.
_UNWRITABLE: Final = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def junit(document: Nightly) -> str:
    """Return a night as JUnit XML: failures are what is new or worse, and carry the plan and how to see it."""
    root = ElementTree.Element("testsuites", name="tcpchaos nightly", time=f"{document.seconds:.3f}")
    corpus = _suite("corpus", document.replaying)
    corpus.extend(map(_case, document.cases))
    search = _suite("strategies", document.seconds - document.replaying)
    for each in document.strategies:
        test = ElementTree.Element("testcase", classname="strategies", name=each.name, time=f"{each.seconds:.3f}")
        if not each.turns:
            ElementTree.SubElement(test, "skipped", message="there was no time for it")
        _output(test, f"{counted(each.cases, 'plan')} played, {counted(each.new, 'new cell')} covered")
        search.append(test)
    search.extend(map(_bug, document.findings))
    if document.least:
        search.append(_gate(document))
    for suite in (corpus, search):
        for name, tag in (("tests", "testcase"), ("failures", "failure"), ("skipped", "skipped"), ("errors", "error")):
            suite.set(name, str(sum(1 for _ in suite.iter(tag))))
    root.extend((corpus, search))
    for name in ("tests", "failures", "skipped", "errors"):
        root.set(name, str(int(corpus.get(name, "0")) + int(search.get(name, "0"))))
    ElementTree.indent(root)
    return ElementTree.tostring(root, encoding="unicode", xml_declaration=True) + "\n"


def _suite(name: str, seconds: float) -> ElementTree.Element:
    return ElementTree.Element("testsuite", name=f"tcpchaos.{name}", time=f"{max(0.0, seconds):.3f}")


def _case(case: NightlyCase) -> ElementTree.Element:
    replayed = case.replayed
    test = ElementTree.Element("testcase", classname="corpus", name=_text(replayed.name), time="0")
    said = f"{replayed.status}: {replayed.reason}" if replayed.reason else str(replayed.status)
    if case.worse:
        told = [replayed.case.title, f"expected: {replayed.case.expect}", f"found: {said}", *_plan(replayed.case.plan)]
        told.append(f"see: {shlex.join(['tcpchaos', 'replay', '-v', replayed.file])}")
        _failure(test, str(replayed.status), said, told)
    elif replayed.status == "broken":
        ElementTree.SubElement(test, "error", message=_text(said), type="broken")
    elif not replayed.as_expected:
        ElementTree.SubElement(test, "skipped", message=_text(said))
    return test


def _bug(found: NightlyBug) -> ElementTree.Element:
    bug = found.bug
    name = f"{bug.rule} {bug.blame or 'nobody'}: {'; '.join(bug.plan) or 'no fault at all'}"
    test = ElementTree.Element("testcase", classname=f"bugs.{bug.strategy}", name=_text(name), time="0")
    told = [bug.sentence, bug.observed, *_plan(bug.plan), f"fails: {bug.good} of {bug.times} replays"]
    told.append(f"see: {bug.command}")
    if found.status == "new":
        _failure(test, bug.rule, f"{bug.rule}, {bug.blame or 'nobody'}: {bug.sentence}", told)
    else:
        if found.status != "fixed":
            ElementTree.SubElement(test, "skipped", message=found.status)
        _output(test, "\n".join([found.status, *told]))
    return test


def _gate(document: Nightly) -> ElementTree.Element:
    test = ElementTree.Element("testcase", classname="strategies", name="coverage", time="0")
    cells = len(document.coverage.cells)
    if cells < document.least:
        said = f"{counted(cells, 'cell')} covered, and at least {document.least:,} were asked for"
        _failure(test, "coverage", said, [said])
    return test


def _plan(plan: tuple[str, ...]) -> list[str]:
    return [f"plan: {rule}" for rule in plan or ("no fault at all",)]


def _failure(test: ElementTree.Element, kind: str, message: str, told: list[str]) -> None:
    ElementTree.SubElement(test, "failure", message=_text(message), type=kind).text = _text("\n".join(told))


def _output(test: ElementTree.Element, text: str) -> None:
    ElementTree.SubElement(test, "system-out").text = _text(text)


def _text(text: str) -> str:
    return _UNWRITABLE.sub("\ufffd", text)
