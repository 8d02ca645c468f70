from typing import Any

import pytest
import trio

from tcpchaos.backends.host import Host
from tcpchaos.trace import Side
from tcpchaos.workloads import Recorder, Scale, Stage, workload
from tcpchaos.workloads.exchanges import SLOW_OCTETS

PLAYED = {
    "echo": (3101, 3101, "client"),
    "request-response": (3821, 26541, "server"),
    "bulk-up": (100_000, 0, "client"),
    "bulk-down": (0, 100_000, "server"),
    "bulk-both": (100_000, 100_000, ""),
    "urgent": (4702, 4701, "client"),
    "slow-reader": (10, SLOW_OCTETS, "server"),
    "keepalive": (200, 200, "client"),
}


@pytest.mark.parametrize("name", PLAYED)
def test_every_octet_is_said_and_heard_and_the_right_side_closes_first(
    name: str, hosts: tuple[Host, Host], judge: Any
) -> None:
    recorder = Recorder(judge)
    stage = Stage(*hosts, recorder, scale=Scale(octets=100_000))

    async def play() -> None:
        with trio.fail_after(10):
            await workload(name).play(stage)

    trio.run(play)

    by_client, by_server, first = PLAYED[name]
    [account] = recorder.accounts
    assert account.whole
    assert account.wrote == [by_client, by_server]
    assert account.read == [by_server, by_client]
    assert account.ended == ["eof", "eof"]
    assert not any(judge.told[0].under_way)
    assert judge.told[0].events[0] == (f"{first} shutdown" if first else judge.told[0].events[0])


def test_a_slow_reader_reads_nothing_before_the_sender_is_stuck(hosts: tuple[Host, Host]) -> None:
    recorder = Recorder()
    seen: list[tuple[int, int]] = []

    async def watch(task_status: trio.TaskStatus[None]) -> None:
        task_status.started()
        while not (recorder.accounts and recorder.accounts[0].read[Side.CLIENT]):
            if recorder.accounts:
                seen.append((recorder.accounts[0].wrote[Side.SERVER], recorder.accounts[0].read[Side.CLIENT]))
            await trio.sleep(0.01)

    async def play() -> None:
        async with trio.open_nursery() as nursery:
            await nursery.start(watch)
            await workload("slow-reader").play(Stage(*hosts, recorder))

    trio.run(play)

    handed_over, read = seen[-1]
    assert read == 0
    assert 8192 < handed_over < SLOW_OCTETS
    assert seen.count(seen[-1]) > 20  # looks at a sender that stood still
