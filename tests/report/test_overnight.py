"""What came of a night as a document."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from tcpchaos.backends.world import Foreign
from tcpchaos.corpus.case import Case
from tcpchaos.corpus.replay import Kept, Replay, Target
from tcpchaos.plan import parse
from tcpchaos.report.document import decode, encode, schema
from tcpchaos.report.overnight import Past, overnight
from tcpchaos.run import RunConfig
from tcpchaos.search.campaign import Shard
from tcpchaos.search.fuzzing import Setup
from tcpchaos.search.nightly import Night, begin
from tcpchaos.search.trials import Culprit, Trial
from tests.search.conftest import Pretending

SHRUNK = Culprit(rule="SA-02", blame="server", states=("ESTABLISHED", "ESTABLISHED"))
NEVER = Culprit(rule="FL-03", blame="client", states=("CLOSED", "CLOSED"))
SETUP = Setup(
    strategies=(("x", "x.py"), ("y", "y.py")), seed=7, usual=RunConfig(backend="sim"), shard=Shard(index=2, of=3)
)
KEPT = Kept(name="pack/lost", case=Case(title="Lost", plan=("client data#1: drop",)), file=Path("corpus/lost.json"))


def searched(*, clean: bool = False) -> Night:
    night = begin(SETUP)
    player = Pretending(lambda plan: [] if clean else [SHRUNK] if "#1" in plan else [NEVER] if "#2" in plan else [])
    for number in range(3):
        trial = Trial(number=number, strategy="x", workload="echo", plan=(f"client data#{number + 1}: drop",))
        for found in night.campaigns["x"].tell(trial, player.sighting(trial)):
            found.status, found.times = ("unconfirmed", 5) if found.culprit == NEVER else ("shrunk", 20)
            if found.culprit == SHRUNK:
                found.plan, found.good, found.file = parse("any data: drop"), 19, Path("corpus/found/x.json")
    night.turns, night.seconds, night.backend, night.stacks = {"x": 1}, {"x": 2.5}, "sim", ("sim", "sim")
    return night


def past(night: Night, **how: Any) -> Past:
    usual: dict[str, Any] = {
        "setup": SETUP,
        "target": Target(backend="sim"),
        "night": night,
        "replays": [Replay(kept=KEPT, status="held", times=1, good=1)],
        "remembered": [],
        "baseline": None,
        "baseline_file": "",
        "least": 0,
        "time_s": 60.0,
        "took_s": 61.25,
        "replaying_s": 9.5,
    }
    return Past(**{**usual, **how})


def test_it_fits_its_schema_and_comes_back() -> None:
    document = overnight(past(searched(), least=9, baseline_file="last.json"))

    jsonschema.Draft202012Validator(schema("nightly")).validate(json.loads(encode(document)))
    assert decode(encode(document)) == document
    assert document.outcome == "violation"
    assert (
        document.sentence == "Bugs: 1 new; too little covered: 3 of 9 cells; 1 of 1 case as expected; 3 plans played."
    )
    assert document.failures == ("1 new bug: SA-02, server.", "3 cells covered, and at least 9 were asked for.")
    [found] = document.findings
    assert (found.status, found.bug.rule, found.bug.good, found.bug.times) == ("new", "SA-02", 19, 20)
    assert found.bug.command == "tcpchaos replay corpus/found/x.json --backend sim"
    assert [each.rule for each in document.unconfirmed] == ["FL-03"]
    assert [(each.name, each.turns, each.seconds, each.cases, each.new) for each in document.strategies] == [
        ("x", 1, 2.5, 3, 3),
        ("y", 0, 0.0, 0, 0),
    ]
    assert document.command == (
        "tcpchaos nightly x y --backend sim --time 60s --seed 7 --shard 2/3 --baseline last.json --min-coverage 9"
    )
    assert document.saved == ("corpus/found/x.json",)
    assert document.notes == ("there was no time for y",)
    assert (document.seconds, document.replaying, document.shard) == (61.25, 9.5, "2/3")


def broken(night: Night) -> Night:
    night.lack = "no namespaces"
    return night


@pytest.mark.parametrize(
    ("night", "replays", "outcome"),
    [
        (searched(clean=True), [], "pass"),
        (begin(SETUP), [Replay(kept=KEPT, status="held")], "pass"),
        (begin(SETUP), [], "undetermined"),
        (begin(SETUP), [Replay(kept=KEPT, status="failed")], "violation"),
        (begin(SETUP), [Replay(kept=KEPT, status="broken")], "broken"),
        (broken(searched(clean=True)), [], "broken"),
        (broken(searched()), [], "violation"),
    ],
)
def test_what_is_certain_stands_before_what_is_not(night: Night, replays: list[Replay], outcome: str) -> None:
    document = overnight(past(night, replays=replays))
    assert document.outcome == outcome
    assert ("the environment failed: no namespaces" in document.notes) == bool(night.lack)


def test_a_night_against_somebody_elses_server_says_how_it_was_called() -> None:
    theirs = Foreign(address="10.0.0.2", port=7, interfaces=("tap0", "tap1"))
    setup = replace(SETUP, usual=RunConfig(play="echo", foreign=theirs), workloads=("echo",))

    document = overnight(past(searched(), setup=setup, target=Target(play="echo", foreign=theirs), replays=[]))

    assert document.backend == "bridge"
    assert document.command.startswith(
        "tcpchaos nightly x y --workload echo --target 10.0.0.2:7 --bridge tap0,tap1 --time 60s"
    )
