"""One of the proxy's two interfaces: frames come out of a ring that the kernel fills, and go in through a socket.

A packet socket's queue is bounded by a sysctl that only root may raise, and two hundred frames overrun it; a ring may
be as large as it takes. It also saves a system call for each frame, and the kernel notes in it when a frame came, so
that the frames of both sides are known in the order in which they were sent.

The layout is linux/if_packet.h's TPACKET_V2: slots of one size, each with a header, and in it a word of status that
says whose the slot is.
"""

import mmap
import socket
import struct
from collections.abc import Iterator
from types import TracebackType
from typing import Self

from tcpchaos.backends.host import Broken
from tcpchaos.backends.lab.frames import ETHERNET_HEADER_OCTETS, finished, tagged
from tcpchaos.trace import Side

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
_WORD, _HALVES = struct.Struct("=I"), struct.Struct("=HH")
STATUS_USER = 0x01
_STATUS_CHECKSUM_NOT_READY = 0x08
STATUS_TAG = 0x10
# What a frame is to be given back before it is the one that was on the wire.
_STATUS_LACKS = _STATUS_CHECKSUM_NOT_READY | STATUS_TAG
# struct tpacket2_hdr in words of four octets: status, length on the wire, length kept, two offsets, then the time of
# arrival, seconds and nanoseconds, and the VLAN tag with its type.
LENGTH, KEPT, SECONDS, NS, TAG = 1, 2, 4, 5, 6
# Header and sockaddr_ll take 52 octets, a link header has at least 16, and IP begins at a multiple of 16.
FRAME_AT = 80 - ETHERNET_HEADER_OCTETS
NS_PER_S = 1_000_000_000
NEVER = 1 << 64


def tag_of(word: int) -> tuple[int, int]:
    """Return the type of a VLAN tag, 0 where it is not told, and the tag itself, from a slot's word."""
    tag, kind = _HALVES.unpack(_WORD.pack(word))
    return kind, tag


class Edge:
    """An interface of the proxy's; a context manager.

    `odd` counts frames that no TCP made like that: merged on the way, or with a checksum that nobody can finish. With
    offloads off there are none. `refused` counts packets that fit the interface neither whole nor in fragments.
    """

    def __init__(self, packet_socket: socket.socket, interface: str, mtu: int) -> None:
        """Take over a packet socket (made with protocol 0, so that it has heard nothing yet) and listen with it."""
        slot = _LEAST_SLOT_OCTETS
        while slot < FRAME_AT + ETHERNET_HEADER_OCTETS + mtu:
            slot *= 2
        blocks = _RING_OCTETS // _BLOCK_OCTETS
        self._slot_octets = slot
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

    def head(self) -> int:
        """When the oldest frame that waits here arrived, in nanoseconds of real time; NEVER if there is none."""
        words, word = self._words, self._at >> 2
        if not words[word] & STATUS_USER:
            return NEVER
        return words[word + SECONDS] * NS_PER_S + words[word + NS]

    def pop(self) -> bytes:
        """Take the oldest frame, which `head` has told of."""
        words, at = self._words, self._at
        word = at >> 2
        kept = words[word + KEPT]
        frame = self._ring[at + FRAME_AT : at + FRAME_AT + kept]
        if words[word + LENGTH] != kept:
            self.odd += 1
        elif words[word] & _STATUS_LACKS:
            frame = self._whole(frame, words[word], words[word + TAG])
        self._give_back()
        return frame

    def _give_back(self) -> None:
        """Let the kernel fill the oldest slot again, and go on to the next one."""
        at = self._at
        self._words[at >> 2] = 0
        at += self._slot_octets
        self._at = at if at != _RING_OCTETS else 0

    def _whole(self, frame: bytes, status: int, tag: int) -> bytes:
        """Return a frame with what the kernel took off it or left for later."""
        if status & STATUS_TAG:
            frame = tagged(frame, *tag_of(tag))
        if not status & _STATUS_CHECKSUM_NOT_READY:
            return frame
        complete = finished(frame)
        if complete is None:
            self.odd += 1
        return complete or frame

    def refuse(self, error: OSError) -> None:
        """Deal with a frame that the interface does not take, now or later; Broken where that must not be."""
        raise Broken(f"a frame can't be sent ({error.strerror})", "run again; tcpchaos doctor tests the lab") from error

    @property
    def overrun(self) -> int:
        """How many frames found the ring full so far."""
        octets = self._socket.getsockopt(SOL_PACKET, _PACKET_STATISTICS, _STATISTICS.size)
        self._overrun += _STATISTICS.unpack(octets)[1]  # the kernel's counter begins again when it was read
        return self._overrun

    def close(self) -> None:
        """Listen no more, and give the ring back."""
        self._words.release()
        self._ring.close()
        self._socket.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()


def arrivals(client: Edge, server: Edge, most: int) -> Iterator[tuple[Side, bytes]]:
    """Take at most so many frames from both edges, always the older one first.

    It looks for the next one only when it is asked for it. So whatever an endpoint sent before the proxy does
    something is known before that is done, and can't be mistaken for an answer to it.
    """
    from_client = from_server = NEVER
    for _ in range(most):
        if from_client is NEVER:
            from_client = client.head()
        if from_server is NEVER:
            from_server = server.head()
        if from_client is NEVER is from_server:
            return
        if from_client <= from_server:
            from_client = NEVER
            yield Side.CLIENT, client.pop()
        else:
            from_server = NEVER
            yield Side.SERVER, server.pop()
