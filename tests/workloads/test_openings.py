import errno
from typing import Any

import pytest
import trio

from tcpchaos.backends.host import CROSSING_PORTS, Host, Ready
from tcpchaos.trace import Side
from tcpchaos.workloads import Recorder, Scale, Stage, workload


def test_many_connections_are_all_whole_and_closed_from_either_side(hosts: tuple[Host, Host], judge: Any) -> None:
    recorder = Recorder(judge)
    stage = Stage(*hosts, recorder, scale=Scale(connections=60, at_once=7))

    trio.run(workload("many-connections").play, stage)

    assert (recorder.connections, recorder.whole) == (60, 60)
    assert [told.events[0] for told in judge.told].count("client shutdown") == 30
    assert [told.events[0] for told in judge.told].count("server shutdown") == 30
    assert all(account.read == account.wrote[::-1] for account in recorder.accounts)


def test_a_call_back_is_taken_by_the_client(hosts: tuple[Host, Host], judge: Any) -> None:
    client, server = hosts
    recorder = Recorder(judge)
    listening: list[str] = []

    class Client:
        side, address, connect = client.side, client.address, client.connect

        async def listen(self, port: int = 0, *, backlog: int = 128, receive_buffer: int | None = None) -> Any:
            listening.append(str(self.side))
            return await client.listen(port, backlog=backlog, receive_buffer=receive_buffer)

    trio.run(workload("call-back").play, Stage(Client(), server, recorder))

    assert listening == ["client"]
    assert recorder.accounts[0].whole
    assert recorder.accounts[0].wrote == [3000, 100]


def test_without_a_proxy_to_cross_them_the_syns_of_a_simultaneous_open_are_refused(hosts: tuple[Host, Host]) -> None:
    recorder = Recorder()

    trio.run(workload("simultaneous-open").play, Stage(*hosts, recorder))

    assert [account.ended for account in recorder.accounts] == [["refused", "refused"]]
    assert recorder.whole == 0


def test_neither_calls_before_both_can(hosts: tuple[Host, Host]) -> None:
    client, server = hosts
    called: list[str] = []

    async def call(side: Side, ready: Ready, turns: int) -> None:
        for _ in range(turns):
            await trio.lowlevel.checkpoint()
        called.append(f"{side} prepared")
        await ready()
        called.append(f"{side} calls")
        raise ConnectionRefusedError(errno.ECONNREFUSED, "refused")

    class Slow:
        side, address, listen = client.side, client.address, client.listen

        async def connect(self, address: str, port: int, *, local_port: int, ready: Ready) -> None:
            await call(self.side, ready, 50)

    class Quick:
        side, address, listen = server.side, server.address, server.listen

        async def connect(self, address: str, port: int, *, local_port: int, ready: Ready) -> None:
            await call(self.side, ready, 0)

    trio.run(workload("simultaneous-open").play, Stage(Slow(), Quick(), Recorder()))  # type: ignore[arg-type]

    assert called[:2] == ["server prepared", "client prepared"]
    assert sorted(called[2:]) == ["client calls", "server calls"]


def test_who_cannot_even_prepare_keeps_nobody_waiting(hosts: tuple[Host, Host]) -> None:
    client, server = hosts
    recorder = Recorder()

    class Unable:
        side, address, listen = client.side, client.address, client.listen

        async def connect(self, address: str, port: int, *, local_port: int, ready: Ready) -> None:
            raise OSError(errno.EHOSTUNREACH, "unreachable")

    trio.run(workload("simultaneous-open").play, Stage(Unable(), server, recorder))  # type: ignore[arg-type]

    assert [account.ended for account in recorder.accounts] == [["unreachable", "refused"]]


def test_ports_that_are_taken_are_stepped_over(hosts: tuple[Host, Host]) -> None:
    client, server = hosts
    tried: list[tuple[str, int]] = []

    class Busy:
        side, address, listen = client.side, client.address, client.listen

        async def connect(self, address: str, port: int, *, local_port: int, ready: Ready) -> Any:
            tried.append((str(self.side), local_port))
            if local_port < CROSSING_PORTS[2]:
                raise OSError(98, "Address already in use")
            return await client.connect(address, port, local_port=local_port, ready=ready)

    trio.run(workload("simultaneous-open").play, Stage(Busy(), server, Recorder()))  # type: ignore[arg-type]

    assert tried == [("client", port) for port in CROSSING_PORTS[:3]]


@pytest.mark.parametrize("side", Side)
def test_the_rules_of_a_simultaneous_open_hold_up_both_syns_and_their_answers(side: Side) -> None:
    rules = workload("simultaneous-open").rules
    assert rules[side] == f"{side} syn#1: delay 400ms"
    assert rules[side + 2] == f"{side} syn-ack#1: delay 300ms"
