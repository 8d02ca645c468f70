import errno
from collections.abc import Callable
from typing import Any

import pytest
import trio
import trio.testing

from tcpchaos.trace import Side
from tcpchaos.workloads.pattern import pattern
from tcpchaos.workloads.recorder import Account, Recorder
from tcpchaos.workloads.stage import at_once
from tcpchaos.workloads.voice import Hangup, Meeting, Voice, end_of


class Line:
    """A stream that yields what it was given, piece by piece, and keeps what was sent; an OSError is raised."""

    local_port, remote_port = 40000, 80

    def __init__(self, *arriving: bytes | int) -> None:
        self.arriving = list(arriving)
        self.sent: list[bytes | str] = []

    async def receive(self, most: int = 65536) -> bytes:
        piece = self.arriving.pop(0)
        if isinstance(piece, int):
            raise OSError(piece, "")
        assert len(piece) <= most
        return piece

    async def send_all(self, octets: bytes) -> None:
        self.sent.append(octets)

    async def send_urgent(self, octets: bytes) -> None:
        self.sent.append("urgent " + octets.decode())

    async def send_eof(self) -> None:
        raise OSError(errno.ENOTCONN, "")

    def close(self) -> None:
        self.sent.append("close")

    def abort(self) -> None:
        self.sent.append("abort")

    def nodelay(self) -> None:
        self.sent.append("nodelay")

    def keepalive(self, idle_s: int, interval_s: int, count: int) -> None:
        self.sent.append(f"keepalive {idle_s} {interval_s} {count}")


def on(line: Line) -> tuple[Voice, Account]:
    account = Recorder().join(Side.CLIENT, line.local_port, line.remote_port)
    return Voice(line, Side.CLIENT, account, Meeting()), account


def test_saying_goes_through_the_own_text_in_pieces_whose_progress_is_known() -> None:
    line = Line()
    voice, account = on(line)

    async def script() -> None:
        await voice.say(4100)
        await voice.say_urgent(1)
        await voice.say(3)

    trio.run(script)

    text = pattern(Side.CLIENT, 1, 0, 4104)
    assert line.sent == [text[:4096], text[4096:4100], f"urgent {text[4100:4101].decode()}", text[4101:]]
    assert account.wrote == [4104, 0]
    assert account.doing[Side.CLIENT] == {}


def test_hearing_counts_octets_and_the_end_of_the_stream() -> None:
    voice, account = on(Line(b"a", b"bc", b"def", b""))

    async def script() -> None:
        await voice.hear(3)
        assert account.ended[Side.CLIENT] == ""
        assert await voice.hear_out() == 3

    trio.run(script)

    assert account.read == [6, 0]
    assert account.ended[Side.CLIENT] == "eof"


@pytest.mark.parametrize(
    ("last", "how"),
    [(b"", "eof"), (errno.ECONNRESET, "reset"), (errno.ETIMEDOUT, "timeout"), (errno.EHOSTUNREACH, "unreachable")],
)
def test_a_connection_that_ends_too_early_ends_the_script_and_is_noted(last: bytes | int, how: str) -> None:
    voice, account = on(Line(b"abc", last))

    async def script() -> None:
        await voice.hear(4)

    with pytest.raises(Hangup):
        trio.run(script)
    assert (account.read, account.ended) == ([3, 0], [how, ""])


def test_the_end_of_a_stream_whose_reset_another_task_was_told_of_is_no_end_of_the_stream(judge: Any) -> None:
    told = trio.Event()

    class Reset(Line):
        async def send_all(self, octets: bytes) -> None:
            told.set()
            await trio.lowlevel.cancel_shielded_checkpoint()
            raise OSError(errno.ECONNRESET, "")

        async def receive(self, most: int = 65536) -> bytes:
            await told.wait()
            return b""

    async def script() -> None:
        with pytest.raises(Hangup):
            await at_once(voice.say(10), voice.hear_out())

    for _ in range(20):  # the scheduler shuffles tasks
        told = trio.Event()
        account = Recorder(judge).join(Side.CLIENT, 40000, 80)
        voice = Voice(Reset(), Side.CLIENT, account, Meeting())
        trio.run(script)
        assert judge.told[-1].events == ["client reset"]


def test_a_reset_that_another_task_was_told_of_in_the_same_turn_is_no_end_of_the_stream_either(judge: Any) -> None:
    class Reset(Line):
        """Wakes reader and writer together, and tells the first of them."""

        def __init__(self) -> None:
            super().__init__()
            self.came = trio.Event()
            self.told = False

        async def send_all(self, octets: bytes) -> None:
            await self.came.wait()
            error = errno.EPIPE if self.told else errno.ECONNRESET
            self.told = True
            await trio.lowlevel.cancel_shielded_checkpoint()
            raise OSError(error, "")

        async def receive(self, most: int = 65536) -> bytes:
            await self.came.wait()
            if self.told:
                return b""
            self.told = True
            raise OSError(errno.ECONNRESET, "")

    async def comes(line: Reset) -> None:
        await trio.testing.wait_all_tasks_blocked()
        line.came.set()

    async def script(line: Reset, voice: Voice) -> None:
        async with trio.open_nursery() as nursery:
            nursery.start_soon(comes, line)
            with pytest.raises(Hangup):
                await at_once(voice.say(10), voice.hear_out())

    for _ in range(40):  # the scheduler shuffles tasks
        line = Reset()
        voice = Voice(line, Side.CLIENT, Recorder(judge).join(Side.CLIENT, 40000, 80), Meeting())
        trio.run(script, line, voice)
        assert "client reset" in judge.told[-1].events
        assert "client eof" not in judge.told[-1].events


def test_an_error_that_no_connection_ends_with_is_not_an_outcome() -> None:
    voice, _ = on(Line(errno.EMFILE))

    with pytest.raises(OSError, match=str(errno.EMFILE)):
        trio.run(voice.listen)
    with pytest.raises(OSError, match=str(errno.EBADF)):
        end_of(OSError(errno.EBADF, "closed"))


@pytest.mark.parametrize("last", [b"", errno.ETIMEDOUT])
def test_who_waits_for_a_reset_wants_nothing_else(last: bytes | int) -> None:
    reset, account = on(Line(b"abc", errno.ECONNRESET))
    trio.run(reset.hear_reset)
    assert account.ended[Side.CLIENT] == "reset"

    other, _ = on(Line(b"abc", last))
    with pytest.raises(Hangup):
        trio.run(other.hear_reset)


@pytest.mark.parametrize(
    ("last", "how"),
    [(errno.ECONNRESET, "reset"), (errno.ETIMEDOUT, "timeout"), (errno.ENOTCONN, "gone"), (b"", "gone")],
)
def test_closing_a_connection_that_is_gone_finds_out_why_it_went(last: bytes | int, how: str) -> None:
    voice, account = on(Line(last))

    with pytest.raises(Hangup):
        trio.run(voice.shut)
    assert (account.closed, account.ended) == (["shutdown", ""], [how, ""])


@pytest.mark.parametrize("first", [Voice.leave, Voice.abort])
def test_a_connection_is_let_go_of_once(first: Callable[[Voice], None]) -> None:
    line = Line()
    voice, account = on(line)

    first(voice)
    voice.leave()
    voice.abort()

    assert line.sent == [account.closed[Side.CLIENT]]


def test_nobody_waits_for_one_who_has_left() -> None:
    meeting = Meeting()

    async def script() -> None:
        with trio.fail_after(1):
            meeting.left(Side.SERVER)
            await meeting.arrive(Side.CLIENT)

    trio.run(script)
