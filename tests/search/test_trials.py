"""What a campaign has to know of a run."""

import msgspec

from tcpchaos.plan import parse
from tcpchaos.rfc.rules.runs import LIVES
from tcpchaos.run import RunConfig, run_simulated
from tcpchaos.search.matrix import cells
from tcpchaos.search.trials import Culprit, Sighting, Trial, sight
from tcpchaos.trace import Side


def seen(*plan: str, server: str = "", workload: str = "echo") -> Sighting:
    endpoints = ("", server)
    config = RunConfig(plan=parse("\n".join(plan)), play=workload, backend="sim", endpoints=endpoints)
    return sight(run_simulated(config))


def test_a_run_that_passes_has_no_culprit() -> None:
    sighting = seen("client syn#1: drop")
    assert (sighting.outcome, sighting.faults, sighting.culprits, sighting.fired) == ("pass", "survivable", (), True)
    assert sighting.segments > 5
    assert ("SYN-SENT", "CLOSED", "client syn", "drop", "sent") in sighting.cells


def test_a_broken_endpoint_is_the_culprit() -> None:
    sighting = seen(server="sim:acks-one-too-many")
    culprits = [culprit for culprit, _ in sighting.culprits]
    assert {(culprit.rule, culprit.blame) for culprit in culprits} >= {("SA-02", "server")}
    [wanted] = [culprit for culprit in culprits if culprit.rule == "SA-02"]
    assert sighting.shows(wanted, anywhere=False)
    elsewhere = Culprit(rule="SA-02", blame="server", states=("CLOSED", "CLOSED"))
    assert sighting.shows(elsewhere)
    assert not sighting.shows(elsewhere, anywhere=False)
    assert not sighting.shows(Culprit(rule="SA-02", blame="client", states=wanted.states))
    assert any(cell[:2] == ("breach", "SA-02") for cell in sighting.cells)


def test_a_plan_that_meets_nothing_is_idle() -> None:
    assert not seen("client data#77: drop").fired


def test_it_crosses_the_border_between_processes() -> None:
    sighting = seen(server="sim:acks-one-too-many")
    assert msgspec.msgpack.decode(msgspec.msgpack.encode(sighting), type=Sighting) == sighting


def test_the_end_of_a_server_is_a_crash() -> None:
    assert Culprit(rule=LIVES.id, blame="server", states=("", "")).crash
    assert not Culprit(rule="SA-02", blame="server", states=("", "")).crash


def test_a_trial_asks_about_a_cell_and_its_sighting_answers() -> None:
    for number, cell in enumerate(cells()):
        assert Trial.of(cell, number=number, strategy="matrix").asked == cell
    cell = next(each for each in cells() if (each.side, each.state, each.flags) == (Side.SERVER, "established", "rst"))
    trial = Trial.of(cell, number=0, strategy="matrix")
    config = RunConfig(plan=trial.parsed(), play=trial.workload, backend="sim")

    sighting = sight(run_simulated(config), trial)

    assert (sighting.verdict, sighting.rules) == ("ok", ())
    assert sight(run_simulated(config)).verdict == "not reached"
    assert Trial(number=0, strategy="x", workload="echo", plan=()).asked is None
