import errno
from collections.abc import AsyncIterator, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager

import pytest
import trio
import trio.testing

from tcpchaos.backends.host import Broken, Stream
from tcpchaos.backends.lab.usage import Usage
from tcpchaos.trace import Side, Socket
from tcpchaos.workloads.programs import (
    Commands,
    Program,
    Programs,
    choose,
    fill,
    how_it_ended,
    last_lines,
    reachable,
)


class Pretended:
    """A program that ends when it is told to."""

    def __init__(self, returncode: int | None, stdout: bytes, stderr: bytes) -> None:
        self.returncode, self.stdout, self.stderr = returncode, stdout, stderr
        self.ended = trio.Event()
        self.holds: Usage | None = None
        if returncode is not None:
            self.ended.set()

    def end(self, status: int) -> None:
        self.returncode = status
        self.ended.set()

    def usage(self) -> Usage | None:
        return self.holds

    async def wait(self) -> int:
        return await self.wait_exit()

    async def wait_exit(self) -> int:
        await self.ended.wait()
        assert self.returncode is not None
        return self.returncode

    async def stop(self) -> None:
        await trio.lowlevel.checkpoint()
        self.end(-15)


class Somewhere:
    """A host whose programs pretend: what they listen on, and how they end at once, was said before."""

    def __init__(
        self,
        *listening: tuple[str, int],
        returncode: int | None = None,
        stdout: bytes = b"",
        stderr: bytes = b"",
    ) -> None:
        self.address = "192.0.2.2"
        self.listening = list(listening)
        self.started: list[tuple[str, dict[str, str]]] = []
        self.program = Pretended(returncode, stdout, stderr)

    def listeners(self) -> list[tuple[str, int]]:
        return self.listening

    def sockets(self, *, info: bool = True) -> list[Socket]:
        return [Socket("LISTEN", address, port, "0.0.0.0", 0, 0, 128) for address, port in self.listening]

    async def connect(self, address: str, port: int) -> Stream:
        raise ConnectionRefusedError(errno.ECONNREFUSED, f"nobody is at {address} port {port}")

    def run(self, command: str, *, env: Mapping[str, str] | None = None) -> AbstractAsyncContextManager[Program]:
        @asynccontextmanager
        async def running() -> AsyncIterator[Program]:
            self.started.append((command, dict(env or {})))
            yield self.program

        return running()


def play(client: Somewhere, server: Somewhere, commands: Commands | None = None, *, port: int = 0) -> Programs:
    programs = Programs(client, server, commands or Commands(server="serve", client="fetch"), env={}, port=port)

    async def main() -> None:
        async with programs.serving():
            await programs.play()

    trio.run(main, clock=trio.testing.MockClock(autojump_threshold=0))
    return programs


def test_a_client_is_let_at_the_port_on_which_the_server_listens() -> None:
    client, server = Somewhere(returncode=0, stdout=b"fetched\n"), Somewhere(("0.0.0.0", 6379), stdout=b"serving\n")
    commands = Commands(server="serve --bind {host}", client="fetch {host} {port} '{print $1}' ${host}")

    programs = play(client, server, commands)

    assert server.started == [("serve --bind 192.0.2.2", {"TCPCHAOS_HOST": "192.0.2.2", "TCPCHAOS_PORT": "8080"})]
    assert client.started == [
        (
            "fetch 192.0.2.2 6379 '{print $1}' ${host}",
            {"TCPCHAOS_HOST": "192.0.2.2", "TCPCHAOS_PORT": "6379"},
        )
    ]
    fetched, served = programs.applications()
    assert (fetched.ok, fetched.ended, fetched.output) == (True, "exit 0", "fetched")
    assert (served.ok, served.ended, served.output) == (True, "stopped", "serving")
    assert programs.accounts == ()


def test_a_client_that_fails_is_no_error_of_ours() -> None:
    client = Somewhere(returncode=7, stderr=b"no route\n")

    programs = play(client, Somewhere(("192.0.2.2", 80)))

    fetched, served = programs.applications()
    assert (fetched.ok, fetched.ended, fetched.output) == (False, "exit 7", "no route")
    assert served.ok


@pytest.mark.parametrize("status", [126, 127])
def test_a_client_that_a_shell_does_not_find_is_broken(status: int) -> None:
    client = Somewhere(returncode=status, stderr=b"sh: 1: fetch: not found\n")

    with pytest.raises(Broken, match=r"sh: 1: fetch: not found.*check its spelling"):
        play(client, Somewhere(("192.0.2.2", 80)))


