"""A night as JUnit XML, as CI servers read it."""

from xml.etree import ElementTree

from tcpchaos.report.junit import junit
from tests.report.nights import case, found, night

BAD = night(
    outcome="violation",
    findings=(found(), found("flaky", rule="FL-03"), found("fixed", rule="SA-01")),
    cases=(case("failed", worse=True), case(), case("broken"), case("not applicable")),
    least=3,
)


def test_suites_count_what_is_in_them() -> None:
    root = ElementTree.fromstring(junit(BAD))

    assert (root.tag, root.attrib) == (
        "testsuites",
        {"name": "tcpchaos nightly", "time": "60.000", "tests": "10", "failures": "3", "skipped": "3", "errors": "1"},
    )
    assert [(suite.get("name"), suite.get("tests"), suite.get("failures"), suite.get("time")) for suite in root] == [
        ("tcpchaos.corpus", "4", "1", "20.000"),
        ("tcpchaos.strategies", "6", "2", "40.000"),
    ]
    for test in root.iter("testcase"):
        assert test.get("classname")
        assert test.get("name")
        assert float(test.get("time", "")) >= 0


def test_failures_carry_the_plan_and_how_to_see_them() -> None:
    of_case, of_bug, of_gate = ElementTree.fromstring(junit(BAD)).iter("failure")

    assert of_case.get("message") == "failed: the server broke SA-02 at #4"
    assert "plan: client data#1: drop\nsee: tcpchaos replay -v corpus/pack/lost.json" in (of_case.text or "")
    assert of_bug.get("type") == "SA-02"
    assert "plan: client data#1: drop" in (of_bug.text or "")
    assert "see: tcpchaos replay corpus/found/x-0123abcd.json" in (of_bug.text or "")
    assert of_gate.get("message") == "2 cells covered, and at least 3 were asked for"


def test_a_quiet_night_has_no_failure() -> None:
    root = ElementTree.fromstring(junit(night(cases=(case(),), least=2)))
    assert (root.get("failures"), root.get("errors")) == ("0", "0")
    assert [each.get("message") for each in root.iter("skipped")] == ["there was no time for it"]


def test_what_xml_cannot_write_is_replaced() -> None:
    root = ElementTree.fromstring(junit(night(findings=(found(observed="got \x00\x1b <&> ü"),))))
    assert "got \ufffd\ufffd <&> ü" in next(root.iter("failure")).text  # type: ignore[operator]
