"""A night sorted for a reader, and its page in a browser."""

from typing import Any

import pytest
from msgspec.structs import replace

from tcpchaos.report.document import Covered, Nightly, Turns
from tcpchaos.report.html import page
from tcpchaos.report.html.night import fared, folds, groups
from tests.report.html.test_campaign import CELLS
from tests.report.nights import bug, case, found, night

BUGS = (
    found(),
    found("flaky", rule="HS-05", good=7, plan=()),
    found("still there", rule="OP-14", strategy="resets"),
    found("known", rule="TD-06"),
    found("fixed", rule="FL-03", strategy="resets"),
)
CASES = (
    case(name="pack/fine"),
    case("failed", before="failed", name="pack/old"),
    case("failed", before="held", worse=True, name="pack/new"),
    case("not applicable", name="pack/elsewhere"),
)


def bad(**how: Any) -> Nightly:
    usual: dict[str, Any] = {
        "outcome": "violation",
        "sentence": "Bugs: 1 new, 1 flaky, 1 still there, 1 known, 1 fixed; 1 of 4 cases as expected.",
        "failures": ("1 new bug: SA-02, server.", "1 case not as expected: pack/new (failed)."),
        "findings": BUGS,
        "cases": CASES,
        "unconfirmed": (bug("RT-02", status="unconfirmed"),),
        "coverage": Covered(cells=CELLS, growth=((1, 2), (20, 6))),
    }
    return night(**{**usual, **how})


def test_bugs_are_sorted_by_their_news() -> None:
    assert [(each.heading, [one.bug.rule for one in each.bugs]) for each in groups(bad())] == [
        ("1 new bug", ["SA-02"]),
        ("1 bug gone", ["FL-03"]),
        ("2 bugs still there", ["HS-05", "OP-14"]),
        ("1 bug known", ["TD-06"]),
    ]
    assert list(groups(night())) == []


def test_cases_that_got_worse_come_first_and_those_as_expected_are_folded() -> None:
    assert [(fold, [each.replayed.name for each in inside]) for fold, inside in folds(bad())] == [
        ("", ["pack/new", "pack/old"]),
        ("1 case as expected", ["pack/fine"]),
        ("1 case that can't be played here", ["pack/elsewhere"]),
    ]


def test_each_strategy_has_what_it_found_and_is_not_gone() -> None:
    strategies = (
        Turns(name="resets", turns=1, seconds=5.0, cases=10, new=0),
        Turns(name="handshake", turns=2, seconds=12.5, cases=30, new=2),
    )
    assert [(each.name, rules) for each, rules in fared(bad(strategies=strategies))] == [
        ("handshake", ["HS-05", "SA-02", "TD-06"]),
        ("resets", ["OP-14"]),
    ]


def test_a_reader_sees_what_is_new_what_is_gone_and_what_is_still_there(browser: Any) -> None:
    browser.open(page(bad()))

    assert browser.texts(".badge") == ["✗ VIOLATION"]
    assert browser.texts("h1") == [bad().sentence]
    assert browser.texts(".because li") == list(bad().failures)
    assert browser.texts("h2") == [
        *("1 new bug", "1 bug gone", "2 bugs still there", "1 bug known"),
        *("4 cases of the corpus", "Campaigns", "Coverage"),
    ]
    assert browser.texts("section[aria-labelledby=still] .bug dd:first-of-type") == ["flaky", "still there"]
    assert browser.texts("section[aria-labelledby=new] pre") == [
        "client data#1: drop",
        "tcpchaos replay corpus/found/x-0123abcd.json",
    ]
    colours = browser.run(
        "return ['.new', '.gone', '.still', '.known'].map("
        "each => getComputedStyle(document.querySelector('.finding' + each)).borderLeftColor)"
    )
    assert len(set(colours)) == 4
    assert browser.complaints() == []


def test_cases_are_there_with_what_they_were_and_can_be_unfolded(browser: Any) -> None:
    browser.open(page(bad()))
    shown = "return [...document.querySelectorAll('.cases > li')].filter(each => each.checkVisibility()).length"

    assert browser.texts(".cases summary")[:2] == ["failed Title of pack/new was held", "failed Title of pack/old"]
    assert browser.run(shown) == 2
    browser.click(".rest > summary")
    assert browser.run(shown) == 3


def test_the_campaigns_and_what_they_covered(browser: Any) -> None:
    browser.open(page(bad()))

    assert browser.texts(".fared tbody tr") == [
        "handshake12.50 s in 2 turns302 cellsHS-05, SA-02, TD-06",
        "resetshad no turnOP-14",
    ]
    facts = " ".join(browser.texts("section[aria-labelledby=campaign] .pairs"))
    for each in (
        "30 pass",
        "1 plan of which no rule",
        "RT-02, server: never seen again",
        "20.00 s of 60.00 s",
        "last.json",
    ):
        assert each in facts
    assert browser.texts(".plot figcaption") == ["Cells covered over plans"]
    assert len(browser.texts(".heat")) == 3


def test_a_quiet_night(browser: Any) -> None:
    browser.open(page(night(baseline="")))

    assert browser.texts(".badge") == ["✓ PASS"]
    assert browser.texts("h2") == ["Campaigns", "Coverage"]
    assert "with nothing: whatever was found is new" in browser.texts(".pairs")[-1]
    assert browser.complaints() == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [400, 1280])
def test_it_fits_and_fetches_nothing(browser: Any, scheme: str, width: int) -> None:
    browser.open(page(bad()), width=width, scheme=scheme)

    assert browser.run("return document.documentElement.scrollWidth - document.documentElement.clientWidth") == 0
    assert browser.complaints() == []
    assert [url for url in browser.requests() if not url.startswith(("file:", "data:"))] == []


def test_a_night_of_many_cases_stays_below_two_megabytes() -> None:
    cases = tuple(case(name=f"pack/a-case-with-a-long-name-{number}") for number in range(600))
    cells = tuple(replace(CELLS[0], what=(*CELLS[0].what[:3], str(number), "sent")) for number in range(5_000))
    coverage = Covered(cells=cells, growth=tuple((number, number) for number in range(1, 5_001)))

    assert len(page(bad(cases=cases, coverage=coverage, findings=BUGS * 40)).encode()) < 2_000_000
