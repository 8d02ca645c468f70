"""A night: who gets how much of it, and what its turns share."""

import os
import signal
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tcpchaos.backends.host import Broken
from tcpchaos.run import RunConfig
from tcpchaos.search import nightly
from tcpchaos.search.expedition import Expedition
from tcpchaos.search.fuzzing import Setup, fuzz
from tcpchaos.search.nightly import LEAST_S, ROUNDS, Night, Shares, begin, search
from tests.search.conftest import STRATEGY


def turns(shares: Shares, left_s: float, number: int) -> dict[str, float]:
    found = {}
    for _ in range(number):
        turn = shares.turn(left_s)
        assert turn is not None
        found[turn[0]] = turn[1]
    return found


def test_all_get_the_same_until_something_is_known() -> None:
    shares = Shares(["a", "b"])
    assert turns(shares, 80.0, 2) == {"a": 80 / ROUNDS / 2, "b": 80 / ROUNDS / 2}


def test_who_finds_more_gets_more_and_nobody_nothing() -> None:
    shares = Shares(["a", "b", "c"])
    turns(shares, 100.0, 3)
    shares.tell("a", new=0, took_s=10)
    shares.tell("b", new=30, took_s=10)
    shares.tell("c", new=10, took_s=10)

    spare = 80 / ROUNDS - 3 * LEAST_S
    assert turns(shares, 80.0, 3) == {"b": LEAST_S + spare * 3 / 4, "c": LEAST_S + spare / 4, "a": LEAST_S}


def test_where_nobody_finds_anything_all_get_the_same_again() -> None:
    shares = Shares(["a", "b"])
    turns(shares, 80.0, 2)
    shares.tell("a", new=0, took_s=10)
    shares.tell("b", new=0, took_s=10)
    assert turns(shares, 80.0, 2) == {"a": 10.0, "b": 10.0}


def test_in_a_short_night_who_was_never_tried_comes_first_and_then_who_finds_most() -> None:
    shares = Shares(["a", "b", "c"])
    assert turns(shares, 2 * LEAST_S, 2) == {"a": LEAST_S, "b": LEAST_S}
    shares.tell("a", new=1, took_s=2)
    shares.tell("b", new=2, took_s=2)
    assert turns(shares, 2 * LEAST_S, 2) == {"c": LEAST_S, "b": LEAST_S}


def test_no_turn_lasts_longer_than_the_night() -> None:
    shares = Shares(["a"])
    assert shares.turn(0.5) == ("a", 0.5)
    assert shares.turn(0.0) is None


def test_who_has_nothing_more_to_draw_gets_no_other_turn() -> None:
    shares = Shares(["a"])
    assert shares.turn(9.0) is not None
    shares.tell("a", new=3, took_s=1, over=True)
    assert shares.turn(9.0) is None


@pytest.fixture
def setup(tmp_path: Path) -> Setup:
    """Two strategies that draw the same few plans."""
    files = []
    for name in ("one", "two"):
        (tmp_path / f"{name}.py").write_text(STRATEGY)
        files.append((name, str(tmp_path / f"{name}.py")))
    usual = RunConfig(backend="sim", endpoints=("", "sim:fin-without-ack"))
    return Setup(strategies=tuple(files), usual=usual, most=1, seed=0, folder=tmp_path / "found")


async def test_what_one_turn_found_is_not_found_again_by_another(setup: Setup) -> None:
    watched: list[str] = []
    night = begin(setup)
    await search(night, setup, time_s=300, watch=lambda name, left_s, expedition: watched.append(name))

    assert watched == ["one", "two"]  # each played its one case and was over
    assert night.trials == 2
    assert night.turns == {"one": 1, "two": 1}
    assert (night.backend, night.stacks, night.interrupted) == ("sim", ("sim", "sim:fin-without-ack"), False)
    bugs = [(found.culprit.rule, found.culprit.blame) for found in night.ledger.bugs]
    assert bugs.count(("FL-03", "server")) == 1
    assert night.campaigns["one"].new_by_strategy["one"] + night.campaigns["two"].new_by_strategy["two"] == len(
        night.coverage.cells
    )


async def test_the_seed_tells_who_begins(setup: Setup) -> None:
    watched: list[str] = []
    seeded = replace(setup, seed=1)
    await search(begin(seeded), seeded, time_s=300, watch=lambda name, left_s, expedition: watched.append(name))
    assert watched == ["two", "one"]


async def test_an_interruption_ends_the_night_and_keeps_what_was_found(setup: Setup) -> None:
    endless = replace(setup, most=0)
    night = begin(endless)

    def interrupt(name: str, left_s: float, expedition: Expedition) -> None:
        os.kill(os.getpid(), signal.SIGINT)

    await search(night, endless, time_s=300, watch=interrupt)
    assert night.interrupted
    assert night.turns == {"one": 1}


async def test_a_signal_between_two_turns_is_heard(setup: Setup, monkeypatch: pytest.MonkeyPatch) -> None:
    night = begin(setup)
    true = fuzz

    async def interrupted(*arguments: Any, **how: Any) -> object:
        os.kill(os.getpid(), signal.SIGTERM)
        return await true(*arguments, **how)

    monkeypatch.setattr(nightly, "fuzz", interrupted)
    await search(night, setup, time_s=300, watch=lambda *_: None)
    assert night.interrupted
    assert night.turns == {"one": 1}


async def test_a_lab_that_fails_ends_the_night(setup: Setup, monkeypatch: pytest.MonkeyPatch) -> None:
    async def broken(*_: Any, **__: Any) -> None:
        raise Broken("no lab", "buy one")

    monkeypatch.setattr(nightly, "fuzz", broken)
    night: Night = begin(setup)
    await search(night, setup, time_s=300, watch=lambda *_: None)
    assert "no lab" in night.lack
    assert night.trials == 0
