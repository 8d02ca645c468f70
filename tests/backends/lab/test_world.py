"""A lab between real kernels: what is in it, what passes through it, and that it is as transparent as a cable."""

import socket
import sys
import time
from typing import Any, Literal

import pytest
import trio

from tcpchaos.backends.host import Broken
from tcpchaos.backends.lab import LabHost, open_lab
from tcpchaos.backends.lab.world import kernel_name
from tcpchaos.backends.warden.network import PINNED
from tcpchaos.trace import Side
from tcpchaos.wire import ACK, SYN, Packet
from tests.conftest import Eventually

pytestmark = pytest.mark.usefixtures("lab_or_skip")

BOTH = pytest.mark.parametrize("family", [4, 6])
CABLES = pytest.mark.parametrize(("family", "mtu"), [(4, 576), (4, 1500), (4, 9000), (6, 1280), (6, 1500), (6, 9000)])


@BOTH
async def test_echo(open_pumped: Any, passing: Any, family: Literal[4, 6]) -> None:
    async with open_pumped(passing, family=family) as lab:
        listener = await lab.server.listen()
        client = await lab.client.connect(lab.server.address, listener.port)
        server = await listener.accept()
        assert (client.local_port, client.remote_port) == (server.remote_port, server.local_port)
        await client.send_all(b"over there")
        assert await server.receive() == b"over there"
        await server.send_all(b"and back")
        assert await client.receive() == b"and back"
        await client.send_eof()
        assert await server.receive() == b""
        server.close()
        assert await client.receive() == b""
        client.close()
        listener.close()
    first, second, third = passing.seen[:3]
    assert [side for side, _ in (first, second, third)] == [Side.CLIENT, Side.SERVER, Side.CLIENT]
    assert [packet.flags for _, packet in (first, second, third)] == [SYN, SYN | ACK, ACK]
    assert {packet.version for _, packet in passing.seen} == {family}


@CABLES
async def test_segments_are_what_tcp_made(open_pumped: Any, passing: Any, family: Literal[4, 6], mtu: int) -> None:
    octets = bytes(range(251)) * 4000
    async with open_pumped(passing, family=family, mtu=mtu) as lab:
        listener = await lab.server.listen()
        client = await lab.client.connect(lab.server.address, listener.port)
        server = await listener.accept()
        received = bytearray()
        async with trio.open_nursery() as nursery:
            nursery.start_soon(client.send_all, octets)
            while len(received) < len(octets):
                received += await server.receive()
        assert received == octets
        for stream in (client, server, listener):
            stream.close()
    assert max(len(packet.octets) for _, packet in passing.seen) == mtu
    assert all(packet.checksum_ok and packet.ip_checksum_ok for _, packet in passing.seen)
    assert all(len(packet.octets) == packet.end for _, packet in passing.seen)


async def test_simultaneous_open(open_pumped: Any, passing: Any) -> None:
    """Both SYNs are on their way before either arrives."""

    def receive(side: Side, packet: Packet, now_us: int) -> None:
        passing.seen.append((side, packet))
        waiting.append((side.peer, packet.octets))
        if {seen for seen, _ in passing.seen} == set(Side):
            passing.out += waiting
            waiting.clear()

    waiting: list[tuple[Side, bytes]] = []
    passing.receive = receive
    async with open_pumped(passing) as lab:
        streams: dict[Side, Any] = {}

        async def connect(host: LabHost, peer: LabHost, own_port: int, peer_port: int) -> None:
            streams[host.side] = await host.connect(peer.address, peer_port, local_port=own_port)

        async with trio.open_nursery() as nursery:
            nursery.start_soon(connect, lab.client, lab.server, 1001, 1002)
            nursery.start_soon(connect, lab.server, lab.client, 1002, 1001)
        await streams[Side.CLIENT].send_all(b"across")
        assert await streams[Side.SERVER].receive() == b"across"
        for stream in streams.values():
            stream.abort()
    assert [packet.flags for _, packet in passing.seen[:4]] == [SYN, SYN, SYN | ACK, SYN | ACK]


async def test_nothing_but_the_programs_speaks(open_pumped: Any, passing: Any) -> None:
    async with open_pumped(passing) as lab:
        async with lab.client.run("cat /proc/net/arp") as command:
            await command.wait()
        assert b"02:00:00:00:00:02" in command.stdout
    assert passing.seen == []