def test_a_server_that_dies_before_it_listens_is_broken_and_quoted() -> None:
    with pytest.raises(Broken, match=r"the server ended \(exit 3\) before it listened; it printed: bad flag"):
        play(Somewhere(), Somewhere(returncode=3, stderr=b"bad flag\n"))


def test_a_server_in_the_background_is_one_that_listens() -> None:
    served = play(Somewhere(returncode=0), Somewhere(("::", 80), returncode=0)).applications()[Side.SERVER]

    assert (served.ok, served.ended) == (True, "exit 0")


def test_a_server_that_dies_under_a_client_has_not_done_well() -> None:
    client, server = Somewhere(), Somewhere(("0.0.0.0", 80))
    programs = Programs(client, server, Commands(server="serve", client="fetch"), env={})

    async def main() -> None:
        async with programs.serving(), trio.open_nursery() as nursery:
            nursery.start_soon(programs.play)
            await trio.testing.wait_all_tasks_blocked()
            assert programs.waiting() == ("client was still running: fetch",)
            server.program.end(-11)
            client.program.end(0)

    trio.run(main)

    fetched, served = programs.applications()
    assert fetched.ok
    assert (served.ok, served.ended) == (False, "SIGSEGV")


@pytest.mark.parametrize(
    ("listening", "port", "complaint"),
    [
        ([], 0, r"does not listen on any TCP port of 192\.0\.2\.2; it printed nothing"),
        ([("127.0.0.1", 80)], 0, r"does not listen on any TCP port of 192\.0\.2\.2, only on 127\.0\.0\.1 port 80"),
        ([("0.0.0.0", 81)], 80, r"does not listen on port 80 of 192\.0\.2\.2, only on 0\.0\.0\.0 port 81"),
    ],
)
def test_a_server_that_never_listens_where_it_should_is_broken(
    listening: list[tuple[str, int]], port: int, complaint: str
) -> None:
    with pytest.raises(Broken, match=complaint) as caught:
        play(Somewhere(), Somewhere(*listening), port=port)
    assert caught.value.remedy == "have it listen on {host} (192.0.2.2) or on all addresses"


def test_a_client_that_is_cut_off_was_stopped() -> None:
    client, server = Somewhere(), Somewhere(("0.0.0.0", 80))
    programs = Programs(client, server, Commands(server="serve", client="fetch"), env={})

    async def main() -> None:
        async with programs.serving():
            with trio.move_on_after(1):
                await programs.play()
            client.program.end(-9)

    trio.run(main, clock=trio.testing.MockClock(autojump_threshold=0))

    fetched, _ = programs.applications()
    assert (fetched.ok, fetched.ended) == (False, "stopped")


def test_only_the_two_placeholders_are_filled_in() -> None:
    command = "x {host}:{port} {conf} {} ${host} ${port} awk '{print $1}' {{port}}"

    filled = fill(command, host="::1", port=80)

    assert filled == "x ::1:80 {conf} {} ${host} ${port} awk '{print $1}' {80}"


@pytest.mark.parametrize(
    ("host", "listening", "found"),
    [
        ("192.0.2.2", "192.0.2.2", True),
        ("192.0.2.2", "0.0.0.0", True),
        ("192.0.2.2", "::", True),
        ("192.0.2.2", "::ffff:192.0.2.2", True),
        ("192.0.2.2", "127.0.0.1", False),
        ("2001:db8::2", "::", True),
        ("2001:db8::2", "0.0.0.0", False),
        ("2001:db8::2", "::1", False),
    ],
)
def test_which_addresses_a_client_can_reach(host: str, listening: str, found: bool) -> None:
    assert reachable(host, listening) is found


def test_the_port_is_the_one_asked_for_or_suggested_or_any() -> None:
    assert choose([80, 443], asked=443) == 443
    assert choose([80], asked=443) == 0
    assert choose([80, 8080], asked=0) == 8080
    assert choose([443, 80], asked=0) == 80
    assert choose([], asked=0) == 0


def test_an_output_is_quoted_as_a_terminal_shows_it() -> None:
    assert last_lines(b"one\r\n10%\r50%\r100%\ntwo\xff\n\n") == "one\n100%\ntwo\ufffd"
    assert last_lines(b"\n".join(b"%d" % number for number in range(100))).split("\n") == [
        str(n) for n in range(80, 100)
    ]
    assert last_lines(b"") == ""


def test_how_a_program_ended_is_said_by_name() -> None:
    assert [how_it_ended(status) for status in (0, 2, -9, -40)] == ["exit 0", "exit 2", "SIGKILL", "signal 40"]
