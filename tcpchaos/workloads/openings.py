"""Workloads about how connections begin: both at once, the other way round, and many of them."""

from typing import Final

from tcpchaos.workloads.exchanges import hear_all, send_back
from tcpchaos.workloads.stage import Stage
from tcpchaos.workloads.voice import Voice

# Both connect() calls are made in one breath of one program, but each SYN must still find the other endpoint in
# SYN-SENT, and each SYN-ACK come after the other's SYN. So long a delay of all four outlasts the pauses of a busy
# machine, and is over before anything is sent again, after a second.
CROSSING_SYNS: Final = (
    "client syn#1: delay 400ms",
    "server syn#1: delay 400ms",
    "client syn-ack#1: delay 300ms",
    "server syn-ack#1: delay 300ms",
)


async def simultaneous_open(stage: Stage) -> None:
    """Both connect to each other at the same time (RFC 9293, section 3.5, figure 7)."""

    async def client(voice: Voice) -> None:
        await voice.say(1000)
        await voice.hear(2000)
        await voice.shut()
        await voice.hear_out()

    async def server(voice: Voice) -> None:
        await voice.say(2000)
        await hear_all(voice, 1000)
        voice.leave()

    await stage.cross(client, server)


async def call_back(stage: Stage) -> None:
    """The client listens and the server connects to it, as in FTP's active mode."""

    async def client(voice: Voice) -> None:
        await voice.hear(100)
        await voice.say(3000)
        await voice.shut()
        await voice.hear_out()

    async def server(voice: Voice) -> None:
        await voice.say(100)
        await hear_all(voice, 3000)
        voice.leave()

    await stage.converse(client, server, caller=stage.hosts[1].side)


async def many_connections(stage: Stage) -> None:
    """Many short connections, several at a time; client and server take turns in closing first."""

    async def client(voice: Voice) -> None:
        octets = _octets(voice)
        await voice.say(octets)
        if _server_closes_first(voice):
            await hear_all(voice, octets)
            voice.leave()
        else:
            await voice.hear(octets)
            await voice.shut()
            await voice.hear_out()

    async def server(voice: Voice) -> None:
        octets = _octets(voice)
        if _server_closes_first(voice):
            await voice.hear(octets)
            await voice.say(octets)
            await voice.shut()
            await voice.hear_out()
        else:
            await send_back(voice)

    await stage.converse(client, server, connections=stage.scale.connections, at_once=stage.scale.at_once)


def _octets(voice: Voice) -> int:
    return 1 + voice.account.number * 37 % 4001  # up to three segments


def _server_closes_first(voice: Voice) -> bool:
    return voice.account.number % 2 == 0
