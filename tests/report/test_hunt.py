"""What `fuzz` prints."""

import pytest

from tcpchaos.report.fuzzed import fuzzed
from tcpchaos.report.hunt import hunt
from tests.report.test_fuzzed import SETUP, came


def lines(width: int = 100, *, quiet: bool = False) -> list[str]:
    return [line.plain for line in hunt(fuzzed(came(SETUP), SETUP), width=width, quiet=quiet)]


def test_a_bug_stands_there_with_its_plan_and_how_to_see_it() -> None:
    text = "\n".join(lines())
    for each in (
        "VIOLATION  1 bug found in 3 cases.",
        "  SA-02  must  RFC 9293, 3.4",
        "  who        server",
        "  plan       any data: drop",
        "  fails      19 of 20 replays; seen in 1 case",
        "  replay     tcpchaos replay corpus/found/x.json --backend lab --server sim",
        "  unsure     FL-03, client: never seen again; client data#2: drop",
        "  covered    3 cells, 1 pair of states",
        "  saved      corpus/found/x.json",
    ):
        assert each in text


def test_quiet_is_what_was_found_alone() -> None:
    text = lines(quiet=True)
    assert text[0] == "VIOLATION  1 bug found in 3 cases."
    assert not any("covered" in line for line in text)


@pytest.mark.parametrize("width", [60, 80, 160])
def test_it_fits(width: int) -> None:
    assert all(len(line) <= width for line in lines(width) if "corpus" not in line)