@BOTH
async def test_what_is_not_tcp_passes(open_pumped: Any, passing: Any, family: Literal[4, 6]) -> None:
    """A datagram of three fragments, and the answer."""
    serve = (
        "import socket, sys; s = socket.socket(int(sys.argv[1]), socket.SOCK_DGRAM); s.bind((sys.argv[2], 7));"
        "print('ready', flush=True); octets, whence = s.recvfrom(9000); s.sendto(octets[::-1], whence)"
    )
    ask = (
        "import socket, sys; s = socket.socket(int(sys.argv[1]), socket.SOCK_DGRAM); s.settimeout(20);"
        "s.sendto(b'\\1' + bytes(3998) + b'\\2', (sys.argv[2], 7));"
        "print(s.recv(9000) == b'\\2' + bytes(3998) + b'\\1')"
    )
    python_family = str(int(socket.AF_INET if family == 4 else socket.AF_INET6))
    async with open_pumped(passing, family=family) as lab:
        where = [python_family, lab.server.address]
        async with lab.server.run([sys.executable, "-c", serve, *where]) as server:
            while not server.stdout:
                await trio.sleep(0.005)
            async with lab.client.run([sys.executable, "-c", ask, *where]) as client:
                await client.wait()
    assert (client.stdout, client.stderr) == (b"True\n", b"")
    assert passing.seen == []


async def test_refused(open_pumped: Any) -> None:
    async with open_pumped() as lab:
        with pytest.raises(ConnectionRefusedError):
            await lab.client.connect(lab.server.address, 9)


async def test_many_labs_at_the_same_time() -> None:
    async with open_lab() as one, open_lab() as other:
        listener = await one.server.listen(80)
        assert one.server.listeners() == [(one.server.address, 80)]
        assert other.server.listeners() == []
        assert one.client.listeners() == []
        listener.close()


async def test_what_is_in_force_is_told() -> None:
    async with open_lab(sysctls={"net.ipv4.tcp_sack": "0", "net.ipv4.tcp_syn_retries": "3"}) as lab:
        assert lab.conditions["net.ipv4.tcp_sack"] == "0"
        assert lab.conditions["net.ipv4.tcp_syn_retries"] == "3"
        assert lab.conditions["net.ipv4.tcp_invalid_ratelimit"].isdigit()
        assert PINNED.items() <= lab.conditions.items()
        async with lab.server.run("cat /proc/sys/net/ipv4/tcp_sack") as command:
            await command.wait()
        assert command.stdout == b"0\n"


async def test_what_the_user_asks_for_goes_before_what_is_pinned() -> None:
    async with open_lab(sysctls={"net.ipv4.tcp_rmem": "4096 8192 16384"}) as lab:
        assert lab.conditions["net.ipv4.tcp_rmem"] == "4096 8192 16384"


@pytest.mark.parametrize(
    ("name", "value"),
    [("net.ipv4.tcp_sock", "1"), ("net.ipv4.tcp_congestion_control", "none"), ("kernel.hostname", "here")],
)
async def test_a_sysctl_that_does_not_go(name: str, value: str) -> None:
    with pytest.raises(Broken, match=name):
        async with open_lab(sysctls={name: value}):
            pass


@pytest.mark.parametrize(("family", "mtu"), [(4, 67), (6, 1279), (4, 65518)])
async def test_an_mtu_that_does_not_go(family: Literal[4, 6], mtu: int) -> None:
    with pytest.raises(ValueError, match="MTU"):
        async with open_lab(family, mtu):
            pass


async def test_a_lab_leaves_what_happens_in_it_alone() -> None:
    with pytest.raises(KeyError, match="theirs"):
        async with open_lab():
            raise KeyError("theirs")


def test_kernel_name() -> None:
    system, number = kernel_name().split()
    assert system == "linux"
    assert all(part.isdigit() for part in number.split("."))


async def test_how_long_a_frame_has_waited_is_known(lab_or_skip: None, eventually: Eventually) -> None:
    async with open_lab() as lab, trio.open_nursery() as nursery:
        began = time.monotonic_ns()
        nursery.start_soon(lab.client.connect, lab.server.address, 9)
        await eventually(lambda: lab.waiting_us() > 40_000)
        assert lab.waiting_us() <= (time.monotonic_ns() - began) // 1000
        nursery.cancel_scope.cancel()
