"""Versions of the format: how an old one is brought up to date, and what is answered to one that nobody knows."""

from typing import Any

import pytest

from tcpchaos.corpus.migrations import STEPS, VERSION, UnknownVersion, migrate


def renamed(document: dict[str, Any]) -> dict[str, Any]:
    return {"tcpchaos": document["tcpchaos"], "title": document["name"]}


def shouted(document: dict[str, Any]) -> dict[str, Any]:
    return {**document, "title": document["title"].upper()}


def test_each_version_takes_its_step_until_the_last() -> None:
    steps = {"case/1": renamed, "case/2": shouted}

    assert migrate({"tcpchaos": "case/1", "name": "x"}, steps=steps, version="case/3") == {
        "tcpchaos": "case/3",
        "title": "X",
    }
    assert migrate({"tcpchaos": "case/2", "title": "y"}, steps=steps, version="case/3")["title"] == "Y"


def test_a_document_of_today_is_left_alone_and_so_is_the_one_that_was_given() -> None:
    document = {"tcpchaos": "case/1", "name": "x"}

    assert migrate(document) is document
    migrate(document, steps={"case/1": renamed}, version="case/2")
    assert document == {"tcpchaos": "case/1", "name": "x"}


def test_every_version_that_was_is_one_step_from_the_next() -> None:
    number = int(VERSION.removeprefix("case/"))

    assert list(STEPS) == [f"case/{n}" for n in range(1, number)]


@pytest.mark.parametrize(
    ("version", "answer"),
    [
        ("case/2", "case/2 is newer than this program, which knows case/1: install a newer tcpchaos"),
        ("run/1", "this is a document run/1 and no case"),
        ("case/0", "'case/0' is no kind and version: write case/1"),
        ("case/1 ", "'case/1 ' is no kind and version: write case/1"),
        ("", "'' is no kind and version: write case/1"),
    ],
)
def test_a_version_that_nobody_knows_is_told_apart(version: str, answer: str) -> None:
    with pytest.raises(UnknownVersion) as caught:
        migrate({"tcpchaos": version})

    assert str(caught.value) == answer


def test_a_version_that_never_was_has_no_way_to_today() -> None:
    with pytest.raises(UnknownVersion, match="case/1 was never the version of a case: write case/3"):
        migrate({"tcpchaos": "case/1"}, steps={"case/2": shouted}, version="case/3")
