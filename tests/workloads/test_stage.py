import errno
from typing import Any

import pytest
import trio
import trio.testing

from tcpchaos.backends.host import Host
from tcpchaos.workloads.recorder import Recorder
from tcpchaos.workloads.stage import PROBES, Stage, at_once
from tcpchaos.workloads.voice import Hangup, Voice


async def silent(voice: Voice) -> None:
    await voice.hear_out()


async def falls_over(voice: Voice) -> None:
    await voice.say(1)
    raise Hangup


def wrapped(host: Any, sabotage: Any) -> Any:
    """Return a host whose connections pass through `sabotage`."""

    class Host:
        side, address, listen = host.side, host.address, host.listen

        async def connect(self, address: str, port: int, **how: Any) -> Any:
            return await sabotage(lambda: host.connect(address, port, **how))

    return Host()


def test_whoever_is_still_there_is_told_to_look_after_the_one_who_left(hosts: tuple[Host, Host], judge: Any) -> None:
    client, server = hosts
    probed: list[tuple[int, ...]] = []
    recorder = Recorder(judge)

    async def watched(connect: Any) -> Any:
        stream = await connect()
        real = stream.keepalive

        def keepalive(*probes: int) -> None:
            probed.append(probes)
            real(*probes)

        stream.keepalive = keepalive
        return stream

    trio.run(lambda: Stage(wrapped(client, watched), server, recorder).converse(silent, falls_over))

    assert probed in ([PROBES], [PROBES, PROBES])
    assert recorder.accounts[0].kept == [True, False]
    assert "server close" in judge.told[0].events


@pytest.mark.parametrize(
    ("error", "how"),
    [(errno.ECONNREFUSED, "refused"), (errno.ETIMEDOUT, "timeout"), (errno.EHOSTUNREACH, "unreachable")],
)
def test_a_connection_that_does_not_come_about_is_an_outcome(error: int, how: str, hosts: tuple[Host, Host]) -> None:
    client, server = hosts
    recorder = Recorder()

    async def fail(connect: Any) -> Any:
        raise OSError(error, "")

    trio.run(lambda: Stage(wrapped(client, fail), server, recorder).converse(silent, silent, connections=3))

    assert [account.ended for account in recorder.accounts] == [[how, ""]] * 3


def test_what_is_no_outcome_of_a_connection_comes_out_of_the_workload(hosts: tuple[Host, Host]) -> None:
    client, server = hosts

    async def fail(connect: Any) -> Any:
        raise OSError(errno.EMFILE, "Too many open files")

    with pytest.raises(BaseExceptionGroup) as caught:
        trio.run(lambda: Stage(wrapped(client, fail), server, Recorder()).converse(silent, silent))
    assert caught.group_contains(OSError, match="Too many open files")


def test_a_connection_that_the_listener_never_takes_does_not_hold_up_the_end(hosts: tuple[Host, Host]) -> None:
    client, server = hosts
    recorder = Recorder()

    class Deaf:
        port = 80

        async def accept(self) -> Any:
            await trio.sleep_forever()

        def close(self) -> None:
            pass

    class Server:
        side, address, connect = server.side, server.address, server.connect

        async def listen(self, port: int = 0, *, backlog: int = 128, receive_buffer: int | None = None) -> Any:
            return Deaf()

    class Lost:
        local_port, remote_port = 40000, 80

        async def receive(self, most: int = 65536) -> bytes:
            raise OSError(errno.ECONNRESET, "")

        def close(self) -> None:
            pass

    async def lost(connect: Any) -> Any:
        return Lost()

    trio.run(
        lambda: Stage(wrapped(client, lost), Server(), recorder).converse(silent, silent),
        clock=trio.testing.MockClock(autojump_threshold=0),
    )

    assert recorder.accounts[0].ended == ["reset", ""]


def test_a_run_that_is_over_aborts_what_is_still_open(hosts: tuple[Host, Host], judge: Any) -> None:
    recorder = Recorder(judge)

    async def play() -> None:
        with trio.CancelScope() as scope:
            there = []

            async def stays(voice: Voice) -> None:
                there.append(voice)
                if len(there) == 2:
                    scope.cancel()
                await silent(voice)

            await Stage(*hosts, recorder).converse(stays, stays)

    trio.run(play)

    assert recorder.accounts[0].closed == ["abort", "abort"]
    assert recorder.whole == 0


def test_two_things_at_once_end_with_the_first_hangup() -> None:
    async def hang_up() -> None:
        raise Hangup

    async def play() -> None:
        with trio.fail_after(1), pytest.raises(Hangup):
            await at_once(hang_up(), trio.sleep_forever())
        await at_once(trio.lowlevel.checkpoint(), trio.lowlevel.checkpoint())

    trio.run(play)
