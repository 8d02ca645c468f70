"""TCPs that are not Linux's, behind a TAP device in the proxy's place of a lab: lwIP, and slirp4netns."""

import json
import shutil
import socket
import subprocess
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any

import trio

from tcpchaos.backends.lab import Lab, open_lab
from tcpchaos.backends.lab.commands import run
from tests.bridged import TOOL, among

HERE = Path(__file__).parent
TAP, TARGET, DISCARD, ADDRESS = "tap7", "10.8.0.2:7", "10.8.0.2:9", "10.8.0.77"
UP = f"""
from pyroute2 import IPRoute
with IPRoute() as route:
    route.link("set", index=route.link_lookup(ifname="{TAP}")[0], state="up")
"""
# A cable whose both ends are in the same network: one for the bridge, one with the client's address.
CABLE = """
from pyroute2 import IPRoute
with IPRoute() as route:
    route.link("add", ifname="near", kind="veth", peer="far")
    for name in ("near", "far"):
        route.link("set", index=route.link_lookup(ifname=name)[0], state="up")
    route.addr("add", index=route.link_lookup(ifname="far")[0], address="{}", prefixlen=24)
"""
MISSING = [name for name in ("gcc", "slirp4netns") if shutil.which(name) is None]
if not Path("/usr/include/lwip/lwip/api.h").exists():
    MISSING.append("liblwip-dev")


def compiled(folder: Path) -> Path:
    """The lwIP server, made in this folder."""
    program = folder / "lwip_echo"
    source = [str(HERE / "lwip_echo.c"), "-I/usr/include/lwip", "-llwip"]
    subprocess.run(["gcc", "-Wall", "-Werror", "-o", str(program), *source], check=True)
    return program


@asynccontextmanager
async def lwip(program: Path) -> AsyncIterator[Lab]:
    """A lab in whose middle lwIP serves behind a TAP device."""
    async with open_lab() as lab:
        argv = [str(program), TAP, TARGET.partition(":")[0], "255.255.255.0"]
        async with run(lab._control, "proxy", argv, None, None, capable=True) as server:
            while server.stdout.count(b"listening") < 2:  # on both ports
                assert server.returncode is None, server.stderr.decode()
                await trio.sleep(0.01)
            await among(lab, "proxy", UP)
            yield lab
            assert server.returncode is None, server.stderr.decode()


@asynccontextmanager
async def slirp(port: int) -> AsyncIterator[Lab]:
    """A lab into whose middle slirp4netns puts its TAP device; what it is asked for it asks of our own loopback."""
    async with open_lab() as lab, trio.open_nursery() as nursery:
        argv = ["slirp4netns", "--netns-type=path", f"/proc/{lab._control.pid}/ns/net", TAP]
        nursery.start_soon(lambda: trio.run_process(argv, stderr=subprocess.DEVNULL, check=False))
        while TAP not in await among(lab, "proxy", "import socket\nprint(socket.if_nameindex())"):
            await trio.sleep(0.05)
        await among(lab, "proxy", UP)
        yield lab
        nursery.cancel_scope.cancel()


async def called(lab: Lab, *arguments: str) -> tuple[int, dict[str, Any]]:
    """Run `tcpchaos run` there; return its exit code and its document."""
    async with lab.run_between([*TOOL, "run", "--json", *arguments]) as running:
        code = await running.wait()
        assert running.stdout, running.stderr.decode()
        return code, json.loads(running.stdout)


@asynccontextmanager
async def echoing() -> AsyncIterator[int]:
    """A server of this process' own on the loopback; its port."""
    listeners = await trio.open_tcp_listeners(0, host="127.0.0.1")

    async def echo(stream: trio.SocketStream) -> None:
        with suppress(trio.BrokenResourceError):  # the client has aborted, as it may
            async for octets in stream:
                await stream.send_all(octets)

    async with trio.open_nursery() as nursery:
        nursery.start_soon(trio.serve_listeners, echo, listeners)
        address = listeners[0].socket.getsockname()
        assert listeners[0].socket.family == socket.AF_INET
        yield address[1]
        nursery.cancel_scope.cancel()
