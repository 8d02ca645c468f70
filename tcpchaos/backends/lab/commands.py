"""The user's own programs at an endpoint: how a command line is read, how it runs, and how all of it ends."""

import errno
import os
import re
import shlex
import signal
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager, suppress

import trio

from tcpchaos.backends.host import Broken
from tcpchaos.backends.lab.control import Asked
from tcpchaos.backends.lab.usage import Usage, usage
from tcpchaos.backends.warden.keeper import EXITED, FAILED, STARTED

# Of each output the first octets are kept; a program that says more is heard out, so that it never waits for us.
OUTPUT_KEPT_OCTETS = 1 << 20
_READ_OCTETS = 65536
_GRACE_S = 2.0

_SHELL = "/bin/sh"
_SHELL_MEANS_SOMETHING = re.compile(r"[|&;<>()$`*?\[\]{}~#!\n]|^\s*\w+=")
# The shell's own words, besides those that exist as programs, too.
_SHELL_WORDS = re.compile(
    r"\s*([.:]|alias|break|case|cd|command|continue|eval|exec|exit|export|for|if|read|return|set|shift|times|trap|type"
    r"|ulimit|umask|unset|until|wait|while)(\s|$)"
)
# There is no way out of the lab, so a proxy would only be a server that can't be reached.
_NO_PROXIES_HERE = ("http_proxy", "https_proxy", "ftp_proxy", "all_proxy")


def words(command: str | Sequence[str]) -> list[str]:
    """The argument vector of a command line: as it stands where it is plain, otherwise a shell with it.

    A plain command is started without a shell between, so signals reach it and a missing program is known as such.
    ValueError for an empty command or an open quotation.
    """
    if isinstance(command, str) and (_SHELL_MEANS_SOMETHING.search(command) or _SHELL_WORDS.match(command)):
        return [_SHELL, "-c", command]
    split = shlex.split(command) if isinstance(command, str) else list(command)
    if not split:
        raise ValueError("an empty command")
    return split


def inherited_environment() -> dict[str, str]:
    """The user's environment, without the proxies that can't be reached from inside a lab."""
    return {name: value for name, value in os.environ.items() if name.lower() not in _NO_PROXIES_HERE}


class Command:
    """A program that runs in a lab, with all that it starts.

    `pid` counts in the command's own process namespace; `stdout` and `stderr` are what it has said so far.
    """

    def __init__(self, control: Asked, keeper: int, argv: Sequence[str], env: Mapping[str, str], cwd: str) -> None:
        self._control = control
        self._env = env
        self._cwd = cwd
        self._keeper = keeper
        self._started = trio.Event()
        self._ended = trio.Event()
        self._failure: int | None = None
        self._loud = 2
        self._silent = trio.Event()
        self.argv = tuple(argv)
        self.pid = 0
        self.returncode: int | None = None
        self._said = {"stdout": bytearray(), "stderr": bytearray()}

    @property
    def stdout(self) -> bytes:
        """Its standard output so far, the first MiB of it."""
        return bytes(self._said["stdout"])

    @property
    def stderr(self) -> bytes:
        """Its standard error so far, the first MiB of it."""
        return bytes(self._said["stderr"])

    async def wait(self) -> int:
        """Wait until the program itself has ended and nothing that holds its outputs is left to say anything.

        Returns its exit status, or minus the number of the signal that ended it. What it left in the background
        without the outputs goes on until the block of `LabHost.run` ends.
        """
        await self._ended.wait()
        await self._silent.wait()
        assert self.returncode is not None
        return self.returncode

    async def wait_exit(self) -> int:
        """Wait until the program itself has ended, whatever goes on in the background with its outputs."""
        await self._ended.wait()
        assert self.returncode is not None
        return self.returncode

    def usage(self) -> Usage | None:
        """What it and all that it started hold and have burnt so far; None where nobody may know."""
        return usage(self._control.pid, self._keeper)

    async def send_signal(self, number: int) -> None:
        """Send a signal to the program's process group; SIGKILL ends all that it started."""
        await self._control.ask({"do": "signal", "keeper": self._keeper, "which": int(number)})

    async def kill(self) -> None:
        """End the program and all that it started, at once."""
        await self.send_signal(signal.SIGKILL)

    async def stop(self, grace_s: float = _GRACE_S) -> None:
        """Ask the program to end (SIGTERM), and end all that is left of it after `grace_s` seconds."""
        await self.send_signal(signal.SIGTERM)
        with trio.move_on_after(grace_s):
            await self._ended.wait()
        await self.kill()

    async def listen(self, name: str, pipe: trio.lowlevel.FdStream) -> None:
        """Take in one of its outputs until nobody holds it any more, which comes true when it is killed."""
        said = self._said[name]
        with trio.CancelScope(shield=True):
            async with pipe:
                async for octets in pipe:
                    said += octets[: OUTPUT_KEPT_OCTETS - len(said)]
        self._loud -= 1
        if not self._loud:
            self._silent.set()

    async def follow(self, status: trio.lowlevel.FdStream) -> None:
        """Take in what its keeper tells, until the keeper is gone."""
        told = b""
        with trio.CancelScope(shield=True):
            async with status:
                async for octets in status:
                    *lines, told = (told + octets).split(b"\n")
                    for line in lines:
                        word, number = line.decode().split()
                        self._learn(word, int(number))
        if self.returncode is None:
            self.returncode = -signal.SIGKILL
        self._started.set()
        self._ended.set()

    def _learn(self, word: str, number: int) -> None:
        if word == STARTED:
            self.pid = number
        elif word == EXITED:
            self.returncode = number
            self._ended.set()
        elif word == FAILED:
            self._failure = number
        self._started.set()

    async def started(self) -> None:
        """Wait until the program runs; Broken where it can't be started."""
        await self._started.wait()
        if self._failure is not None or not self.pid:
            raise _cannot_start(self.argv[0], self._failure or errno.EAGAIN, self._env, self._cwd)


