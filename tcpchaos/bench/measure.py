"""What is measured in one lab: speed with anything in the middle; memory, and cost per segment, of the proxy.

Everything here runs in a process that does nothing else, so that its memory and its time are the proxy's.
"""

import gc
import json
import os
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Final

import trio

from tcpchaos.backends.lab import Command, Lab, LabHost, open_lab
from tcpchaos.bench.middle import Middle, heard, program, standing
from tcpchaos.trace import Trace

# Short connections leave a port of the client in TIME-WAIT each: all that there are, so that none runs out.
_SYSCTLS: Final = {"net.ipv4.ip_local_port_range": "1024 65535"}
_PORT: Final = 900
_AT_A_TIME: Final = 8
_WARM_UP_S: Final = 0.2
_LOOK_S: Final = 0.002
_PAGE_OCTETS: Final = os.sysconf("SC_PAGE_SIZE")
_BATCHES_BEFORE: Final = 2

Figures = dict[str, float]


def resident_octets() -> int:
    """Return how much memory of this process is resident, in octets."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * _PAGE_OCTETS


@asynccontextmanager
async def _playing(host: LabHost, role: str, *arguments: object) -> AsyncIterator[Command]:
    argv, environment = program("load", role, *arguments)
    async with host.run(argv, env=environment) as command:
        yield command


@asynccontextmanager
async def _talk(
    lab: Lab, server: tuple[object, ...], client: tuple[object, ...], port: int = _PORT
) -> AsyncIterator[tuple[Command, Command]]:
    """Run both applications; `server` and `client` are a role and what it takes behind port or address and port."""
    async with _playing(lab.server, str(server[0]), port, *server[1:]) as serving:
        while not any(listening == port for _, listening in lab.server.listeners()):
            await trio.sleep(_LOOK_S)
        async with _playing(lab.client, str(client[0]), lab.server.address, port, *client[1:]) as calling:
            yield serving, calling


async def _said(command: Command) -> Figures:
    await heard(command)
    figures: Figures = json.loads(command.stdout)
    return figures


async def speed(middle: Middle, seconds: float) -> Figures:
    """Measure segments and connections per second, and the round trip, through what stands in the middle."""
    async with open_lab(sysctls=_SYSCTLS) as lab, standing(lab, middle):
        async with _talk(lab, ("echo",), ("ping", seconds)) as (_, client):
            trip = await _said(client)
        bulk = await stream(lab, seconds)
        async with _talk(lab, ("answer", _AT_A_TIME), ("call", _AT_A_TIME, seconds), _PORT + 2) as (_, client):
            short = await _said(client)
    return {
        "segments_per_s": bulk["segments_per_s"],
        "round_trip_p50_us": trip["p50_us"],
        "round_trip_p99_us": trip["p99_us"],
        "connections_per_s": short["connections_per_s"],
    }


async def stream(lab: Lab, seconds: float) -> Figures:
    """Measure segments and octets per second of one stream, through what stands in the middle of a lab."""
    async with _talk(lab, ("sink", _WARM_UP_S, seconds), ("source",), _PORT + 1) as (server, _):
        return await _said(server)


async def _passed(trace: Trace, segments: int) -> None:
    while trace.seen < 2 * segments:
        await trio.sleep(_LOOK_S)


async def flat(segments: int) -> Figures:
    """Measure the memory in the middle and at the end of a transfer of so many segments over one connection."""
    async with open_lab() as lab, standing(lab, Middle.IDLE) as trace, _talk(lab, ("hold", 1), ("many", 1, 1)):
        await _passed(trace, segments // 2)
        half = resident_octets()
        await _passed(trace, segments)
        return {"half_octets": half, "end_octets": resident_octets(), "segments": trace.seen // 2}


async def memory(connections: int) -> Figures:
    """Measure the memory that each of so many more idle connections takes, when the trace is full already."""
    async with open_lab() as lab, standing(lab, Middle.IDLE), AsyncExitStack() as stack:
        before = after = 0
        for batch in range(_BATCHES_BEFORE + 1):
            before = after
            talk = _talk(lab, ("hold", connections), ("many", connections, 0), _PORT + batch)
            server, client = await stack.enter_async_context(talk)
            await heard(client)
            await heard(server)
            gc.collect()
            after = resident_octets()
    return {"octets_per_connection": (after - before) / connections}


async def cost(connections: int, talking: int, seconds: float) -> Figures:
    """Measure the processor time of the proxy for each segment with so many connections open."""
    async with (
        open_lab() as lab,
        standing(lab, Middle.IDLE) as trace,
        _talk(lab, ("hold", connections), ("many", connections, talking)) as (server, client),
    ):
        await heard(client)
        await heard(server)
        await trio.sleep(_WARM_UP_S)
        spent, seen = time.process_time_ns(), trace.seen
        await trio.sleep(seconds)
        spent, seen = time.process_time_ns() - spent, trace.seen - seen
    return {"us_per_segment": spent / 1000 / max(seen // 2, 1)}
