"""Workloads about how connections end: one direction before the other, both at once, and by force."""

from typing import Final

from tcpchaos.trace import Side
from tcpchaos.workloads.exchanges import hear_all
from tcpchaos.workloads.stage import Script, Stage
from tcpchaos.workloads.voice import Voice

# Both shutdown() calls are made in one breath of one program, some 100 us apart, but each FIN must leave before the
# other's arrives, and each acknowledgment come after the other's FIN. So long a delay of all four outlasts most pauses
# of a busy machine, and is over before anything is sent again, after 200 ms.
CROSSING_FINS: Final = (
    "client fin#1: delay 80ms",
    "server fin#1: delay 80ms",
    "client ack when client=closing: delay 80ms",
    "server ack when server=closing: delay 80ms",
)
# Octets that go on after the other direction has been closed: more than a send buffer takes at once, so that the side
# that sends them is a while in CLOSE-WAIT.
REST_OCTETS: Final = 200_000


async def half_close_client(stage: Stage) -> None:
    """The client closes its direction, and the server then sends all it has."""
    await stage.converse(*half_closing(Side.CLIENT))


async def half_close_server(stage: Stage) -> None:
    """The server closes its direction, and the client then sends all it has."""
    await stage.converse(*half_closing(Side.SERVER))


def half_closing(first: Side) -> tuple[Script, Script]:
    """Return the scripts, client's first, in which this side closes first and hears the other out."""

    async def closer(voice: Voice) -> None:
        await voice.say(3000)
        await voice.shut()
        await hear_all(voice, REST_OCTETS)
        voice.leave()

    async def other(voice: Voice) -> None:
        await hear_all(voice, 3000)
        await voice.say(REST_OCTETS)
        voice.leave()

    return (closer, other) if first is Side.CLIENT else (other, closer)


async def simultaneous_close(stage: Stage) -> None:
    """Both close at the same time, so that the FINs cross (RFC 9293, section 3.6, figure 13)."""

    async def both(voice: Voice) -> None:
        await voice.say(2000)
        await voice.hear(2000)
        await voice.meet()
        await voice.shut()
        await hear_all(voice, 0)
        voice.leave()

    await stage.converse(both, both)


async def abort(stage: Stage) -> None:
    """The client ends the connection with a RST after an exchange."""
    await stage.converse(*aborting(Side.CLIENT))


async def abort_server(stage: Stage) -> None:
    """The server ends the connection with a RST after an exchange."""
    await stage.converse(*aborting(Side.SERVER))


def aborting(who: Side) -> tuple[Script, Script]:
    """Return the scripts, client's first, in which this side aborts once it has heard the other."""

    async def aborter(voice: Voice) -> None:
        await voice.say(5000)
        await voice.hear(100)
        voice.abort()

    async def other(voice: Voice) -> None:
        await voice.hear(5000)
        await voice.say(100)
        await voice.hear_reset()

    return (aborter, other) if who is Side.CLIENT else (other, aborter)
