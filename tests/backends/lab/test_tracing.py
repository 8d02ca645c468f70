"""What the kernel tells of a lab: whose frames it dropped and why, each state that a socket leaves, each reset."""

import time
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, Literal

import pytest
import trio

from tcpchaos.backends.lab import Lab, open_lab
from tcpchaos.backends.lab.tracing import _DROPPED, _IN_SOFTIRQ, _MOVED, _SENT, _Note, _Reader
from tcpchaos.backends.testimony import Statement
from tcpchaos.trace import Side
from tcpchaos.wire import ACK, PSH, Packet, build

pytestmark = pytest.mark.usefixtures("lab_or_skip")


class Slipping:
    """An engine that lets everything pass, and puts what is in `extra` before it."""

    def __init__(self) -> None:
        self.newest: Packet | None = None
        self.extra: list[tuple[Side, bytes]] = []
        self.carried: list[tuple[Side, bytes]] = []
        self._out: list[tuple[Side, bytes]] = []

    def receive(self, side: Side, packet: Packet, now_us: int) -> None:
        if side is Side.CLIENT:
            self.newest = packet
        self._out += [*self.extra, (side.peer, packet.octets)]
        self.extra = []

    def due(self) -> int | None:
        return None

    def advance(self, now_us: int) -> None:
        raise AssertionError("nothing was due")

    def take(self) -> list[tuple[Side, bytes]]:
        out, self._out = self._out, []
        self.carried += out
        return out


class Overheard:
    """A lab that is overheard, what went through it, and what was told."""

    def __init__(self, lab: Lab) -> None:
        self.lab = lab
        self.engine = Slipping()
        self.testimony = Statement()

    def told_of(self, ports: tuple[int, int]) -> list[tuple[str, str, str, bool]]:
        """The moves of the connection with these ports, the client's first."""
        sockets = {(m.side, m.socket) for m in self.testimony.moves if ports == _ports(m.side, m)}
        moves = [m for m in self.testimony.moves if (m.side, m.socket) in sockets and m.remote_port]
        return [(str(m.side), m.before, m.after, m.reset) for m in moves]


def _ports(side: Side, move: Any) -> tuple[int, int]:
    ports = (move.local_port, move.remote_port)
    return ports if side is Side.CLIENT else ports[::-1]


