"""Hostile octets without end: segments of real connections on many flows, bent in every way that comes to mind."""

import random
from collections.abc import Callable, Iterator
from typing import Final, NamedTuple

from tcpchaos.backends.capture.packets import Counts, packet_of
from tcpchaos.trace import Side
from tcpchaos.wire import ACK, FIN, RST, SYN, Packet, WireError
from tests.backends.capture.distortions import DATA, records

# Flows that go on for long and gather what they can, and those of which each is soon left for another.
LASTING: Final = 32
PASSING: Final = 200_000
_MASK: Final = 0xFFFFFFFF
_CLIENT: Final = b"\x0a\x4d\0\1"


class Hostile(NamedTuple):
    """Octets that somebody sends, and what became of them."""

    octets: bytes
    side: Side
    fate: str  # sent, passed, forged, changed
    at_us: int


def real_packets() -> list[list[Packet]]:
    """The packets of real captures, file by file."""
    files = []
    for path in sorted(DATA.glob("*.pcap*")):
        found = [packet_of(record, Counts()) for record in records(path)]
        files.append([each[0] for each in found if each is not None and each[0].end <= len(each[0].octets)])
    return [packets for packets in files if packets]


class Mutator:
    """An endless source of hostile octets; the same seed gives the same ones."""

    def __init__(self, seed: int) -> None:
        self._dice = random.Random(seed)
        self._files = real_packets()
        self._places = [0] * LASTING
        self._at_us = 0
        self._before: bytes = b""
        self._bends: list[Callable[[Packet], Packet | bytes]] = [
            self._jump, self._flag, self._options, self._window, self._offset, self._flip, self._flip_unseen,
            self._cut, self._grow, self._scatter, self._reopen, self._finish, self._reset,
        ]  # fmt: skip

    def __iter__(self) -> Iterator[Hostile]:
        dice = self._dice
        while True:
            self._at_us += dice.choice((0, 10, 100, 1000, 300_000))
            packet = self._next()
            side = Side.CLIENT if packet.src == _CLIENT or packet.sport > packet.dport else Side.SERVER
            octets = packet.octets
            if dice.random() < 0.6:
                try:
                    bent = dice.choice(self._bends)(packet)
                except WireError:  # there is no room for it
                    bent = packet
                octets = bent if isinstance(bent, bytes) else bent.octets
            if dice.random() < 0.02:
                octets = self._before or octets
            self._before = octets
            fate = dice.choices(("passed", "sent", "forged", "changed"), (6, 1, 2, 1))[0]
            yield Hostile(octets, side, fate, self._at_us)

    def _next(self) -> Packet:
        """The next packet of one of the flows, in its order."""
        dice = self._dice
        flow = dice.randrange(LASTING)
        if dice.random() < 0.1:
            packets, port = dice.choice(self._files), 1024 + dice.randrange(PASSING)
            packet = dice.choice(packets)
        else:
            packets, port = self._files[flow % len(self._files)], flow
            packet = packets[self._places[flow] % len(packets)]
            self._places[flow] += 1
        low = port & 0x3FFF
        client = packet.sport > packet.dport
        tag = (port >> 14 & 0xFF) + 1
        ports = (32_768 + low, tag) if client else (tag, 32_768 + low)
        return packet.replace(sport=ports[0], dport=ports[1])

    def _number(self, near: int) -> int:
        dice = self._dice
        by = dice.choice((1, -1, 2, 1000, -1000, 65_536, 1 << 20, -(1 << 20), 1 << 30, 1 << 31, dice.getrandbits(32)))
        return (near + by) & _MASK

    def _jump(self, packet: Packet) -> Packet:
        which = self._dice.randrange(3)
        seq = self._number(packet.seq) if which != 1 else packet.seq
        return packet.replace(seq=seq, ack=self._number(packet.ack) if which else packet.ack)

    def _flag(self, packet: Packet) -> Packet:
        dice = self._dice
        return packet.replace(flags=dice.getrandbits(8), reserved=dice.choice((0, 0, dice.getrandbits(4))))

    def _options(self, packet: Packet) -> Packet:
        dice = self._dice
        known = (b"\1", b"\2\4" + dice.randbytes(2), b"\3\3" + dice.randbytes(1), b"\4\2", b"\5" + dice.randbytes(9))
        parts = [dice.choice((*known, b"\x08\x0a" + dice.randbytes(8), dice.randbytes(3))) for _ in range(4)]
        return packet.replace(options=b"".join(parts)[: dice.randrange(41)])

    def _window(self, packet: Packet) -> Packet:
        dice = self._dice
        return packet.replace(window=dice.choice((0, 1, 0xFFFF, dice.getrandbits(16))), urgent=dice.getrandbits(16))

    def _offset(self, packet: Packet) -> Packet:
        return packet.replace(offset=self._dice.randrange(16))

    def _flip(self, packet: Packet) -> bytes:
        octets = bytearray(packet.octets)
        for _ in range(self._dice.randrange(1, 9)):
            octets[self._dice.randrange(len(octets))] ^= 1 << self._dice.randrange(8)
        return bytes(octets)

    def _flip_unseen(self, packet: Packet) -> Packet:
        """Flip bits of the TCP header or the payload, and make the checksum right again."""
        octets = bytearray(packet.octets[packet.tcp_at + 20 : packet.end])
        if not octets:
            return packet.replace(seq=packet.seq ^ 1 << self._dice.randrange(32))
        octets[self._dice.randrange(len(octets))] ^= 1 << self._dice.randrange(8)
        options = packet.data_at - packet.tcp_at - 20
        return packet.replace(options=bytes(octets[:options]), payload=bytes(octets[options:]))

    def _cut(self, packet: Packet) -> bytes:
        return packet.octets[: self._dice.randrange(len(packet.octets))]

    def _grow(self, packet: Packet) -> Packet:
        return packet.replace(payload=self._dice.randbytes(self._dice.choice((1, 3, 1448, 9000))))

    def _scatter(self, packet: Packet) -> Packet:
        """An octet somewhere ahead: another island, or another piece in flight."""
        return packet.replace(seq=(packet.seq + 2 * self._dice.randrange(1 << 15)) & _MASK, flags=ACK, payload=b"?")

    def _reopen(self, packet: Packet) -> Packet:
        return packet.replace(seq=self._dice.getrandbits(32), flags=SYN | self._dice.choice((0, 0, ACK)))

    def _finish(self, packet: Packet) -> Packet:
        return packet.replace(seq=self._number(packet.seq), flags=FIN | ACK)

    def _reset(self, packet: Packet) -> Packet:
        return packet.replace(seq=self._number(packet.seq), flags=RST | self._dice.choice((0, ACK)))
