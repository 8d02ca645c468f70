"""Probabilities: near what was asked for, and the same on every replay."""

import pytest

from tcpchaos.engine.chance import mix, strikes


def test_it_is_a_function_of_its_words_and_their_order() -> None:
    assert mix(1, 2, 3) == mix(1, 2, 3) == 0xD0734750FDE362B3  # pinned: saved plans go on losing the same segments
    assert len({mix(1, 2, 3), mix(3, 2, 1), mix(1, 2), mix(1, 2, 3, 0)}) == 4


@pytest.mark.parametrize("ppm", [1_000, 100_000, 500_000, 999_000])
def test_it_strikes_about_as_often_as_asked(ppm: int) -> None:
    struck = sum(
        strikes(seed=7, rule=rule, connection=connection, ordinal=ordinal, ppm=ppm)
        for rule in range(4)
        for connection in range(1, 26)
        for ordinal in range(1, 201)
    )
    assert struck == pytest.approx(20_000 * ppm / 1_000_000, abs=200)


def test_certainty_needs_no_luck() -> None:
    assert all(strikes(seed=0, rule=0, connection=1, ordinal=n, ppm=1_000_000) for n in range(1000))


@pytest.mark.parametrize("word", ["seed", "rule", "connection", "ordinal"])
def test_each_word_decides(word: str) -> None:
    words = {"seed": 1, "rule": 1, "connection": 1, "ordinal": 1}
    answers = {strikes(**{**words, word: number}, ppm=500_000) for number in range(1, 30)}
    assert answers == {True, False}
