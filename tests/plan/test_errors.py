"""The one answer to a mistake."""

import pytest

from tcpchaos.plan import Kind, PlanError
from tcpchaos.plan.errors import listing, nearest


def test_the_caret_stands_under_the_word() -> None:
    error = PlanError("sny is odd", source="\tx sny", line=3, column=4, width=3, name="my.plan", expected="syn")
    assert str(error) == "my.plan, line 3, column 4: sny is odd\n    \tx sny\n    \t  ^^^\n    expected syn"
    assert isinstance(error, ValueError)


def test_of_a_very_long_line_the_part_around_the_word_is_shown() -> None:
    source = "x" * 5_000 + " sny " + "x" * 5_000
    said = str(PlanError("odd", source=source, line=1, column=5_002, width=3)).split("\n")
    assert max(map(len, said)) < 250
    assert said[1][said[2].index("^") :][:3] == "sny"


@pytest.mark.parametrize(
    ("word", "choices", "meant"),
    [
        ("sny", list(Kind), "syn"),
        ("ayn", ["any", "syn"], "any"),
        ("reset", list(Kind), "rst"),
        ("FIN_WAIT_1", ["fin-wait-1", "fin-wait-2"], "fin-wait-1"),
        ("estab", ["established", "closed"], "established"),
        ("timestamps", ["mss", "TS"], "TS"),
        ("reset", ["drop"], None),
        ("", ["drop"], None),
    ],
)
def test_the_nearest_word_is_the_one_that_was_meant(word: str, choices: list[str], meant: str | None) -> None:
    assert nearest(word, choices) == meant


def test_words_are_listed_as_one_reads_them_aloud() -> None:
    assert listing(["a"]) == "a"
    assert listing(["a", "b", "c"]) == "a, b or c"
