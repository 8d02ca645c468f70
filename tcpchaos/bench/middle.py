"""What stands between the two kernels while something is measured: the proxy, or one of its baselines."""

import os
import sys
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from enum import StrEnum
from pathlib import Path
from typing import Final

import trio

from tcpchaos.backends.host import Broken
from tcpchaos.backends.lab import Command, Lab, forward
from tcpchaos.backends.lab.commands import inherited_environment
from tcpchaos.bench.stand_in import READY
from tcpchaos.engine import Engine
from tcpchaos.oracle import Oracle
from tcpchaos.plan import parse
from tcpchaos.trace import Trace

_PACKAGES: Final = Path(__file__).parents[2]
_LOOK_S: Final = 0.002
_PATIENCE_S: Final = 30.0

# Each rule is asked about many segments and does something to hardly one: what is measured is the asking.
TEN_RULES: Final = (
    "client data#100000000: drop",
    'client data has "a text that nobody sends": drop',
    "client data len>60000: drop",
    "client ack#100000000: delay 1ms",
    "server data#100000000: corrupt 0 0xff",
    "server ack when client=close-wait: drop",
    "any data again when server=last-ack: duplicate",
    "any any flags=syn|fin: drop",
    "any fin#100000000: hold 3",
    "on server=closing: inject to both rst seq=rcv.nxt",
)


class Middle(StrEnum):
    """Who carries frames between the endpoints."""

    IDLE = "proxy, empty plan"
    TEN_RULES = "proxy, ten rules"
    FORWARDER = "do-nothing forwarder"
    BRIDGE = "kernel's bridge"
    SCAPY = "scapy's bridge_and_sniff"


PROXIES: Final = (Middle.IDLE, Middle.TEN_RULES)
BASELINES: Final = (Middle.FORWARDER, Middle.BRIDGE, Middle.SCAPY)


def program(module: str, *arguments: object) -> tuple[list[str], dict[str, str]]:
    """Return command line and environment of a program of ours, which imports just what this process can."""
    return _module(f"tcpchaos.bench.{module}", *map(str, arguments))


def tool(*arguments: str) -> tuple[list[str], dict[str, str]]:
    """Return command line and environment of `tcpchaos` itself, as it is imported here."""
    return _module("tcpchaos", *arguments)


def _module(*words: str) -> tuple[list[str], dict[str, str]]:
    path = os.pathsep.join([str(_PACKAGES), *filter(None, sys.path)])
    return [sys.executable, "-S", "-P", "-m", *words], {**inherited_environment(), "PYTHONPATH": path}


async def heard(command: Command, words: bytes = b"\n", *, errors: bool = False) -> None:
    """Wait until a program has said something, or told it as errors are; Broken where it ends before, or never does."""
    with trio.move_on_after(_PATIENCE_S):
        while words not in (command.stderr if errors else command.stdout):
            if command.returncode is not None:
                break
            await trio.sleep(_LOOK_S)
        else:
            return
    last = command.stderr.decode(errors="replace").strip().splitlines()[-1:]
    raise Broken(
        f"{' '.join(command.argv[4:])} did not get to work ({last[0] if last else 'it said nothing'})",
        "run again; tcpchaos doctor tests the lab",
    )


@asynccontextmanager
async def standing(lab: Lab, middle: Middle) -> AsyncIterator[Trace]:
    """Have this stand between the endpoints of a fresh lab; yields the proxy's trace, which stays empty for others."""
    trace = Trace()
    if middle in PROXIES:
        rules: Sequence[str] = TEN_RULES if middle is Middle.TEN_RULES else ()
        engine = Engine(parse("\n".join(rules)), Oracle(stacks=(lab.kernel, lab.kernel)), trace, mtu=lab.mtu)
        began = time.monotonic_ns()
        async with trio.open_nursery() as nursery:
            await nursery.start(lab.pump, engine, lambda: (time.monotonic_ns() - began) // 1000)
            yield trace
            nursery.cancel_scope.cancel()
    elif middle is Middle.FORWARDER:
        reader, writer = os.pipe()
        async with trio.open_nursery() as nursery:
            nursery.start_soon(trio.to_thread.run_sync, forward, lab.edges, reader)
            try:
                yield trace
            finally:
                os.close(writer)
        os.close(reader)
    else:
        argv, environment = program("stand_in", middle.name.lower())
        async with lab.run_between(argv, env=environment) as stand_in:
            await heard(stand_in, READY)
            yield trace