def _cannot_start(program: str, number: int, env: Mapping[str, str], cwd: str) -> Broken:
    """Why it can't be: exec alone doesn't tell a missing program from a missing directory or interpreter."""
    reason = os.strerror(number)
    if not os.access(cwd, os.X_OK):
        return Broken(f"the directory {cwd!r} can't be entered ({reason})", "make it, or run somewhere else")
    path = env.get("PATH", os.defpath)
    places = [cwd] if "/" in program else [os.path.join(cwd, place) for place in path.split(os.pathsep)]
    if not any(os.path.lexists(os.path.join(place, program)) for place in places):
        return Broken(f"the command {program!r} does not exist", "check its spelling, install it, or give its path")
    if number == errno.ENOENT:
        return Broken(f"the interpreter of {program!r} does not exist", "install what its first line asks for")
    if number in (errno.EACCES, errno.ENOEXEC):
        return Broken(f"the command {program!r} can't be executed ({reason})", "make it an executable file")
    return Broken(f"the command {program!r} can't be started ({reason})", "try it outside the lab")


@asynccontextmanager
async def _background() -> AsyncIterator[trio.Nursery]:
    """A nursery whose own tasks don't fail, so that what the block raises comes out as itself."""
    try:
        async with trio.open_nursery() as nursery:
            yield nursery
    except BaseExceptionGroup as group:
        if len(group.exceptions) == 1:
            raise group.exceptions[0] from None
        raise


async def _launch(control: Asked, request: Mapping[str, object]) -> tuple[int, list[trio.lowlevel.FdStream]]:
    """Have the warden run it; returns the keeper, and the pipes: standard output, standard error, its fate."""
    pipes = [os.pipe() for _ in range(3)]
    readers = [trio.lowlevel.FdStream(read) for read, _ in pipes]
    writers = [write for _, write in pipes]
    answered = False
    try:
        answer, _ = await control.ask(request, writers)
        answered = True
    finally:
        for writer in writers:
            os.close(writer)
        if not answered:
            for reader in readers:
                await trio.aclose_forcefully(reader)
    return answer["keeper"], readers


@asynccontextmanager
async def run(
    control: Asked,
    where: str,
    command: str | Sequence[str],
    env: Mapping[str, str] | None,
    cwd: str | os.PathLike[str] | None,
    *,
    capable: bool = False,
) -> AsyncIterator[Command]:
    """Run a command in one of the lab's networks, `capable` of the warden's deeds there; see `LabHost.run`."""
    argv = words(command)
    environment = dict(inherited_environment() if env is None else env)
    directory = os.getcwd() if cwd is None else os.fspath(cwd)
    request = {"do": "run", "where": where, "argv": argv, "env": environment, "cwd": directory, "capable": capable}
    keeper, (stdout, stderr, status) = await _launch(control, request)
    running = Command(control, keeper, argv, environment, directory)
    async with _background() as nursery:
        nursery.start_soon(running.listen, "stdout", stdout)
        nursery.start_soon(running.listen, "stderr", stderr)
        nursery.start_soon(running.follow, status)
        try:
            await running.started()
            yield running
        finally:
            with trio.CancelScope(shield=True):
                with suppress(Broken):  # the warden is gone, and has taken the command along
                    await running.kill()
                await running.wait()
