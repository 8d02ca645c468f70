"""What goes through the pipes between a campaign and its processes: messages, each after its length."""

import os
import struct
from typing import Final

import msgspec
import trio
from msgspec import Struct

LENGTH: Final = struct.Struct("!I")
_CHUNK_OCTETS: Final = 1 << 20


def framed(message: Struct) -> bytes:
    """Return a message as it goes through a pipe: its length and its octets."""
    return framed_octets(msgspec.msgpack.encode(message))


def framed_octets(octets: bytes) -> bytes:
    """Return octets as they go through a pipe."""
    return LENGTH.pack(len(octets)) + octets


class Frames:
    """What comes out of a pipe, message by message; who is cancelled leaves the next one whole."""

    def __init__(self, stream: trio.abc.ReceiveStream) -> None:
        self._stream = stream
        self._heard = bytearray()

    async def next(self) -> bytes:
        """Return the octets of the next message. Raises EOFError where the pipe has ended before."""
        (size,) = LENGTH.unpack(await self._first(LENGTH.size))
        octets = (await self._first(LENGTH.size + size))[LENGTH.size :]
        del self._heard[: LENGTH.size + size]
        return octets

    async def _first(self, size: int) -> bytes:
        """Return the first octets of what has come, without taking them away."""
        while len(self._heard) < size:
            octets = await self._stream.receive_some(_CHUNK_OCTETS)
            if not octets:
                raise EOFError
            self._heard += octets
        return bytes(self._heard[:size])


def private_stdout() -> int:
    """Return the descriptor where a process writes its messages; what else it prints goes to stderr from now on."""
    messages = os.dup(1)
    os.dup2(2, 1)
    return messages
