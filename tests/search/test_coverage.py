"""What a campaign has covered."""

import pytest

from tcpchaos.plan import parse
from tcpchaos.run import RunConfig, run_simulated
from tcpchaos.search.coverage import Cell, Coverage, cells, verb


def covered(*plan: str) -> set[Cell]:
    return set(cells(run_simulated(RunConfig(plan=parse("\n".join(plan)), play="handshake", backend="sim"))))


def test_a_clean_run_covers_what_passes() -> None:
    found = covered()
    assert {cell[3] for cell in found} == {"pass"}
    assert ("SYN-SENT", "CLOSED", "client syn", "pass", "sent") in found
    assert ("SYN-SENT", "SYN-RECEIVED", "client syn", "pass", "delivered") in found
    assert {cell[2] for cell in found} >= {"client fin", "server fin", "client data", "server syn-ack", "client ack"}


def test_what_is_done_is_covered_too() -> None:
    found = (
        covered("client data#1: window=7, seq+=1", "on client=established: inject to client rst seq=rcv.nxt+100000000")
        - covered()
    )
    assert ("ESTABLISHED", "ESTABLISHED", "client data", "edit", "sent") in found
    assert any(cell[2:] == ("server rst", "inject", "delivered") for cell in found)


@pytest.mark.parametrize(
    ("deed", "word"),
    [("drop", "drop"), ("delay 50ms", "delay"), ("seq+=1", "edit"), ("options=<>", "edit"), ("remove TS", "remove")],
)
def test_a_deed_without_how_much(deed: str, word: str) -> None:
    assert verb(deed) == word


def test_growth_and_tables() -> None:
    first: Cell = ("A", "B", "client syn", "pass", "sent")
    second: Cell = ("A", "C", "server ack", "drop", "sent")
    breach: Cell = ("breach", "SA-02", "A", "B")
    coverage = Coverage()

    assert [coverage.add([first]), coverage.add([first]), coverage.add([first, second, breach])] == [1, 0, 2]
    assert (coverage.trials, coverage.growth) == (3, [(1, 1), (3, 3)])
    assert coverage.states == {("A", "B"): 1, ("A", "C"): 1}
    assert coverage.kinds == {("client", "A", "syn"): 1, ("server", "C", "ack"): 1}

    coverage.merge([(first, 5), (("D", "D", "x y", "pass", "sent"), 1)])
    assert coverage.cells[first] == 8
    assert len(coverage.cells) == 4
