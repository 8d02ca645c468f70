"""What stood around the packets of each flow: what the engine makes up is framed in the same way.

One way of a flow is where it was first seen: behind which interface, with which VLAN tags. The same flow may come by
a second time, on its way back from a router; what comes there passes as it is, or it would be judged twice.

All frames are behind the header of `virtio`. While a wayside rests, it chooses no flow that it has not followed before.
"""

from collections.abc import Callable
from typing import Final

from tcpchaos.backends.bridge.flows import Flows
from tcpchaos.backends.bridge.virtio import DONE, OCTETS, unfinished
from tcpchaos.backends.lab.frames import IPV4, ip_at
from tcpchaos.trace import Side
from tcpchaos.wire import Packet, WireError, icmp, parse
from tcpchaos.wire.packet import reversed_key

# Ways that are remembered: an entry takes some 500 octets. One that was forgotten is learnt again from its next frame.
MOST_WAYS: Final = 32768
_MACS_OCTETS: Final = 12
_KIND_AT, _PLAIN_AT = OCTETS + 12, OCTETS + 14  # where IP begins in a frame without tags
# An ICMP error of IPv4 with the beginning of the packet that it quotes; those of IPv6 are longer.
_LEAST_ERROR_OCTETS: Final = 20 + 8 + 20
_TCP: Final = 6
# In an IPv4 packet without options: version and length, the protocol, and where addresses and ports stand.
_PLAIN, _PROTOCOL_AT, _KEY_AT, _KEY_END = 0x45, 9, 12, 24
# And in an IPv6 packet without extension headers.
_VERSION6, _PROTOCOL6_AT, _KEY6_AT, _KEY6_END = 6, 6, 8, 44


# To whom an ICMP error goes, about which of its flows, and whether it may end that.
Warn = Callable[[Side, bytes, bool], None]


class _Way:
    """One direction of a flow: who sends it, and what stands before its packets."""

    __slots__ = ("header", "side", "tags")

    def __init__(self, side: Side, header: bytes) -> None:
        self.side = side
        self.header = header
        self.tags = header[_MACS_OCTETS:]


class Wayside:
    """The framing of a wire whose endpoints are not known beforehand."""

    def __init__(self, flows: Flows) -> None:
        self._chosen = self._choose = flows.choose
        self.warn: Warn | None = None  # to be told of ICMP errors that pass
        self._ways: dict[bytes, _Way] = {}
        self._between: dict[bytes, _Way] = {}  # by both addresses, for what has no ports or others
        self._latest: list[bytes] = [b"", b""]  # by the side that it goes to

    def packet(self, side: Side, frame: bytes) -> Packet | None:
        """Return the packet in a frame if it is a segment of a chosen flow on the way that is followed."""
        if unfinished(frame):
            return None
        at = _PLAIN_AT if frame[_KIND_AT:_PLAIN_AT] == IPV4 else ip_at(frame, OCTETS)
        if not at:
            return None
        if self._is_other(frame, at):
            if frame[at] == _PLAIN and frame[at + _PROTOCOL_AT] == icmp.ICMP:
                self._warn(side.peer, frame[at:])
            return None
        try:
            packet = parse(frame[at:])
        except WireError:
            self._warn(side.peer, frame[at:])
            return None
        way = self._ways.get(packet.key)
        if way is None:
            if not self._choose(packet.key):
                return None
            way = self._learn(side, packet, frame[OCTETS:at])
        if way.side is not side:
            return None
        if way.header != frame[OCTETS:at]:
            if way.tags != frame[OCTETS + _MACS_OCTETS : at]:
                return None
            way.header = self._latest[side.peer] = frame[OCTETS:at]
        return packet

    def wants(self, frame: bytes) -> bool:
        """Tell whether a frame may have segments of a chosen flow in it."""
        at = _PLAIN_AT if frame[_KIND_AT:_PLAIN_AT] == IPV4 else ip_at(frame, OCTETS)
        return bool(at) and not self._is_other(frame, at)

    def rest(self, resting: bool) -> None:
        """Choose no new flows from now on, or choose as ever again.

        Flows that are followed stay so: whoever has judged them would take silence for theirs.
        """
        self._choose = self._follows if resting else self._chosen

    def _follows(self, key: bytes) -> bool:
        return key in self._ways or reversed_key(key) in self._ways

    def _warn(self, to: Side, octets: bytes) -> None:
        found = icmp.quoted_flow(octets) if len(octets) > _LEAST_ERROR_OCTETS else None
        if found is not None and self.warn is not None:
            self.warn(to, *found)

    def _is_other(self, frame: bytes, at: int) -> bool:
        """Tell by a look what surely isn't chosen, as most is that isn't: other protocols, other ports."""
        octets = len(frame) - at
        if octets >= _KEY_END and frame[at] == _PLAIN:
            return frame[at + _PROTOCOL_AT] != _TCP or not self._choose(frame[at + _KEY_AT : at + _KEY_END])
        if octets >= _KEY6_END and frame[at] >> 4 == _VERSION6 and frame[at + _PROTOCOL6_AT] == _TCP:
            return not self._choose(frame[at + _KEY6_AT : at + _KEY6_END])
        return False

    def _learn(self, side: Side, packet: Packet, header: bytes) -> _Way:
        for ways in (self._ways, self._between):
            if len(ways) >= MOST_WAYS:
                for key in list(ways)[: MOST_WAYS // 2]:
                    del ways[key]
        way = _Way(side, header)
        self._ways[packet.key] = self._between[packet.key[:-4]] = way
        self._latest[side.peer] = header
        return way

    def header(self, to: Side, octets: bytes) -> bytes:
        """Return what is to stand before a packet to this side: what stood before the flow's own.

        Of an answer that nobody has given yet, that is the question's with both MACs exchanged.
        """
        try:
            packet = parse(octets)
        except WireError:
            return DONE + self._by_addresses(to, octets)
        forth, back = self._ways.get(packet.key), self._ways.get(packet.reverse_key)
        return DONE + (self._of(to, forth, back) or self._by_addresses(to, octets))

    def _by_addresses(self, to: Side, octets: bytes) -> bytes:
        size, at = (4, 12) if octets[0] >> 4 == 4 else (16, 8)
        source, destination = octets[at : at + size], octets[at + size : at + 2 * size]
        forth, back = self._between.get(source + destination), self._between.get(destination + source)
        return self._of(to, forth, back) or self._latest[to] or _exchanged(self._latest[to.peer])

    @staticmethod
    def _of(to: Side, forth: _Way | None, back: _Way | None) -> bytes:
        if forth is not None and forth.side is to.peer:
            return forth.header
        if back is not None and back.side is to:
            return _exchanged(back.header)
        return b""


def _exchanged(header: bytes) -> bytes:
    """Return a header for the way back: both MACs have changed places."""
    return header[6:_MACS_OCTETS] + header[:6] + header[_MACS_OCTETS:]
