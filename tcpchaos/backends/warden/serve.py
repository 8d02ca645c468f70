"""The warden's life: make the lab, serve requests until the socket ends, exit and take everything along.

Requests and answers are JSON objects, one a message; each request has one answer with its number, in order. File
descriptors come beside a request, and ahead of an answer, in a message of their own, `{"more": true}`: once the answer
is there, the warden has none of them any more, and who closes a socket closes it. `{"lacks": [missing, remedy]}`
answers the first one where the machine can't have a lab, `{"errno": n}` any other that failed.
"""

import errno
import json
import os
import select
import signal
import socket
import sys
from contextlib import suppress
from typing import Any, NoReturn

from tcpchaos.backends.warden.keeper import Job, launch
from tcpchaos.backends.warden.linux import LackError, needed, new_world, private_mounts
from tcpchaos.backends.warden.network import Network
from tcpchaos.backends.warden.tracing import Room

MESSAGE_OCTETS = 1 << 17  # a command with its environment is most of the largest message
MOST_DESCRIPTORS = 3  # of a command: standard output, standard error, the pipe for its fate


class Warden:
    """Process 1 of a lab."""

    def __init__(
        self, control: socket.socket, config: dict[str, Any], in_user_namespace: bool, room: Room | None
    ) -> None:
        self._control = control
        self._room = room
        self._keepers: set[int] = set()
        fresh_proc = private_mounts()
        self._processes = os.open("/proc/self/ns/pid", os.O_RDONLY)
        self._network = Network(
            config["family"], config["mtu"], config.get("suffix", ""), offloads=config.get("offloads", False)
        )
        self._network.set_sysctls(config["sysctls"])
        self._dropped = self._network.dropped()
        self.facts = {
            "number": config["number"],
            "conditions": self._network.conditions(config["sysctls"]),
            "user_namespace": in_user_namespace,
            "own_proc": fresh_proc,
        }

    def serve(self) -> None:
        """Answer requests until nobody is there to ask; reap whatever ends meanwhile."""
        reader, writer = os.pipe2(os.O_CLOEXEC | os.O_NONBLOCK)
        signal.set_wakeup_fd(writer, warn_on_full_buffer=False)
        signal.signal(signal.SIGCHLD, lambda number, frame: None)
        poll = select.poll()
        poll.register(self._control, select.POLLIN)
        poll.register(reader, select.POLLIN)
        while True:
            for ready, _ in poll.poll():
                if ready == reader:
                    os.read(reader, 4096)
                    self._reap()
                elif not self._answer():
                    return

    def _answer(self) -> bool:
        octets, descriptors, _, _ = socket.recv_fds(
            self._control, MESSAGE_OCTETS, MOST_DESCRIPTORS, socket.MSG_CMSG_CLOEXEC
        )
        if not octets:
            return False
        request = json.loads(octets)
        number = request.pop("number")
        given: list[int] = []
        try:
            answer = getattr(self, "do_" + request.pop("do"))(descriptors, given, **request)
        except OSError as error:
            answer = {"errno": error.errno}
        finally:
            for descriptor in descriptors:
                os.close(descriptor)
        try:
            if given:
                self._give(given)
            self._control.send(json.dumps({"number": number, **answer}).encode())
        except (BrokenPipeError, ConnectionResetError):
            return False
        return True

    def _give(self, given: list[int]) -> None:
        try:
            socket.send_fds(self._control, [json.dumps({"more": True}).encode()], given)
        finally:
            for descriptor in given:
                os.close(descriptor)

    def do_sockets(
        self, taken: list[int], given: list[int], *, where: str, kind: list[int], options: list[list[int]], count: int
    ) -> dict[str, Any]:
        """Make sockets (family, type, protocol) in a network, with options (level, name, value) set."""
        with self._network.inside(where):
            for _ in range(count):
                made = socket.socket(*kind)
                for level, name, value in options:
                    made.setsockopt(level, name, value)
                given.append(made.detach())
        return {}

    def do_open(self, taken: list[int], given: list[int], *, where: str, paths: list[str]) -> dict[str, Any]:
        """Open files of /proc as they are in a network, those that there are, for reading."""
        with self._network.inside(where):
            for path in paths:
                with suppress(FileNotFoundError):
                    given.append(os.open(path, os.O_RDONLY | os.O_CLOEXEC))
        return {}

    def do_tracing(self, taken: list[int], given: list[int]) -> dict[str, Any]:
        """Give the directory of the lab's own room in the kernel's tracing, ENOENT where it has none."""
        if self._room is None:
            raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT))
        given.append(os.dup(self._room.directory))
        return {}

    def do_run(
        self,
        taken: list[int],
        given: list[int],
        *,
        where: str,
        argv: list[str],
        env: dict[str, str],
        cwd: str,
        capable: bool,
    ) -> dict[str, Any]:
        """Run a command in a network; descriptors: standard output, standard error, the pipe for its fate."""
        with self._network.inside(where):
            keeper = launch(Job(argv, env, cwd, capable, *taken), self._processes)
        self._keepers.add(keeper)
        return {"keeper": keeper}

    def do_signal(self, taken: list[int], given: list[int], *, keeper: int, which: int) -> dict[str, Any]:
        """Send a signal to a command's processes; SIGKILL ends all that it started, before the answer comes."""
        if keeper in self._keepers:
            os.kill(keeper, which)
            if which == signal.SIGKILL:
                os.waitpid(keeper, 0)
                self._keepers.discard(keeper)
        return {}

    def do_dropped(self, taken: list[int], given: list[int]) -> dict[str, Any]:
        """Count the frames that interfaces threw away since the lab was made."""
        now = self._network.dropped()
        return {"dropped": {name: count - self._dropped[name] for name, count in now.items()}}

    def _reap(self) -> None:
        while True:
            try:
                pid, _ = os.waitpid(-1, os.WNOHANG)
            except ChildProcessError:
                return
            if not pid:
                return
            self._keepers.discard(pid)


def _first(control: socket.socket, config: dict[str, Any], in_user_namespace: bool, room: Room | None) -> NoReturn:
    """Be process 1: whatever happens here, exiting ends all that belongs to the lab."""
    try:
        warden = Warden(control, config, in_user_namespace, room)
    except LackError as lack:
        control.send(json.dumps({"number": config["number"], "lacks": [lack.missing, lack.remedy]}).encode())
        sys.exit(1)
    try:
        control.send(json.dumps(warden.facts).encode())
    except (BrokenPipeError, ConnectionResetError):
        sys.exit(0)
    warden.serve()
    sys.exit(0)


def main() -> None:
    """Take the socket whose number is the only argument, make the world, and wait for its end."""
    control = socket.socket(fileno=int(sys.argv[1]))
    control.set_inheritable(False)
    octets = control.recv(MESSAGE_OCTETS)
    if not octets:
        return
    config = json.loads(octets)
    room = None
    try:
        in_user_namespace = new_world()
        room = _room() if config.get("tracing") else None
        with needed("no further process", "raise the limit on processes (ulimit -u)"):
            pid = os.fork()
    except LackError as lack:
        control.send(json.dumps({"number": config["number"], "lacks": [lack.missing, lack.remedy]}).encode())
        if room is not None:
            room.remove()
        return
    if pid == 0:
        _first(control, config, in_user_namespace, room)
    control.close()
    if room is not None:
        room.prepare()
    os.waitpid(pid, 0)
    if room is not None:
        room.remove()


def _room() -> Room | None:
    """Make a room in the kernel's tracing, where that can be had."""
    try:
        return Room()
    except OSError:
        return None


if __name__ == "__main__":
    main()
