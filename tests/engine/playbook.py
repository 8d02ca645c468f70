"""A playbook for the engine: segments go in as text, what goes on comes out as text, and the clock is a number."""

from tcpchaos.engine import Engine
from tcpchaos.oracle import Oracle
from tcpchaos.plan import parse
from tcpchaos.trace import Event, Side, Trace
from tcpchaos.wire import Packet, WireError, build
from tcpchaos.wire import parse as parse_packet
from tcpchaos.wire.options import encode
from tcpchaos.wire.text import notation, parse_segment

ISS = (2**32 - 5, 2**32 - 3)  # client's and server's: wrap-around is the normal case


class World:
    """Two endpoints that say what the test says, the engine between them, and the real oracle."""

    def __init__(self, plan: str, *, version: int = 4, mtu: int | None = None) -> None:
        self.trace = Trace()
        self.oracle = Oracle()
        self.engine = Engine(parse(plan), self.oracle, self.trace, mtu=mtu)
        self.now_us = 0
        self.addresses = (b"\x0a\0\0\1", b"\x0a\0\0\2") if version == 4 else (bytes(15) + b"\1", bytes(15) + b"\2")
        self.ports = (40000, 80)

    def packet(self, side: Side, text: str, payload: bytes | None = None) -> Packet:
        """Return what this endpoint sends."""
        peer = side.peer
        said = parse_segment(text, iss=ISS[side], irs=ISS[peer], payload=payload)
        return build(
            src=self.addresses[side],
            dst=self.addresses[peer],
            sport=self.ports[side],
            dport=self.ports[peer],
            seq=said.seq,
            ack=said.ack,
            flags=said.flags,
            window=said.window,
            options=encode(said.options),
            payload=said.payload,
            urgent=said.urgent,
            offset=said.offset,
            reserved=said.reserved,
            checksum=said.checksum,
        )

    def send(self, side: Side, text: str, payload: bytes | None = None) -> list[str]:
        """Have an endpoint send a segment; return what goes on."""
        self.engine.receive(side, self.packet(side, text, payload), self.now_us)
        return self.out()

    def client(self, text: str, payload: bytes | None = None) -> list[str]:
        """Have the client send a segment; return what goes on."""
        return self.send(Side.CLIENT, text, payload)

    def server(self, text: str, payload: bytes | None = None) -> list[str]:
        """Have the server send a segment; return what goes on."""
        return self.send(Side.SERVER, text, payload)

    def handshake(self) -> list[str]:
        """Open the connection; return what goes on."""
        return [
            *self.client("S 0:0(0) win 1000"),
            *self.server("S. 0:0(0) ack 1 win 1000"),
            *self.client(". 1:1(0) ack 1 win 1000"),
        ]

    def wait(self, us: int) -> list[str]:
        """Let this time pass, deadline by deadline; return what goes on."""
        until_us = self.now_us + us
        while (due_us := self.engine.due()) is not None and due_us <= until_us:
            self.now_us = max(due_us, self.now_us)
            self.engine.advance(self.now_us)
        self.now_us = until_us
        return self.out()

    def out(self) -> list[str]:
        """Return what the engine has to send, relative to the initial sequence numbers."""
        return [f"{to} < {self.text(to, octets)}" for to, octets in self.engine.take()]

    def text(self, to: Side, octets: bytes) -> str:
        """Return what an endpoint is given, as text."""
        try:
            packet = parse_packet(octets)
        except WireError:
            at = 20 if octets[0] >> 4 == 4 else 40
            return f"icmp type {octets[at]} code {octets[at + 1]}"
        return notation(packet, iss=ISS[to.peer], irs=ISS[to])

    def events(self) -> list[Event]:
        """Return the trace."""
        return list(self.trace)

    def deeds(self) -> list[tuple[str, ...]]:
        """Return the deeds of each event that has some."""
        return [event.deeds for event in self.trace if event.deeds]
