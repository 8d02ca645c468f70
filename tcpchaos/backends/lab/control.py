"""tcpchaos' end of the socket to a lab's warden: one request, one answer, file descriptors beside them."""

import json
import os
import socket
import subprocess
import sys
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Protocol

import trio

from tcpchaos.backends.host import Broken

_MESSAGE_OCTETS = 1 << 17
# The most sockets that one answer brings.
MOST_DESCRIPTORS = 16
_PACKAGES = Path(__file__).parents[3]
_ABSENT = Broken(
    "namespaces need Linux", "run on Linux (a virtual machine or a container will do), or use --backend sim"
)


class Asked(Protocol):
    """Whoever makes sockets and opens files in a network, and runs programs there, if it can."""

    @property
    def pid(self) -> int:
        """A process of which all those descend that it runs."""

    async def ask(
        self, request: Mapping[str, object], descriptors: Sequence[int] = ()
    ) -> tuple[dict[str, Any], list[int]]:
        """Send a request and wait for its answer; OSError where the request failed, Broken where nobody answers."""


class Control:
    """The warden as tcpchaos sees it. Requests from several tasks take turns.

    `pid` is a process of which all processes of the lab descend.
    """

    def __init__(self, end: trio.socket.SocketType, errors: int, pid: int) -> None:
        self._end = end
        self.pid = pid
        self._errors = errors
        self._turn = trio.Lock()
        self._number = 0

    async def ask(
        self, request: Mapping[str, object], descriptors: Sequence[int] = ()
    ) -> tuple[dict[str, Any], list[int]]:
        """Send a request and wait for its answer; OSError where the request failed, Broken where the warden is gone."""
        self._number = number = self._number + 1
        octets = json.dumps({"number": number, **request}).encode()
        if len(octets) > _MESSAGE_OCTETS:
            raise Broken("a command with its environment is larger than 128 KiB", "pass less, or pass it in a file")
        rights = [(socket.SOL_SOCKET, socket.SCM_RIGHTS, b"".join(d.to_bytes(4, sys.byteorder) for d in descriptors))]
        async with self._turn:
            with trio.CancelScope(shield=True):
                try:
                    await self._end.sendmsg([octets], rights if descriptors else [])
                except (BrokenPipeError, ConnectionResetError):
                    raise self._gone() from None
                answer, given = await self._answer()
                while answer["number"] != number:  # to a request whose asker a Ctrl-C has taken away
                    for descriptor in given:
                        os.close(descriptor)
                    answer, given = await self._answer()
        if "lacks" in answer:
            raise Broken(*answer["lacks"])
        if "errno" in answer:
            for descriptor in given:
                os.close(descriptor)
            raise OSError(answer["errno"], os.strerror(answer["errno"]))
        return answer, given

    async def _answer(self) -> tuple[dict[str, Any], list[int]]:
        answer: dict[str, Any] = {"more": True}
        given: list[int] = []
        while answer.get("more"):
            try:
                octets, ancillary, _, _ = await self._end.recvmsg(
                    _MESSAGE_OCTETS, socket.CMSG_SPACE(4 * MOST_DESCRIPTORS), socket.MSG_CMSG_CLOEXEC
                )
            except ConnectionResetError:
                raise self._gone() from None
            if not octets:
                raise self._gone()
            answer = json.loads(octets)
            given += [
                int.from_bytes(rest[at : at + 4], sys.byteorder, signed=True)
                for _, _, rest in ancillary
                for at in range(0, len(rest), 4)
            ]
        return answer, given

    def _gone(self) -> Broken:
        """Why nobody answers: the last line that the warden has said, if it has said any."""
        os.lseek(self._errors, 0, os.SEEK_SET)
        last_words = os.read(self._errors, 65536).decode(errors="replace").strip().splitlines()
        return Broken(
            "the lab's own process ended unexpectedly" + (f" ({last_words[-1]})" if last_words else ""),
            "run again; if it stays so, tcpchaos doctor says what this machine can't do",
        )


@asynccontextmanager
async def open_control(config: Mapping[str, object]) -> AsyncIterator[tuple[Control, dict[str, Any]]]:
    """Start a warden and make its lab; yields it with what it found in force. Broken with what the machine lacks.

    Afterwards nothing of the lab is left, however the block ended.
    """
    if sys.platform != "linux":
        raise _ABSENT
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    errors = os.memfd_create("tcpchaos-warden")
    try:
        with theirs:
            process = await trio.lowlevel.open_process(
                # Without site and safe from the working directory: only what this process can import, at once.
                [sys.executable, "-S", "-P", "-m", "tcpchaos.backends.warden.serve", str(theirs.fileno())],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=errors,
                pass_fds=[theirs.fileno()],
                start_new_session=True,  # a Ctrl-C is tcpchaos' to handle: the lab ends when it has finished
                env={**os.environ, "PYTHONPATH": os.pathsep.join([str(_PACKAGES), *filter(None, sys.path)])},
            )
        try:
            control = Control(trio.socket.from_stdlib_socket(ours), errors, process.pid)
            facts, _ = await control.ask(config)
            yield control, facts
        finally:
            ours.close()
            with trio.CancelScope(shield=True):
                await process.wait()
    finally:
        ours.close()
        os.close(errors)
