"""The matrix: what there is to ask, that each state is really reached, and what is made of the answers."""

from collections import Counter
from dataclasses import replace
from typing import Final

import pytest
import trio

from tcpchaos.oracle import Finding
from tcpchaos.plan import STATES, Inject, parse
from tcpchaos.run import RunConfig, RunResult, run_simulated
from tcpchaos.run.arena import open_arena
from tcpchaos.search.matrix import FLAGS, POSITIONS, Cell, Position, Table, answer, cells, reached
from tcpchaos.trace import Side
from tcpchaos.wire import ACK

# A machine that stalls for 80 ms lets two FINs miss each other.
TRIES: Final = 3
IN_PLACE: Final = Position("seq", "left")
EACH_STATE: Final = [Cell(side=side, state=state, flags="ack", position=IN_PLACE) for side in Side for state in STATES]


def config(cell: Cell, **more: str) -> RunConfig:
    server = more.get("server", "sim")
    return RunConfig(plan=cell.plan, play=cell.workload, backend="sim", endpoints=("sim", server))


def played(cell: Cell, **more: str) -> RunResult:
    return run_simulated(config(cell, **more))


def test_each_state_meets_each_set_of_flags_at_each_position() -> None:
    every = list(cells())

    assert len({(cell.side, cell.state, cell.flags, cell.position) for cell in every}) == len(every) == 3696
    assert len(FLAGS) >= 14
    assert len(set(FLAGS.values())) == len(FLAGS)
    assert Counter(position.number for position in POSITIONS) == {"seq": 7, "ack": 7}
    assert {(cell.side, cell.state) for cell in every} == {(side, state) for side in Side for state in STATES}
    assert all(FLAGS[cell.flags] & ACK for cell in every if cell.position.number == "ack")


def test_some_may_be_left_out() -> None:
    few = list(cells(sides=(Side.SERVER,), states=("listen",), flags=("syn", "ack")))

    assert len(few) == 7 + 14
    assert {cell.flags for cell in few} == {"syn", "ack"}


def test_a_cell_is_a_plan_whose_last_rule_injects_the_segment() -> None:
    for cell in list(cells())[::7]:
        assert parse(str(cell.plan)) == cell.plan
        (inject,) = [action for action in cell.plan.rules[-1].actions if isinstance(action, Inject)]
        assert (inject.to, inject.flags) == (cell.side, FLAGS[cell.flags])


def test_a_cell_reads_like_any_plan() -> None:
    cell = Cell(side=Side.SERVER, state="last-ack", flags="psh-ack", position=Position("ack", "right+1"))

    assert cell.workload == "handshake"
    assert str(cell.plan).splitlines() == [
        "client ack when client=time-wait: delay 50ms",
        'on server=last-ack: inject to server data "x" seq=rcv.nxt ack=snd.nxt+1',
    ]


@pytest.mark.parametrize("cell", EACH_STATE, ids=[f"{cell.side}-{cell.state}" for cell in EACH_STATE])
def test_each_state_is_reached_and_a_correct_endpoint_answers_as_it_should(cell: Cell) -> None:
    result = played(cell)

    assert reached(cell, result)
    assert answer(cell, result).verdict == "ok"


@pytest.mark.usefixtures("lab_or_skip")
async def test_each_state_is_reached_between_kernels() -> None:
    verdicts = {}
    async with open_arena() as arena, trio.open_nursery() as nursery:

        async def ask(cell: Cell) -> None:
            for _ in range(TRIES):
                result = await arena.run(replace(config(cell), backend="lab", endpoints=("", "")))
                verdicts[str(cell.side), cell.state] = answer(cell, result).verdict
                if reached(cell, result):
                    return

        for cell in EACH_STATE:
            nursery.start_soon(ask, cell)

    assert {each for each, verdict in verdicts.items() if verdict == "not reached"} == set()
    assert "violation" not in verdicts.values(), verdicts


def test_a_segment_that_was_never_injected_reached_nothing() -> None:
    cell = EACH_STATE[0]
    elsewhere = run_simulated(RunConfig(play=cell.workload, backend="sim"))

    assert answer(cell, elsewhere).verdict == "not reached"


def test_an_exact_reset_is_lethal_and_no_fault_of_the_endpoint() -> None:
    cell = Cell(side=Side.SERVER, state="established", flags="rst", position=IN_PLACE)

    assert answer(cell, played(cell)).verdict == "lethal"


def test_a_broken_endpoint_breaks_the_law_in_its_cell() -> None:
    cell = Cell(side=Side.SERVER, state="established", flags="rst", position=Position("seq", "inside"))

    found = answer(cell, played(cell, server="sim:believes-any-in-window"))

    assert found.verdict == "violation"
    assert "RS-02" in found.rules


def finding(cell: Cell, **more: str | None) -> Finding:
    (first,) = [f for f in played(cell, server="sim:believes-any-in-window").findings if f.rule == "RS-02"]
    return replace(first, **more)  # type: ignore[arg-type]


def test_what_is_known_is_no_violation_and_the_peer_is_not_asked() -> None:
    cell = Cell(side=Side.SERVER, state="established", flags="rst", position=Position("seq", "inside"))
    result = played(cell)
    known = replace(result, findings=(finding(cell, known="linux-something"),))
    of_the_peer = replace(result, findings=(replace(finding(cell), blame=Side.CLIENT),))

    assert (answer(cell, known).verdict, answer(cell, known).rules) == ("known", ("RS-02",))
    assert answer(cell, of_the_peer).verdict == "ok"
    assert answer(cell, replace(result, outcome="undetermined")).verdict == "undetermined"


def test_the_table_counts() -> None:
    table = Table()
    for flags in ("ack", "rst"):
        for position in POSITIONS[1:3]:
            cell = Cell(side=Side.CLIENT, state="established", flags=flags, position=position)
            table.add(cell, played(cell))

    assert table.verdicts(Side.CLIENT, "established", "ack") == {"ok": 2}
    assert table.verdicts(Side.CLIENT, "established", "rst") == {"ok": 1, "lethal": 1}
    assert table.verdicts(Side.SERVER, "established", "rst") == {}
    assert table.totals(Side.CLIENT) == {"ok": 3, "lethal": 1}
