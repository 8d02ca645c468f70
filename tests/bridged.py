"""A lab in which `tcpchaos bridge` itself stands in the proxy's place, as it would between a user's interfaces."""

import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Literal

import trio

from tcpchaos.backends.host import Stream
from tcpchaos.backends.lab import Command, Lab, open_lab
from tcpchaos.backends.lab.commands import inherited_environment, run

ROOT = Path(__file__).parents[1]
INTERFACES = ("client", "server")
TOOL = (sys.executable, "-m", "tcpchaos")


async def said(command: Command, words: bytes) -> None:
    """Wait until a program has complained about something, or told of it."""
    while words not in command.stderr:
        assert command.returncode is None, command.stderr.decode()
        await trio.sleep(0.01)


@asynccontextmanager
async def bridged(
    *arguments: str, family: Literal[4, 6] = 4, mtu: int = 1500, offloads: bool = False
) -> AsyncIterator[tuple[Lab, Command]]:
    """Have a bridge between the two interfaces, with these arguments, in the block."""
    command = [*TOOL, "bridge", *INTERFACES, *arguments]
    async with open_lab(family, mtu, offloads=offloads) as lab, lab.run_between(command) as bridge:
        await said(bridge, b"are joined")
        yield lab, bridge


async def ended(lab: Lab, bridge: Command) -> tuple[int, str]:
    """Ask a bridge to end; return its exit code and what it printed."""
    await bridge.send_signal(signal.SIGINT)
    return await bridge.wait(), bridge.stdout.decode()


async def among(lab: Lab, where: str, program: str) -> str:
    """Run a Python program that may change a network of the lab, in that network; return what it printed."""
    argv = [sys.executable, "-c", program]
    environment = {**inherited_environment(), "PYTHONPATH": str(ROOT)}
    async with run(lab._control, where, argv, environment, None, capable=True) as running:
        assert await running.wait() == 0, running.stderr.decode()
    return running.stdout.decode()


async def exchange(lab: Lab, port: int = 80, octets: bytes = b"over the wire", *, times: int = 1) -> None:
    """Have the client say something to an echoing server, and hear it back."""
    listener = await lab.server.listen(port)

    async def serve() -> None:
        for _ in range(times):
            stream = await listener.accept()
            while heard := await stream.receive():
                await stream.send_all(heard)
            stream.close()

    async with trio.open_nursery() as nursery:
        nursery.start_soon(serve)
        for _ in range(times):
            stream = await lab.client.connect(lab.server.address, port)
            async with trio.open_nursery() as both:
                both.start_soon(_say, stream, octets)
                heard = b""
                while more := await stream.receive():
                    heard += more
            stream.close()
            assert heard == octets
    listener.close()


async def _say(stream: Stream, octets: bytes) -> None:
    await stream.send_all(octets)
    await stream.send_eof()