@asynccontextmanager
async def overheard(family: Literal[4, 6] = 4) -> AsyncIterator[Overheard]:
    async with open_lab(family, tracing=True) as lab, trio.open_nursery() as nursery:
        if lab.tracer is None:
            pytest.skip("the kernel may not be overheard here")
        began_ns = time.monotonic_ns()
        told = Overheard(lab)
        await nursery.start(lab.pump, told.engine, lambda: (time.monotonic_ns() - began_ns) // 1000)
        yield told
        lab.tracer.gather()
        told.testimony = lab.tracer.finish(began_ns)
        nursery.cancel_scope.cancel()


@pytest.mark.parametrize("family", [4, 6])
async def test_which_frame_was_dropped_and_why(family: Literal[4, 6]) -> None:
    async with overheard(family) as told:
        listener = await told.lab.server.listen(80)
        client = await told.lab.client.connect(told.lab.server.address, 80)
        server = await listener.accept()
        await client.send_all(b"x")
        assert await server.receive() == b"x"
        newest = told.engine.newest
        assert newest is not None
        wrong = build(
            src=newest.src,
            dst=newest.dst,
            sport=newest.sport,
            dport=newest.dport,
            seq=newest.seq,
            ack=newest.ack,
            flags=ACK | PSH,
            payload=b"bad",
            checksum=1,
        )
        told.engine.extra = [(Side.SERVER, wrong.octets)]
        await client.send_all(b"y")
        assert await server.receive() == b"y"
        for end in (client, server, listener):
            end.close()
    (drop,) = (found for found in told.testimony.drops if found.reason == "TCP_CSUM")
    assert drop.side is Side.SERVER
    to_server = [octets for side, octets in told.engine.carried if side is Side.SERVER]
    frames = told.testimony.frames[Side.SERVER]
    sizes = list(map(len, to_server))
    ours = [nth for nth, frame in enumerate(frames) if frame.octets in sizes]  # IPv6 may have sent something of its own
    assert [frames[nth].octets for nth in ours] == sizes
    assert to_server[ours.index(drop.nth)] == wrong.octets
    assert frames[drop.nth].at_us <= drop.at_us
    assert not told.testimony.incomplete


HERE, THERE, ELSEWHERE = (bytes([192, 0, 2, last]) for last in (2, 1, 77))


@pytest.mark.parametrize(
    ("socket", "told"),
    [
        ((80, 5, HERE, THERE), True),
        ((80, 0, HERE, bytes(4)), True),  # it listens
        ((80, 5, ELSEWHERE, THERE), False),
        ((80, 0, ELSEWHERE, bytes(4)), False),
        (None, True),  # nothing was told of it: as far as is known, it is the one that the frame was for
    ],
)
def test_a_buffer_that_a_socket_of_others_threw_away_is_none_of_ours(
    socket: tuple[int, int, bytes, bytes] | None, told: bool
) -> None:
    reader = _Reader(("client1", "server1"), ("192.0.2.1", "192.0.2.2"))
    notes = [_Note(10, 0, _SENT, 0, (0xB0F, 54, "server1")), _Note(12, 0, _DROPPED, _IN_SOFTIRQ, (0xB0F, 0x50C, 2))]
    if socket is not None:
        notes.insert(0, _Note(5, 0, _MOVED, 0, (0x50C, 1, 4, *socket, None, None)))
    statement = Statement()

    reader._buffers(notes, statement)

    assert [(drop.side, drop.nth) for drop in statement.drops] == [(Side.SERVER, 0)] * told


async def test_each_state_that_is_left_and_for_what(eventually: Any) -> None:
    async with overheard() as told:
        listener = await told.lab.server.listen(80)
        client = await told.lab.client.connect(told.lab.server.address, 80)
        server = await listener.accept()
        ports = (client.local_port, 80)
        await client.send_eof()
        assert await server.receive() == b""
        await eventually(lambda: told.lab.client.sockets()[0].state == "FIN-WAIT-2")
        server.abort()
        await eventually(lambda: not told.lab.client.sockets())
        client.close()
        listener.close()
    # What a client's socket does before it has a port is told of port 0.
    assert [move for move in told.told_of(ports) if move[1] != "CLOSED"] == [
        ("client", "SYN-SENT", "ESTABLISHED", False),
        ("server", "LISTEN", "SYN-RECEIVED", False),
        ("server", "SYN-RECEIVED", "ESTABLISHED", False),
        ("client", "ESTABLISHED", "FIN-WAIT-1", False),
        ("server", "ESTABLISHED", "CLOSE-WAIT", False),
        ("client", "FIN-WAIT-1", "FIN-WAIT-2", False),
        ("server", "CLOSE-WAIT", "CLOSED", False),
        ("client", "FIN-WAIT-2", "CLOSED", True),
    ]


async def test_why_a_reset_was_sent() -> None:
    async with overheard() as told:
        with pytest.raises(ConnectionRefusedError):
            await told.lab.client.connect(told.lab.server.address, 9)
    (reset,) = (found for found in told.testimony.resets if found.local_port == 9)
    assert (reset.side, reset.reason) == (Side.SERVER, "NO_SOCKET")


async def test_two_labs_do_not_hear_each_other_s_frames() -> None:
    async with overheard() as one, overheard() as other:
        for told in (one, other):
            listener = await told.lab.server.listen(80)
            client = await told.lab.client.connect(told.lab.server.address, 80)
            client.abort()
            listener.close()
    for told in (one, other):
        for side in Side:
            carried = Counter(len(octets) for to, octets in told.engine.carried if to is side)
            heard = Counter(frame.octets for frame in told.testimony.frames[side])
            assert {octets: heard[octets] for octets in carried} == carried  # IPv6 may have sent something of its own
