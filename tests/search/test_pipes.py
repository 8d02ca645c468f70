"""Messages through pipes: whole ones come out, however they went in, and nothing else gets between."""

import subprocess
import sys

import msgspec
import pytest
import trio
import trio.testing
from msgspec import Struct

from tcpchaos.search.pipes import LENGTH, Frames, framed, framed_octets


class Word(Struct):
    text: str


def test_a_message_comes_after_its_length() -> None:
    octets = framed(Word(text="x" * 300))
    (size,) = LENGTH.unpack_from(octets)
    assert size == len(octets) - LENGTH.size
    assert msgspec.msgpack.decode(octets[LENGTH.size :], type=Word) == Word(text="x" * 300)
    assert framed_octets(b"ab") == LENGTH.pack(2) + b"ab"


async def test_messages_come_out_whole_however_they_are_cut() -> None:
    write, read = trio.testing.memory_stream_one_way_pair()
    frames, heard = Frames(read), []

    async def hear() -> None:
        for _ in range(3):
            heard.append(await frames.next())
        with pytest.raises(EOFError):
            await frames.next()

    async with trio.open_nursery() as nursery:
        nursery.start_soon(hear)
        for octet in framed_octets(b"one") + framed_octets(b"") + framed_octets(b"three"):
            await write.send_all(bytes([octet]))
        await write.send_all(framed_octets(b"cut off")[:-1])
        await write.aclose()
    assert heard == [b"one", b"", b"three"]


async def test_who_is_cancelled_leaves_the_message_whole() -> None:
    write, read = trio.testing.memory_stream_one_way_pair()
    frames = Frames(read)
    octets = framed_octets(b"a message")
    await write.send_all(octets[:7])
    with trio.CancelScope() as scope:
        scope.cancel()
        await frames.next()
    with trio.move_on_after(0):
        await frames.next()
    await write.send_all(octets[7:])
    assert await frames.next() == b"a message"


def test_what_a_process_prints_is_no_message() -> None:
    code = (
        "import os, subprocess\nfrom tcpchaos.search.pipes import private_stdout\n"
        "messages = private_stdout()\nprint('printed', flush=True)\nsubprocess.run(['echo', 'by a child'])\n"
        "os.write(messages, b'message')\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True)
    assert done.stdout == b"message"
    assert done.stderr == b"printed\nby a child\n"
