from typing import Any

import trio

from tcpchaos.backends.host import Host
from tcpchaos.trace import Side
from tcpchaos.workloads import Scale, WorkloadPlayer, workload


def player(name: str, hosts: tuple[Host, Host], judge: Any, *, connections: int = 1, times: int = 1) -> WorkloadPlayer:
    return WorkloadPlayer(workload(name), *hosts, judge, scale=Scale(connections=connections, times=times, at_once=5))


def test_a_workload_that_went_well_is_told_in_a_sentence_for_each_side(hosts: tuple[Host, Host], judge: Any) -> None:
    playing = player("echo", hosts, judge)

    async def play() -> None:
        async with playing.serving():
            await playing.play()

    trio.run(play)

    client, server = playing.applications()
    assert (client.side, client.what, client.ok) == (Side.CLIENT, "echo", True)
    assert client.ended == "eof; wrote 3101 and read 3101 octets"
    assert server.ok
    assert playing.waiting() == ()
    assert [account.whole for account in playing.accounts] == [True]


def test_many_ends_are_counted(hosts: tuple[Host, Host], judge: Any) -> None:
    playing = player("many-connections", hosts, judge, connections=12)

    trio.run(playing.play)

    assert playing.applications()[0].ended.startswith("eof (12); wrote ")


def test_a_workload_may_be_played_many_times(hosts: tuple[Host, Host], judge: Any) -> None:
    playing = player("echo", hosts, judge, times=12)

    trio.run(playing.play)

    client, server = playing.applications()
    assert client.ok
    assert server.ok
    assert client.ended == f"eof (12); wrote {12 * 3101} and read {12 * 3101} octets"
    assert len(playing.accounts) == 12


def test_who_aborts_and_who_learns_of_it_are_told_apart(hosts: tuple[Host, Host], judge: Any) -> None:
    playing = player("abort", hosts, judge)

    trio.run(playing.play)

    client, server = playing.applications()
    assert (client.ok, client.ended) == (True, "abort; wrote 5000 and read 100 octets")
    assert (server.ok, server.ended) == (True, "reset; wrote 100 and read 5000 octets")


def test_before_anything_happens_nobody_has_got_what_they_came_for(hosts: tuple[Host, Host], judge: Any) -> None:
    for application in player("echo", hosts, judge).applications():
        assert not application.ok
        assert application.ended.startswith("no connection")


def test_a_refused_connection_is_the_end_of_both(hosts: tuple[Host, Host], judge: Any) -> None:
    playing = player("simultaneous-open", hosts, judge)

    trio.run(playing.play)

    for application in playing.applications():
        assert not application.ok
        assert application.ended.startswith("refused; ")
