"""What `nightly` prints."""

from typing import Any

import pytest

from tcpchaos.report.morning import CASES_SHOWN, morning
from tests.report.nights import bug, case, found, night

BAD: dict[str, Any] = {
    "outcome": "violation",
    "sentence": "Bugs: 1 new, 1 fixed; 0 of 1 case as expected; 30 plans played.",
    "failures": ("1 new bug: SA-02, server.", "1 case not as expected: pack/lost (failed)."),
    "findings": (found(file="", command="tcpchaos run --fault 'client data#1: drop'"), found("fixed", rule="FL-03")),
    "cases": (case("failed", before="held", worse=True), case("held", name="pack/other")),
    "unconfirmed": (bug("RT-02", status="unconfirmed"),),
    "saved": ("a.json", "b.json"),
    "notes": ("there was no time for resets",),
    "least": 5,
}


def lines(width: int = 100, *, quiet: bool = False, **how: Any) -> list[str]:
    return [line.plain for line in morning(night(**how), width=width, quiet=quiet)]


def test_what_is_new_stands_there_with_its_plan_and_how_to_see_it() -> None:
    text = "\n".join(lines(**BAD))
    for each in (
        "tcpchaos nightly  lab, linux 6.18, 60 s, seed 4",
        "VIOLATION  Bugs: 1 new, 1 fixed; 0 of 1 case as expected; 30 plans played.",
        "  because    1 new bug: SA-02, server.",
        "  new  SA-02, server  must  RFC 9293, 3.4",
        "  plan       client data#1: drop",
        "  fails      20 of 20 replays",
        "  replay     tcpchaos run --fault 'client data#1: drop'",
        "  fixed  FL-03, server",
        "  failed, was held  Title of pack/lost",
        "  expected   both endpoints keep to the law",
        "  found      the server broke SA-02 at #4",
        "  drawn      handshake 30 (2 new)",
        "  covered    2 cells, of at least 5",
        "  replayed   for 20 s of 60",
        "  compared   last.json",
        "  unsure     RT-02, server: never seen again; client data#1: drop",
        "  known      linux-x (2 times)",
        "  saved      a.json\n             b.json",
        "  note       there was no time for resets",
    ):
        assert each in text
    assert "pack/other" not in text


def test_quiet_is_what_is_not_as_it_was_alone() -> None:
    text = "\n".join(lines(quiet=True, **BAD))
    assert text.startswith("VIOLATION  ")
    assert "  new  SA-02" in text
    assert "  failed, was held" in text
    assert not any(word in text for word in ("fixed  FL-03", "drawn", "covered"))


def test_a_quiet_night() -> None:
    assert "PASS  No bug; 30 plans played." in lines()
    assert "  compared   with nothing: whatever was found is new" in lines(baseline="")


def test_of_many_cases_some_are_shown_those_first_that_got_worse() -> None:
    cases = [case("failed", before="failed", name=f"pack/{number}") for number in range(CASES_SHOWN)]
    text = "\n".join(lines(cases=(*cases, case("failed", worse=True, name="pack/new"))))
    assert "  failed, as before  Title of pack/0" in text
    assert text.index("pack/new") < text.index("pack/0")
    assert f"pack/{CASES_SHOWN - 1}" not in text
    assert "  and        1 more case: --json and --html have them all" in text


@pytest.mark.parametrize("width", [60, 80, 160])
def test_it_fits(width: int) -> None:
    assert all(len(line) <= width for line in lines(width, **BAD))
