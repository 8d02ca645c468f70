"""One of the proxy's two interfaces: frames come out of a ring that the kernel fills, and go in through a socket.

A packet socket's queue is bounded by a sysctl that only root may raise, and two hundred frames overrun it; a ring may
be as large as it takes. It also saves a system call for each frame, and the kernel notes in it when a frame came:
an observer who looks at it later than that still knows what the sender can't have known yet.

The layout is linux/if_packet.h's TPACKET_V2: slots of one size, each with a header, and in it a word of status that
says whose the slot is.
"""

import mmap
import socket
import struct
from types import TracebackType

ETHERNET_HEADER_OCTETS = 14
_LEAST_SLOT_OCTETS = 2048
_RING_OCTETS = 16 << 20
_BLOCK_OCTETS = 1 << 17

SOL_PACKET = 263
PACKET_IGNORE_OUTGOING = 23
_PACKET_RX_RING = 5
_PACKET_STATISTICS = 6
_PACKET_VERSION = 10
_TPACKET_V2 = 1
_ETH_P_ALL = 3

_REQUEST = struct.Struct("=IIII")  # struct tpacket_req: size and number of blocks, size and number of slots
_STATISTICS = struct.Struct("=II")  # struct tpacket_stats: frames, of which dropped
_STATUS_USER = 0x01
_STATUS_CHECKSUM_NOT_READY = 0x08
# struct tpacket2_hdr: status, length on the wire, length kept, two offsets, and when it came (s and ns of real time).
_HEADER = struct.Struct("=IIIHHII")
# Header and sockaddr_ll take 52 octets, a link header has at least 16, and IP begins at a multiple of 16.
_FRAME_AT = 80 - ETHERNET_HEADER_OCTETS
_US_PER_S = 1_000_000


class Edge:
    """An interface of the proxy's; a context manager.

    `odd` counts frames that no TCP made like that: merged on the way, or with an unfinished checksum. With offloads
    off there are none. `refused` counts packets that fit the interface neither whole nor in fragments.
    """

    def __init__(self, packet_socket: socket.socket, interface: str, mtu: int) -> None:
        """Take over a packet socket (made with protocol 0, so that it has heard nothing yet) and listen with it."""
        slot = _LEAST_SLOT_OCTETS
        while slot < _FRAME_AT + ETHERNET_HEADER_OCTETS + mtu:
            slot *= 2
        blocks = _RING_OCTETS // _BLOCK_OCTETS
        self._slot_octets = slot
        self._end = _RING_OCTETS
        self._at = 0
        self._overrun = 0
        self.odd = 0
        self.refused = 0
        self._socket = packet_socket
        packet_socket.setblocking(False)
        packet_socket.setsockopt(SOL_PACKET, _PACKET_VERSION, _TPACKET_V2)
        request = _REQUEST.pack(_BLOCK_OCTETS, blocks, slot, _RING_OCTETS // slot)
        packet_socket.setsockopt(SOL_PACKET, _PACKET_RX_RING, request)
        self._ring = mmap.mmap(packet_socket.fileno(), _RING_OCTETS)
        self._words = memoryview(self._ring).cast("I")
        packet_socket.bind((interface, _ETH_P_ALL))
        self.send = packet_socket.send

    def fileno(self) -> int:
        """The file descriptor that is readable while there are frames."""
        return self._socket.fileno()

    def fetch(self, most: int) -> list[tuple[int, bytes]]:
        """Take at most so many frames: for each when it came, in microseconds of real time, and its octets."""
        ring, words, header, slot_octets, end = (
            self._ring,
            self._words,
            _HEADER.unpack_from,
            self._slot_octets,
            self._end,
        )
        frames: list[tuple[int, bytes]] = []
        at = self._at
        while len(frames) < most:
            if not words[at >> 2] & _STATUS_USER:
                break
            status, length, kept, _, _, seconds, ns = header(ring, at)
            if length != kept or status & _STATUS_CHECKSUM_NOT_READY:
                self.odd += 1
            frames.append((seconds * _US_PER_S + ns // 1000, ring[at + _FRAME_AT : at + _FRAME_AT + kept]))
            words[at >> 2] = 0
            at += slot_octets
            if at == end:
                at = 0
        self._at = at
        return frames

    @property
    def overrun(self) -> int:
        """How many frames found the ring full so far."""
        octets = self._socket.getsockopt(SOL_PACKET, _PACKET_STATISTICS, _STATISTICS.size)
        self._overrun += _STATISTICS.unpack(octets)[1]  # the kernel's counter begins again when it was read
        return self._overrun

    def __enter__(self) -> "Edge":
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._words.release()
        self._ring.close()
        self._socket.close()
