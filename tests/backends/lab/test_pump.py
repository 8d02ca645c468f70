"""The pump does what the engine says, at the time it says, and passes on what is none of the engine's business."""

import errno
import os
import threading
import time
from collections import deque
from typing import Any, cast

import pytest
import trio

from tcpchaos.backends.host import Broken
from tcpchaos.backends.lab import forward, open_lab
from tcpchaos.backends.lab.edge import NEVER, Edge
from tcpchaos.backends.lab.pump import pump
from tcpchaos.trace import Side
from tcpchaos.wire import ACK, Packet, build, ip, parse

CLIENT_IP, SERVER_IP = bytes([192, 0, 2, 1]), bytes([192, 0, 2, 2])
TO_SERVER = bytes.fromhex("020000000002020000000001")
TO_CLIENT = bytes.fromhex("020000000001020000000002")
IPV4, IPV6, ARP = b"\x08\x00", b"\x86\xdd", b"\x08\x06"


def segment(payload: bytes, seq: int = 0xFFFFFFF0) -> bytes:
    return build(
        src=CLIENT_IP, dst=SERVER_IP, sport=1, dport=2, seq=seq, ack=0xFFFFFFFE, flags=ACK, payload=payload
    ).octets


class Cable:
    """In place of an edge: frames that wait, frames that were sent, and what sending them meets with."""

    def __init__(self, *waiting: bytes) -> None:
        self.waiting = deque(waiting)
        self.sent: list[bytes] = []
        self.trouble: deque[int] = deque()
        self.refused = 0
        self._pipe = os.pipe()

    def fileno(self) -> int:
        return self._pipe[0]

    def head(self) -> int:
        return 0 if self.waiting else NEVER

    def pop(self) -> bytes:
        return self.waiting.popleft()

    def send(self, frame: bytes) -> None:
        if self.trouble:
            number = self.trouble.popleft()
            raise OSError(number, os.strerror(number))
        self.sent.append(frame)

    def refuse(self, error: OSError) -> None:
        raise Broken(f"a frame can't be sent ({error.strerror})", "")

    def close(self) -> None:
        for end in self._pipe:
            os.close(end)


async def carry(engine: Any, client: Cable, server: Cable, until: int, mtu: int = 1500) -> None:
    """Pump until the server's cable has so many frames."""
    edges = cast("tuple[Edge, Edge]", (client, server))
    try:
        async with trio.open_nursery() as nursery:
            nursery.start_soon(pump, edges, engine, lambda: time.monotonic_ns() // 1000, mtu)
            while len(server.sent) < until:
                await trio.sleep(0.001)
            nursery.cancel_scope.cancel()
    finally:
        client.close()
        server.close()


async def test_what_no_engine_understands_passes_untouched(passing: Any) -> None:
    whole = segment(bytes(64))
    frames = [
        TO_SERVER + ARP + b"who has what?",
        b"\xff" * 6 + TO_SERVER[6:] + ARP + b"who has what?",
        TO_SERVER + IPV4 + b"\x45",
        *(TO_SERVER + IPV4 + piece for piece in ip.fragment(whole, 60)),
        TO_SERVER + IPV6 + whole[:39],
    ]
    client, server = Cable(*frames), Cable()
    await carry(passing, client, server, len(frames))
    assert server.sent == frames
    assert passing.seen == []


async def test_what_the_engine_says_is_done_to_whom_it_says(passing: Any) -> None:
    octets = segment(b"abc")
    answer = segment(b"injected")

    def receive(side: Side, packet: Packet, now_us: int) -> None:
        passing.seen.append((side, packet))
        passing.out += [(Side.CLIENT, answer), (Side.SERVER, packet.octets), (Side.SERVER, answer)]

    passing.receive = receive
    client, server = Cable(TO_SERVER + IPV4 + octets), Cable()
    await carry(passing, client, server, 2)
    assert passing.seen == [(Side.CLIENT, parse(octets))]
    assert client.sent == [TO_CLIENT + IPV4 + answer]
    assert server.sent == [TO_SERVER + IPV4 + octets, TO_SERVER + IPV4 + answer]


async def test_a_packet_too_large_for_the_cable_goes_in_fragments(passing: Any) -> None:
    large = segment(bytes(range(200)) * 10)
    passing.receive = lambda side, packet, now_us: passing.out.append((Side.SERVER, large))
    client, server = Cable(TO_SERVER + IPV4 + segment(b"")), Cable()
    await carry(passing, client, server, 4, mtu=576)
    assert [frame[14:] for frame in server.sent] == ip.fragment(large, 576)
    assert {frame[:14] for frame in server.sent} == {TO_SERVER + IPV4}


@pytest.mark.parametrize("number", [errno.EAGAIN, errno.ENOBUFS])
async def test_a_cable_that_is_full_gets_everything_in_order(passing: Any, number: int) -> None:
    frames = [TO_SERVER + IPV4 + segment(b"%03d" % count) for count in range(200)]
    client, server = Cable(*frames), Cable()
    server.trouble += [number] * 3
    await carry(passing, client, server, len(frames))
    assert server.sent == frames


async def test_a_cable_that_is_gone_is_the_environments_fault(passing: Any) -> None:
    client, server = Cable(TO_SERVER + IPV4 + segment(b"")), Cable()
    server.trouble.append(errno.ENETDOWN)
    with pytest.RaisesGroup(pytest.RaisesExc(Broken, match="can't be sent")):
        await carry(passing, client, server, 1)


async def test_the_engine_is_called_when_something_is_due() -> None:
    class Later:
        """Sends everything on 5, 4, 3 ms after it came."""

        def __init__(self) -> None:
            self.waiting: list[tuple[int, bytes]] = []
            self.out: list[tuple[Side, bytes]] = []
            self.late_us: list[int] = []

        def receive(self, side: Side, packet: Packet, now_us: int) -> None:
            self.waiting.append((now_us + 5000 - 1000 * len(self.waiting), packet.octets))

        def due(self) -> int | None:
            return min(self.waiting)[0] if self.waiting else None

        def advance(self, now_us: int) -> None:
            first = min(self.waiting)
            self.waiting.remove(first)
            self.late_us.append(now_us - first[0])
            self.out.append((Side.SERVER, first[1]))

        def take(self) -> list[tuple[Side, bytes]]:
            out, self.out = self.out, []
            return out

    engine = Later()
    segments = [segment(b"first"), segment(b"second"), segment(b"third")]
    client, server = Cable(*(TO_SERVER + IPV4 + octets for octets in segments)), Cable()
    await carry(engine, client, server, 3)
    assert [frame[14:] for frame in server.sent] == segments[::-1]
    assert min(engine.late_us) >= 0


@pytest.mark.usefixtures("lab_or_skip")
async def test_the_forwarder_that_does_nothing() -> None:
    async with open_lab() as lab:
        stop, end = os.pipe()
        carried: list[int] = []
        thread = threading.Thread(target=lambda: carried.append(forward(lab.edges, stop)))
        thread.start()
        listener = await lab.server.listen()
        client = await lab.client.connect(lab.server.address, listener.port)
        server = await listener.accept()
        await client.send_all(b"as it is")
        assert await server.receive() == b"as it is"
        for closed in (client, server, listener):
            closed.close()
        os.write(end, b"x")
        await trio.to_thread.run_sync(thread.join)
        assert carried[0] >= 5
        os.close(stop)
        os.close(end)
