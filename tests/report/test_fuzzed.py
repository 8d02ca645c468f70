"""What came of a campaign as a document, and as text."""

import json
from dataclasses import replace
from pathlib import Path

import jsonschema
import pytest

from tcpchaos.backends.world import Foreign
from tcpchaos.plan import parse
from tcpchaos.report.document import decode, encode, schema
from tcpchaos.report.fuzzed import fuzzed
from tcpchaos.run import RunConfig
from tcpchaos.search.campaign import Campaign, Shard
from tcpchaos.search.expedition import Expedition
from tcpchaos.search.findings import Found
from tcpchaos.search.fuzzing import Came, Setup
from tcpchaos.search.trials import Culprit, Trial
from tcpchaos.workloads import Commands, Exchange
from tests.search.conftest import Pretending

SHRUNK = Culprit(rule="SA-02", blame="server", states=("ESTABLISHED", "ESTABLISHED"))
NEVER = Culprit(rule="FL-03", blame="client", states=("CLOSED", "CLOSED"))


def came(setup: Setup) -> Came:
    campaign = Campaign(setup.strategies, seed=7, most=3, shard=setup.shard)
    player = Pretending(lambda plan: [SHRUNK] if "#1" in plan else [NEVER] if "#2" in plan else [])
    for number in range(3):
        trial = Trial(number=number, strategy="x", workload="echo", plan=(f"client data#{number + 1}: drop",))
        for found in campaign.tell(trial, player.sighting(trial)):
            _settle(found)
    expedition = Expedition(campaign, player, lambda found: None)
    expedition.took_s = 1.5
    return Came(expedition=expedition, player=player, backend="lab")


def _settle(found: Found) -> None:
    if found.culprit == SHRUNK:
        found.status, found.plan, found.good, found.times = "shrunk", parse("any data: drop"), 19, 20
        found.file = Path("corpus/found/x.json")
    else:
        found.status, found.times = "unconfirmed", 5


SETUP = Setup(strategies=(("x", "x.py"),), seed=7, most=3, usual=RunConfig(backend="lab", endpoints=("", "sim")))


def test_it_fits_its_schema_and_comes_back() -> None:
    document = fuzzed(came(SETUP), SETUP)

    jsonschema.Draft202012Validator(schema("fuzz")).validate(json.loads(encode(document)))
    assert decode(encode(document)) == document
    assert (document.outcome, document.sentence) == ("violation", "1 bug found in 3 cases.")
    [bug] = document.findings
    assert (bug.rule, bug.blame, bug.plan, bug.good, bug.times) == ("SA-02", "server", ("any data: drop",), 19, 20)
    assert bug.command == "tcpchaos replay corpus/found/x.json --backend lab --server sim"
    assert [(each.rule, each.status) for each in document.unconfirmed] == [("FL-03", "unconfirmed")]
    assert document.command == "tcpchaos fuzz x --backend lab --server sim --cases 3 --seed 7"
    assert document.saved == ("corpus/found/x.json",)
    assert len(document.coverage.cells) == 3
    assert [(each.name, each.cases) for each in document.strategies] == [("x", 3)]


def test_a_bug_that_was_not_saved_is_shown_by_a_run() -> None:
    exchange = Exchange(send=b"x", source="x.bin", expect="y")
    setup = Setup(
        strategies=(("x", "x.py"),),
        usual=RunConfig(play=Commands(server="s", client=exchange), strict=True),
        time_s=30,
        shard=Shard(index=2, of=4),
        guided=False,
    )
    result = came(setup)
    for found in result.expedition.campaign.ledger.found.values():
        found.file = None

    document = fuzzed(result, setup)

    assert document.findings[0].command == (
        "tcpchaos run --fault 'any data: drop' --server s --send x.bin --expect y --strict"
    )
    assert document.command.endswith("--time 30 --seed 0 --shard 2/4 --unguided")
    assert document.played == "1 octets, for an answer with y to s"


def test_a_bug_that_a_workload_has_shown_is_shown_by_it_again() -> None:
    theirs = Foreign(address="10.0.0.2", port=7, interfaces=("tap0",), own="10.0.0.9")
    setup = replace(SETUP, usual=RunConfig(foreign=theirs), workloads=("echo",))

    document = fuzzed(came(setup), setup)

    called = "--target 10.0.0.2:7 --peer tap0 --address 10.0.0.9"
    assert document.findings[0].command == f"tcpchaos replay corpus/found/x.json --workload echo {called}"
    assert document.command == f"tcpchaos fuzz x --workload echo {called} --cases 3 --seed 7"
    assert document.backend == "peer"


@pytest.mark.parametrize(("trials", "outcome"), [(0, "undetermined"), (2, "pass")])
def test_without_a_bug_it_is_a_pass_if_anything_was_played(trials: int, outcome: str) -> None:
    campaign = Campaign((("x", "x.py"),))
    player = Pretending(lambda plan: [])
    for number in range(trials):
        trial = Trial(number=number, strategy="x", workload="echo", plan=())
        campaign.tell(trial, player.sighting(trial))
    expedition = Expedition(campaign, player, lambda found: None)
    document = fuzzed(Came(expedition=expedition, player=player, backend="sim", remark="why"), SETUP)
    assert (document.outcome, document.findings, document.notes) == (outcome, (), ("why",))
