"""Workloads about the middle of a connection: octets few, many, one way, both ways, urgent, slowly read, or none."""

from typing import Final

import trio

from tcpchaos.workloads.stage import Script, Stage, at_once
from tcpchaos.workloads.voice import CHUNK, Hangup, Voice

ECHOES: Final = (1, 100, 3000)  # octets: one, some, and more than a segment holds
REQUESTS: Final = (
    (40, 1),
    (40, 500),
    (700, 6000),
    (40, 0),
    (3000, 20000),
    (1, 40),
)  # octets asked with, octets answered

SLOW_BUFFER: Final = 8192  # octets: a window of a few segments
SLOW_OCTETS: Final = 256 * 1024  # more than such a receiver and a sender's own buffer hold together
# Two of the shortest retransmission timeouts (200 ms) and some: whoever hands nothing over for so long isn't waiting
# for an acknowledgment that is under way, and has probed the closed window at least once.
STILL_S: Final = 0.5

IDLE_S: Final = 2.5  # two keepalive intervals of a second, and a half


async def echo(stage: Stage) -> None:
    """The server sends back what it hears; the client closes first."""

    async def client(voice: Voice) -> None:
        for octets in ECHOES:
            await voice.say(octets)
            await voice.hear(octets)
        await voice.shut()
        await voice.hear_out()

    await stage.converse(client, send_back)


async def handshake(stage: Stage) -> None:
    """One octet goes each way, and the client closes first: little more than a beginning and an end."""

    async def client(voice: Voice) -> None:
        await voice.say(1)
        await voice.hear(1)
        await voice.shut()
        await voice.hear_out()

    await stage.converse(client, send_back)


async def send_back(voice: Voice) -> None:
    """Send back everything heard, up to the end of the stream, and leave."""
    while heard := await voice.listen(CHUNK):
        await voice.send(heard)
    voice.leave()


async def request_response(stage: Stage) -> None:
    """Requests and answers of many sizes alternate; the server closes first."""

    async def client(voice: Voice) -> None:
        voice.nodelay()
        for asked, answered in REQUESTS:
            await voice.say(asked)
            await voice.hear(answered)
        await voice.hear_out()

    async def server(voice: Voice) -> None:
        voice.nodelay()
        for asked, answered in REQUESTS:
            await voice.hear(asked)
            await voice.say(answered)
        await voice.shut()
        await voice.hear_out()

    await stage.converse(client, server)


async def bulk_up(stage: Stage) -> None:
    """The client sends, the server only listens."""
    await stage.converse(_sender(stage.scale.octets), _receiver(stage.scale.octets))


async def bulk_down(stage: Stage) -> None:
    """The server sends, the client only listens."""
    await stage.converse(_receiver(stage.scale.octets), _sender(stage.scale.octets))


async def bulk_both(stage: Stage) -> None:
    """Both send at the same time, and each closes its direction when it is done."""

    async def both(voice: Voice) -> None:
        async def speak() -> None:
            await voice.say(stage.scale.octets)
            await voice.shut()

        await at_once(speak(), hear_all(voice, stage.scale.octets))

    await stage.converse(both, both)


async def urgent(stage: Stage) -> None:
    """Urgent octets in the middle of others, in both directions, read in line (RFC 6093)."""

    async def say(voice: Voice) -> None:
        voice.nodelay()
        await voice.say(1000)
        await voice.say_urgent(1)
        await voice.say(500)
        await voice.say_urgent(200)
        await voice.say(3000)

    async def client(voice: Voice) -> None:
        await say(voice)
        await voice.hear(4701)
        await voice.say_urgent(1)
        await voice.shut()
        await voice.hear_out()

    async def server(voice: Voice) -> None:
        await voice.hear(4701)
        await say(voice)
        await hear_all(voice, 1)
        voice.leave()

    await stage.converse(client, server)


async def slow_reader(stage: Stage) -> None:
    """The client reads nothing until its window is shut and the server stuck; twice."""

    async def client(voice: Voice) -> None:
        await voice.say(10)
        await _until_stuck(voice)
        await voice.hear(SLOW_OCTETS // 4)
        await _until_stuck(voice)
        await hear_all(voice, SLOW_OCTETS - SLOW_OCTETS // 4)
        voice.leave()

    async def server(voice: Voice) -> None:
        await voice.hear(10)
        await voice.say(SLOW_OCTETS)
        await voice.shut()
        await voice.hear_out()

    await stage.converse(client, server, receive_buffers=(SLOW_BUFFER, None))


async def keepalive(stage: Stage) -> None:
    """The connection idles for seconds while both sides' TCP probe each other, and then goes on."""

    async def client(voice: Voice) -> None:
        voice.probe(1, 1, 10)
        await voice.say(100)
        await voice.hear(100)
        with trio.move_on_after(IDLE_S):
            await voice.listen()  # nothing comes, but a reset would be noticed
        await voice.say(100)
        await voice.hear(100)
        await voice.shut()
        await voice.hear_out()

    async def server(voice: Voice) -> None:
        voice.probe(1, 1, 10)
        await send_back(voice)

    await stage.converse(client, server)


def _sender(octets: int) -> Script:
    async def sender(voice: Voice) -> None:
        await voice.say(octets)
        await voice.shut()
        await voice.hear_out()

    return sender


def _receiver(octets: int) -> Script:
    async def receiver(voice: Voice) -> None:
        await hear_all(voice, octets)
        voice.leave()

    return receiver


async def hear_all(voice: Voice, octets: int) -> None:
    """Read exactly so many octets and then the end of the stream."""
    await voice.hear(octets)
    if await voice.hear_out():
        raise Hangup


async def _until_stuck(voice: Voice) -> None:
    """Wait until the other side has handed nothing over for a while."""
    handed_over = -1
    while handed_over != (handed_over := voice.account.wrote[voice.side.peer]):
        await trio.sleep(STILL_S)
