"""What the kernel says about its sockets, in RFC 9293's words: all eleven states of it."""

import errno
import socket
import struct
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from socket import IPPROTO_IPV6, IPV6_V6ONLY
from typing import Any

import pytest
import trio
from hypothesis import given
from hypothesis import strategies as st

from tcpchaos.backends.lab import LabHost
from tcpchaos.backends.lab.diag import messages
from tcpchaos.trace import Side, Socket
from tcpchaos.wire import ACK, FIN, SYN, Packet

pytestmark = pytest.mark.usefixtures("lab_or_skip")


class Gate:
    """An engine that keeps back what `held` says, until it says otherwise."""

    def __init__(self) -> None:
        self.held: Callable[[Side, Packet], bool] = lambda side, packet: False
        self.waiting: deque[tuple[Side, Packet]] = deque()
        self.out: list[tuple[Side, bytes]] = []

    def receive(self, side: Side, packet: Packet, now_us: int) -> None:
        if self.held(side, packet):
            self.waiting.append((side, packet))
        else:
            self.out.append((side.peer, packet.octets))

    def due(self) -> int | None:
        return None

    def advance(self, now_us: int) -> None:
        raise AssertionError("nothing was due")

    def take(self) -> list[tuple[Side, bytes]]:
        out, self.out = self.out, []
        return out


def state(host: LabHost, port: int) -> str:
    """The state of the connection with this port at either end; the kernel forgets those in CLOSED."""
    found = [s for s in host.sockets() if port in (s.local_port, s.remote_port) and s.state != "LISTEN"]
    return found[0].state if found else "CLOSED"


@pytest.mark.parametrize("family", [4, 6])
async def test_listeners(open_pumped: Any, family: int) -> None:
    async with open_pumped(family=family) as lab:
        listener = await lab.server.listen(80, backlog=7)
        assert lab.server.sockets() == [
            Socket(
                state="LISTEN",
                local=lab.server.address,
                local_port=80,
                remote="0.0.0.0" if family == 4 else "::",
                remote_port=0,
                receive_queue=0,
                send_queue=7,
            )
        ]
        assert lab.server.listeners() == [(lab.server.address, 80)]
        assert lab.client.sockets() == []
        listener.close()
        assert lab.server.sockets() == []


async def test_a_server_that_listens_for_both_families_talks_to_an_address_of_ipv4(open_pumped: Any) -> None:
    async with open_pumped() as lab:
        made = await lab.socket("server", (socket.AF_INET6, socket.SOCK_STREAM, 0), [(IPPROTO_IPV6, IPV6_V6ONLY, 0)])
        with made:
            made.bind(("::", 80))
            made.listen()
            client = await lab.client.connect(lab.server.address, 80)
            connected = [found for found in lab.server.sockets() if found.remote_port]
            assert [(found.local, found.remote) for found in connected] == [(lab.server.address, lab.client.address)]
            client.abort()


async def test_octets_that_wait(open_pumped: Any, eventually: Any) -> None:
    async with open_pumped() as lab:
        listener = await lab.server.listen(80)
        client = await lab.client.connect(lab.server.address, 80)
        server = await listener.accept()
        listener.close()
        await client.send_all(b"unread")
        await eventually(lambda: lab.server.sockets()[0].receive_queue == 6)
        await eventually(lambda: lab.client.sockets()[0].send_queue == 0)
        client.abort()
        server.abort()


async def test_what_the_connection_itself_counts(open_pumped: Any, eventually: Any) -> None:
    """The own SYN counts as acknowledged at the active end only, and a FIN counts as received."""
    async with open_pumped() as lab:
        listener = await lab.server.listen(80)
        client = await lab.client.connect(lab.server.address, 80)
        server = await listener.accept()
        listener.close()
        await client.send_all(b"hello")
        await eventually(lambda: lab.client.sockets()[0].bytes_acked == 6)
        (at_client,), (at_server,) = lab.client.sockets(), lab.server.sockets()
        assert (at_client.bytes_received, at_server.bytes_received, at_server.bytes_acked) == (0, 5, 0)
        assert at_client.snd_wnd == at_server.rcv_wnd
        assert at_client.snd_wscale == at_server.rcv_wscale
        assert (at_client.unacked, at_client.retransmits, at_client.backoff, at_client.timer) == (0, 0, 0, "")
        assert at_client.held
        assert at_server.held
        await client.send_eof()
        await eventually(lambda: lab.server.sockets()[0].bytes_received == 6)
        client.close()
        assert [found.held for found in lab.client.sockets()] == [False]
        assert lab.server.sockets(info=False)[0].bytes_received is None
        server.abort()


