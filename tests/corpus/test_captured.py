"""A case from a capture: there and back again, and what cannot be told from what one place has heard."""

from pathlib import Path

import pytest

from tcpchaos.backends.capture import CaptureError
from tcpchaos.corpus.captured import import_capture, network
from tcpchaos.corpus.case import Passes, Violates
from tcpchaos.corpus.replay import Kept, Target, replay
from tcpchaos.corpus.sightings import Direction
from tcpchaos.corpus.suspicion import Suspicion
from tcpchaos.run import run
from tcpchaos.trace import Side
from tests.corpus.captures import captured, heard_beside
from tests.transcript import segment

PLANS = (
    ("client data#2: drop",),
    ("client data#2-4: drop",),
    ("client data#2: duplicate 2",),
    ("client data#3: hold 2",),
    ("server syn-ack#1: delay 50ms",),
    ("on client=established: inject to client rst seq=rcv.nxt+1",),
    ("client data#2: inject to server rst seq=rcv.nxt+1",),
    ("client syn#1: drop", "server ack#3: drop", "client fin#1: duplicate"),
    ("server syn-ack#1: ack+=1000",),
)


@pytest.mark.usefixtures("lab_or_skip")
@pytest.mark.parametrize("plan", PLANS, ids=lambda plan: "; ".join(plan))
async def test_a_capture_of_both_sides_gives_the_plan_back(tmp_path: Path, plan: tuple[str, ...]) -> None:
    imported = import_capture(await captured(tmp_path, *plan, backend="lab"))

    assert set(imported.case.plan) == set(plan)
    assert imported.case.workload == "bulk-up"
    assert imported.case.expect == Passes()


@pytest.mark.parametrize(
    ("plan", "beside", "found"),
    [
        (("client data#2: drop",), "client", ("client data#2: drop",)),
        (("client data#2: drop",), "server", ("client data#2: drop",)),
        (("client data#2-3: drop",), "client", ("client data#2-3: drop",)),
        (("client syn#1: drop",), "client", ("client syn#1: drop",)),
        (("server syn-ack#1: drop",), "server", ("server syn-ack#1: drop",)),
        (("client data#2: duplicate 2",), "server", ("client data#2: duplicate 2",)),
        (("client data#2: duplicate after 10ms",), "server", ("client data#2: duplicate after 10ms",)),
        (("client data#3: hold 2",), "server", ("client data#3: hold 2",)),
        (("client data#3: window=0",), "server", ("client data#3: window=0",)),
        (("server syn-ack#1: ack+=1000",), "client", ("server syn-ack#1: ack+=1000",)),
        (
            ("on client=established: inject to client rst seq=rcv.nxt+1",),
            "client",
            ("on client=established: inject to client rst seq=rcv.nxt+1",),
        ),
        (
            ("on server=established: inject to server flags=rst|ack seq=rcv.nxt+5 ack=snd.nxt",),
            "server",
            ("on server=established: inject to server flags=rst|ack seq=rcv.nxt+5 ack=snd.nxt",),
        ),
    ],
)
async def test_one_place_tells_what_shows_there(
    tmp_path: Path, plan: tuple[str, ...], beside: str, found: tuple[str, ...]
) -> None:
    imported = import_capture(heard_beside(await captured(tmp_path, *plan), beside))

    assert imported.case.plan == found
    assert imported.remarks[-1].startswith("heard in one place")


@pytest.mark.parametrize("beside", ["client", "server"])
async def test_where_nothing_was_done_nothing_is_found(tmp_path: Path, beside: str) -> None:
    path = await captured(tmp_path, workload="echo")

    for file in (path, heard_beside(path, beside)):
        with pytest.raises(CaptureError, match="nothing in it looks like a fault"):
            import_capture(file)


@pytest.mark.parametrize(
    ("workload", "plan"),
    [
        ("echo", "client data#1: drop"),
        ("request-response", "client data#1: drop"),
        ("bulk-up", "client data#1: drop"),
        ("bulk-down", "server data#1: drop"),
        ("bulk-both", "server data#9: drop"),
        ("abort", "client data#1: drop"),
        ("abort-server", "client data#1: drop"),
        ("simultaneous-open", "client data#1: drop"),
    ],
)
async def test_the_workload_is_the_one_that_resembles_it_most(tmp_path: Path, workload: str, plan: str) -> None:
    imported = import_capture(await captured(tmp_path, plan, workload=workload))

    assert (imported.case.workload, imported.case.plan) == (workload, (plan,))
    assert imported.remarks[0] == f"the workload is a guess: {workload}; --workload says another"


@pytest.mark.parametrize(("mss", "mtu"), [(1000, 1040), (1460, 1500), (65495, 65517), (1, 68)])
def test_segments_are_as_large_as_they_were(mss: int, mtu: int) -> None:
    """A loopback's are larger than any that a lab can have."""
    directions = Direction(Side.CLIENT), Direction(Side.SERVER)
    for direction, flags in zip(directions, ("S 0:0(0)", "S. 0:0(0) ack 1"), strict=True):
        syn = segment(direction.side, f"{flags} win 100 <mss {mss}>")
        direction.append(direction.sighting(syn, 1, 0))

    assert network(Suspicion(connection=1, directions=directions)) == (4, mtu)


async def test_what_was_imported_can_be_replayed(tmp_path: Path) -> None:
    path = heard_beside(await captured(tmp_path, "client data#2: drop"), "client")

    found = await replay(Kept(name="x", case=import_capture(path).case), Target(backend="sim"), run)

    assert (found.status, found.idle) == ("held", ())


async def test_a_breach_that_the_capture_shows_is_expected(tmp_path: Path) -> None:
    path = await captured(tmp_path, "client syn: remove wscale", server="sim:scales-unasked")

    assert import_capture(path).case.expect == Violates(rule="HS-20", blame="server")


async def test_one_of_several_connections_can_be_chosen(tmp_path: Path) -> None:
    lines = ("client data#1 conn#2: drop", "client data#1 conn#4: drop", "client fin#1 conn#4: drop")
    path = await captured(tmp_path, *lines, workload="many-connections")

    most = import_capture(path)
    other = import_capture(path, connection=2)

    assert most.case.plan == ("client data#1: drop", "client fin#1: drop")
    assert "connection 2 has 1 more: --connection 2" in most.remarks
    assert other.case.plan == ("client data#1: drop",)
    with pytest.raises(CaptureError, match="nothing in it looks like a fault"):
        import_capture(path, connection=3)
    with pytest.raises(CaptureError, match="there is no connection 9999 in what was kept"):
        import_capture(path, connection=9999)


def test_what_is_no_capture_is_told(tmp_path: Path) -> None:
    (tmp_path / "x.pcap").write_bytes(b"nothing of the kind")

    with pytest.raises(CaptureError):
        import_capture(tmp_path / "x.pcap")
    with pytest.raises(FileNotFoundError):
        import_capture(tmp_path / "nowhere.pcap")