async def test_how_long_a_retransmission_is_away(open_pumped: Any, eventually: Any) -> None:
    gate = Gate()
    async with open_pumped(gate) as lab:
        listener = await lab.server.listen(80)
        client = await lab.client.connect(lab.server.address, 80)
        listener.close()
        gate.held = lambda side, packet: True
        await client.send_all(b"lost")
        await eventually(lambda: lab.client.sockets()[0].timer == "retransmission")
        await eventually(lambda: (lab.client.sockets()[0].backoff or 0) >= 1)
        (waiting,) = lab.client.sockets()
        assert waiting.unacked == 1
        assert 0 <= (waiting.timer_us or 0) <= (waiting.rto_us or 0)
        gate.held = lambda side, packet: False
        client.abort()


async def test_passive_close_and_active_close(open_pumped: Any, eventually: Any) -> None:
    """CLOSED, LISTEN, SYN-SENT, SYN-RECEIVED, ESTABLISHED, both halves of an orderly close, TIME-WAIT, CLOSED."""
    gate = Gate()
    gate.held = lambda side, packet: packet.flags == SYN | ACK
    async with open_pumped(gate) as lab:
        assert state(lab.client, 80) == "CLOSED"
        listener = await lab.server.listen(80)
        streams: list[Any] = []

        async def connect() -> None:
            streams.append(await lab.client.connect(lab.server.address, 80))

        async with trio.open_nursery() as nursery:
            nursery.start_soon(connect)
            await eventually(lambda: state(lab.server, 80) == "SYN-RECEIVED")
            assert state(lab.client, 80) == "SYN-SENT"
            gate.held = lambda side, packet: bool(packet.flags & FIN)
        await eventually(lambda: state(lab.server, 80) == "ESTABLISHED")
        assert state(lab.client, 80) == "ESTABLISHED"
        server = await listener.accept()
        (client,) = streams

        await client.send_eof()
        assert state(lab.client, 80) == "FIN-WAIT-1"
        gate.held = lambda side, packet: False
        await eventually(lambda: state(lab.server, 80) == "CLOSE-WAIT")
        await eventually(lambda: state(lab.client, 80) == "FIN-WAIT-2")
        gate.held = lambda side, packet: bool(packet.flags & FIN)
        server.close()
        assert state(lab.server, 80) == "LAST-ACK"
        gate.held = lambda side, packet: False
        await eventually(lambda: state(lab.client, 80) == "TIME-WAIT")
        await eventually(lambda: state(lab.server, 80) == "CLOSED")
        client.close()
        listener.close()


async def test_simultaneous_close(open_pumped: Any, eventually: Any) -> None:
    """Both FINs cross; the client's acknowledgment is kept back, so that the server stays in CLOSING."""
    gate = Gate()
    async with open_pumped(gate) as lab:
        listener = await lab.server.listen(80)
        client = await lab.client.connect(lab.server.address, 80)
        server = await listener.accept()
        listener.close()
        await client.send_all(b"x")
        assert await server.receive() == b"x"
        gate.held = lambda side, packet: True
        await client.send_eof()
        await server.send_eof()
        await eventually(lambda: sum(packet.flags & FIN for _, packet in gate.waiting) >= 2)
        fin = next(packet for side, packet in gate.waiting if side is Side.CLIENT and packet.flags & FIN)
        gate.out.append((Side.SERVER, fin.octets))
        await eventually(lambda: state(lab.server, 80) == "CLOSING")
        gate.held = lambda side, packet: False
        await eventually(lambda: state(lab.server, 80) in ("TIME-WAIT", "CLOSED"))
        client.abort()
        server.abort()


def test_an_error_is_raised_and_an_acknowledgment_is_not() -> None:
    def answer(number: int) -> bytes:
        return struct.pack("=IHHIIi", 36, 2, 0, 1, 0, number) + bytes(16)

    assert [kind for kind, _ in messages(answer(0))] == [2]
    with pytest.raises(OSError, match="File exists"):
        list(messages(answer(-errno.EEXIST)))


@given(st.binary(max_size=60))
def test_any_octets_end(octets: bytes) -> None:
    with suppress(OSError):
        assert len(list(messages(octets))) <= len(octets) // 4


@pytest.mark.parametrize("family", [4, 6])
async def test_one_connection_is_found_among_all(open_pumped: Any, family: int) -> None:
    async with open_pumped(family=family) as lab:
        listener = await lab.server.listen(80)
        first = await lab.client.connect(lab.server.address, 80)
        second = await lab.client.connect(lab.server.address, 80)
        there = [await listener.accept(), await listener.accept()]

        found = lab.client.socket(second.local_port, lab.server.address, 80)

        assert found in lab.client.sockets()
        assert (found.local_port, found.state) == (second.local_port, "ESTABLISHED")
        assert lab.server.socket(80, lab.client.address, first.local_port).remote_port == first.local_port
        # Somebody listens there, which is no connection; and there nobody does.
        assert lab.server.socket(80, lab.client.address, 9) is None
        assert lab.client.socket(9, lab.server.address, 80) is None
        assert lab.client.socket(first.local_port, lab.server.address, 80, info=False).bytes_acked is None
        for each in (first, second, listener, *there):
            each.close()
